/**
 * One crossing for each address of an endpoint interface, of IPv4 and of IPv6: its address in the consumer's VPC, the link address it is
 * known by beyond, and where it leads. Made here for AWS's own services, which accept every endpoint at once; for customers' in passages.ts.
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

const crossingsOf = remember((each: AwsEndpoint) =>
  each.interfaces.flatMap(({ eni }) =>
    crossingsOfInterface(each.endpoint, eni, {
      guards: null,
      provider: 'services',
      listeners: [HTTPS],
      open: true,
      closedBy: null,
      targets: { ipv4: serviceAddress(each.entry), ipv6: serviceAddress6(each.entry) },
    }),
  ),
);

type Beyond = Pick<Crossing, 'guards' | 'provider' | 'listeners' | 'open' | 'closedBy'> & {
  /** By family; null: nothing is there. */
  readonly targets: { readonly ipv4: string; readonly ipv6: string | null };
};

/** One for each family that the interface has an address of, and that what it leads to stands in. */
export function crossingsOfInterface(
  endpoint: VpcEndpoint,
  eni: NetworkInterface,
  { guards, provider, targets, ...passage }: Beyond,
): readonly Crossing[] {
  const crossing = (id: string, address: string | undefined, first: string, targetAddress: string | null) =>
    address === undefined || targetAddress === null
      ? []
      : [
          {
            id,
            origin: [eni.id, endpoint.id, endpoint.serviceName],
            consumer: eni.vpcId,
            port: eni.id,
            address,
            guards,
            linkAddress: linkAddress(`${eni.id} of ${endpoint.id}`, eni.linkSerial, first),
            provider,
            targetAddress,
            ...passage,
          },
        ];
  return [
    ...crossing(eni.id, eni.addresses[0], FIRST_LINK_ADDRESS, targets.ipv4),
    ...crossing(`${eni.id}/ipv6`, eni.ipv6Addresses[0], FIRST_LINK_ADDRESS_6, targets.ipv6),
  ];
}

/** What it is known by beyond. */
export function linkAddress(whose: string, serial: number | null, first = FIRST_LINK_ADDRESS): string {
  if (serial === null) throw new Error(`${whose} has no link serial`);
  return addToIp(first, serial);
}
