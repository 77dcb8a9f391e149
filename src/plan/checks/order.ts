/** Lists are sorted and ids unique, so that equal intents give equal bytes; addresses and blocks are canonical text. */
import { isCanonicalCidr } from '../../net/cidr.ts';
import { formatIp, parseIp } from '../../net/ip.ts';
import { segmentBlocks } from '../blocks.ts';
import { remember } from '../memo.ts';
import { compareAddresses, compareCidrs, compareText } from '../order.ts';
import type { AclEntry, FilterRule, Plan, Port, Zone, ZoneRecord } from '../plan.ts';

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
    ...plan.routeTables.flatMap((table) => [
      ...table.routes.flatMap(({ destination }) => canonicalCidr(table.id, destination)),
      ...sorted(table.id, table.routes, (a, b) => compareCidrs(a.destination, b.destination), destinationOf),
    ]),
    ...plan.filters.flatMap((filter) => [
      ...byId(`${filter.id} ingress`, filter.ingress),
      ...byId(`${filter.id} egress`, filter.egress),
      ...sorted(`${filter.id} members`, filter.members, compareAddresses, String),
      ...[...filter.ingress, ...filter.egress].flatMap(ruleFindings),
    ]),
    ...plan.segments.flatMap((segment) => segmentBlocks(segment).flatMap((cidr) => canonicalCidr(segment.id, cidr))),
    ...plan.acls.flatMap((acl) =>
      [acl.ingress, acl.egress].flatMap((entries) => [
        ...entries.flatMap(entryFindings).map((finding) => `${acl.id}: ${finding}`),
        ...sorted(
          acl.id,
          entries,
          (a, b) => a.number - b.number,
          ({ number }) => `entry ${number}`,
        ),
      ]),
    ),
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

const ruleFindings = remember(({ id, peer }: FilterRule): readonly string[] =>
  'cidr' in peer ? canonicalCidr(id, peer.cidr) : [],
);

const entryFindings = remember(({ number, cidr }: AclEntry): readonly string[] =>
  canonicalCidr(`entry ${number}`, cidr),
);

function destinationOf({ destination }: { readonly destination: string }): string {
  return destination;
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
  const findings: string[] = [];
  for (let at = 1; at < items.length; at++) {
    const [before, item] = [items[at - 1] as T, items[at] as T];
    const order = compare(before, item);
    if (order === 0) findings.push(`${what}: ${name(item)} twice`);
    if (order > 0) findings.push(`${what}: ${name(before)} stands before ${name(item)}`);
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
