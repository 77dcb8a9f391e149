/** Steps about ways from VPC to VPC and to customers' networks: peering, transit gateways, VPN, Direct Connect. */
import { createSite } from '../../../src/daemon/sites.ts';
import type { ResourceOf } from '../../../src/model/resources.ts';
import type { StepOf } from '../steps.ts';
import { destinationOf } from './routes.ts';
import { id, type Owner, pick, type World } from './world.ts';

export const linkSteps = { peering, deletePeering, transit, transitRoute, transitTable, site, direct };

function peering(w: World, { from, to, isAccepted, routes }: StepOf<'peering'>): void {
  const near = pick(w.all('vpc'), from);
  const far = pick(w.all('vpc'), to);
  if (near === undefined || far === undefined) return;
  const asked = { VpcId: near.id, PeerVpcId: far.id, PeerOwnerId: far.account, PeerRegion: far.region };
  const made = w.for(near)('CreateVpcPeeringConnection', asked);
  const VpcPeeringConnectionId = id(made, 'VpcPeeringConnection', 'VpcPeeringConnectionId');
  if (isAccepted) w.for(far)('AcceptVpcPeeringConnection', { VpcPeeringConnectionId });
  if (routes === 'none') return;
  const sides = [[near, far] as const, ...(routes === 'one' ? [] : [[far, near] as const])];
  for (const [here, there] of sides) {
    for (const { id: RouteTableId } of w.of('routeTable', here.id)) {
      for (const block of [...there.cidrs, ...there.ipv6Cidrs]) {
        const narrow = routes === 'narrow' && !block.includes(':') ? block.replace(/\/\d+$/, '/24') : block;
        w.for(here)('CreateRoute', { RouteTableId, ...destinationOf(narrow), VpcPeeringConnectionId });
      }
    }
  }
}

function deletePeering(w: World, { at }: StepOf<'deletePeering'>): void {
  const peering = pick(
    w.all('vpcPeering').filter(({ failed, deletion }) => !failed && deletion === null),
    at,
  );
  if (peering === undefined) return;
  const call = w.for(peering.requester);
  call('DeleteVpcPeeringConnection', { VpcPeeringConnectionId: peering.id });
}

/** Of one account and region, which has one transit gateway. */
function transit(w: World, { vpcs, subnets, routes }: StepOf<'transit'>): void {
  const [first, ...others] = [...new Set(vpcs.map((at) => pick(w.all('vpc'), at)))];
  if (first === undefined) return;
  const call = w.for(first);
  const TransitGatewayId = transitGateway(w, first);
  const own = [first, ...others].filter(
    (vpc) => vpc?.account === first.account && vpc.region === first.region,
  ) as (typeof first)[];
  for (const vpc of own) {
    w.settle();
    const SubnetIds = w.subnetsOf(vpc.id, subnets);
    call('CreateTransitGatewayVpcAttachment', { TransitGatewayId, VpcId: vpc.id, SubnetIds });
  }
  w.settle();
  if (routes === 'none') return;
  for (const here of routes === 'first' ? [first] : own) {
    const blocks =
      routes === 'default' ? ['0.0.0.0/0'] : own.filter((vpc) => vpc !== here).flatMap(({ cidrs }) => cidrs);
    for (const { id: RouteTableId } of w.of('routeTable', here.id)) {
      for (const DestinationCidrBlock of [...blocks, '192.168.0.0/16']) {
        call('CreateRoute', { RouteTableId, DestinationCidrBlock, TransitGatewayId });
      }
    }
  }
}

function transitRoute(w: World, { table: at, destination, attachment }: StepOf<'transitRoute'>): void {
  const table = pick(w.all('transitRouteTable'), at);
  if (table === undefined) return;
  w.settle();
  const own = w.all('transitAttachment').filter((each) => each.transitGatewayId === table.transitGatewayId);
  const to = attachment === null ? { Blackhole: true } : { TransitGatewayAttachmentId: pick(own, attachment)?.id };
  const route = { TransitGatewayRouteTableId: table.id, DestinationCidrBlock: destination, ...to };
  w.for(table)('CreateTransitGatewayRoute', route);
}

/** Of its own for an attachment, in place of the one that it has. */
function transitTable(w: World, { attachment: at, propagated, isAssociated }: StepOf<'transitTable'>): void {
  const attachment = pick(w.all('transitAttachment'), at);
  if (attachment === undefined) return;
  w.settle();
  const call = w.for(attachment);
  const { transitGatewayId: TransitGatewayId, id: TransitGatewayAttachmentId } = attachment;
  const made = call('CreateTransitGatewayRouteTable', { TransitGatewayId });
  const TransitGatewayRouteTableId = id(made, 'TransitGatewayRouteTable', 'TransitGatewayRouteTableId');
  w.settle();
  const before = attachment.associatedTableId;
  if (before !== null) {
    const given = { TransitGatewayRouteTableId: before, TransitGatewayAttachmentId };
    call('DisassociateTransitGatewayRouteTable', given);
    w.settle();
  }
  if (isAssociated)
    call('AssociateTransitGatewayRouteTable', { TransitGatewayRouteTableId, TransitGatewayAttachmentId });
  w.settle();
  const own = w.all('transitAttachment').filter((each) => each.transitGatewayId === TransitGatewayId);
  for (const which of propagated) {
    const told = { TransitGatewayRouteTableId, TransitGatewayAttachmentId: pick(own, which)?.id };
    call('EnableTransitGatewayRouteTablePropagation', told);
  }
  w.settle();
}

function transitGateway(w: World, owner: Owner): string {
  const { account, region } = owner;
  const there = w.all('transitGateway').find((each) => each.account === account && each.region === region);
  w.settle();
  return there?.id ?? id(w.for(owner)('CreateTransitGateway', {}), 'TransitGateway', 'TransitGatewayId');
}

/** A customer's network, and a VPN connection to it. */
function site(w: World, { cidr, vpc: at, end, isStatic, isPropagated }: StepOf<'site'>): void {
  const vpc = pick(w.all('vpc'), at);
  if (vpc === undefined) return;
  const site = madeSite(w, vpc, cidr);
  if (site === undefined) return;
  const call = w.for(vpc);
  const customer = { Type: 'ipsec.1', IpAddress: site.publicAddress, BgpAsn: 65_000 };
  const CustomerGatewayId = id(call('CreateCustomerGateway', customer), 'CustomerGateway', 'CustomerGatewayId');
  const far = end === 'transitGateway' ? transitGateway(w, vpc) : '';
  const VpnGatewayId = far === '' ? vpnGateway(w, vpc) : '';
  const connection = call('CreateVpnConnection', {
    ...{ CustomerGatewayId, Type: 'ipsec.1', Options: { StaticRoutesOnly: isStatic } },
    ...(far === '' ? { VpnGatewayId } : { TransitGatewayId: far }),
  });
  const VpnConnectionId = id(connection, 'VpnConnection', 'VpnConnectionId');
  w.settle();
  if (isStatic && far === '') call('CreateVpnConnectionRoute', { VpnConnectionId, DestinationCidrBlock: cidr });
  const TransitGatewayId = far;
  routesTo(w, vpc, cidr, { VpnGatewayId, TransitGatewayId, isPropagated });
}

function madeSite(w: World, { account }: Owner, cidr: string) {
  const { intent } = w.root;
  const now = new Date(Date.UTC(2026, 0, 2)).toISOString();
  const name = `s${w.nextNumber()}`;
  const made = createSite(name, { cidr }, { intent, account, now });
  if ('refusal' in made) return undefined;
  intent.apply(made.edits);
  intent.revision++;
  return { name, publicAddress: made.site.publicAddress };
}

/** A VPC has one. */
function vpnGateway(w: World, vpc: ResourceOf<'vpc'>): string {
  const there = w.all('vpnGateway').find(({ vpcId }) => vpcId === vpc.id);
  if (there !== undefined) return there.id;
  const call = w.for(vpc);
  const VpnGatewayId = id(call('CreateVpnGateway', { Type: 'ipsec.1' }), 'VpnGateway', 'VpnGatewayId');
  w.settle();
  call('AttachVpnGateway', { VpnGatewayId, VpcId: vpc.id });
  w.settle();
  return VpnGatewayId;
}

/** From all of a VPC's tables, by the one of the two gateways that is given. */
function routesTo(
  w: World,
  vpc: ResourceOf<'vpc'>,
  DestinationCidrBlock: string,
  by: { readonly VpnGatewayId: string; readonly TransitGatewayId: string; readonly isPropagated: boolean },
): void {
  const { VpnGatewayId: GatewayId, TransitGatewayId, isPropagated } = by;
  const call = w.for(vpc);
  for (const { id: RouteTableId } of w.of('routeTable', vpc.id)) {
    if (GatewayId !== '' && isPropagated) call('EnableVgwRoutePropagation', { RouteTableId, GatewayId });
    else if (GatewayId !== '') call('CreateRoute', { RouteTableId, DestinationCidrBlock, GatewayId });
    else call('CreateRoute', { RouteTableId, DestinationCidrBlock, TransitGatewayId });
  }
}

/** A customer's network with a line of its own. */
function direct(w: World, { cidr, vpc: at, end, hasGateway, isPropagated }: StepOf<'direct'>): void {
  const vpc = pick(w.all('vpc'), at);
  if (vpc === undefined) return;
  const site = madeSite(w, vpc, cidr);
  if (site === undefined) return;
  const call = w.for(vpc);
  const number = w.nextNumber();
  const line = { location: site.name, bandwidth: '1Gbps', connectionName: `line${number}` };
  const connectionId = id(call('CreateConnection', line), 'connectionId');
  const TransitGatewayId = end === 'transitGateway' ? transitGateway(w, vpc) : '';
  const VpnGatewayId = TransitGatewayId === '' ? vpnGateway(w, vpc) : '';
  const wish = { virtualInterfaceName: `vif${number}`, vlan: 100 + number, asn: 65_000 };
  if (TransitGatewayId === '' && !hasGateway) {
    const newPrivateVirtualInterface = { ...wish, virtualGatewayId: VpnGatewayId };
    call('CreatePrivateVirtualInterface', { connectionId, newPrivateVirtualInterface });
  } else {
    const made = call('CreateDirectConnectGateway', {
      ...{ directConnectGatewayName: `dx${number}`, amazonSideAsn: 64_600 + number },
    });
    const directConnectGatewayId = id(made, 'directConnectGateway', 'directConnectGatewayId');
    w.settle();
    const interface_ = { ...wish, directConnectGatewayId };
    if (TransitGatewayId === '')
      call('CreatePrivateVirtualInterface', { connectionId, newPrivateVirtualInterface: interface_ });
    else call('CreateTransitVirtualInterface', { connectionId, newTransitVirtualInterface: interface_ });
    const prefixes = vpc.cidrs.map((block) => ({ cidr: block }));
    call('CreateDirectConnectGatewayAssociation', {
      ...{ directConnectGatewayId, gatewayId: TransitGatewayId || VpnGatewayId },
      ...(TransitGatewayId !== '' && { addAllowedPrefixesToDirectConnectGateway: prefixes }),
    });
  }
  w.settle();
  routesTo(w, vpc, cidr, { VpnGatewayId, TransitGatewayId, isPropagated });
}
