/**
 * Addresses lie where they must: in their segment, outside what AWS reserves, once in a domain; Culvert's own in their ranges.
 * Two domains may hold equal ranges and addresses.
 */
import { type Cidr, cidrContains, cidrCovers, cidrOf, cidrsOverlap, formatCidr } from '../../net/cidr.ts';
import { isIpv6, parseIp } from '../../net/ip.ts';
import type { Plan } from '../plan.ts';

const LINKS = cidrOf('240.0.0.0/5');
const LINKS_6 = cidrOf('fdcf::f000:0/101');
const SERVICES = cidrOf('248.0.0.0/8');
const SERVICES_6 = cidrOf('fdcf::f800:0/104');
const NODES = cidrOf('249.0.0.0/8');
const NODES_6 = cidrOf('fdcf::f900:0/104');
const PUBLIC = cidrOf('198.18.0.0/16');
/** IPv6 blocks of customers. */
export const CUSTOMERS_6 = cidrOf('3fff::/32');
const PUBLIC_SERVICES = cidrOf('198.19.0.0/16');

export function checkAddresses(plan: Plan): string[] {
  const findings: string[] = [];
  const seen = new Map<string, Map<string, string>>();

  function within(id: string, address: string, range: Cidr, name: string): void {
    const ip = parseIp(address);
    if (ip === undefined || !cidrContains(range, ip)) findings.push(`${id}: ${address} is outside ${name}`);
  }
  /** `scope` is where the address may occur once only. */
  function once(id: string, scope: string, address: string): void {
    const there = seen.get(scope) ?? new Map<string, string>();
    const before = there.get(address);
    if (before !== undefined) findings.push(`${id}: ${address} is ${before}'s already in ${scope}`);
    there.set(address, id);
    seen.set(scope, there);
  }

  const blocks = new Map(plan.domains.map((domain) => [domain.id, domain.cidrs.map(cidrOf)]));
  const segments = new Map(
    plan.segments.map((segment) => {
      const blockOf = (cidr: string | null) => (cidr === null ? null : cidrOf(cidr));
      return [segment.id, { ...segment, block: blockOf(segment.cidr), block6: blockOf(segment.ipv6Cidr) }];
    }),
  );

  for (const domain of plan.domains) findings.push(...overlaps(domain.id, blocks.get(domain.id) ?? []));
  for (const { id, kind, ends } of plan.links) {
    if (kind !== 'peering') continue;
    findings.push(
      ...overlaps(
        id,
        ends.flatMap(({ cidrs }) => cidrs.map(cidrOf)),
      ),
    );
  }
  for (const segment of segments.values()) {
    const { block, block6, routerAddress } = segment;
    const own = [block ?? [], block6 ?? []].flat();
    if (own.length === 0) findings.push(`${segment.id}: has no block`);
    for (const each of own) {
      const isInside = (blocks.get(segment.domain) ?? []).some((outer) => cidrCovers(outer, each));
      if (!isInside) findings.push(`${segment.id}: ${formatCidr(each)} is outside its domain's blocks`);
    }
    if ((block === null) !== (routerAddress === null)) findings.push(`${segment.id}: an IPv4 gateway and no IPv4`);
    if (block !== null && routerAddress !== null) within(segment.id, routerAddress, block, 'its segment');
    if (block6 !== null && !cidrCovers(CUSTOMERS_6, block6))
      findings.push(`${segment.id}: ${segment.ipv6Cidr} is outside the customers’ IPv6 range`);
  }
  for (const [domain, of] of Map.groupBy(segments.values(), (segment) => segment.domain)) {
    findings.push(
      ...overlaps(
        domain,
        of.flatMap(({ block, block6 }) => [block ?? [], block6 ?? []].flat()),
      ),
    );
  }
  for (const port of plan.ports) {
    const segment = segments.get(port.segment);
    if (port.addresses.length === 0) findings.push(`${port.id}: has no address`);
    for (const address of port.addresses) {
      once(port.id, port.domain, address);
      const block = isIpv6(address) ? segment?.block6 : segment?.block;
      if (segment !== undefined && !block)
        findings.push(`${port.id}: ${address} is of a family that its segment has not`);
      if (!block) continue;
      within(port.id, address, block, 'its segment');
      if (isReserved(address, block)) findings.push(`${port.id}: ${address} is reserved in its segment`);
      // Public as it stands: nobody else in the world may have it.
      if (isIpv6(address)) once(port.id, 'internet', address);
    }
    for (const { address, publicAddress } of port.publics) {
      within(port.id, publicAddress, PUBLIC, 'the customers’ public range');
      once(port.id, 'internet', publicAddress);
      if (!port.addresses.includes(address)) findings.push(`${port.id}: ${publicAddress} is 1:1 with no address of it`);
    }
  }
  for (const port of plan.ports) {
    if (port.kind !== 'machine' && port.machine !== null)
      findings.push(`${port.id}: a ${port.kind}'s port at a machine`);
  }
  for (const crossing of plan.crossings) {
    const isOf6 = isIpv6(crossing.address);
    const services = isOf6 ? SERVICES_6 : SERVICES;
    within(crossing.id, crossing.linkAddress, isOf6 ? LINKS_6 : LINKS, 'the link range');
    if (crossing.provider === 'services') within(crossing.id, crossing.targetAddress, services, 'the service range');
    else within(crossing.id, crossing.targetAddress, isOf6 ? NODES_6 : NODES, 'the balancers’ crossing range');
    once(crossing.id, 'links', crossing.linkAddress);
  }
  for (const { id, linkAddress } of plan.serviceGateways) {
    within(id, linkAddress, LINKS, 'the link range');
    once(id, 'links', linkAddress);
  }
  for (const { nodes } of plan.balancers) {
    for (const { port, address, crossingAddress } of nodes) {
      within(port, crossingAddress, isIpv6(address) ? NODES_6 : NODES, 'the balancers’ crossing range');
      once(port, 'balancers’ crossing addresses', crossingAddress);
    }
  }
  for (const service of plan.services) {
    within(service.id, service.serviceAddress, SERVICES, 'the service range');
    within(service.id, service.internetAddress, PUBLIC_SERVICES, 'the public service range');
    once(service.id, 'services', service.serviceAddress);
    if (service.serviceAddress6 !== null) {
      within(service.id, service.serviceAddress6, SERVICES_6, 'the service range');
      once(service.id, 'services', service.serviceAddress6);
    }
    once(service.id, 'internet', service.internetAddress);
  }
  for (const mirror of plan.mirrors) {
    within(mirror.id, mirror.address, PUBLIC_SERVICES, 'the public service range');
    once(mirror.id, 'internet', mirror.address);
  }
  return findings;
}

/** Neighbours in sorted order overlap if any two do. */
function overlaps(id: string, blocks: readonly Cidr[]): string[] {
  const byFirst = [...blocks].sort((a, b) => (a.first < b.first ? -1 : a.first > b.first ? 1 : 0));
  return byFirst.some((block, at) => at > 0 && cidrsOverlap(byFirst[at - 1] ?? block, block))
    ? [`${id}: two of its blocks overlap`]
    : [];
}

/** The first four and the last address: network, router, resolver, future use, broadcast. */
function isReserved(address: string, block: Cidr): boolean {
  const value = parseIp(address)?.value ?? 0n;
  return value < block.first + 4n || value === block.last;
}
