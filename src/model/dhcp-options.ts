/** What every region's first set of DHCP options says, and what a VPC without a set gets too. */
import { privateInstanceZone } from './instance-names.ts';
import type { DhcpOptions } from './resources.ts';

/** In place of an address: the VPC's own resolver. */
export const AMAZON_DNS = 'AmazonProvidedDNS';
/** As a VPC's: none is associated. */
export const NO_OPTIONS = 'default';

type Values = Pick<DhcpOptions, 'domainName' | 'domainNameServers' | 'others'>;

export function usualOptions(region: string): Values {
  return { domainName: privateInstanceZone(region), domainNameServers: [AMAZON_DNS] };
}

/** True where nothing else is said. */
export function isUsual({ domainName, domainNameServers, others = {}, region }: DhcpOptions): boolean {
  const usual = usualOptions(region);
  const isSame = domainName === usual.domainName && domainNameServers.join() === usual.domainNameServers.join();
  return isSame && Object.keys(others).length === 0;
}
