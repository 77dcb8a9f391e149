/** Lists are sorted and ids unique, so that equal intents give equal bytes; addresses and blocks are canonical text. */
import { isCanonicalCidr } from '../../net/cidr.ts';
import { formatIp, parseIp } from '../../net/ip.ts';
import { segmentBlocks } from '../blocks.ts';
import { chunksOf } from '../lists.ts';
import { remember } from '../memo.ts';
import { compareAddresses, compareCidrs, compareDestinations, compareText } from '../order.ts';
import type { AclEntry, FilterRule, Plan, Port, Route, Zone, ZoneRecord } from '../plan.ts';

const LISTS = [
  'domains',
  'segments',
  'ports',
  'routeTables',
  'filters',
  'acls',
  'gateways',
  'serviceGateways',
  'links',
  'sites',
  'natGateways',
  'endpointPolicies',
  'crossings',
  'balancers',
  'pools',
  'services',
  'views',
  'hostedZones',
  'resolverEndpoints',
  'queryLogs',
  'flowLogs',
  'machines',
  'images',
  'mirrors',
] as const;

export function checkOrder(plan: Plan): string[] {
  return [
    ...LISTS.flatMap((list) => byId(list, plan[list])),
    ...zonesSorted('publicZones', plan.publicZones),
    ...plan.hostedZones.flatMap((zone) => recordsSorted(zone.id, zone)),
    ...plan.views.flatMap((view) => [...zonesSorted(view.id, view.zones), ...zonesSorted(view.id, view.inboundZones)]),
    ...plan.views.flatMap((view) =>
      sorted(
        `${view.id} rules`,
        view.rules,
        (a, b) => compareText(a.domain, b.domain),
        ({ id }) => id,
      ),
    ),
    ...plan.views.flatMap((view) => sorted(`${view.id} hostedZones`, view.hostedZones, compareText, String)),
    ...plan.routeTables.flatMap(({ id, routes }) => routeFindings(id, routes)),
    ...plan.filters.flatMap(({ id, ingress, egress, members }) => [
      ...ruleFindings(`${id} ingress`, ingress),
      ...ruleFindings(`${id} egress`, egress),
      ...sorted(`${id} members`, members, compareAddresses, String),
    ]),
    ...plan.segments.flatMap((segment) => segmentBlocks(segment).flatMap((cidr) => canonicalCidr(segment.id, cidr))),
    ...plan.acls.flatMap(({ id, ingress, egress }) => [...entryFindings(id, ingress), ...entryFindings(id, egress)]),
    ...plan.domains.flatMap((domain) => domain.cidrs.flatMap((cidr) => canonicalCidr(domain.id, cidr))),
    ...plan.ports.flatMap(portFindings),
    ...closedFindings(plan.outside?.closed ?? []),
  ];
}

const portFindings = remember((port: Port): readonly string[] => [
  ...port.addresses.flatMap((address) => canonicalAddress(port.id, address)),
  ...sorted(`${port.id} filters`, port.filters ?? [], compareText, String),
]);

function closedFindings(closed: readonly string[]): string[] {
  return [
    ...closed.flatMap((cidr) => canonicalCidr('outside', cidr)),
    ...sorted('outside closed', closed, compareCidrs, String),
  ];
}

const routeFindings = longList(
  ({ destination }: Route) => destination,
  compareDestinations,
  ({ destination }) => destination,
);

const ruleFindings = longList(
  ({ id }: FilterRule) => id,
  (a, b) => compareText(a.id, b.id),
  ({ peer }) => ('cidr' in peer ? peer.cidr : null),
);

const entryFindings = longList(
  ({ number }: AclEntry) => `entry ${number}`,
  (a, b) => a.number - b.number,
  ({ cidr }) => cidr,
);

/** Of sorted lists that may be long, whose items name a block each, or none: what is found of a chunk is kept. */
function longList<T extends object>(
  name: (item: T) => string,
  compare: (a: T, b: T) => number,
  blockOf: (item: T) => string | null,
): (what: string, list: readonly T[]) => string[] {
  const inChunk = remember((chunk: readonly T[]): readonly string[] => [
    ...chunk.flatMap((item) => {
      const block = blockOf(item);
      return block === null ? [] : canonicalCidr(name(item), block);
    }),
    ...disorder(chunk, compare, name),
  ]);
  return (what, list) => {
    const chunks = chunksOf(list);
    const borders = chunks.slice(1).map((chunk, at) => [chunks[at]?.at(-1) as T, chunk[0] as T]);
    const findings = [...chunks.flatMap(inChunk), ...borders.flatMap((pair) => disorder(pair, compare, name))];
    return findings.map((finding) => `${what}: ${finding}`);
  };
}

function byId(what: string, items: readonly { readonly id: string }[]): string[] {
  return sorted(
    what,
    items,
    (a, b) => compareText(a.id, b.id),
    ({ id }) => id,
  );
}

/** Strictly ascending; `name` tells an item in a sentence. */
function sorted<T>(
  what: string,
  items: readonly T[],
  compare: (a: T, b: T) => number,
  name: (item: T) => string,
): string[] {
  return disorder(items, compare, name).map((finding) => `${what}: ${finding}`);
}

function disorder<T>(items: readonly T[], compare: (a: T, b: T) => number, name: (item: T) => string): string[] {
  const findings: string[] = [];
  for (let at = 1; at < items.length; at++) {
    const [before, item] = [items[at - 1] as T, items[at] as T];
    const order = compare(before, item);
    if (order === 0) findings.push(`${name(item)} twice`);
    if (order > 0) findings.push(`${name(before)} stands before ${name(item)}`);
  }
  return findings;
}

function zonesSorted(what: string, zones: readonly Zone[]): string[] {
  return [
    ...sorted(
      what,
      zones,
      (a, b) => compareText(a.name, b.name),
      ({ name }) => name,
    ),
    ...zones.flatMap((zone) => recordsSorted(what, zone)),
  ];
}

function recordsSorted(what: string, zone: Zone): string[] {
  return sorted(`${what} zone ${zone.name}`, zone.records, compareRecords, recordName);
}

function compareRecords(a: ZoneRecord, b: ZoneRecord): number {
  return compareText(a.name, b.name) || compareText(a.type, b.type);
}

function recordName({ name, type }: ZoneRecord): string {
  return `${name} ${type}`;
}

function canonicalCidr(id: string, cidr: string): string[] {
  return isCanonicalCidr(cidr) ? [] : [`${id}: ${cidr} is not a canonical block`];
}

function canonicalAddress(id: string, address: string): string[] {
  const ip = parseIp(address);
  return ip !== undefined && formatIp(ip) === address ? [] : [`${id}: ${address} is not a canonical address`];
}
