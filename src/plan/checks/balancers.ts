/**
 * Balancers and pools fit each other, their ports and the crossings that lead to them: nothing a driver could stumble over.
 * Whether the right targets are served is not judged here.
 */
import { cidrContains } from '../../net/cidr.ts';
import { isIpv6, parseIp } from '../../net/ip.ts';
import { compareAddresses, compareText } from '../order.ts';
import type { Balancer, BalancerListener, BalancerNode, Crossing, Plan, Pool, PoolAddress } from '../plan.ts';
import { CUSTOMERS_6 } from './addresses.ts';

export function checkBalancers(plan: Plan): string[] {
  const ports = new Map(plan.ports.map((port) => [port.id, port]));
  const filters = new Map(plan.filters.map((filter) => [filter.id, filter.domain]));
  const pools = new Map(plan.pools.map((pool) => [pool.id, pool]));
  const nodes = new Map(
    plan.balancers.flatMap(({ domain, nodes: of }) =>
      of.map((node) => [node.crossingAddress, { node, domain }] as const),
    ),
  );

  function nodeFindings(balancer: Balancer, node: BalancerNode): string[] {
    const port = ports.get(node.port);
    const what = `${balancer.id} in ${node.zone}`;
    if (port === undefined) return [`${what}: names ${node.port}, which is not in the plan`];
    return [
      ...(port.kind === 'balancer' ? [] : [`${what}: ${port.id} is a ${port.kind}'s port`]),
      ...(port.domain === balancer.domain ? [] : [`${what}: ${port.id} is of another domain`]),
      ...(port.addresses.includes(node.address) ? [] : [`${what}: ${node.address} is not its port's address`]),
      ...node.listeners
        .filter(({ from }) => !port.addresses.includes(from))
        .map(({ id, from }) => `${id}: ${from} is not its port's address`),
      ...ascending(`${what} listeners`, node.listeners, compareListeners, (each) => `${each.protocol}/${each.port}`),
      ...twice(node.listeners.map(({ protocol, port: at }) => `${protocol === 'udp' ? 'udp' : 'tcp'}/${at}`)).map(
        (at) => `${what}: two listeners take ${at}`,
      ),
      ...node.listeners.flatMap((listener) => listenerFindings(balancer, node, listener)),
    ];
  }
  function listenerFindings({ domain }: Balancer, node: BalancerNode, listener: BalancerListener): string[] {
    const pool = pools.get(listener.pool);
    return [
      ...(pool?.domain === domain ? [] : [`${listener.id}: no pool ${listener.pool} in ${domain}`]),
      ...(listener.protocol === 'tls' && listener.certificates.length === 0 ? [`${listener.id}: no certificate`] : []),
      ...(listener.protocol === 'tls' && listener.engine === 'kernel' ? [`${listener.id}: TLS in the kernel`] : []),
      ...(listener.idleSeconds > 0 ? [] : [`${listener.id}: its idle timeout is not positive`]),
      ...(listener.engine === 'user' || isIpv6(listener.from) === isIpv6(node.address)
        ? []
        : [`${listener.id}: the kernel translates between address families`]),
      ...listener.targets
        .filter(({ address }) => isIpv6(address) !== isIpv6(listener.from))
        .map(({ address }) => `${listener.id}: ${address} is not of the family of ${listener.from}`),
      ...addressFindings(`${listener.id} targets`, listener.targets),
    ];
  }
  /** The domain's own filters only. */
  function filterFindings(id: string, domain: string, names: readonly string[]): string[] {
    return names
      .filter((name) => filters.get(name) !== domain)
      .map((name) => `${id}: names ${name}, which is no filter of ${domain}`);
  }
  function crossingFindings(crossing: Crossing): string[] {
    const there = nodes.get(crossing.targetAddress);
    const { id, provider } = crossing;
    if (there?.domain !== provider) return [`${id}: no balancer of ${provider} stands at ${crossing.targetAddress}`];
    return [
      ...(crossing.open === (crossing.closedBy === null) ? [] : [`${id}: open and closed at once`]),
      ...filterFindings(id, provider, crossing.guards ?? []),
      ...crossing.listeners
        .filter(({ protocol, targetPort }) => !there.node.listeners.some((each) => takes(each, protocol, targetPort)))
        .map(({ protocol, targetPort }) => `${id}: nobody listens to ${protocol}/${targetPort} beyond`),
    ];
  }

  return [
    ...plan.balancers.flatMap((balancer) => [
      ...filterFindings(balancer.id, balancer.domain, balancer.filters ?? []),
      ...ascending(
        balancer.id,
        balancer.nodes,
        (a, b) => compareText(a.zone, b.zone) || compareAddresses(a.address, b.address),
        ({ zone, address }) => `${zone} ${address}`,
      ),
      ...balancer.nodes.flatMap((node) => nodeFindings(balancer, node)),
    ]),
    ...plan.pools.flatMap(poolFindings),
    ...plan.crossings.filter(({ provider }) => provider !== 'services').flatMap(crossingFindings),
  ];
}

function poolFindings(pool: Pool): string[] {
  const { check, targets, cut } = pool;
  const numbers = [check.intervalSeconds, check.timeoutSeconds, check.healthyThreshold, check.unhealthyThreshold];
  return [
    ...(numbers.every((each) => each > 0) ? [] : [`${pool.id}: a setting of its checks is not positive`]),
    ...(check.codes.every(({ from, to }) => from >= 100 && from <= to && to <= 599)
      ? []
      : [`${pool.id}: no such codes`]),
    ...ascending(
      `${pool.id} targets`,
      targets,
      (a, b) => compareText(a.id, b.id),
      ({ id }) => id,
    ),
    ...addressFindings(`${pool.id} cut`, cut),
    ...targets.filter(({ checkPort }) => !isPort(checkPort)).map(({ id }) => `${id}: no port to check`),
  ];
}

function takes(listener: BalancerListener, protocol: 'tcp' | 'udp', port: number): boolean {
  return (listener.protocol === 'tls' ? 'tcp' : listener.protocol) === protocol && listener.port === port;
}

function compareListeners(a: BalancerListener, b: BalancerListener): number {
  return compareText(a.protocol, b.protocol) || a.port - b.port;
}

function addressFindings(what: string, addresses: readonly PoolAddress[]): string[] {
  return [
    ...ascending(
      what,
      addresses,
      (a, b) => compareAddresses(a.address, b.address) || a.port - b.port,
      ({ address, port }) => `${address}:${port}`,
    ),
    ...addresses
      .filter(({ address, port }) => !isTenantAddress(address) || !isPort(port))
      .map(({ address, port }) => `${what}: ${address}:${port} is nobody's to serve at`),
  ];
}

/** Not of 240.0.0.0/4, where link and crossing addresses are, nor the host's own, nor link-local; with IPv6 of customers' blocks. */
function isTenantAddress(text: string): boolean {
  const ip = parseIp(text);
  if (ip?.version === 6) return cidrContains(CUSTOMERS_6, ip);
  if (ip?.version !== 4) return false;
  const [first, second] = text.split('.').map(Number) as [number, number];
  return first > 0 && first < 224 && first !== 127 && !(first === 169 && second === 254);
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65_535;
}

function twice(items: readonly string[]): readonly string[] {
  return items.filter((item, at) => items.indexOf(item) !== at);
}

/** Strictly. */
function ascending<T>(
  what: string,
  items: readonly T[],
  compare: (a: T, b: T) => number,
  name: (item: T) => string,
): string[] {
  return items.flatMap((item, at) => {
    const before = items[at - 1];
    return before === undefined || compare(before, item) < 0 ? [] : [`${what}: ${name(item)} is twice or out of order`];
  });
}
