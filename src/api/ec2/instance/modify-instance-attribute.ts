/**
 * One attribute at a call. What a machine only reads when it boots can be changed while the instance is stopped.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyInstanceAttribute.html
 */
import { type Edit, put } from '../../../model/edit.ts';
import { findInstanceType } from '../../../model/instance-types.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Instance } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { invalidValue } from '../../shared/input.ts';
import { ec2Action, type Input } from '../action.ts';
import { addressCountsOf, checkAddressCounts, checkInterfaceCount } from '../network-interface/attachment.ts';
import { groupsInVpc } from '../network-interface/birth.ts';
import { oneAttribute } from '../one-attribute.ts';
import { findInstances, refuseTerminated, stateOf } from './state.ts';
import { interfacesOf, onlyInterface } from './transition.ts';
import { checkedUserData } from './user-data.ts';

export const modifyInstanceAttribute = ec2Action<'ModifyInstanceAttribute'>(
  {
    InstanceId: true,
    Groups: true,
    UserData: true,
    InstanceType: true,
    DisableApiTermination: true,
    DisableApiStop: true,
    InstanceInitiatedShutdownBehavior: true,
    SourceDestCheck: true,
    EbsOptimized: { Value: [false] },
  },
  (input, context) => {
    const { InstanceId: id, ...attributes } = input;
    const [instance] = findInstances(context, [id]) as [Instance];
    oneAttribute(attributes);
    refuseTerminated(instance, context.facts);
    return { edits: changes(attributes, instance, context), output: {} };
  },
);

type Attributes = Omit<Input<'ModifyInstanceAttribute'>, 'InstanceId'>;

function changes(asked: Attributes, instance: Instance, context: Context): readonly Edit[] {
  if (asked.Groups !== undefined) return regrouped(asked.Groups, instance, context);
  if (asked.SourceDestCheck?.Value !== undefined) {
    return [put({ ...onlyInterface(context, instance.id), sourceDestCheck: asked.SourceDestCheck.Value })];
  }
  return [put({ ...instance, ...changed(asked, instance, context) })];
}

function changed(asked: Attributes, instance: Instance, context: Context): Partial<Instance> {
  if (asked.UserData !== undefined) {
    refuseUnlessStopped('userData', instance, context);
    return { userData: checkedUserData(base64Of(asked.UserData.Value)) };
  }
  if (asked.InstanceType?.Value !== undefined) {
    refuseUnlessStopped('instanceType', instance, context);
    if (findInstanceType(asked.InstanceType.Value) === undefined) {
      refuse('InvalidInstanceAttributeValue', `Invalid value '${asked.InstanceType.Value}' for instanceType.`);
    }
    const ports = interfacesOf(context, instance);
    checkInterfaceCount(asked.InstanceType.Value, ports.length);
    for (const port of ports) checkAddressCounts(asked.InstanceType.Value, addressCountsOf(port));
    return { instanceType: asked.InstanceType.Value };
  }
  if (asked.DisableApiTermination?.Value !== undefined) return { apiTermination: !asked.DisableApiTermination.Value };
  if (asked.DisableApiStop?.Value !== undefined) return { apiStop: !asked.DisableApiStop.Value };
  const behavior = asked.InstanceInitiatedShutdownBehavior?.Value;
  if (behavior === undefined) return {};
  if (behavior !== 'stop' && behavior !== 'terminate') {
    invalidValue(behavior, 'instanceInitiatedShutdownBehavior', "Expecting 'stop' or 'terminate'.");
  }
  return { shutdownBehavior: behavior };
}

function regrouped(ids: readonly string[], instance: Instance, context: Context): readonly Edit[] {
  const port = onlyInterface(context, instance.id);
  const vpc = find(context, 'vpc', instance.vpcId);
  return [put({ ...port, groupIds: groupsInVpc(context, ids, vpc, `instance ${instance.id}`) })];
}

function refuseUnlessStopped(attribute: string, instance: Instance, { facts }: Context): void {
  if (stateOf(instance, facts) === 'stopped') return;
  refuse(
    'IncorrectInstanceState',
    `The instance '${instance.id}' is not in the 'stopped' state, so its attribute '${attribute}' cannot be modified.`,
  );
}

/** The wire has decoded what it knows to be bytes. */
function base64Of(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? new Uint8Array()).toString('base64');
}
