/** Ways to AWS's services through gateway endpoints, in a VPC's packet program, stage 'cross'. */
import type { Port } from '../../plan/plan.ts';
import type { Forwarding } from './forwarding.ts';
import { type Chain, map, type NftSet, plain, set } from './nft.ts';
import type { VpcParts } from './vpc-parts.ts';

export interface GatewayEndpoints {
  readonly sets: Readonly<Record<string, NftSet>>;
  readonly chains: Readonly<Record<string, Chain>>;
}

/** In the words of table `ip`, for parts that hold the addresses of one family. */
export function gatewayEndpoints(
  gateways: VpcParts['serviceGateways'],
  ports: readonly Port[],
  forwards: Forwarding,
): GatewayEndpoints {
  if (gateways.length === 0) return { sets: {}, chains: {} };
  // By the route table that led here: another one may lead to the same service through another endpoint.
  const ways = gateways.flatMap(({ gateway, tables }) =>
    tables.map((table) => ({ way: `${table} . ${gateway.address}`, linkAddress: gateway.linkAddress })),
  );
  return {
    sets: {
      service_gateways: set(
        'mark . ipv4_addr',
        ways.map(({ way }) => way),
      ),
      service_gateway_source: map(
        'mark . ipv4_addr : ipv4_addr',
        ways.map(({ way, linkAddress }) => `${way} : ${linkAddress}`),
      ),
      machine_address: set(
        'ipv4_addr',
        ports.flatMap((port) => port.addresses),
      ),
    },
    chains: {
      to_service_gateway: plain([
        ...forwards.untranslated('cross'),
        'ct state new meta l4proto 6 meta mark . ip daddr @service_gateways accept',
        'ct state new icmp type echo-request meta mark . ip daddr @service_gateways accept',
        'counter name "cross" drop',
      ]),
    },
  };
}
