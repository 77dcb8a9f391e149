/**
 * What several rooms ask of transit gateways, VPN and sites alike: what is beyond a connection, and which route of a transit
 * gateway's table counts. Nothing of it is stored.
 */
import { dxBeyond, dxHeard } from './direct-connect.ts';
import type { Facts } from './facts.ts';
import type { Intent } from './intent.ts';
import type { Deletion, Site, TransitAttachment, TransitRouteTable, VpnConnection } from './resources.ts';

export function isLive({ deletion }: { readonly deletion: Deletion | null }): boolean {
  return deletion === null;
}

/** The site at the other end; undefined: nobody has the customer gateway's address, so no tunnel is up. */
export function siteBeyond(intent: Intent, { customerGatewayId }: VpnConnection): Site | undefined {
  const gateway = intent.table('customerGateway').get(customerGatewayId);
  return gateway && intent.table('site').by('publicAddress', gateway.address)[0];
}

/** For people. */
export const TUNNEL_WORDS = {
  encrypted: 'encrypted: WireGuard in place of IPsec',
  plain: 'a plain link, not encrypted',
} as const;

/** What a connection's tunnel is made of here. */
export function tunnelKind(
  { encryptsTunnels }: Pick<Facts, 'encryptsTunnels'>,
  { outsideAddress }: VpnConnection,
): keyof typeof TUNNEL_WORDS {
  return encryptsTunnels && outsideAddress !== undefined ? 'encrypted' : 'plain';
}

/** Blocks beyond a connection: as they were told by hand, or as BGP tells them while the tunnel is up. */
export function prefixesBeyond(intent: Intent, connection: VpnConnection): readonly string[] {
  if (connection.staticOnly) return connection.routes;
  const site = siteBeyond(intent, connection);
  return site === undefined ? [] : [site.cidr];
}

/** Of a route table: blocks that VPN gateways fill in, with the gateway, each once. */
export function propagatedRoutes(
  intent: Intent,
  gatewayIds: readonly string[],
  vpcId: string,
): readonly { readonly destination: string; readonly gatewayId: string }[] {
  const found = new Map<string, string>();
  for (const id of gatewayIds) {
    const gateway = intent.table('vpnGateway').get(id);
    if (gateway === undefined || !isLive(gateway) || gateway.vpcId !== vpcId) continue;
    const connections = intent.table('vpnConnection').by('end.id', id).filter(isLive);
    for (const destination of [
      ...dxBeyond(intent, id).map((each) => each.destination),
      ...connections.flatMap((each) => prefixesBeyond(intent, each)),
    ]) {
      if (!found.has(destination)) found.set(destination, id);
    }
  }
  return [...found].map(([destination, gatewayId]) => ({ destination, gatewayId }));
}

export interface TransitRoute {
  readonly destination: string;
  readonly type: 'static' | 'propagated';
  /** null: a blackhole. */
  readonly attachmentId: string | null;
}

/** Of a VPC to a transit gateway. */
export function transitAttachmentOf(intent: Intent, vpcId: string, gatewayId: string): TransitAttachment | undefined {
  return intent
    .table('transitAttachment')
    .by('target.vpcId', vpcId)
    .find((each) => each.transitGatewayId === gatewayId && isLive(each));
}

export function liveAttachment(intent: Intent, id: string): TransitAttachment | undefined {
  const attachment = intent.table('transitAttachment').get(id);
  return attachment !== undefined && isLive(attachment) ? attachment : undefined;
}

/**
 * The route that counts for each block: a static one before a propagated one, a VPC's before a Direct Connect gateway's, that before
 * a VPN's, then whoever began to propagate first. A static route whose attachment is gone stays, as a blackhole.
 * https://docs.aws.amazon.com/vpc/latest/tgw/how-transit-gateways-work.html#tgw-route-evaluation-overview
 */
export function transitRoutes(intent: Intent, table: TransitRouteTable): readonly TransitRoute[] {
  const found = new Map<string, TransitRoute>();
  for (const { destination, attachmentId } of table.routes) {
    const attachment = attachmentId === null ? undefined : liveAttachment(intent, attachmentId);
    found.set(destination, { destination, type: 'static', attachmentId: attachment?.id ?? null });
  }
  const propagating = table.propagations.flatMap((id) => liveAttachment(intent, id) ?? []);
  const inOrder = (['vpc', 'direct-connect-gateway', 'vpn'] as const).flatMap((kind) =>
    propagating.filter(({ target }) => target.kind === kind),
  );
  for (const attachment of inOrder) {
    for (const destination of blocksOf(intent, attachment)) {
      if (found.has(destination)) continue;
      found.set(destination, { destination, type: 'propagated', attachmentId: attachment.id });
    }
  }
  return [...found.values()];
}

function blocksOf(intent: Intent, { target }: TransitAttachment): readonly string[] {
  if (target.kind === 'vpc') return intent.table('vpc').get(target.vpcId)?.cidrs ?? [];
  if (target.kind === 'direct-connect-gateway') return [...dxHeard(intent, target.gatewayId).keys()];
  const connection = intent.table('vpnConnection').get(target.connectionId);
  return connection === undefined ? [] : prefixesBeyond(intent, connection);
}
