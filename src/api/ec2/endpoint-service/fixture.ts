/** For tests of endpoint services: a provider with a load balancer, a consumer in another account, endpoints between them. */
import { put } from '../../../model/edit.ts';
import type { LoadBalancer, VpcEndpoint } from '../../../model/resources.ts';
import { type Harness, harness, REGION } from '../../testing.ts';
import type { Input } from '../action.ts';
import { type Network, network } from '../endpoint/fixture.ts';

export const CONSUMER = '444455556666';
export const ROOT = `arn:aws:iam::${CONSUMER}:root`;

export interface Provider extends Network {
  /** Of the load balancer in both zones. */
  readonly arn: string;
}

export function provider(h: Harness = harness()): Provider {
  const n = network(h);
  return { ...n, arn: loadBalancer(n, 'front', [n.subnetA, n.subnetB]) };
}

/** The load balancer's own API is another service's: here it is there from the start. Again under its name: other subnets. */
export function loadBalancer(
  { h, vpcId }: Network,
  name: string,
  subnetIds: readonly string[],
  ipAddressType: LoadBalancer['ipAddressType'] = 'ipv4',
): string {
  const { account, region, now } = h.context;
  const id = `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/net/${name}/0123456789abcdef`;
  const zones = subnetIds.map((subnetId) => ({
    subnetId,
    zoneId: h.intent.table('subnet').get(subnetId)?.zoneId ?? '',
    interfaceId: `eni-${subnetId}`,
    fixedAddress: false,
    fixedIpv6Address: false,
  }));
  const resource: LoadBalancer = {
    kind: 'loadBalancer',
    id,
    account,
    region,
    tags: {},
    createdAt: now,
    name,
    scheme: 'internal',
    vpcId,
    zones,
    ipAddressType,
    groupIds: null,
    guardPrivateLink: true,
    attributes: {},
    changedRevision: 0,
  };
  h.intent.apply([put(resource)]);
  return id;
}

export function service(
  { h, arn }: Provider,
  input: Partial<Input<'CreateVpcEndpointServiceConfiguration'>> = {},
): { readonly id: string; readonly name: string } {
  const made = h.call('CreateVpcEndpointServiceConfiguration', { NetworkLoadBalancerArns: [arn], ...input });
  return { id: made.ServiceConfiguration.ServiceId, name: made.ServiceConfiguration.ServiceName };
}

export function allow({ h }: Provider, id: string, ...AddAllowedPrincipals: string[]): void {
  h.call('ModifyVpcEndpointServicePermissions', { ServiceId: id, AddAllowedPrincipals });
}

/** A network of the other account, in the same store. */
export function consumer({ h }: Provider, account = CONSUMER): Network {
  return network(h.as(account));
}

export function connect(
  n: Network,
  ServiceName: string,
  input: Partial<Input<'CreateVpcEndpoint'>> = {},
): { readonly id: string; readonly state: string } {
  const made = n.h.call('CreateVpcEndpoint', { VpcId: n.vpcId, VpcEndpointType: 'Interface', ServiceName, ...input });
  return { id: made.VpcEndpoint.VpcEndpointId, state: made.VpcEndpoint.State };
}

export function refusedConnect(
  n: Network,
  ServiceName: string,
  input: Partial<Input<'CreateVpcEndpoint'>> = {},
): string {
  return n.h.refusal('CreateVpcEndpoint', { VpcId: n.vpcId, VpcEndpointType: 'Interface', ServiceName, ...input });
}

/** The state as the consumer and as the provider see it; fails where they differ. */
export function state(p: Provider, n: Network, id: string): VpcEndpoint['acceptance'] | string {
  const seen = n.h.call('DescribeVpcEndpoints', { VpcEndpointIds: [id] }).VpcEndpoints[0].State;
  const connection = p.h
    .call('DescribeVpcEndpointConnections', {})
    .VpcEndpointConnections.find((each) => each.VpcEndpointId === id);
  if (connection?.VpcEndpointState !== seen) throw new Error(`${seen}, but ${connection?.VpcEndpointState}`);
  return seen;
}

export function accept({ h }: Provider, ServiceId: string, ...VpcEndpointIds: string[]) {
  return h.call('AcceptVpcEndpointConnections', { ServiceId, VpcEndpointIds }).Unsuccessful;
}

export function reject({ h }: Provider, ServiceId: string, ...VpcEndpointIds: string[]) {
  return h.call('RejectVpcEndpointConnections', { ServiceId, VpcEndpointIds }).Unsuccessful;
}

/** The kernel has everything that was asked for. */
export function settle({ h }: Network): void {
  h.facts.appliedRevision = h.intent.revision;
}

/** Puts a record of public DNS where the look-up finds it: in a hosted zone of the name's last two labels. */
export function publish({ h }: Provider, name: string, type: string, values: readonly string[]): void {
  const zone = name.split('.').slice(-2).join('.');
  const shared = { account: h.context.account, region: '', tags: {}, createdAt: h.context.now };
  h.intent.apply([
    put({
      ...shared,
      kind: 'hostedZone',
      id: `Z${zone}`,
      name: zone,
      callerReference: zone,
      comment: null,
      nameServers: [`ns.${zone}`],
    }),
    put({
      ...shared,
      kind: 'recordSet',
      id: `Z${zone}/${name}/${type}`,
      zoneId: `Z${zone}`,
      name,
      type,
      ttlSeconds: 300,
      values,
    }),
  ]);
}

export { REGION };
