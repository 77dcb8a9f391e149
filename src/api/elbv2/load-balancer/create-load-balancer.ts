/**
 * Network load balancers. The other types, elastic IP addresses and prefixes for IPv6's source NAT are refused by name. Asking again with the same
 * name and settings answers with the one that is there.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html
 */
import { loadBalancerArn } from '../../../model/balancer-names.ts';
import { put } from '../../../model/edit.ts';
import { withEdits } from '../../../model/intent.ts';
import { refuse } from '../../../model/refusal.ts';
import type { LoadBalancer } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { elbAction, type Input } from '../action.ts';
import { checkName, invalid } from '../checks.ts';
import { named, own } from '../find.ts';
import { LIMITS } from '../limits.ts';
import { newElbResource } from '../resource.ts';
import { withTags } from '../tags.ts';
import { checkedGroups } from './groups.ts';
import { byZone, MAPPING_READS, newNodes, type WantedNode, wantedNodes } from './nodes.ts';
import { IP_ADDRESS_TYPES } from './set-ip-address-type.ts';
import { viewBalancer } from './view.ts';

/** AWS's default: what a call means that names no type. */
const DEFAULT_TYPE = 'application';

export const createLoadBalancer = elbAction<'CreateLoadBalancer'>(
  {
    Name: true,
    Type: true,
    Scheme: true,
    Subnets: true,
    SubnetMappings: MAPPING_READS,
    SecurityGroups: true,
    IpAddressType: IP_ADDRESS_TYPES,
    EnablePrefixForIpv6SourceNat: ['off'],
    Tags: true,
  },
  (input, context) => {
    checkType(input);
    checkName(input.Name, 'Load balancer');
    if (/^internal-/i.test(input.Name)) invalid(`Load balancer name '${input.Name}' cannot begin with 'internal-'`);
    const tags = withTags({}, input.Tags);
    const scheme = input.Scheme ?? 'internet-facing';
    const ipAddressType = input.IpAddressType === 'dualstack' ? 'dualstack' : 'ipv4';
    const wanted = wantedNodes(input, { scheme, ipAddressType }, context);
    const vpcId = wanted[0]?.subnet.vpcId ?? '';
    const groupIds =
      input.SecurityGroups === undefined || input.SecurityGroups.length === 0
        ? null
        : checkedGroups(input.SecurityGroups, vpcId, context);

    const present = named(context, 'loadBalancer', input.Name);
    if (present !== undefined) {
      if (!isSame(present, { scheme, ipAddressType, groupIds }, wanted, context)) {
        refuse(
          'DuplicateLoadBalancerName',
          `A load balancer with the same name '${input.Name}' exists, but with different settings`,
        );
      }
      return reply({ LoadBalancers: [viewBalancer(present, context)] });
    }
    const limit = LIMITS['network-load-balancers'];
    if (own(context, 'loadBalancer').length >= limit) {
      refuse('TooManyLoadBalancers', `The maximum number of load balancers, '${limit}', has been reached`);
    }
    const born: Omit<LoadBalancer, 'zones'> = {
      ...newElbResource(context, loadBalancerArn(context, input.Name, context.hex(16)), tags),
      kind: 'loadBalancer',
      name: input.Name,
      scheme,
      vpcId,
      ipAddressType,
      groupIds,
      guardPrivateLink: true,
      attributes: {},
      changedRevision: context.nextRevision,
    };
    const made = newNodes(born, wanted, context);
    const balancer: LoadBalancer = { ...born, zones: byZone(made.zones) };
    const after = { ...context, intent: withEdits(context.intent, made.edits) };
    return { edits: [put(balancer), ...made.edits], output: { LoadBalancers: [viewBalancer(balancer, after)] } };
  },
);

function checkType({ Type: type }: Input<'CreateLoadBalancer'>): void {
  if (type === 'network') return;
  const why = type === undefined ? ' It is what a call without a Type asks for.' : '';
  refuse(
    'UnsupportedOperation',
    `The value '${type ?? DEFAULT_TYPE}' for parameter Type is not supported by Culvert.${why}`,
  );
}

function isSame(
  present: LoadBalancer,
  { scheme, ipAddressType, groupIds }: Pick<LoadBalancer, 'scheme' | 'ipAddressType' | 'groupIds'>,
  wanted: readonly WantedNode[],
  { intent }: Context,
): boolean {
  const text = (ids: readonly string[] | null) => (ids === null ? 'none' : [...ids].sort().join());
  const asked = wanted.map(({ subnet, address, ipv6Address }) => `${subnet.id}/${address ?? ''}/${ipv6Address ?? ''}`);
  const there = present.zones.map(({ subnetId, interfaceId, fixedAddress, fixedIpv6Address }) => {
    const port = intent.table('networkInterface').get(interfaceId);
    return `${subnetId}/${fixedAddress ? port?.addresses[0] : ''}/${fixedIpv6Address ? port?.ipv6Addresses[0] : ''}`;
  });
  const isOfKind = present.scheme === scheme && present.ipAddressType === ipAddressType;
  return isOfKind && text(present.groupIds) === text(groupIds) && text(asked) === text(there);
}
