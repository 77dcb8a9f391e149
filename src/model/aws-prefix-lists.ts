/**
 * AWS's own prefix lists: the public addresses of each service that gateway endpoints lead to, in each region. Facts of this
 * installation that follow from the catalogue alone; customers' lists are resources.
 * https://docs.aws.amazon.com/vpc/latest/userguide/working-with-aws-managed-prefix-lists.html
 *
 * A block of sixteen addresses for each service and region, in 198.19.248.0/21; the service stands at its second address.
 */
import { addToIp } from '../net/ip.ts';
import { type AwsService, servicesOf } from './catalogue.ts';
import { fingerprint } from './fingerprint.ts';
import { REGIONS } from './regions.ts';

export interface AwsPrefixList {
  /** "pl-" and eight digits, the same at every start. */
  readonly id: string;
  /** The service's name. */
  readonly name: string;
  readonly region: string;
  readonly cidrs: readonly string[];
}

/** The account that AWS shows as owner. */
export const AWS_OWNER = 'AWS';

const FIRST_BLOCK = '198.19.248.0';
const BLOCK_PREFIX = 28;
const BLOCK_SIZE = 2 ** (32 - BLOCK_PREFIX);
const BLOCKS_PER_REGION = 2;

/** Ids that AWS documents; of the others' it says nothing that lasts. */
const KNOWN_IDS: Readonly<Record<string, string>> = {
  'com.amazonaws.us-east-1.s3': 'pl-63a5400a',
  'com.amazonaws.us-west-2.s3': 'pl-68a54001',
};

const cache = new Map<string, readonly AwsPrefixList[]>();

/** Of the region, by the services' names. */
export function awsPrefixLists(region: string): readonly AwsPrefixList[] {
  const known = cache.get(region);
  if (known !== undefined) return known;
  const lists = gatewayServices(region).map(
    (service): AwsPrefixList => ({
      id: KNOWN_IDS[service.name] ?? `pl-${fingerprint(service.name, 8)}`,
      name: service.name,
      region,
      cidrs: [`${blockOf(service)}/${BLOCK_PREFIX}`],
    }),
  );
  cache.set(region, lists);
  return lists;
}

export function awsPrefixList(id: string, region: string): AwsPrefixList | undefined {
  return awsPrefixLists(region).find((list) => list.id === id);
}

/** Of the service by its name; undefined: no gateway endpoint leads there. */
export function awsPrefixListNamed(name: string, region: string): AwsPrefixList | undefined {
  return awsPrefixLists(region).find((list) => list.name === name);
}

/** Where the service stands in the internet; undefined: it has no block. */
export function addressInBlock(service: AwsService): string | undefined {
  return service.types.includes('Gateway') ? addToIp(blockOf(service), 1) : undefined;
}

function blockOf(service: AwsService): string {
  const slot = REGIONS.findIndex(({ name }) => name === service.region);
  const place = gatewayServices(service.region).findIndex(({ name }) => name === service.name);
  if (place >= BLOCKS_PER_REGION)
    throw new Error(`${service.region}: more services with gateways than blocks for them`);
  return addToIp(FIRST_BLOCK, (slot * BLOCKS_PER_REGION + place) * BLOCK_SIZE);
}

function gatewayServices(region: string): readonly AwsService[] {
  return servicesOf(region).filter(({ types }) => types.includes('Gateway'));
}
