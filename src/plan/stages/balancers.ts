/**
 * Network load balancers: a node in each zone, its listeners, and whom each sends new flows to. Health, zones, cross-zone and
 * fail-open are decided here, so that neither a driver nor DNS has to.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health.html
 *
 * A node sends to the healthy targets it can reach. Where these are fewer than the group's threshold (one by default), it
 * sends to all it can reach. For DNS the zone is then unhealthy; when all zones are, all are answered.
 */
import { idleSeconds } from '../../model/balancer-attributes.ts';
import { transportsOf } from '../../model/balancer-names.ts';
import type { Intent } from '../../model/intent.ts';
import type { Listener, LoadBalancer, NetworkInterface } from '../../model/resources.ts';
import { ALPN_POLICIES, DEFAULT_SSL_POLICY, findSslPolicy } from '../../model/ssl-policies.ts';
import { addToIp, isIpv6 } from '../../net/ip.ts';
import { compareText, sortById } from '../order.ts';
import type { Balancer, BalancerListener, BalancerNode } from '../plan.ts';
import { addressTowards, type FoundGroup, type Member, type Minimum, reachFrom, sortPoolAddresses } from './pools.ts';

const FIRST_NODE_ADDRESS = '249.0.0.0';
const FIRST_NODE_ADDRESS_6 = 'fdcf::f900:0';

export interface FoundBalancer {
  readonly resource: LoadBalancer;
  readonly balancer: Balancer;
  /** Sorted by zone. */
  readonly nodes: readonly FoundNode[];
}

export interface FoundNode {
  readonly zoneId: string;
  readonly eni: NetworkInterface;
  readonly node: BalancerNode;
  /** null: it has no IPv6 address. */
  readonly node6: BalancerNode | null;
  /** Whether DNS gives its address: each of its listeners' groups has enough healthy targets, or no node is better off. */
  readonly isAnswered: boolean;
  /** The first of those. */
  readonly isHealthy: boolean;
}

/** By ARN. */
export function findBalancers(
  intent: Intent,
  groups: ReadonlyMap<string, FoundGroup>,
): ReadonlyMap<string, FoundBalancer> {
  const found = new Map<string, FoundBalancer>();
  for (const resource of intent.table('loadBalancer').all()) {
    found.set(resource.id, balancerOf(intent, groups, resource));
  }
  return found;
}

export function compileBalancers(found: ReadonlyMap<string, FoundBalancer>): readonly Balancer[] {
  return sortById([...found.values()].map(({ balancer }) => balancer));
}

/** By pool: whom any listener sends to now, as "address:port". */
export function servedTargets(balancers: readonly Balancer[]): ReadonlyMap<string, ReadonlySet<string>> {
  const served = new Map<string, Set<string>>();
  for (const { pool, targets } of balancers.flatMap(({ nodes }) => nodes).flatMap(({ listeners }) => listeners)) {
    const of = served.get(pool) ?? new Set();
    for (const { address, port } of targets) of.add(`${address}:${port}`);
    served.set(pool, of);
  }
  return served;
}

function balancerOf(intent: Intent, groups: ReadonlyMap<string, FoundGroup>, resource: LoadBalancer): FoundBalancer {
  const listeners = intent.table('listener').by('loadBalancerId', resource.id);
  const used = [...new Set(listeners.map(({ targetGroupId }) => targetGroupId))].flatMap((id) => groups.get(id) ?? []);
  const zones = [...resource.zones].sort((a, b) => compareText(a.zoneId, b.zoneId));
  const healthy = new Set(
    zones
      .map(({ zoneId }) => zoneId)
      .filter((zoneId) => used.every((group) => isEnough(group.dnsMinimum, group, zoneId))),
  );
  const nodes = zones.map(({ zoneId, interfaceId }): FoundNode => {
    const eni = intent.table('networkInterface').get(interfaceId);
    if (eni === undefined) throw new Error(`${resource.id} has a node ${interfaceId}, which does not exist`);
    const [node, node6] = nodesOf(intent, groups, listeners, resource, eni, zoneId);
    const isHealthy = healthy.has(zoneId);
    return { zoneId, eni, node, node6, isAnswered: healthy.size === 0 || isHealthy, isHealthy };
  });
  const filters = resource.groupIds === null ? null : [...new Set(resource.groupIds)].sort(compareText);
  const balancer: Balancer = {
    id: resource.id,
    origin: [resource.id],
    domain: resource.vpcId,
    filters,
    nodes: nodes.flatMap(({ node, node6 }) => [node, node6 ?? []].flat()),
  };
  return { resource, balancer, nodes };
}

/** Of each address family. */
function nodesOf(
  intent: Intent,
  groups: ReadonlyMap<string, FoundGroup>,
  listeners: readonly Listener[],
  { scheme }: LoadBalancer,
  eni: NetworkInterface,
  zone: string,
): readonly [BalancerNode, BalancerNode | null] {
  const { nodeSerial, publicAddress } = eni;
  const [address] = eni.addresses;
  const [address6] = eni.ipv6Addresses;
  if (address === undefined || nodeSerial === null) throw new Error(`${eni.id} is no load balancer's node`);
  const nodeAt = (at: Pick<BalancerNode, 'address' | 'crossingAddress' | 'publicAddress'>): BalancerNode => ({
    port: eni.id,
    zone,
    ...at,
    listeners: listeners
      .flatMap((listener) => listenersOf(intent, groups, listener, eni, zone, isIpv6(at.address)))
      .sort((a, b) => compareText(a.protocol, b.protocol) || a.port - b.port),
  });
  const node = nodeAt({ address, crossingAddress: addToIp(FIRST_NODE_ADDRESS, nodeSerial), publicAddress });
  if (address6 === undefined) return [node, null];
  const node6 = nodeAt({
    address: address6,
    crossingAddress: addToIp(FIRST_NODE_ADDRESS_6, nodeSerial),
    publicAddress: scheme === 'internal' ? null : address6,
  });
  return [node, node6];
}

/** One that takes TCP and UDP is two. */
function listenersOf(
  intent: Intent,
  groups: ReadonlyMap<string, FoundGroup>,
  listener: Listener,
  eni: NetworkInterface,
  zone: string,
  isOfIpv6: boolean,
): readonly BalancerListener[] {
  const found = groups.get(listener.targetGroupId);
  if (found === undefined)
    throw new Error(`${listener.id} forwards to ${listener.targetGroupId}, which does not exist`);
  const isTls = listener.protocol === 'TLS';
  const targets = sortPoolAddresses(servedFrom(found, zone));
  const isTranslated = isOfIpv6 !== (found.group.ipAddressType === 'ipv6');
  const from = addressTowards(found.group, eni);
  // The kernel does it for TCP over IPv4, if at all.
  const isHeadedByUser = (transport: 'tcp' | 'udp') =>
    found.settings.proxyProtocol && (transport === 'udp' || isOfIpv6 || found.writesHeaders === 'user');
  return transportsOf(listener).map((transport) => ({
    id: listener.id,
    protocol: isTls ? 'tls' : transport,
    port: listener.port,
    pool: listener.targetGroupId,
    engine: isTls || isTranslated || isHeadedByUser(transport) ? 'user' : 'kernel',
    from,
    certificates: listener.certificateIds.map((id) => certificateOf(intent, listener, id)),
    tls: isTls ? tlsOf(listener) : null,
    idleSeconds: idleSeconds(listener, transport),
    targets,
  }));
}

function tlsOf({ id, sslPolicy, alpnPolicy }: Listener): BalancerListener['tls'] {
  const policy = findSslPolicy(sslPolicy ?? DEFAULT_SSL_POLICY);
  const [minVersion] = policy?.versions ?? [];
  const maxVersion = policy?.versions.at(-1);
  if (policy === undefined || minVersion === undefined || maxVersion === undefined) {
    throw new Error(`${id} has the security policy ${sslPolicy}, which does not exist`);
  }
  return { minVersion, maxVersion, ciphers: policy.ciphers, alpn: ALPN_POLICIES[alpnPolicy ?? 'None'] ?? [] };
}

function certificateOf(intent: Intent, listener: Listener, id: string): BalancerListener['certificates'][number] {
  const found = intent.table('certificate').get(id);
  if (found === undefined) throw new Error(`${listener.id} names ${id}, which does not exist`);
  const { certificate, privateKey, chain } = found;
  return { id, certificate, privateKey, chain };
}

function servedFrom(group: FoundGroup, zone: string): readonly Member[] {
  const reach = reachFrom(group, zone);
  return isEnough(group.routingMinimum, group, zone) ? reach.filter(isHealthy) : reach;
}

function isEnough({ count, percentage }: Minimum, group: FoundGroup, zone: string): boolean {
  const reach = reachFrom(group, zone);
  const healthy = reach.filter(isHealthy).length;
  return healthy >= count && healthy * 100 >= percentage * reach.length;
}

function isHealthy({ health }: Member): boolean {
  return health === 'healthy';
}
