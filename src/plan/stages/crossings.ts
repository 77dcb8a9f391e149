/**
 * One crossing for each endpoint interface, and another for its IPv6 address if it has one: its address in the consumer's VPC, the link address it is known by beyond, and
 * where it leads. Made here for AWS's own services, which accept every endpoint at once; for customers' in passages.ts.
 */
import type { NetworkInterface, VpcEndpoint } from '../../model/resources.ts';
import { addToIp } from '../../net/ip.ts';
import { remember } from '../memo.ts';
import { sortById } from '../order.ts';
import type { Crossing } from '../plan.ts';
import type { AwsEndpoint } from './endpoints.ts';
import type { ServiceEndpoint } from './passages.ts';
import { serviceAddress, serviceAddress6 } from './service-addresses.ts';

const FIRST_LINK_ADDRESS = '240.0.0.0';
const FIRST_LINK_ADDRESS_6 = 'fdcf::f000:0';
const HTTPS = { protocol: 'tcp', port: 443, targetPort: 443 } as const;

export function compileCrossings(
  aws: readonly AwsEndpoint[],
  customers: readonly ServiceEndpoint[],
): readonly Crossing[] {
  const toCustomers = customers.flatMap(({ passages }) => passages.flatMap(({ crossings }) => crossings));
  return sortById([...aws.flatMap(crossingsOf), ...toCustomers]);
}

const crossingsOf = remember((endpoint: AwsEndpoint) =>
  endpoint.interfaces.flatMap(({ eni }) => {
    const crossing = crossingOf(endpoint, eni);
    return [crossing, ipv6CrossingOf(crossing, eni, serviceAddress6(endpoint.entry)) ?? []].flat();
  }),
);

function crossingOf({ endpoint, entry }: AwsEndpoint, eni: NetworkInterface): Crossing {
  return {
    id: eni.id,
    origin: [eni.id, endpoint.id, endpoint.serviceName],
    consumer: eni.vpcId,
    port: eni.id,
    address: addressOf(endpoint, eni),
    guards: null,
    linkAddress: linkAddressOf(endpoint, eni),
    provider: 'services',
    targetAddress: serviceAddress(entry),
    listeners: [HTTPS],
    open: true,
    closedBy: null,
  };
}

/** Beside the one of its IPv4 address; null: it has no other. */
export function ipv6CrossingOf(crossing: Crossing, eni: NetworkInterface, targetAddress: string): Crossing | null {
  const [address] = eni.ipv6Addresses;
  if (address === undefined) return null;
  return {
    ...crossing,
    id: `${eni.id}/ipv6`,
    address,
    linkAddress: linkAddress(eni.id, eni.linkSerial, FIRST_LINK_ADDRESS_6),
    targetAddress,
  };
}

export function addressOf(endpoint: VpcEndpoint, eni: NetworkInterface): string {
  const address = eni.addresses[0];
  if (address === undefined) throw new Error(`${eni.id} of ${endpoint.id} has no address`);
  return address;
}

/** What the interface is known by beyond the crossing. */
export function linkAddressOf(endpoint: VpcEndpoint, eni: NetworkInterface): string {
  return linkAddress(`${eni.id} of ${endpoint.id}`, eni.linkSerial);
}

export function linkAddress(whose: string, serial: number | null, first = FIRST_LINK_ADDRESS): string {
  if (serial === null) throw new Error(`${whose} has no link serial`);
  return addToIp(first, serial);
}
