/** Lists are sorted and ids unique, so that equal intents give equal bytes; addresses and blocks are canonical text. */
import { isCanonicalCidr } from '../../net/cidr.ts';
import { formatIp, parseIp } from '../../net/ip.ts';
import { compareCidrs, compareText, sortAddresses } from '../order.ts';
import type { Plan, Zone } from '../plan.ts';

const LISTS = [
  'domains',
  'segments',
  'ports',
  'routeTables',
  'filters',
  'gateways',
  'crossings',
  'services',
  'views',
  'machines',
] as const;

export function checkOrder(plan: Plan): string[] {
  return [
    ...LISTS.flatMap((list) =>
      sorted(
        list,
        plan[list].map(({ id }) => id),
        compareText,
      ),
    ),
    ...zonesSorted('publicZones', plan.publicZones),
    ...plan.views.flatMap((view) => zonesSorted(view.id, view.zones)),
    ...plan.routeTables.flatMap((table) => [
      ...table.routes.flatMap(({ destination }) => canonicalCidr(table.id, destination)),
      ...sorted(
        table.id,
        table.routes.map(({ destination }) => destination),
        compareCidrs,
      ),
    ]),
    ...plan.filters.flatMap((filter) => [
      ...sorted(
        `${filter.id} ingress`,
        filter.ingress.map(({ id }) => id),
        compareText,
      ),
      ...sorted(
        `${filter.id} egress`,
        filter.egress.map(({ id }) => id),
        compareText,
      ),
      ...(sortAddresses(filter.members).join() === filter.members.join()
        ? []
        : [`${filter.id}: members are not sorted`]),
      ...[...filter.ingress, ...filter.egress].flatMap((rule) =>
        'cidr' in rule.peer ? canonicalCidr(rule.id, rule.peer.cidr) : [],
      ),
    ]),
    ...plan.segments.flatMap((segment) => canonicalCidr(segment.id, segment.cidr)),
    ...plan.domains.flatMap((domain) => domain.cidrs.flatMap((cidr) => canonicalCidr(domain.id, cidr))),
    ...plan.ports.flatMap((port) => [
      ...port.addresses.flatMap((address) => canonicalAddress(port.id, address)),
      ...sorted(`${port.id} filters`, port.filters, compareText),
    ]),
  ];
}

function sorted(what: string, keys: readonly string[], compare: (a: string, b: string) => number): string[] {
  const findings: string[] = [];
  for (const [at, key] of keys.entries()) {
    const before = keys[at - 1];
    if (before === undefined) continue;
    const order = compare(before, key);
    if (order === 0) findings.push(`${what}: ${key} twice`);
    if (order > 0) findings.push(`${what}: ${before} stands before ${key}`);
  }
  return findings;
}

function zonesSorted(what: string, zones: readonly Zone[]): string[] {
  return [
    ...sorted(
      what,
      zones.map(({ name }) => name),
      compareText,
    ),
    ...zones.flatMap((zone) =>
      sorted(
        `${what} zone ${zone.name}`,
        zone.records.map(({ name, type }) => `${name} ${type}`),
        compareText,
      ),
    ),
  ];
}

function canonicalCidr(id: string, cidr: string): string[] {
  return isCanonicalCidr(cidr) ? [] : [`${id}: ${cidr} is not a canonical block`];
}

function canonicalAddress(id: string, address: string): string[] {
  const ip = parseIp(address);
  return ip !== undefined && formatIp(ip) === address ? [] : [`${id}: ${address} is not a canonical address`];
}
