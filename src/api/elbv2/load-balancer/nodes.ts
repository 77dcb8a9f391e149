/**
 * The nodes of a load balancer: a subnet for each zone, and the interface in it that clients and targets meet. Interfaces
 * belong to the load balancer: their owner sees them among the others and cannot change them.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/network-load-balancers.html#availability-zones
 */
import { loadBalancerPath } from '../../../model/balancer-names.ts';
import { type Edit, put } from '../../../model/edit.ts';
import { isId } from '../../../model/ids.ts';
import { NODE_SERIALS, PUBLIC_ADDRESSES, publicAddress, take } from '../../../model/pool.ts';
import { Refusal, refuse } from '../../../model/refusal.ts';
import type { LoadBalancer, LoadBalancerZone, NetworkInterface, Subnet } from '../../../model/resources.ts';
import { formatIp, parseIp } from '../../../net/ip.ts';
import type { Context } from '../../action.ts';
import { subnetAddresses } from '../../ec2/network-interface/allocate.ts';
import { checkInterfaceQuota, newInterface } from '../../ec2/network-interface/birth.ts';
import { oneIpv6Address } from '../../ec2/network-interface/ipv6-addresses.ts';
import { findIfThere } from '../../shared/find.ts';
import type { Input } from '../action.ts';
import { badConfiguration, invalid } from '../checks.ts';
import { LIMITS, MIN_FREE_ADDRESSES } from '../limits.ts';

export interface WantedNode {
  readonly subnet: Subnet;
  /** Undefined: any free one. */
  readonly address: string | undefined;
  /** In canonical text, of a dualstack load balancer only. */
  readonly ipv6Address: string | undefined;
}

export const MAPPING_READS = { SubnetId: true, PrivateIPv4Address: true, IPv6Address: true } as const;

type Wish = Pick<Input<'CreateLoadBalancer'>, 'Subnets' | 'SubnetMappings'>;
type Kind = Pick<LoadBalancer, 'scheme' | 'ipAddressType'>;

/** The subnets asked for: of one VPC, each in a zone of its own. */
export function wantedNodes(wish: Wish, { scheme, ipAddressType }: Kind, context: Context): readonly WantedNode[] {
  const { Subnets: subnets = [], SubnetMappings: mappings = [] } = wish;
  if (subnets.length > 0 && mappings.length > 0) {
    invalid('You can specify either subnets or subnet mappings, but not both');
  }
  const asked = mappings.length > 0 ? mappings : subnets.map((SubnetId) => ({ SubnetId }));
  if (asked.length === 0) invalid('At least one subnet must be specified');
  const nodes = asked.map((each): WantedNode => {
    const {
      SubnetId: id = '',
      PrivateIPv4Address: address,
      IPv6Address: ipv6Address,
    } = each as { SubnetId?: string; PrivateIPv4Address?: string; IPv6Address?: string };
    if (address !== undefined && scheme === 'internet-facing') {
      badConfiguration('Private IPv4 addresses can only be specified for internal load balancers');
    }
    if (ipv6Address !== undefined && ipAddressType !== 'dualstack') {
      badConfiguration('IPv6 addresses can only be specified for dualstack load balancers');
    }
    return { subnet: subnetAsked(context, id), address, ipv6Address: ipv6Address && canonicalAddress(ipv6Address) };
  });
  const [first] = nodes;
  const zones = new Set<string>();
  for (const { subnet } of nodes) {
    if (subnet.vpcId !== first?.subnet.vpcId) {
      badConfiguration(`All subnets must belong to the same VPC: '${first?.subnet.vpcId}'`);
    }
    if (zones.has(subnet.zoneId)) {
      badConfiguration('A load balancer cannot be attached to multiple subnets in the same Availability Zone');
    }
    zones.add(subnet.zoneId);
  }
  if (nodes.some(({ subnet }) => subnet.cidr === null)) {
    invalid('You must specify subnets with an associated IPv4 CIDR block.');
  }
  if (ipAddressType === 'dualstack') checkIpv6Blocks(nodes.map(({ subnet }) => subnet));
  return nodes;
}

export function checkIpv6Blocks(subnets: readonly Subnet[]): void {
  if (subnets.some(({ ipv6Cidr }) => ipv6Cidr === null)) {
    invalid('You must specify subnets with an associated IPv6 CIDR block.');
  }
}

/** What is none is refused where it is claimed. */
function canonicalAddress(text: string): string {
  const ip = parseIp(text);
  return ip === undefined ? text : formatIp(ip);
}

function subnetAsked(context: Context, id: string): Subnet {
  if (!isId('subnet', id)) invalid(`The subnet ID '${id}' is not valid`);
  return findIfThere(context, 'subnet', id) ?? refuse('SubnetNotFound', `The subnet ID '${id}' does not exist`);
}

/** Makes the interface of each node. `balancer`: as it will be, but for its zones. */
export function newNodes(
  balancer: Omit<LoadBalancer, 'zones'>,
  wanted: readonly WantedNode[],
  context: Context,
): { readonly zones: readonly LoadBalancerZone[]; readonly edits: readonly Edit[] } {
  checkPlace(balancer, wanted.length, context);
  const isPublic = balancer.scheme === 'internet-facing';
  const serials = take(NODE_SERIALS, wanted.length, context.intent, context.now);
  if (serials === undefined) throw new Error('there are no node serials left');
  const publics = take(PUBLIC_ADDRESSES, isPublic ? wanted.length : 0, context.intent, context.now);
  if (publics === undefined) refuse('InsufficientCapacity', 'There are no public addresses left.', 500);
  const ports = wanted.map(({ subnet, address, ipv6Address }, at): NetworkInterface => {
    const addresses = subnetAddresses(context, subnet);
    if (addresses.free < MIN_FREE_ADDRESSES) {
      refuse(
        'InvalidSubnet',
        `Not enough IP space available in ${subnet.id}. ELB requires at least ${MIN_FREE_ADDRESSES} free IP addresses in each subnet.`,
      );
    }
    const offset = publics.values[at];
    return {
      ...newInterface(context, {
        subnet,
        addresses: [address === undefined ? addresses.take() : inOurWords(() => addresses.claim(address))],
        ipv6Addresses: balancer.ipAddressType === 'dualstack' ? [nodeIpv6Address(context, subnet, ipv6Address)] : [],
        groupIds: balancer.groupIds ?? [],
        description: `ELB ${loadBalancerPath(balancer)}`,
      }),
      type: 'networkLoadBalancer',
      publicAddress: offset === undefined ? null : publicAddress(offset),
      loadBalancerId: balancer.id,
      nodeSerial: serials.values[at] as number,
    };
  });
  return {
    zones: wanted.map(({ subnet, address, ipv6Address }, at) => ({
      subnetId: subnet.id,
      zoneId: subnet.zoneId,
      interfaceId: ports[at]?.id as string,
      fixedAddress: address !== undefined,
      fixedIpv6Address: ipv6Address !== undefined,
    })),
    edits: [...ports.map(put), ...serials.edits, ...publics.edits],
  };
}

function checkPlace({ scheme, vpcId }: Omit<LoadBalancer, 'zones'>, count: number, context: Context): void {
  const { intent } = context;
  if (scheme === 'internet-facing' && intent.table('internetGateway').by('vpcId', vpcId).length === 0) {
    refuse('InvalidSubnet', `VPC ${vpcId} has no internet gateway`);
  }
  checkInterfaceQuota(context, count);
  const inVpc = intent
    .table('loadBalancer')
    .by('vpcId', vpcId)
    .reduce((sum, each) => sum + each.zones.length, 0);
  const limit = LIMITS['network-load-balancer-enis-per-vpc'];
  if (inVpc + count > limit) {
    badConfiguration(
      `The maximum number of load balancer network interfaces, '${limit}', has been reached in VPC '${vpcId}'`,
    );
  }
}

export function nodeIpv6Address(context: Context, subnet: Subnet, asked?: string): string {
  return inOurWords(() => oneIpv6Address(context, subnet, asked));
}

/** The reasons are EC2's, the code is this service's. */
function inOurWords<T>(claim: () => T): T {
  try {
    return claim();
  } catch (error) {
    if (error instanceof Refusal) badConfiguration(error.message);
    throw error;
  }
}

/** In the order in which they are stored. */
export function byZone(zones: readonly LoadBalancerZone[]): readonly LoadBalancerZone[] {
  return [...zones].sort((a, b) => (a.zoneId < b.zoneId ? -1 : 1));
}
