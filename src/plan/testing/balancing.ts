/** More of the small world: load balancers with what they send to, endpoint services, and endpoints that lead to these. */
import { loadBalancerArn, targetGroupArn } from '../../model/balancer-names.ts';
import { customerServiceName } from '../../model/endpoint-names.ts';
import type { Facts, TargetFact } from '../../model/facts.ts';
import { NO_FACTS } from '../../model/facts.ts';
import { fingerprint } from '../../model/fingerprint.ts';
import type {
  EndpointService,
  Instance,
  Listener,
  LoadBalancer,
  NetworkInterface,
  SecurityGroup,
  Subnet,
  Target,
  TargetGroup,
  Vpc,
  VpcEndpoint,
} from '../../model/resources.ts';
import { targetId } from '../../model/targets.ts';
import { ipTypesOf, type World } from './world.ts';

const serials = new WeakMap<World, number>();

/** For link addresses too: they only have to differ. */
function nextSerial(world: World): number {
  const next = (serials.get(world) ?? 1000) + 1;
  serials.set(world, next);
  return next;
}

export interface BalancerOptions {
  /** Absent: created without groups. */
  readonly groups?: readonly SecurityGroup[];
  readonly scheme?: LoadBalancer['scheme'];
  readonly guardPrivateLink?: boolean;
  readonly attributes?: LoadBalancer['attributes'];
  /** Of the nodes, in the order of the subnets; absent: it is not dualstack. */
  readonly ipv6?: readonly string[];
}

/** With a node in each subnet; an internet-facing one has public addresses. */
export function addBalancer(
  world: World,
  vpc: Vpc,
  name: string,
  subnets: readonly Subnet[],
  options: BalancerOptions = {},
): { readonly balancer: LoadBalancer; readonly nodes: readonly NetworkInterface[] } {
  const hash = fingerprint(world.resource('lb').id, 16);
  const id = loadBalancerArn(world, name, hash);
  const scheme = options.scheme ?? 'internal';
  const sorted = [...subnets].sort((a, b) => (a.zoneId < b.zoneId ? -1 : 1));
  const nodes = sorted.map((subnet) => {
    const nodeSerial = nextSerial(world);
    return world.interface(subnet, options.groups ?? [], {
      type: 'networkLoadBalancer',
      loadBalancerId: id,
      nodeSerial,
      ipv6Addresses: [options.ipv6?.[subnets.indexOf(subnet)] ?? []].flat(),
      publicAddress: scheme === 'internal' ? null : `198.18.${nodeSerial >> 8}.${nodeSerial & 255}`,
    });
  });
  const balancer = world.put<LoadBalancer>({
    ...world.resource('lb'),
    id,
    kind: 'loadBalancer',
    name,
    scheme,
    vpcId: vpc.id,
    zones: sorted.map((subnet, at) => ({
      subnetId: subnet.id,
      zoneId: subnet.zoneId,
      interfaceId: nodes[at]?.id ?? '',
      fixedAddress: false,
      fixedIpv6Address: false,
    })),
    ipAddressType: options.ipv6 === undefined ? 'ipv4' : 'dualstack',
    groupIds: options.groups?.map((group) => group.id) ?? null,
    guardPrivateLink: options.guardPrivateLink ?? true,
    attributes: options.attributes ?? {},
    changedRevision: 0,
  });
  return { balancer, nodes };
}

export function addTargetGroup(world: World, vpc: Vpc, name: string, more: Partial<TargetGroup> = {}): TargetGroup {
  return world.put<TargetGroup>({
    ...world.resource('tg'),
    id: targetGroupArn(world, name, fingerprint(world.resource('tg').id, 16)),
    kind: 'targetGroup',
    name,
    protocol: 'TCP',
    port: 80,
    vpcId: vpc.id,
    targetType: 'instance',
    ipAddressType: 'ipv4',
    healthCheck: {
      protocol: 'TCP',
      port: 'traffic-port',
      path: null,
      matcher: null,
      intervalSeconds: 30,
      timeoutSeconds: 10,
      healthyThreshold: 5,
      unhealthyThreshold: 2,
    },
    attributes: {},
    ...more,
  });
}

export function addListener(
  world: World,
  balancer: LoadBalancer,
  group: TargetGroup,
  port = 80,
  more: Partial<Listener> = {},
): Listener {
  return world.put<Listener>({
    ...world.resource('listener'),
    kind: 'listener',
    loadBalancerId: balancer.id,
    protocol: group.protocol,
    port,
    targetGroupId: group.id,
    certificateIds: [],
    sslPolicy: null,
    alpnPolicy: null,
    attributes: {},
    ...more,
  });
}

/** An instance, or an address with its zone id. */
export function addTarget(
  world: World,
  group: TargetGroup,
  what: Instance | { readonly address: string; readonly zoneId: string },
  more: Partial<Target> = {},
): Target {
  const isInstance = 'kind' in what;
  const id = isInstance ? what.id : what.address;
  const zoneId = isInstance ? (world.intent().table('subnet').get(what.subnetId)?.zoneId ?? '') : what.zoneId;
  return world.put<Target>({
    ...world.resource('target'),
    id: targetId(group.id, id, more.port ?? group.port),
    kind: 'target',
    targetGroupId: group.id,
    targetId: id,
    port: group.port,
    zoneId,
    deregisteredAt: null,
    cutRevision: null,
    ...more,
  });
}

export function addService(
  world: World,
  balancers: readonly LoadBalancer[],
  more: Partial<EndpointService> = {},
): EndpointService {
  return world.put<EndpointService>({
    ...world.resource('vpce-svc'),
    kind: 'endpointService',
    acceptanceRequired: true,
    loadBalancerIds: balancers.map(({ id }) => id),
    ipAddressTypes: balancers.every(({ ipAddressType }) => ipAddressType === 'dualstack') ? ['ipv4', 'ipv6'] : ['ipv4'],
    supportedRegions: [],
    zoneIds: [...new Set(balancers.flatMap(({ zones }) => zones.map(({ zoneId }) => zoneId)))].sort(),
    privateDnsName: null,
    payer: 'endpointOwner',
    changedRevision: 0,
    deletedRevision: null,
    deletedAt: null,
    ...more,
  });
}

/** Accepted unless `more` says otherwise; one interface in each subnet. `ipv6`: their addresses, of one that has any. */
export function addServiceEndpoint(
  world: World,
  vpc: Vpc,
  service: EndpointService,
  subnets: readonly Subnet[],
  groups: readonly SecurityGroup[],
  more: Partial<VpcEndpoint> = {},
  ipv6: readonly string[] = [],
): { readonly endpoint: VpcEndpoint; readonly interfaces: readonly NetworkInterface[] } {
  const base = world.resource('vpce');
  const endpoint = world.put<VpcEndpoint>({
    ...base,
    kind: 'vpcEndpoint',
    type: 'Interface',
    vpcId: vpc.id,
    serviceName: customerServiceName(service.id, service.region),
    serviceRegion: service.region,
    routeTableIds: [],
    linkSerial: null,
    subnetIds: subnets.map(({ id }) => id),
    groupIds: groups.map(({ id }) => id),
    policy: null,
    privateDns: false,
    inboundOnly: false,
    privateDnsName: null,
    ...ipTypesOf(subnets, ipv6),
    serviceId: service.id,
    connectionId: world.resource('vpce-con').id,
    acceptance: 'accepted',
    dnsSuffix: fingerprint(base.id, 8),
    changedRevision: 0,
    deletedRevision: null,
    deletedAt: null,
    ...more,
  });
  const interfaces = subnets.map((subnet, at) =>
    world.interface(subnet, groups, {
      ipv6Addresses: ipv6.slice(at, at + 1),
      type: 'vpcEndpoint',
      vpcEndpointId: endpoint.id,
      linkSerial: nextSerial(world),
    }),
  );
  return { endpoint, interfaces };
}

/** Facts of targets' health; those not named were not checked yet. */
export function healthOf(healthy: readonly Target[], unhealthy: readonly Target[] = []): Facts {
  const good: TargetFact = { state: 'healthy', reason: null };
  const bad: TargetFact = { state: 'unhealthy', reason: 'Target.FailedHealthChecks' };
  return {
    ...NO_FACTS,
    targets: new Map([
      ...healthy.map(({ id }) => [id, good] as const),
      ...unhealthy.map(({ id }) => [id, bad] as const),
    ]),
  };
}
