/**
 * ipv4 or dualstack, at any time: nodes get an IPv6 address beside the other one, or lose it.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_SetIpAddressType.html
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-ip-address-type.html
 */
import { put } from '../../../model/edit.ts';
import type { LoadBalancer, NetworkInterface } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { elbAction } from '../action.ts';
import { badConfiguration } from '../checks.ts';
import { findBalancer, findGroup } from '../find.ts';
import { checkForward } from '../listener/forward.ts';
import { checkIpv6Blocks, nodeIpv6Address } from './nodes.ts';
import { interfacesOf } from './set-security-groups.ts';

type Type = LoadBalancer['ipAddressType'];

export const IP_ADDRESS_TYPES = ['ipv4', 'dualstack'] as const;

export const setIpAddressType = elbAction<'SetIpAddressType'>(
  { LoadBalancerArn: true, IpAddressType: IP_ADDRESS_TYPES },
  (input, context) => {
    const balancer = findBalancer(context, input.LoadBalancerArn);
    const type = typeAfter(balancer, input.IpAddressType, context);
    if (type === balancer.ipAddressType) return reply({ IpAddressType: type });
    const ports = interfacesOf(context, balancer.id);
    if (type === 'dualstack') checkIpv6Blocks(ports.map(({ subnetId }) => find(context, 'subnet', subnetId)));
    const zones = balancer.zones.map((zone) => ({ ...zone, fixedIpv6Address: false }));
    const after = { ...balancer, ipAddressType: type, zones, changedRevision: context.nextRevision };
    return {
      edits: [put(after), ...ports.map((port) => put(portAfter(port, type, context)))],
      output: { IpAddressType: type },
    };
  },
);

/** Refused where its listeners, their target groups or its endpoint service could not live with it. */
export function typeAfter(balancer: LoadBalancer, asked: string | undefined, context: Context): Type {
  const type = IP_ADDRESS_TYPES.find((each) => each === asked) ?? balancer.ipAddressType;
  if (type === balancer.ipAddressType) return type;
  const { intent } = context;
  const after = { ...balancer, ipAddressType: type };
  for (const { protocol, targetGroupId } of intent.table('listener').by('loadBalancerId', balancer.id)) {
    checkForward(protocol, findGroup(context, targetGroupId), after, context);
  }
  const service = intent
    .table('endpointService')
    .by('loadBalancerIds', balancer.id)
    .find(({ deletedRevision, ipAddressTypes }) => deletedRevision === null && ipAddressTypes.includes('ipv6'));
  if (type === 'ipv4' && service !== undefined) {
    badConfiguration(
      `The IP address type of load balancer '${balancer.id}' cannot be 'ipv4' because the VPC endpoint service '${service.id}' supports IPv6`,
    );
  }
  return type;
}

/** A node of a load balancer of that type. */
export function portAfter(port: NetworkInterface, type: Type, context: Context): NetworkInterface {
  if (type === 'ipv4') return { ...port, ipv6Addresses: [] };
  return { ...port, ipv6Addresses: [nodeIpv6Address(context, find(context, 'subnet', port.subnetId))] };
}
