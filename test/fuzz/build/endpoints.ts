/** Steps about endpoints of AWS's own services. */
import type { ResourceOf } from '../../../src/model/resources.ts';
import type { StepOf } from '../steps.ts';
import { type Call, pick, type World } from './world.ts';

export const endpointSteps = { endpoint, ipv6Endpoint, gatewayEndpoint, endpointChange };

function endpoint(w: World, step: StepOf<'endpoint'>): void {
  const vpc = pick(w.all('vpc'), step.vpc);
  if (vpc === undefined) return;
  const [group, subnets] = [pick(w.of('securityGroup', vpc.id), step.group), w.subnetsOf(vpc.id, step.subnets)];
  // Later than the first cases.
  const isForInbound = step.service === 's3' && (step.isForInbound ?? false);
  if (isForInbound) gatewayEndpoint(w, { kind: 'gatewayEndpoint', vpc: step.vpc, service: 's3', tables: 0 });
  w.for(vpc)('CreateVpcEndpoint', {
    ...{ VpcId: vpc.id, VpcEndpointType: 'Interface', ServiceName: `com.amazonaws.${vpc.region}.${step.service}` },
    SubnetIds: subnets,
    SecurityGroupIds: [group?.id],
    PrivateDnsEnabled: step.privateDns,
    ...(step.isDualstack && vpc.ipv6Cidrs.length > 0 && { IpAddressType: 'dualstack' }),
    ...(step.service === 's3' && { DnsOptions: { PrivateDnsOnlyForInboundResolverEndpoint: isForInbound } }),
  });
}

function ipv6Endpoint(w: World, { vpc: at, service, group }: StepOf<'ipv6Endpoint'>): void {
  const vpc = pick(w.all('vpc'), at);
  if (vpc === undefined || vpc.ipv6Cidrs.length === 0) return;
  w.for(vpc)('CreateVpcEndpoint', {
    ...{ VpcId: vpc.id, VpcEndpointType: 'Interface', ServiceName: `com.amazonaws.${vpc.region}.${service}` },
    SubnetIds: [w.subnetOfIpv6(vpc)],
    SecurityGroupIds: [pick(w.of('securityGroup', vpc.id), group)?.id],
    IpAddressType: 'ipv6',
    PrivateDnsEnabled: service !== 's3',
  });
}

function gatewayEndpoint(w: World, { vpc: at, service, tables }: StepOf<'gatewayEndpoint'>): void {
  const vpc = pick(w.all('vpc'), at);
  if (vpc === undefined) return;
  const own = w.of('routeTable', vpc.id);
  const RouteTableIds = own.filter((_, nth) => nth === 0 || (tables >> nth) % 2 === 0).map((each) => each.id);
  const ServiceName = `com.amazonaws.${vpc.region}.${service}`;
  w.for(vpc)('CreateVpcEndpoint', { VpcId: vpc.id, VpcEndpointType: 'Gateway', ServiceName, RouteTableIds });
}

function endpointChange(w: World, { endpoint: at, what, at: which }: StepOf<'endpointChange'>): void {
  const endpoint = pick(
    w.all('vpcEndpoint').filter(({ deletedRevision }) => deletedRevision === null),
    at,
  );
  if (endpoint === undefined) return;
  w.settle();
  const call = w.for(endpoint);
  if (what === 'delete') call('DeleteVpcEndpoints', { VpcEndpointIds: [endpoint.id] });
  else if (what === 'reject' || what === 'accept') answer(w, endpoint, what);
  else modify(w, call, endpoint, what, which);
  w.settle();
}

/** By the provider, whatever was said before. */
function answer(w: World, { id, serviceId }: ResourceOf<'vpcEndpoint'>, what: 'reject' | 'accept'): void {
  const service = w.all('endpointService').find((each) => each.id === serviceId);
  if (service === undefined) return;
  const operation = what === 'accept' ? 'AcceptVpcEndpointConnections' : 'RejectVpcEndpointConnections';
  w.for(service)(operation, { ServiceId: service.id, VpcEndpointIds: [id] });
}

function modify(w: World, call: Call, endpoint: ResourceOf<'vpcEndpoint'>, what: string, at: number): void {
  const { id: VpcEndpointId, vpcId, subnetIds, groupIds, routeTableIds } = endpoint;
  const others = (kind: 'subnet' | 'securityGroup' | 'routeTable', there: readonly string[]) =>
    [pick(w.of(kind, vpcId), at)?.id].filter((id) => id !== undefined && !there.includes(id));
  const change = {
    addSubnet: { AddSubnetIds: others('subnet', subnetIds) },
    removeSubnet: { RemoveSubnetIds: subnetIds.slice(0, 1) },
    addGroup: { AddSecurityGroupIds: others('securityGroup', groupIds) },
    removeGroup: { RemoveSecurityGroupIds: groupIds.slice(0, 1) },
    tables: { AddRouteTableIds: others('routeTable', routeTableIds), RemoveRouteTableIds: routeTableIds.slice(0, 1) },
    privateDns: { PrivateDnsEnabled: !endpoint.privateDns },
  }[what];
  call('ModifyVpcEndpoint', { VpcEndpointId, ...change });
}
