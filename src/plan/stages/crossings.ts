/**
 * One crossing for each endpoint interface: its address in the consumer's VPC, the link address it is known by beyond, and
 * the service it leads to. AWS's own services accept every endpoint at once, so such a crossing is always open.
 */
import type { NetworkInterface } from '../../model/resources.ts';
import { addToIp } from '../../net/ip.ts';
import { remember } from '../memo.ts';
import { sortById } from '../order.ts';
import type { Crossing } from '../plan.ts';
import type { Endpoint } from './endpoints.ts';
import { serviceAddress } from './service-addresses.ts';

const FIRST_LINK_ADDRESS = '240.0.0.0';
const HTTPS = { protocol: 'tcp', port: 443, targetPort: 443 } as const;

export function compileCrossings(endpoints: readonly Endpoint[]): readonly Crossing[] {
  return sortById(endpoints.flatMap(crossingsOf));
}

const crossingsOf = remember((endpoint: Endpoint) => endpoint.interfaces.map(({ eni }) => crossingOf(endpoint, eni)));

function crossingOf({ endpoint, entry }: Endpoint, eni: NetworkInterface): Crossing {
  const address = eni.addresses[0];
  if (address === undefined) throw new Error(`${eni.id} of ${endpoint.id} has no address`);
  if (eni.linkSerial === null) throw new Error(`${eni.id} of ${endpoint.id} has no link serial`);
  return {
    id: eni.id,
    origin: [eni.id, endpoint.id, endpoint.serviceName],
    consumer: eni.vpcId,
    port: eni.id,
    address,
    guards: null,
    linkAddress: addToIp(FIRST_LINK_ADDRESS, eni.linkSerial),
    provider: 'services',
    targetAddress: serviceAddress(entry),
    listeners: [HTTPS],
    open: true,
    closedBy: null,
  };
}
