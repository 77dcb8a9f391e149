/**
 * Direct Connect gateways: routers between sites and AWS's gateways, which they do not join to one another. So each has two tables:
 * what comes from sites goes to what they were told of, what comes from gateways goes to sites. A virtual interface is a plain
 * link, to such a gateway or straight to a VPC's.
 * https://docs.aws.amazon.com/directconnect/latest/UserGuide/direct-connect-gateways-intro.html
 */
import { type DxWay, dxAssociationsOf, dxHeard, dxTold, dxWaysTo } from '../../model/direct-connect.ts';
import type { Intent } from '../../model/intent.ts';
import { isLive } from '../../model/remote.ts';
import type { DxAssociation, DxGateway } from '../../model/resources.ts';
import { sortByDestination } from '../order.ts';
import type { Link, Route } from '../plan.ts';
import { hubDomain } from './hub-domain.ts';
import type { Hubs } from './hubs.ts';

/** https://docs.aws.amazon.com/directconnect/latest/UserGuide/set-jumbo-frames-vif.html */
const MTU = { vpnGateway: 9001, transitGateway: 8500 } as const;

export function compileDirectConnect(intent: Intent): readonly Hubs[] {
  return [...intent.table('dxGateway').all()].filter(isLive).map((each) => dxHub(intent, each));
}

function dxHub(intent: Intent, { id }: DxGateway): Hubs {
  const associations = dxAssociationsOf(intent, 'gatewayId', id);
  const inward = new Map<string, Route>();
  for (const association of associations) {
    for (const destination of dxTold(intent, association)) {
      if (!inward.has(destination))
        inward.set(destination, { destination, via: { kind: 'link', link: association.id } });
    }
  }
  const outward = [...dxHeard(intent, id)].map(
    ([destination, { id: link }]): Route => ({ destination, via: { kind: 'link', link } }),
  );
  const table = (tableId: string, routes: readonly Route[]) => ({
    ...{ id: tableId, origin: [id], domain: id, routes: sortByDestination(routes) },
  });
  return {
    domains: [hubDomain(id)],
    routeTables: [table(fromSites(id), [...inward.values()]), table(fromGateways(id), outward)],
    links: [
      ...dxLinks(intent, { hub: id, routeTable: fromSites(id) }),
      ...associations
        .filter(({ target }) => target.kind === 'vpnGateway')
        .map((each) => associationLink(each, { routeTable: each.target.id, origin: [] })),
    ],
  };
}

const fromSites = (id: string) => `${id}/from-sites`;
const fromGateways = (id: string) => `${id}/from-gateways`;

/** Of the interfaces that end at a hub. */
export function dxLinks(
  intent: Intent,
  { hub, routeTable }: { readonly hub: string; readonly routeTable: string },
): readonly Link[] {
  return dxWaysTo(intent, hub).map(
    ({ interface: { id, connectionId, mtu }, site }: DxWay): Link => ({
      id,
      origin: [id, connectionId, hub, site.id],
      kind: 'direct',
      ends: [
        { domain: site.id, cidrs: [site.cidr], routeTable: null, segment: null },
        { domain: hub, cidrs: [], routeTable, segment: null },
      ],
      outside: null,
      mtu,
    }),
  );
}

/** Between two hubs; `routeTable` is the other's. */
export function associationLink(
  { id, gatewayId, target }: DxAssociation,
  { routeTable, origin }: { readonly routeTable: string | null; readonly origin: readonly string[] },
): Link {
  return {
    id,
    origin: [id, ...origin, gatewayId, target.id],
    kind: 'attachment',
    ends: [
      { domain: gatewayId, cidrs: [], routeTable: fromGateways(gatewayId), segment: null },
      { domain: target.id, cidrs: [], routeTable, segment: null },
    ],
    outside: null,
    mtu: MTU[target.kind],
  };
}
