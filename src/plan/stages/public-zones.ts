/**
 * What the world's DNS says of AWS: each public service name is a zone of its own, endpoints' names lie in their region's
 * vpce zone and answer private addresses from anywhere, instances' public names in their region's compute zone.
 *
 * The parents amazonaws.com and api.aws are zones without records: an AWS name that nothing here stands behind does not
 * exist (NXDOMAIN). Forwarding it would lead an instance's calls to the real AWS.
 */
import { publicInstanceName, publicInstanceZone } from '../../model/instance-names.ts';
import type { Intent } from '../../model/intent.ts';
import type { NetworkInterface, Vpc } from '../../model/resources.ts';
import { remember } from '../memo.ts';
import type { Zone, ZoneRecord } from '../plan.ts';
import type { Endpoint } from './endpoints.ts';
import { MIRROR_ZONE, MIRRORS } from './mirrors.ts';
import { recordOf, ZoneSet } from './records.ts';
import { reverseName } from './reverse.ts';
import { type Found, publicNames, regionsInUse } from './services.ts';

const AWS_PARENTS = ['amazonaws.com', 'api.aws'];
const PUBLIC_REVERSE_ZONE = '18.198.in-addr.arpa';

export function compilePublicZones(
  intent: Intent,
  endpoints: readonly Endpoint[],
  services: readonly Found[],
): readonly Zone[] {
  const zones = new ZoneSet();
  for (const parent of [...AWS_PARENTS, PUBLIC_REVERSE_ZONE]) zones.zone(parent, []);
  for (const region of regionsInUse(intent)) {
    zones.zone(vpceZone(region), []);
    zones.zone(publicInstanceZone(region), []);
  }
  for (const { name, address } of MIRRORS) zones.add(MIRROR_ZONE, recordOf(name, 'A', [address], []));
  for (const each of services) if (each.isPublic) addService(zones, each);
  for (const each of endpoints) {
    const zone = vpceZone(each.endpoint.region);
    for (const record of endpointRecords(each)) zones.add(zone, record);
  }
  for (const { vpc, eni, address } of publicInterfaces(intent)) {
    const name = publicInstanceName(vpc.region, address);
    zones.add(publicInstanceZone(vpc.region), recordOf(name, 'A', [address], [eni.id]));
    zones.add(PUBLIC_REVERSE_ZONE, recordOf(reverseName(address), 'PTR', [name], [eni.id]));
  }
  return zones.zones();
}

/** Interfaces that have a public name: those with a public address in a VPC with DNS hostnames. */
export function* publicInterfaces(
  intent: Intent,
): Iterable<{ readonly vpc: Vpc; readonly eni: NetworkInterface; readonly address: string }> {
  for (const eni of intent.table('networkInterface').all()) {
    const vpc = intent.table('vpc').get(eni.vpcId);
    if (eni.publicAddress !== null && vpc?.dnsSupport && vpc.dnsHostnames)
      yield { vpc, eni, address: eni.publicAddress };
  }
}

function addService(zones: ZoneSet, { entry, service }: Found): void {
  for (const name of publicNames(entry)) {
    zones.add(name.replace(/^\*\./, ''), recordOf(name, 'A', [service.internetAddress], [entry.name]));
  }
}

const endpointRecords = remember(({ endpoint, names, interfaces }: Endpoint): readonly ZoneRecord[] =>
  interfaces.flatMap(({ eni, zoneId }) => {
    const address = eni.addresses.slice(0, 1);
    const zonal = names.zonal.find((each) => each.zoneId === zoneId);
    const regional = recordOf(names.regional, 'A', address, [endpoint.id]);
    return zonal === undefined ? [regional] : [regional, recordOf(zonal.name, 'A', address, [eni.id, endpoint.id])];
  }),
);

function vpceZone(region: string): string {
  return `${region}.vpce.amazonaws.com`;
}
