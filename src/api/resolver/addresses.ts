/** New addresses of a resolver endpoint: interfaces in subnets of one VPC, which nobody but the endpoint owns. EC2's refusals in Resolver's words. */
import { newId } from '../../model/ids.ts';
import { Refusal, refuse } from '../../model/refusal.ts';
import type { NetworkInterface, Subnet } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import { type SubnetAddresses, subnetAddresses } from '../ec2/network-interface/allocate.ts';
import { checkInterfaceQuota, groupsInVpc, newInterface } from '../ec2/network-interface/birth.ts';
import { find } from '../shared/find.ts';
import { invalid } from './find.ts';

interface Wanted {
  readonly SubnetId: string;
  readonly Ip?: string;
}

interface Owner {
  readonly endpointId: string;
  readonly groupIds: readonly string[];
}

/** Subnets exist, lie in one VPC (`vpcId`, where there is one already), addresses are free. */
export function newAddresses(
  context: Context,
  { endpointId, groupIds }: Owner,
  wanted: readonly Wanted[],
  vpcId?: string,
): readonly NetworkInterface[] {
  const subnets = wanted.map(({ SubnetId }) => inWords(() => find(context, 'subnet', SubnetId)));
  const vpcs = new Set([...(vpcId === undefined ? [] : [vpcId]), ...subnets.map((subnet) => subnet.vpcId)]);
  if (vpcs.size > 1) invalid('The subnets of a Resolver endpoint must be in one VPC.');
  const groups = checkedGroups(context, groupIds, subnets[0]?.vpcId ?? '');
  inWords(() => checkInterfaceQuota(context, wanted.length));
  const free = new Map<string, SubnetAddresses>();
  const claim = (subnet: Subnet, address: string | undefined) => {
    const addresses = free.get(subnet.id) ?? subnetAddresses(context, subnet);
    free.set(subnet.id, addresses);
    return inWords(() => (address === undefined ? addresses.take() : addresses.claim(address)));
  };
  // Fixed ones first: they must not be taken by those that may be any.
  const fixed = wanted.map(({ Ip }, at) => (Ip === undefined ? undefined : claim(subnets[at] as Subnet, Ip)));
  return subnets.map((subnet, at) => {
    const addressId = newId('resolverAddress', context);
    return {
      ...newInterface(context, {
        subnet,
        addresses: [fixed[at] ?? claim(subnet, undefined)],
        groupIds: groups,
        description: `Route 53 Resolver: ${endpointId}:${addressId}`,
      }),
      resolver: { endpointId, addressId, madeRevision: context.nextRevision },
    };
  });
}

export function checkedGroups(context: Context, groupIds: readonly string[], vpcId: string): readonly string[] {
  if (groupIds.length === 0) invalid('A Resolver endpoint needs at least one security group.');
  return inWords(() => groupsInVpc(context, groupIds, find(context, 'vpc', vpcId), `the VPC ${vpcId}`));
}

/** EC2's, and Resolver's for the same; for all others its InvalidParameterException. */
const CODES: readonly (readonly [RegExp, string])[] = [
  [/LimitExceeded$/, 'LimitExceededException'],
  [/^InsufficientFreeAddresses/, 'InvalidRequestException'],
];

function inWords<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const [, code] = CODES.find(([pattern]) => pattern.test(error.code)) ?? [];
    refuse(code ?? 'InvalidParameterException', error.message);
  }
}
