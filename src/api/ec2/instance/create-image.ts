/**
 * An image of an instance's disk. It is pending until the host has the copy. The instance is shut down for that and started again,
 * unless NoReboot asks that it is only held still. Its disk is no volume here: block devices are refused by name.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html
 */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Image, Instance } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find, own } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { checkedDescription } from './image-description.ts';
import { stateOf } from './state.ts';

const NAME = /^[A-Za-z0-9()[\] ./'@_-]{3,128}$/;
/** Images of instances of images: Linux takes as many layers as their paths fit into a page. */
const MAX_LAYERS = 32;

export const createImage = ec2Action<'CreateImage'>(
  {
    InstanceId: true,
    Name: true,
    Description: true,
    NoReboot: true,
    TagSpecifications: true,
    SnapshotLocation: ['regional'],
  },
  (input, context) => {
    const tags = tagsOnCreate(input.TagSpecifications, 'image');
    const instance = find(context, 'instance', required(input.InstanceId, 'InstanceId'));
    const name = checkedName(required(input.Name, 'Name'), context);
    const description = checkedDescription(input.Description ?? '');
    checkState(instance, context);
    if (instance.layers.length >= MAX_LAYERS) {
      refuse('UnsupportedOperation', `Images more than ${MAX_LAYERS - 1} deep are not supported by Culvert.`);
    }
    const made = newResource(context, 'image', tags);
    const image: Image = {
      ...made,
      kind: 'image',
      name,
      description,
      isPublic: false,
      launchAccounts: [],
      layers: [made.id, ...instance.layers],
      source: { instanceId: instance.id, reboot: input.NoReboot !== true },
    };
    return { edits: [put(image)], output: { ImageId: image.id } };
  },
);

function checkedName(name: string, context: Context): string {
  if (!NAME.test(name)) {
    refuse(
      'InvalidAMIName.Malformed',
      "AMI names must be between 3 and 128 characters long, and may contain letters, numbers, '(', ')', '.', '-', '/' and '_'",
    );
  }
  const twin = own(context, 'image').find((image) => image.name === name);
  if (twin !== undefined) {
    refuse('InvalidAMIName.Duplicate', `AMI name ${name} is already in use by AMI ${twin.id}`);
  }
  return name;
}

function checkState(instance: Instance, { facts }: Context): void {
  const state = stateOf(instance, facts);
  if (state === 'running' || state === 'stopping' || state === 'stopped') return;
  refuse(
    'InvalidParameterValue',
    `Invalid value '${instance.id}' for instanceId. Instance is not in state 'running' or 'stopping' or 'stopped'`,
  );
}
