/** Steps about ways out of a subnet: route tables and what they lead to within a VPC. */
import { localBlocks } from '../../../src/model/vpc-blocks.ts';
import type { StepOf } from '../steps.ts';
import { listAt } from './lists.ts';
import { type Call, id, pick, type World } from './world.ts';

export const routeSteps = { route, ownTable, detach, natGateway, listRoute, tableOf, deleteRoute };

function route(w: World, { table: at, destination: asked, target, at: which }: StepOf<'route'>): void {
  const table = pick(w.all('routeTable'), at);
  if (table === undefined) return;
  const call = w.for(table);
  const to = routeTarget(w, call, table.vpcId, target, which);
  if (to === undefined) return;
  const [block = ''] = localBlocks(w.root.intent, table);
  const destination = asked === 'local' ? block : asked;
  const route = { RouteTableId: table.id, ...destinationOf(destination), ...to };
  const isThere = asked === 'local' || table.routes.some((each) => each.destination === destination);
  call(isThere ? 'ReplaceRoute' : 'CreateRoute', route);
}

function listRoute(w: World, { table: at, target, at: to, ...which }: StepOf<'listRoute'>): void {
  const table = pick(w.all('routeTable'), at);
  if (table === undefined) return;
  const call = w.for(table);
  const leads = routeTarget(w, call, table.vpcId, target, to);
  if (leads === undefined) return;
  const list = listAt(w, table, which);
  const isThere = table.routes.some(({ destination }) => destination === list);
  const route = { RouteTableId: table.id, DestinationPrefixListId: list, ...leads };
  call(isThere ? 'ReplaceRoute' : 'CreateRoute', route);
}

function deleteRoute(w: World, { table: at, route: which }: StepOf<'deleteRoute'>): void {
  const table = pick(w.all('routeTable'), at);
  const destination = table && pick(table.routes, which)?.destination;
  if (table === undefined || destination === undefined) return;
  w.for(table)('DeleteRoute', { RouteTableId: table.id, ...destinationOf(destination) });
}

export function destinationOf(destination: string): object {
  if (destination.startsWith('pl-')) return { DestinationPrefixListId: destination };
  return destination.includes(':') ? { DestinationIpv6CidrBlock: destination } : { DestinationCidrBlock: destination };
}

/** Another table of its VPC's, which may be made the VPC's main one as well; or none of its own any more. */
function tableOf(w: World, { subnet: at, table: which, isMain }: StepOf<'tableOf'>): void {
  const subnet = pick(w.all('subnet'), at);
  const table = subnet && pick(w.of('routeTable', subnet.vpcId), which);
  if (subnet === undefined || table === undefined) return;
  const call = w.for(subnet);
  const own = w.all('routeTableAssociation').filter(({ vpcId }) => vpcId === subnet.vpcId);
  const AssociationId = own.find(({ subnetId }) => subnetId === (isMain ? null : subnet.id))?.id;
  const RouteTableId = table.id;
  if (AssociationId === undefined) call('AssociateRouteTable', { RouteTableId, SubnetId: subnet.id });
  else if (which % 4 === 3) call('DisassociateRouteTable', { AssociationId });
  else call('ReplaceRouteTableAssociation', { AssociationId, RouteTableId });
}

function ownTable(w: World, { subnet: at }: StepOf<'ownTable'>): void {
  const subnet = pick(w.all('subnet'), at);
  if (subnet === undefined) return;
  const call = w.for(subnet);
  const RouteTableId = id(call('CreateRouteTable', { VpcId: subnet.vpcId }), 'RouteTable', 'RouteTableId');
  call('AssociateRouteTable', { RouteTableId, SubnetId: subnet.id });
}

function detach(w: World, { vpc }: StepOf<'detach'>): void {
  const gateway = pick(w.all('internetGateway'), vpc);
  if (gateway?.vpcId == null) return;
  const given = { InternetGatewayId: gateway.id, VpcId: gateway.vpcId };
  w.for(gateway)('DetachInternetGateway', given);
}

function natGateway(w: World, { subnet: at, isPublic, from, destination }: StepOf<'natGateway'>): void {
  const subnet = pick(w.all('subnet'), at);
  if (subnet === undefined) return;
  w.settle();
  const call = w.for(subnet);
  const AllocationId = isPublic ? id(call('AllocateAddress', { Domain: 'vpc' }), 'AllocationId') : undefined;
  const kind = isPublic ? { AllocationId } : { ConnectivityType: 'private' };
  const made = call('CreateNatGateway', { SubnetId: subnet.id, ...kind });
  const NatGatewayId = id(made, 'NatGateway', 'NatGatewayId');
  w.settle();
  const other = pick(w.of('subnet', subnet.vpcId), from);
  if (other === undefined) return;
  const RouteTableId = id(call('CreateRouteTable', { VpcId: subnet.vpcId }), 'RouteTable', 'RouteTableId');
  call('AssociateRouteTable', { RouteTableId, SubnetId: other.id });
  call('CreateRoute', { RouteTableId, DestinationCidrBlock: destination, NatGatewayId });
}

function routeTarget(w: World, call: Call, vpcId: string, target: string, at: number): object | undefined {
  if (target === 'peering') {
    const own = w.all('vpcPeering').filter((each) => [each.requester.vpcId, each.accepter.vpcId].includes(vpcId));
    const peering = pick(own, at);
    return peering && { VpcPeeringConnectionId: peering.id };
  }
  if (target === 'natGateway') {
    const gateway = pick(
      w.all('natGateway').filter((each) => each.vpcId === vpcId),
      at,
    );
    return gateway && { NatGatewayId: gateway.id };
  }
  if (target === 'transitGateway') {
    const attached = pick(
      w.all('transitAttachment').filter((each) => each.target.kind === 'vpc' && each.target.vpcId === vpcId),
      at,
    );
    return attached && { TransitGatewayId: attached.transitGatewayId };
  }
  if (target === 'interface') {
    const port = pick(
      w.machinePorts().filter((each) => each.vpcId === vpcId),
      at,
    );
    return port && { NetworkInterfaceId: port.id };
  }
  if (target === 'internetGateway') {
    const gateway = w.of('internetGateway', vpcId)[0];
    return gateway && { GatewayId: gateway.id };
  }
  const made = call('CreateEgressOnlyInternetGateway', { VpcId: vpcId });
  return { EgressOnlyInternetGatewayId: id(made, 'EgressOnlyInternetGateway', 'EgressOnlyInternetGatewayId') };
}
