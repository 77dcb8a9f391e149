/** What each part of a ModifyVpcEndpoint call makes of an endpoint: checked, not yet put together. */
import { refuse } from '../../../model/refusal.ts';
import type { NetworkInterface, Subnet, Vpc, VpcEndpoint } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { distinct } from '../../shared/input.ts';
import type { Input } from '../action.ts';
import { groupsInVpc } from '../network-interface/birth.ts';
import { checkedRouteTables } from './gateway.ts';
import type { Offer } from './offer.ts';
import { checkedSubnets, fixedAddresses, type WantedInterface } from './placement.ts';
import { policyFor } from './policy.ts';
import { checkInboundOnly, checkPrivateDns, inboundOnlyByDefault } from './private-dns.ts';

type Wish = Input<'ModifyVpcEndpoint'>;

export interface Subject {
  readonly endpoint: VpcEndpoint;
  readonly vpc: Vpc;
  readonly service: Offer;
}

export function groupsAfter(wish: Wish, { endpoint, vpc }: Subject, context: Context): readonly string[] {
  const removed = distinct(wish.RemoveSecurityGroupIds ?? []);
  const added = wish.AddSecurityGroupIds ?? [];
  if (removed.length === 0 && added.length === 0) return endpoint.groupIds;
  for (const id of removed) {
    find(context, 'securityGroup', id);
    if (!endpoint.groupIds.includes(id)) {
      refuse('InvalidParameter', `The security group ${id} is not associated with the VPC endpoint ${endpoint.id}.`);
    }
  }
  const after = distinct([...endpoint.groupIds.filter((id) => !removed.includes(id)), ...added]);
  if (after.length === 0) {
    refuse('InvalidParameter', `The VPC endpoint ${endpoint.id} must have at least one security group.`);
  }
  return groupsInVpc(context, after, vpc, `VPC ${vpc.id}`);
}

/** What is removed goes first, so that a table may be given to another endpoint of the service and back. */
export function routeTablesAfter(wish: Wish, { endpoint, vpc }: Subject, context: Context): readonly string[] {
  const removed = distinct(wish.RemoveRouteTableIds ?? []);
  for (const id of removed) {
    find(context, 'routeTable', id);
    if (!endpoint.routeTableIds.includes(id)) {
      refuse('InvalidParameter', `The route table ${id} is not associated with the VPC endpoint ${endpoint.id}.`);
    }
  }
  const added = checkedRouteTables(context, vpc, endpoint.serviceName, wish.AddRouteTableIds);
  return [...endpoint.routeTableIds.filter((id) => !removed.includes(id)), ...added.map(({ id }) => id)];
}

export function policyAfter(wish: Wish, { endpoint, service }: Subject): string | null {
  if (wish.ResetPolicy !== true) {
    return wish.PolicyDocument === undefined ? endpoint.policy : policyFor(service, wish.PolicyDocument);
  }
  if (wish.PolicyDocument !== undefined) {
    refuse(
      'InvalidParameterCombination',
      'The parameter resetPolicy cannot be used with the parameter policyDocument.',
    );
  }
  return null;
}

export function privateDnsAfter(
  wish: Wish,
  { endpoint, vpc, service }: Subject,
  context: Context,
): Pick<VpcEndpoint, 'privateDns' | 'inboundOnly'> {
  const { intent } = context;
  const privateDns = wish.PrivateDnsEnabled ?? endpoint.privateDns;
  const isTurnedOn = privateDns && !endpoint.privateDns;
  const inboundOnly =
    wish.DnsOptions?.PrivateDnsOnlyForInboundResolverEndpoint ??
    (isTurnedOn ? inboundOnlyByDefault(service) : endpoint.inboundOnly);
  if (privateDns && wish.PrivateDnsEnabled !== undefined) {
    checkPrivateDns(service, vpc, intent, endpoint.acceptance, inboundOnly, endpoint.id);
  } else if (!endpoint.inboundOnly) checkInboundOnly(service, vpc, intent, inboundOnly);
  return { privateDns, inboundOnly };
}

export interface SubnetChange {
  readonly ids: readonly string[];
  readonly gone: readonly NetworkInterface[];
  readonly kept: readonly NetworkInterface[];
  readonly wanted: readonly WantedInterface[];
}

/** Removed subnets lose their interface, added ones get one, and one that gets another fixed address gets another one. */
export function subnetsAfter(wish: Wish, { endpoint, vpc, service }: Subject, context: Context): SubnetChange {
  const removed = distinct(wish.RemoveSubnetIds ?? []);
  for (const id of removed) {
    find(context, 'subnet', id);
    if (!endpoint.subnetIds.includes(id)) {
      refuse('InvalidParameter', `The subnet ${id} is not associated with the VPC endpoint ${endpoint.id}.`);
    }
  }
  const fixed = fixedAddresses(wish.SubnetConfigurations);
  const keptIds = endpoint.subnetIds.filter((id) => !removed.includes(id));
  const addedIds = [...(wish.AddSubnetIds ?? []), ...[...fixed.keys()].filter((id) => !keptIds.includes(id))];
  const keptSubnets = keptIds.map((id) => find(context, 'subnet', id));
  const added = checkedSubnets(context, vpc, service, addedIds, keptSubnets);

  const interfaces = context.intent.table('networkInterface').by('vpcEndpointId', endpoint.id);
  const isReplaced = (port: NetworkInterface) => {
    const { address, ipv6Address } = fixed.get(port.subnetId) ?? {};
    const isOther = (asked: string | undefined, there: readonly string[]) =>
      asked !== undefined && !there.includes(asked);
    return isOther(address, port.addresses) || isOther(ipv6Address, port.ipv6Addresses);
  };
  const isKept = (port: NetworkInterface) => keptIds.includes(port.subnetId) && !isReplaced(port);
  const replaced = interfaces.filter((port) => keptIds.includes(port.subnetId) && isReplaced(port));
  const subnets: readonly Subnet[] = [...replaced.map((port) => find(context, 'subnet', port.subnetId)), ...added];
  return {
    ids: [...keptIds, ...added.map((subnet) => subnet.id)],
    gone: interfaces.filter((port) => !isKept(port)),
    kept: interfaces.filter(isKept),
    wanted: subnets.map((subnet) => ({ subnet, ...fixed.get(subnet.id) })),
  };
}
