/**
 * What follows from Direct Connect's resources: which site is at the far end of a virtual interface, what AWS hears from there and
 * what is heard there. Nothing of it is stored. A location is a site by its name.
 * https://docs.aws.amazon.com/directconnect/latest/UserGuide/allowed-to-prefixes.html
 */
import { cidrCovers, cidrOf } from '../net/cidr.ts';
import type { Intent } from './intent.ts';
import type { Deletion, DxAssociation, DxInterface, Site } from './resources.ts';

const isLive = ({ deletion }: { readonly deletion: Deletion | null }) => deletion === null;

/** undefined: the connection is given up, or nobody is at its location any more. */
export function dxSiteOf(intent: Intent, { connectionId }: DxInterface): Site | undefined {
  const connection = intent.table('dxConnection').get(connectionId);
  return connection !== undefined && isLive(connection)
    ? intent.table('site').get(`site-${connection.location}`)
    : undefined;
}

export interface DxWay {
  readonly interface: DxInterface;
  readonly site: Site;
}

/** Interfaces that end at a gateway and have a site beyond. */
export function dxWaysTo(intent: Intent, gatewayId: string): readonly DxWay[] {
  return intent
    .table('dxInterface')
    .by('end.id', gatewayId)
    .filter(isLive)
    .flatMap((each) => {
      const site = dxSiteOf(intent, each);
      return site === undefined ? [] : [{ interface: each, site }];
    });
}

/** What BGP tells a Direct Connect gateway of what is beyond its interfaces, each block once; of two the first interface has it. */
export function dxHeard(intent: Intent, gatewayId: string): ReadonlyMap<string, DxInterface> {
  const heard = new Map<string, DxInterface>();
  for (const { interface: each, site } of dxWaysTo(intent, gatewayId)) {
    if (!heard.has(site.cidr)) heard.set(site.cidr, each);
  }
  return heard;
}

/** Live ones, of a Direct Connect gateway or of what it is associated with. */
export function dxAssociationsOf(
  intent: Intent,
  field: 'gatewayId' | 'target.id',
  id: string,
): readonly DxAssociation[] {
  return intent.table('dxAssociation').by(field, id).filter(isLive);
}

/** What the far side hears of an association: a VPC's blocks as far as they are allowed, a transit gateway's as they were told. */
export function dxTold(intent: Intent, { target, allowed }: DxAssociation): readonly string[] {
  if (target.kind === 'transitGateway') return allowed;
  const gateway = intent.table('vpnGateway').get(target.id);
  const { cidrs = [] } = intent.table('vpc').get(gateway?.vpcId ?? '') ?? {};
  const limits = allowed.map(cidrOf);
  return limits.length === 0
    ? cidrs
    : cidrs.filter((block) => limits.some((limit) => cidrCovers(limit, cidrOf(block))));
}

/** What a VPC's gateway hears by Direct Connect, and by which link of the Plan: an interface of its own before an association. */
export function dxBeyond(
  intent: Intent,
  gatewayId: string,
): readonly { readonly destination: string; readonly link: string }[] {
  return [
    ...dxWaysTo(intent, gatewayId).map(({ interface: { id }, site }) => ({ destination: site.cidr, link: id })),
    ...dxAssociationsOf(intent, 'target.id', gatewayId).flatMap(({ id, gatewayId: from }) =>
      [...dxHeard(intent, from).keys()].map((destination) => ({ destination, link: id })),
    ),
  ];
}
