/**
 * Endpoints of customers' services: each interface leads to a node of one of the service's load balancers in the same zone.
 * Zones are compared by id: accounts name them differently. From another region it leads to any node, a healthy one if there
 * is one: the way fails over to it. With several load balancers the choice follows from the
 * interface and their ARNs alone, so that it stays; AWS draws it once at random.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-share-your-services.html
 */

import { isExpired } from '../../model/expiry.ts';
import type { Facts } from '../../model/facts.ts';
import { fingerprint } from '../../model/fingerprint.ts';
import type { Intent } from '../../model/intent.ts';
import { isAcrossRegions } from '../../model/remote-access.ts';
import type { EndpointService, NetworkInterface, VpcEndpoint } from '../../model/resources.ts';
import { compareText } from '../order.ts';
import type { Crossing } from '../plan.ts';
import type { FoundBalancer, FoundNode } from './balancers.ts';
import { crossingsOfInterface } from './crossings.ts';
import type { Endpoint } from './endpoints.ts';

/** An endpoint of a customer's service with where its interfaces lead. */
export interface ServiceEndpoint extends Endpoint {
  readonly passages: readonly Passage[];
}

export interface Passage {
  readonly eni: NetworkInterface;
  readonly zoneId: string;
  /** Of each of its addresses. Empty: no node stands in its zone (any more); the interface then leads nowhere. */
  readonly crossings: readonly Crossing[];
  /** Whether the endpoint's regional name gives its address: the node is healthy, or no other one is. */
  readonly isAnswered: boolean;
  /** Whether a connection through it finds a healthy target now. */
  readonly isHealthy: boolean;
}

interface Way {
  readonly found: FoundBalancer;
  readonly node: FoundNode;
}

export function findServiceEndpoints(
  intent: Intent,
  { now }: Pick<Facts, 'now'>,
  endpoints: readonly Endpoint[],
  balancers: ReadonlyMap<string, FoundBalancer>,
): readonly ServiceEndpoint[] {
  return endpoints.map((each) => {
    const service = intent.table('endpointService').get(each.endpoint.serviceId ?? '');
    const ways = each.interfaces.map(({ eni, zoneId }) => ({
      eni,
      zoneId,
      way: wayOf(waysOf(each.endpoint, service, balancers, zoneId), eni),
    }));
    const anyHealthy = ways.some(({ way }) => way?.node.isAnswered);
    return {
      ...each,
      passages: ways.map(({ eni, zoneId, way }) => {
        const crossings = way === undefined ? [] : crossingsOf(each.endpoint, service, now, eni, way);
        return {
          eni,
          zoneId,
          crossings,
          isAnswered: !anyHealthy || way?.node.isAnswered === true,
          isHealthy: crossings.some(({ open }) => open) && way?.node.isHealthy === true,
        };
      }),
    };
  });
}

function waysOf(
  endpoint: VpcEndpoint,
  service: EndpointService | undefined,
  balancers: ReadonlyMap<string, FoundBalancer>,
  zoneId: string,
): readonly Way[] {
  const isRemote = isAcrossRegions(endpoint);
  const ways = (service?.loadBalancerIds ?? []).flatMap((id) => {
    const found = balancers.get(id);
    const nodes = found?.nodes.filter((each) => isRemote || each.zoneId === zoneId) ?? [];
    return found === undefined ? [] : nodes.map((node) => ({ found, node }));
  });
  const healthy = ways.filter(({ node }) => node.isAnswered);
  return isRemote && healthy.length > 0 ? healthy : ways;
}

/** Rendezvous hashing: a node that comes or goes moves no interface that does not lead to it. */
function wayOf(ways: readonly Way[], eni: NetworkInterface): Way | undefined {
  if (ways.length < 2) return ways[0];
  const weighed = ways.map((way) => {
    const { found, node } = way;
    return { way, weight: fingerprint(`${eni.id}/${found.resource.id}/${node.zoneId}`, 16) };
  });
  return weighed.sort((a, b) => compareText(b.weight, a.weight))[0]?.way;
}

/** An address leads to the node of its family. */
function crossingsOf(
  endpoint: VpcEndpoint,
  service: EndpointService | undefined,
  now: string,
  eni: NetworkInterface,
  { found: { resource, balancer }, node: { node, node6 } }: Way,
): readonly Crossing[] {
  const closedBy = closedByOf(endpoint, service, now);
  return crossingsOfInterface(endpoint, eni, {
    guards: resource.guardPrivateLink ? balancer.filters : null,
    provider: balancer.domain,
    listeners: node.listeners.map(({ protocol, port }) => ({
      protocol: protocol === 'tls' ? 'tcp' : protocol,
      port,
      targetPort: port,
    })),
    open: closedBy === null,
    closedBy,
    targets: { ipv4: node.crossingAddress, ipv6: node6?.crossingAddress ?? null },
  });
}

function closedByOf(endpoint: VpcEndpoint, service: EndpointService | undefined, now: string): Crossing['closedBy'] {
  if (service === undefined || service.deletedRevision !== null) return 'serviceDeleted';
  if (isExpired(endpoint, now)) return 'expired';
  if (endpoint.acceptance === 'pending') return 'pendingAcceptance';
  return endpoint.acceptance === 'rejected' ? 'rejected' : null;
}
