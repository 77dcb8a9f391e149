/** A new interface, whoever asks for it: CreateNetworkInterface, RunInstances, CreateVpcEndpoint. Checks and quotas included. */
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { NetworkInterface, Subnet, Vpc } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find, ownCount } from '../../shared/find.ts';
import { distinct } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import type { Tags } from '../../shared/tags.ts';
import { newMac } from './allocate.ts';

interface Wanted {
  readonly subnet: Subnet;
  /** The primary first. */
  readonly addresses: readonly string[];
  readonly ipv6Addresses?: readonly string[];
  readonly groupIds: readonly string[];
  readonly description?: string;
  readonly tags?: Tags;
}

export function newInterface(context: Context, wanted: Wanted): NetworkInterface {
  return {
    ...newResource(context, 'networkInterface', wanted.tags),
    kind: 'networkInterface',
    vpcId: wanted.subnet.vpcId,
    subnetId: wanted.subnet.id,
    type: 'interface',
    description: wanted.description ?? '',
    mac: newMac(context),
    addresses: wanted.addresses,
    ipv6Addresses: wanted.ipv6Addresses ?? [],
    publicAddress: null,
    groupIds: wanted.groupIds,
    sourceDestCheck: true,
    attachment: null,
    vpcEndpointId: null,
    linkSerial: null,
    loadBalancerId: null,
    nodeSerial: null,
  };
}

/** Refuses where `count` more interfaces would exceed the account's quota in the region. */
export function checkInterfaceQuota(context: Context, count: number): void {
  if (ownCount(context, 'networkInterface') + count > quotaOf(context.intent, 'interfacesPerRegion', context)) {
    refuse('NetworkInterfaceLimitExceeded', 'The maximum number of network interfaces has been reached.');
  }
}

/**
 * The groups for an interface in this VPC: those asked for (each there, all of this VPC, no more than the quota), or the
 * VPC's default group. `place` is what AWS names beside a group of another VPC.
 */
export function groupsInVpc(
  context: Context,
  asked: readonly string[] | undefined,
  vpc: Vpc,
  place: string,
): readonly string[] {
  const ids = distinct(asked ?? []);
  if (ids.length === 0) return [vpc.defaultGroupId];
  for (const group of ids.map((id) => find(context, 'securityGroup', id))) {
    if (group.vpcId !== vpc.id) {
      refuse('InvalidParameter', `Security group ${group.id} and ${place} belong to different networks.`);
    }
  }
  if (ids.length > quotaOf(context.intent, 'groupsPerInterface', context)) {
    refuse(
      'SecurityGroupsPerInterfaceLimitExceeded',
      'The maximum number of security groups per interface has been reached.',
    );
  }
  return ids;
}
