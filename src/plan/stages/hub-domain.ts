/** The domain of a hub: nothing but links and tables is there. */
import type { Domain } from '../plan.ts';
import { NO_DHCP } from './domains.ts';

export function hubDomain(id: string): Domain {
  return {
    id,
    kind: 'hub',
    origin: [id],
    cidrs: [],
    resolverAddresses: [],
    dhcp: NO_DHCP,
    metadataAddresses: [],
    timeAddresses: [],
  };
}
