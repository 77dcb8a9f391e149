/**
 * Where an AWS service stands: fixed by the service and its region alone, so that nothing a customer makes or deletes ever
 * moves another's service. 16 bits: 6 for the region's place in REGIONS, 10 for the service's in its region's catalogue; the
 * same 16 behind 248.0.0.0 (through crossings) and behind 198.19.0.0 (from the internet), where services that gateway
 * endpoints lead to stand in blocks of their own. Only a new edition of the catalogue can move an address, and then `diff`
 * sees an ordinary change.
 */
import { addressInBlock } from '../../model/aws-prefix-lists.ts';
import { type AwsService, servicesOf } from '../../model/catalogue.ts';
import { REGIONS } from '../../model/regions.ts';
import { addToIp } from '../../net/ip.ts';

const FIRST_SERVICE_ADDRESS = '248.0.0.0';
const FIRST_SERVICE_ADDRESS_6 = 'fdcf::f800:0';
const FIRST_INTERNET_ADDRESS = '198.19.0.0';
const SERVICES_PER_REGION = 1024;
/** The last two are where the blocks are. */
const REGION_SLOTS = 62;

const places = new Map<string, ReadonlyMap<string, number>>();

export function serviceAddress(service: AwsService): string {
  return addToIp(FIRST_SERVICE_ADDRESS, placeOf(service));
}

export function serviceAddress6(service: AwsService): string {
  return addToIp(FIRST_SERVICE_ADDRESS_6, placeOf(service));
}

export function internetAddress(service: AwsService): string {
  return addressInBlock(service) ?? addToIp(FIRST_INTERNET_ADDRESS, placeOf(service));
}

/** Counts from 1 in each region, so that no service has an address that ends like a network's own. */
function placeOf({ name, region }: AwsService): number {
  const place = placesIn(region).get(name);
  if (place === undefined) throw new Error(`${name} is not in the catalogue of ${region}`);
  return place;
}

function placesIn(region: string): ReadonlyMap<string, number> {
  const known = places.get(region);
  if (known !== undefined) return known;
  const slot = REGIONS.findIndex((each) => each.name === region);
  const services = servicesOf(region);
  if (slot >= REGION_SLOTS || services.length >= SERVICES_PER_REGION) {
    throw new Error(`${region}: more regions or services than there are addresses for`);
  }
  const found = new Map(services.map(({ name }, at) => [name, slot * SERVICES_PER_REGION + at + 1]));
  places.set(region, found);
  return found;
}
