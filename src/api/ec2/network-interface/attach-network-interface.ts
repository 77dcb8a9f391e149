/**
 * An interface more for an instance that runs or is stopped.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachNetworkInterface.html
 */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { find } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { interfacesOf } from '../instance/transition.ts';
import {
  addressCountsOf,
  attachmentTo,
  checkAddressCounts,
  checkDeviceIndex,
  checkInterfaceCount,
  refuseApart,
  refuseUnlessSettled,
} from './attachment.ts';
import { interfaceStatus } from './view.ts';

/** Refuses, in this order: what is not there, an interface in use, the instance's state, the device index, VPC and zone, the type's limits. */
export const attachNetworkInterface = ec2Action<'AttachNetworkInterface'>(
  { NetworkInterfaceId: true, InstanceId: true, DeviceIndex: true, NetworkCardIndex: [0] },
  (input, context) => {
    const port = find(context, 'networkInterface', input.NetworkInterfaceId);
    const instance = find(context, 'instance', input.InstanceId);
    if (interfaceStatus(port, context.facts) === 'in-use') {
      refuse('InvalidNetworkInterface.InUse', `Interface: [${port.id}] in use.`);
    }
    refuseUnlessSettled(instance, context.facts);
    const deviceIndex = checkDeviceIndex(input.DeviceIndex);
    const others = interfacesOf(context, instance);
    if (others.some(({ attachment }) => attachment?.deviceIndex === deviceIndex)) {
      refuse(
        'InvalidParameterValue',
        `Instance '${instance.id}' already has an interface attached at device index '${deviceIndex}'.`,
      );
    }
    const [here, there] = [port, instance].map(({ subnetId }) => find(context, 'subnet', subnetId));
    if (here !== undefined && there !== undefined) refuseApart(here, there);
    checkInterfaceCount(instance.instanceType, others.length + 1);
    checkAddressCounts(instance.instanceType, addressCountsOf(port));
    const attachment = attachmentTo(instance, { deviceIndex, deleteOnTermination: false }, context);
    return { edits: [put({ ...port, attachment })], output: { AttachmentId: attachment.id, NetworkCardIndex: 0 } };
  },
);
