/**
 * VPCs become domains; beside them stand the two that Culvert owns, 'internet' and 'services'.
 * Says where a resolver answers; what it answers is the views' stage.
 * https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
 */
import { AMAZON_DNS, usualOptions } from '../../model/dhcp-options.ts';
import type { Intent } from '../../model/intent.ts';
import type { Vpc } from '../../model/resources.ts';
import { blocksOf } from '../../model/vpc-blocks.ts';
import { cidrAddress, cidrOf } from '../../net/cidr.ts';
import { sortById } from '../order.ts';
import type { Domain } from '../plan.ts';

const RESOLVER_LINK_LOCAL = '169.254.169.253';
const RESOLVER_IPV6 = 'fd00:ec2::253';
export const NO_DHCP: Domain['dhcp'] = { domainNames: [], nameServers: [] };
const TIME = '169.254.169.123';
const TIME_IPV6 = 'fd00:ec2::123';
const METADATA = '169.254.169.254';
const METADATA_IPV6 = 'fd00:ec2::254';

export function compileDomains(intent: Intent): readonly Domain[] {
  return sortById([
    culvertsOwn('internet'),
    culvertsOwn('services'),
    ...[...intent.table('vpc').all()].map((vpc) => domainOf(intent, vpc)),
  ]);
}

function domainOf(intent: Intent, vpc: Vpc): Domain {
  const resolver = cidrAddress(cidrOf(vpc.cidrs[0] ?? ''), 2);
  const hasIpv6 = vpc.ipv6Cidrs.length > 0;
  return {
    id: vpc.id,
    kind: 'vpc',
    origin: [vpc.id],
    cidrs: blocksOf(vpc),
    resolverAddresses: vpc.dnsSupport ? [resolver, RESOLVER_LINK_LOCAL, ...(hasIpv6 ? [RESOLVER_IPV6] : [])] : [],
    dhcp: dhcpOf(intent, vpc, resolver),
    metadataAddresses: hasIpv6 ? [METADATA, METADATA_IPV6] : [METADATA],
    timeAddresses: hasIpv6 ? [TIME, TIME_IPV6] : [TIME],
  };
}

/** The resolver's address is told even where DNS support is off; then nobody answers there. */
function dhcpOf(intent: Intent, vpc: Vpc, resolver: string): Domain['dhcp'] {
  const { domainName, domainNameServers } =
    intent.table('dhcpOptions').get(vpc.dhcpOptionsId) ?? usualOptions(vpc.region);
  return {
    domainNames: domainName?.split(' ') ?? [],
    nameServers: domainNameServers.map((server) => (server === AMAZON_DNS ? resolver : server)),
  };
}

function culvertsOwn(kind: 'internet' | 'services'): Domain {
  return {
    id: kind,
    kind,
    origin: [],
    cidrs: [],
    resolverAddresses: [],
    dhcp: NO_DHCP,
    metadataAddresses: [],
    timeAddresses: [],
  };
}
