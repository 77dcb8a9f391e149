/**
 * What DNS answers inside each VPC that has DNS support, beside the public zones: endpoints' private names, instances'
 * private names and their reverse, and public instance names, which answer the private address here and, where a peering
 * connection says so, beyond it. AWS's private names
 * answer addresses, a customer's is an alias of its endpoint's name.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-dns.html
 *
 * The instances' zone is there even where names are off, so that no such name is ever asked of the internet. A private zone
 * without interfaces stays, empty: its name then exists without an address.
 */
import { privateInstanceName, privateInstanceZone, publicInstanceName } from '../../model/instance-names.ts';
import type { Intent } from '../../model/intent.ts';
import { isInForce } from '../../model/peerings.ts';
import { hostedZonesIn } from '../../model/private-dns.ts';
import { isLive } from '../../model/remote.ts';
import type { NetworkInterface, Vpc } from '../../model/resources.ts';
import { cidrOf } from '../../net/cidr.ts';
import { remember, rememberWith } from '../memo.ts';
import { compareText, sortById } from '../order.ts';
import type { View, ZoneRecord } from '../plan.ts';
import type { AwsEndpoint, Endpoint } from './endpoints.ts';
import type { ServiceEndpoint } from './passages.ts';
import { publicInterfaces } from './public-zones.ts';
import { endpointRecords, recordOf, ZoneSet } from './records.ts';
import { resolverRules } from './resolver.ts';
import { reverseName, reverseZones } from './reverse.ts';

export function compileViews(
  intent: Intent,
  aws: readonly AwsEndpoint[],
  customers: readonly ServiceEndpoint[],
): readonly View[] {
  const sets = new Map<string, ZoneSet>();
  const inbound = new Map<string, ZoneSet>();
  const views: { id: string; zones: ZoneSet; hostedZones: readonly string[] }[] = [];
  for (const vpc of intent.table('vpc').all()) {
    if (!vpc.dnsSupport) continue;
    const zones = new ZoneSet();
    zones.zone(privateInstanceZone(vpc.region), [vpc.id]);
    views.push({ id: vpc.id, zones, hostedZones: vpc.dnsHostnames ? hostedZones(intent, vpc) : [] });
    if (!vpc.dnsHostnames) continue;
    // Only here: all further names need both attributes.
    sets.set(vpc.id, zones);
    inbound.set(vpc.id, new ZoneSet());
    addInstances(zones, vpc, intent.table('networkInterface').by('vpcId', vpc.id));
  }
  const sharedWith = namesSharedWith(intent);
  for (const { vpc, eni, address, own } of publicInterfaces(intent)) {
    const name = publicInstanceName(vpc.region, address);
    const record = recordOf(name, 'A', [own], [eni.id]);
    for (const id of [vpc.id, ...(sharedWith.get(vpc.id) ?? [])]) sets.get(id)?.add(name, record);
  }
  for (const each of aws) {
    const { vpcId, privateDns, inboundOnly } = each.endpoint;
    const zones = (inboundOnly ? inbound : sets).get(vpcId);
    if (zones !== undefined && privateDns) addPrivateNames(zones, each);
  }
  for (const each of customers) {
    const zones = sets.get(each.endpoint.vpcId);
    if (zones !== undefined && each.endpoint.privateDns && isOpen(each)) addAliases(zones, each);
  }
  return sortById(
    views.map(({ id, zones, hostedZones }) => ({
      id,
      origin: [id],
      zones: zones.zones(),
      inboundZones: inbound.get(id)?.zones() ?? [],
      hostedZones,
      rules: resolverRules(intent, id),
    })),
  );
}

/** They need both attributes, as all names but the instances' zone do. */
function hostedZones(intent: Intent, vpc: Vpc): readonly string[] {
  return hostedZonesIn(intent, vpc.id)
    .map(({ id }) => id)
    .sort(compareText);
}

/** VPCs that a peering connection in force, or a transit gateway, lets resolve another's public instance names to private addresses, by that other. */
function namesSharedWith(intent: Intent): ReadonlyMap<string, readonly string[]> {
  const shared = new Map<string, string[]>();
  for (const { requester, accepter } of [...intent.table('vpcPeering').all()].filter(isInForce)) {
    for (const [one, other] of [
      [requester, accepter],
      [accepter, requester],
    ] as const) {
      if (one.sharesNames) shared.set(one.vpcId, [...(shared.get(one.vpcId) ?? []), other.vpcId]);
    }
  }
  for (const gateway of [...intent.table('transitGateway').all()].filter((each) => isLive(each) && each.sharesNames)) {
    const attached = intent.table('transitAttachment').by('transitGatewayId', gateway.id).filter(isLive);
    const vpcs = attached.flatMap(({ target }) => (target.kind === 'vpc' && target.sharesNames ? [target.vpcId] : []));
    for (const id of vpcs) {
      shared.set(id, [...new Set([...(shared.get(id) ?? []), ...vpcs.filter((other) => other !== id)])]);
    }
  }
  return shared;
}

function addInstances(zones: ZoneSet, vpc: Vpc, interfaces: readonly NetworkInterface[]): void {
  for (const { zone } of reverseZonesOf(vpc)) zones.zone(zone, [vpc.id]);
  for (const eni of interfaces) {
    for (const { zone, record } of namesOf(eni, vpc)) zones.add(zone, record);
  }
}

const reverseZonesOf = remember((vpc: Vpc) =>
  vpc.cidrs.flatMap((text) => reverseZones(cidrOf(text)).map((zone) => ({ zone, suffix: `.${zone}` }))),
);

/** Private name and reverse name of each address. */
const namesOf = rememberWith(
  (eni: NetworkInterface, vpc: Vpc): readonly { readonly zone: string; readonly record: ZoneRecord }[] =>
    eni.addresses.flatMap((address) => {
      const name = privateInstanceName(vpc.region, address);
      const pointer = reverseName(address);
      const home = reverseZonesOf(vpc).find(({ suffix }) => pointer.endsWith(suffix));
      const forward = { zone: privateInstanceZone(vpc.region), record: recordOf(name, 'A', [address], [eni.id]) };
      if (home === undefined) return [forward];
      return [forward, { zone: home.zone, record: recordOf(pointer, 'PTR', [name], [eni.id]) }];
    }),
);

/** A name that leads to nobody would hide the public one: it comes with the provider's acceptance and goes with it. */
function isOpen({ passages }: ServiceEndpoint): boolean {
  return passages.some(({ crossings }) => crossings.some(({ open }) => open));
}

/** A customer's private name is an alias of the endpoint's own. */
function addAliases(zones: ZoneSet, { endpoint, names }: Endpoint): void {
  for (const { zone, names: of } of names.privateZones) {
    for (const name of of) zones.add(zone, recordOf(name, 'CNAME', [names.regional], [endpoint.id]));
  }
}

function addPrivateNames(zones: ZoneSet, found: Endpoint): void {
  const { endpoint, names } = found;
  const interfaces = found.interfaces.map(({ eni }) => eni);
  for (const { zone, names: of } of names.privateZones) {
    zones.zone(zone, [endpoint.id]);
    for (const name of of) {
      for (const record of endpointRecords(found, name, interfaces, 'private', [endpoint.id])) zones.add(zone, record);
    }
  }
}
