/**
 * VPCs become domains; beside them stand the two that Culvert owns, 'internet' and 'services'.
 * Says where a resolver answers; what it answers is the views' stage.
 * https://docs.aws.amazon.com/vpc/latest/userguide/AmazonDNS-concepts.html
 */
import type { Intent } from '../../model/intent.ts';
import type { Vpc } from '../../model/resources.ts';
import { cidrAddress, cidrOf } from '../../net/cidr.ts';
import { sortById } from '../order.ts';
import type { Domain } from '../plan.ts';

const RESOLVER_LINK_LOCAL = '169.254.169.253';
const METADATA = '169.254.169.254';

export function compileDomains(intent: Intent): readonly Domain[] {
  return sortById([culvertsOwn('internet'), culvertsOwn('services'), ...[...intent.table('vpc').all()].map(domainOf)]);
}

function domainOf(vpc: Vpc): Domain {
  return {
    id: vpc.id,
    kind: 'vpc',
    origin: [vpc.id],
    cidrs: [...vpc.cidrs, ...vpc.ipv6Cidrs],
    resolverAddresses: vpc.dnsSupport ? [cidrAddress(cidrOf(vpc.cidrs[0] ?? ''), 2), RESOLVER_LINK_LOCAL] : [],
    metadataAddresses: [METADATA],
  };
}

function culvertsOwn(kind: 'internet' | 'services'): Domain {
  return { id: kind, kind, origin: [], cidrs: [], resolverAddresses: [], metadataAddresses: [] };
}
