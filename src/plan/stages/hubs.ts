/**
 * Transit gateways and VPN gateways: routers between links. Each attachment's interface is a link of its own zone; a tunnel ends at
 * a site. What comes from a zone leaves by the same zone where the attachment has a subnet there, else by its first.
 * https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html
 */
import { dxBeyond } from '../../model/direct-connect.ts';
import type { Facts } from '../../model/facts.ts';
import type { Intent } from '../../model/intent.ts';
import { isLive, prefixesBeyond, siteBeyond, transitRoutes } from '../../model/remote.ts';
import type { NetworkInterface, TransitGateway, VpnConnection, VpnGateway } from '../../model/resources.ts';
import { compareCidrs, compareText, sortById } from '../order.ts';
import type { Link, Plan, Route, RouteTable } from '../plan.ts';
import { associationLink, compileDirectConnect, dxLinks } from './direct-connect.ts';
import { hubDomain } from './hub-domain.ts';
import { tableIn, zonedId } from './zoned-tables.ts';

/** https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html#mtu-quotas, https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-limits.html */
const MTU = { attachment: 8500, tunnel: 1446, vpnGateway: 9001 } as const;

export type Hubs = Pick<Plan, 'domains' | 'routeTables' | 'links'>;

export function compileHubs(intent: Intent, facts: Facts): Hubs {
  const gateways = [...intent.table('transitGateway').all()]
    .filter(isLive)
    .map((each) => transitHub(intent, facts, each));
  const vpn = [...intent.table('vpnGateway').all()].filter(isLive).map((each) => vpnHub(intent, facts, each));
  const all = [...gateways, ...vpn, ...compileDirectConnect(intent)];
  return {
    domains: all.flatMap(({ domains }) => domains),
    routeTables: all.flatMap(({ routeTables }) => routeTables),
    links: all.flatMap(({ links }) => links),
  };
}

/** Of a transit gateway's attachment: the interface that a zone's packets go through. */
export function attachmentLinks(intent: Intent, attachmentId: string): ReadonlyMap<string, NetworkInterface> {
  const interfaces = intent.table('networkInterface').by('transitAttachmentId', attachmentId);
  const zoned = interfaces.map((eni) => [intent.table('subnet').get(eni.subnetId)?.zoneId ?? '', eni] as const);
  return new Map(zoned.sort(([a], [b]) => compareText(a, b)));
}

function transitHub(intent: Intent, facts: Facts, { id }: TransitGateway): Hubs {
  const attachments = intent.table('transitAttachment').by('transitGatewayId', id).filter(isLive);
  const links: Link[] = [];
  /** By attachment: the way there from a zone ('': from a tunnel). */
  const ways = new Map<string, (zone: string) => string | undefined>();
  const zones = new Set(['']);
  for (const { id: attachmentId, target, associatedTableId } of attachments) {
    const tableOf = (zone: string) => (associatedTableId === null ? null : zonedId(associatedTableId, zone));
    if (target.kind === 'vpn') {
      const connection = intent.table('vpnConnection').get(target.connectionId);
      const link =
        connection && tunnel(intent, facts, connection, { hub: id, routeTable: tableOf('') }, [attachmentId]);
      if (link !== undefined) links.push(link);
      ways.set(attachmentId, () => link?.id);
      continue;
    }
    if (target.kind === 'direct-connect-gateway') {
      const association = intent.table('dxAssociation').get(target.associationId);
      if (association === undefined || !isLive(association)) continue;
      links.push(associationLink(association, { routeTable: tableOf(''), origin: [attachmentId] }));
      ways.set(attachmentId, () => association.id);
      continue;
    }
    const interfaces = attachmentLinks(intent, attachmentId);
    for (const [zone, eni] of interfaces) {
      zones.add(zone);
      links.push(vpcLink(intent, eni, [attachmentId, id], { hub: id, routeTable: tableOf(zone) }, zone));
    }
    const [first] = interfaces.values();
    ways.set(attachmentId, (zone) => (interfaces.get(zone) ?? first)?.id);
  }
  const tables = intent.table('transitRouteTable').by('transitGatewayId', id).filter(isLive);
  const routeTables = tables.flatMap((table) => {
    const routes = transitRoutes(intent, table);
    return [...zones].map((zone): RouteTable => {
      const found = routes.map(({ destination, attachmentId }): Route => {
        const link = attachmentId === null ? undefined : ways.get(attachmentId)?.(zone);
        return { destination, via: link === undefined ? { kind: 'blackhole' } : { kind: 'link', link } };
      });
      return { id: zonedId(table.id, zone), origin: [table.id, id], domain: id, routes: inOrder(found) };
    });
  });
  return { domains: [hubDomain(id)], routeTables, links };
}

function vpcLink(
  intent: Intent,
  eni: NetworkInterface,
  origin: readonly string[],
  { hub, routeTable }: { readonly hub: string; readonly routeTable: string | null },
  zone: string,
): Link {
  const { cidrs = [] } = intent.table('vpc').get(eni.vpcId) ?? {};
  const association = intent.table('routeTableAssociation').by('subnetId', eni.subnetId)[0];
  const followed = association?.routeTableId ?? intent.table('vpc').get(eni.vpcId)?.mainRouteTableId ?? '';
  return {
    id: eni.id,
    origin: [eni.id, ...origin, eni.vpcId],
    kind: 'attachment',
    ends: [
      {
        domain: eni.vpcId,
        cidrs,
        routeTable: tableIn(intent.table('routeTable').get(followed), followed, zone),
        segment: eni.subnetId,
      },
      { domain: hub, cidrs: [], routeTable, segment: null },
    ],
    outside: null,
    mtu: MTU.attachment,
  };
}

/** undefined: nobody has the customer gateway's address. */
function tunnel(
  intent: Intent,
  { encryptsTunnels }: Facts,
  connection: VpnConnection,
  { hub, routeTable }: { readonly hub: string; readonly routeTable: string | null },
  origin: readonly string[],
): Link | undefined {
  const site = siteBeyond(intent, connection);
  if (site === undefined) return undefined;
  const { outsideAddress } = connection;
  return {
    id: connection.id,
    origin: [connection.id, ...origin, hub, site.id],
    kind: 'tunnel',
    ends: [
      { domain: site.id, cidrs: [site.cidr], routeTable: null, segment: null },
      { domain: hub, cidrs: [], routeTable, segment: null },
    ],
    outside: encryptsTunnels && outsideAddress !== undefined ? [site.publicAddress, outsideAddress] : null,
    mtu: MTU.tunnel,
  };
}

/** One table for all that comes to it: the VPC's blocks, and what is beyond, by Direct Connect before VPN. */
function vpnHub(intent: Intent, facts: Facts, { id, vpcId }: VpnGateway): Hubs {
  const links: Link[] = [];
  const routes = new Map<string, Route>();
  const add = (destination: string, link: string | undefined) => {
    if (routes.has(destination)) return;
    routes.set(destination, {
      destination,
      via: link === undefined ? { kind: 'blackhole' } : { kind: 'link', link },
    });
  };
  const vpc = vpcId === null ? undefined : intent.table('vpc').get(vpcId);
  if (vpc !== undefined) {
    for (const block of vpc.cidrs) add(block, id);
    links.push({
      id,
      origin: [id, vpc.id],
      kind: 'attachment',
      ends: [
        { domain: vpc.id, cidrs: vpc.cidrs, routeTable: null, segment: null },
        { domain: id, cidrs: [], routeTable: id, segment: null },
      ],
      outside: null,
      mtu: MTU.vpnGateway,
    });
  }
  links.push(...dxLinks(intent, { hub: id, routeTable: id }));
  for (const { destination, link } of dxBeyond(intent, id)) add(destination, link);
  for (const connection of intent.table('vpnConnection').by('end.id', id).filter(isLive)) {
    const link = tunnel(intent, facts, connection, { hub: id, routeTable: id }, []);
    if (link !== undefined) links.push(link);
    for (const destination of prefixesBeyond(intent, connection)) add(destination, link?.id);
  }
  const table = { id, origin: [id], domain: id, routes: inOrder([...routes.values()]) };
  return { domains: [hubDomain(id)], routeTables: [table], links: [...sortById(links)] };
}

function inOrder(routes: readonly Route[]): readonly Route[] {
  return [...routes].sort((a, b) => compareCidrs(a.destination, b.destination));
}
