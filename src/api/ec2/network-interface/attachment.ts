/** Attachments of interfaces to instances: how one is made, found and told, and what keeps an instance from having it. */
import type { Facts } from '../../../model/facts.ts';
import { isId, newId } from '../../../model/ids.ts';
import { findInstanceType } from '../../../model/instance-types.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Instance, InterfaceAttachment, NetworkInterface, Subnet } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { invalidValue } from '../../shared/input.ts';
import { stateOf } from '../instance/state.ts';

/** AWS tells no bound; ours, beyond what any instance type takes. */
const MAX_DEVICE_INDEX = 31;

export function checkDeviceIndex(index: number): number {
  if (index >= 0 && index <= MAX_DEVICE_INDEX) return index;
  return invalidValue(index, 'deviceIndex', `Expecting a value between 0 and ${MAX_DEVICE_INDEX}.`);
}

export function attachmentTo(
  instance: Instance,
  { deviceIndex, deleteOnTermination }: Pick<InterfaceAttachment, 'deviceIndex' | 'deleteOnTermination'>,
  context: Context,
): InterfaceAttachment {
  return {
    id: newId('attachment', context),
    instanceId: instance.id,
    deviceIndex,
    deleteOnTermination,
    attachedAt: context.now,
    revision: context.nextRevision,
  };
}

export function refuseMissingAttachment(id: string): never {
  if (!isId('attachment', id)) refuse('InvalidNetworkInterfaceAttachmentId.Malformed', `Invalid id: "${id}"`);
  refuse('InvalidAttachmentID.NotFound', `The attachment ID '${id}' does not exist`);
}

/** The interface let go: by DetachNetworkInterface, or since its instance is terminated. */
export function released(port: NetworkInterface, { intent }: Pick<Context, 'intent'>): NetworkInterface {
  const { attachment } = port;
  if (attachment === null) return port;
  return { ...port, attachment: null, detached: { attachment, revision: intent.revision + 1 } };
}

/** The attachment that is, or that the kernel has not let go of yet. No timer: each state lasts until the kernel has what was asked for. */
export function attachmentOf(
  { attachment, detached }: NetworkInterface,
  { appliedRevision }: Facts,
): { readonly attachment: InterfaceAttachment; readonly status: 'attaching' | 'attached' | 'detaching' } | undefined {
  if (attachment !== null) {
    return { attachment, status: (attachment.revision ?? 0) > appliedRevision ? 'attaching' : 'attached' };
  }
  if (detached === undefined || detached.revision <= appliedRevision) return undefined;
  return { attachment: detached.attachment, status: 'detaching' };
}

/** Interfaces come and go while an instance runs or is stopped, not on its way between. */
export function refuseUnlessSettled(instance: Instance, facts: Facts): void {
  const state = stateOf(instance, facts);
  if (state === 'running' || state === 'stopped') return;
  refuse('IncorrectState', `The instance '${instance.id}' is in the state '${state}', not 'running' or 'stopped'.`);
}

/** All interfaces of an instance lie in one zone; in several VPCs at AWS, in one here. */
export function refuseApart(one: Subnet, other: Subnet): void {
  if (one.zoneId !== other.zoneId) {
    refuse(
      'InvalidParameterCombination',
      'You may not attach a network interface to an instance if they are not in the same availability zone',
    );
  }
  if (one.vpcId !== other.vpcId) {
    refuse('UnsupportedOperation', 'Interfaces of one instance in several VPCs are not supported by Culvert.');
  }
}

export function checkInterfaceCount(instanceType: string, count: number): void {
  const most = findInstanceType(instanceType)?.maxInterfaces ?? 0;
  if (count <= most) return;
  refuse('AttachmentLimitExceeded', `Interface count ${count} exceeds the limit for ${instanceType}`);
}

/** Of one interface. A type takes as many addresses of IPv6 as of IPv4. */
export function checkAddressCounts(
  instanceType: string,
  { ipv4 = 0, ipv6 = 0 }: { readonly ipv4?: number; readonly ipv6?: number },
): void {
  const most = findInstanceType(instanceType)?.addressesPerInterface ?? 0;
  if (ipv4 > most) refuse('PrivateIpAddressLimitExceeded', 'Number of private addresses will exceed limit.');
  if (ipv6 > most) refuse('PrivateIpAddressLimitExceeded', 'Number of IPv6 addresses will exceed limit.');
}

export function addressCountsOf({ addresses, ipv6Addresses }: NetworkInterface) {
  return { ipv4: addresses.length, ipv6: ipv6Addresses.length };
}

/** Of the type of the instance that it is attached to; an interface that is attached to none may have any number. */
export function checkMoreAddresses(
  { intent }: Pick<Context, 'intent'>,
  { attachment }: NetworkInterface,
  counts: Parameters<typeof checkAddressCounts>[1],
): void {
  const instance = intent.table('instance').get(attachment?.instanceId ?? '');
  if (instance !== undefined) checkAddressCounts(instance.instanceType, counts);
}
