/** Steps about load balancers, and the endpoint services before them with their consumers. */
import { put } from '../../../src/model/edit.ts';
import type { ResourceOf } from '../../../src/model/resources.ts';
import { targetId } from '../../../src/model/targets.ts';
import type { StepOf } from '../steps.ts';
import { type Call, id, pick, type World } from './world.ts';

export const balancerSteps = { balancer, balancerChange };

function balancer(w: World, step: StepOf<'balancer'>): void {
  const vpc = pick(w.all('vpc'), step.vpc);
  if (vpc === undefined) return;
  const call = w.for(vpc);
  const groups = w.of('securityGroup', vpc.id);
  const count = { none: 0, one: 1, two: 2 }[step.groups] ?? 0;
  const SecurityGroups = [...new Set(groups.slice(step.group % groups.length).map(({ id }) => id))].slice(0, count);
  const number = w.nextNumber();
  const isPublic = step.isPublic && w.of('internetGateway', vpc.id).length > 0;
  const isDualstack = step.isDualstack && vpc.ipv6Cidrs.length > 0;
  const made = call('CreateLoadBalancer', {
    ...{ Name: `lb${number}`, Type: 'network', Scheme: isPublic ? 'internet-facing' : 'internal' },
    Subnets: w.subnetsOf(vpc.id, step.subnets),
    ...(count > 0 && { SecurityGroups }),
    ...(isDualstack && { IpAddressType: 'dualstack' }),
  });
  const LoadBalancerArn = id(made, 'LoadBalancers', 'LoadBalancerArn');
  if (LoadBalancerArn === '') return;
  if (count > 0 && !step.guardPrivateLink) {
    const off = { EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off' };
    call('SetSecurityGroups', { LoadBalancerArn, SecurityGroups, ...off });
  }
  const crossZone = { Key: 'load_balancing.cross_zone.enabled', Value: String(step.crossZone) };
  call('ModifyLoadBalancerAttributes', { LoadBalancerArn, Attributes: [crossZone] });
  for (const [nth, listener] of step.listeners.entries())
    makeListener(w, call, vpc.id, LoadBalancerArn, `tg${number}x${nth}`, listener);
  const NetworkLoadBalancerArns = [LoadBalancerArn];
  const { acceptanceRequired: AcceptanceRequired } = step;
  const SupportedIpAddressTypes = isDualstack ? ['ipv4', 'ipv6'] : ['ipv4'];
  const consumers = step.consumers.flatMap(({ vpc: there }) => pick(w.all('vpc'), there) ?? []);
  const regions = [...new Set(consumers.map(({ region }) => region))].filter((region) => region !== vpc.region);
  const service = call('CreateVpcEndpointServiceConfiguration', {
    ...{ NetworkLoadBalancerArns, AcceptanceRequired, SupportedIpAddressTypes },
    ...(regions.length > 0 && { SupportedRegions: regions }),
  });
  const ServiceId = id(service, 'ServiceConfiguration', 'ServiceId');
  const ServiceName = id(service, 'ServiceConfiguration', 'ServiceName');
  call('ModifyVpcEndpointServicePermissions', { ServiceId, AddAllowedPrincipals: ['*'] });
  if (step.hasPrivateName) privateName(w, call, ServiceId);
  for (const consumer of step.consumers) {
    const there = pick(w.all('vpc'), consumer.vpc);
    if (there === undefined) continue;
    const hasIpv6 = isDualstack && there.ipv6Cidrs.length > 0;
    const addresses = hasIpv6 ? consumer.addresses : 'ipv4';
    const VpcEndpointId = id(
      w.for(there)('CreateVpcEndpoint', {
        ...{ VpcId: there.id, VpcEndpointType: 'Interface', ServiceName, IpAddressType: addresses },
        ...(there.region !== vpc.region && { ServiceRegion: vpc.region }),
        SubnetIds: addresses === 'ipv6' ? [w.subnetOfIpv6(there)] : w.subnetsOf(there.id, consumer.subnets),
        SecurityGroupIds: [pick(w.of('securityGroup', there.id), consumer.group)?.id],
      }),
      ...['VpcEndpoint', 'VpcEndpointId'],
    );
    if (consumer.answer === 'none') continue;
    const operation = consumer.answer === 'accept' ? 'AcceptVpcEndpointConnections' : 'RejectVpcEndpointConnections';
    call(operation, { ServiceId, VpcEndpointIds: [VpcEndpointId] });
    w.settle();
    if (step.hasPrivateName) w.for(there)('ModifyVpcEndpoint', { VpcEndpointId, PrivateDnsEnabled: true });
  }
}

/** Verified by a record in a public zone. */
function privateName(w: World, call: Call, ServiceId: string): void {
  const number = w.nextNumber();
  const [Name, PrivateDnsName] = [`shop${number}.test`, `api.shop${number}.test`];
  call('ModifyVpcEndpointServiceConfiguration', { ServiceId, PrivateDnsName });
  const made = call('CreateHostedZone', { Name, CallerReference: `r${number}` });
  const HostedZoneId = id(made, 'HostedZone', 'Id').replace('/hostedzone/', '');
  const told = call('DescribeVpcEndpointServiceConfigurations', { ServiceIds: [ServiceId] });
  const [service] = (told.ServiceConfigurations ?? []) as { PrivateDnsNameConfiguration?: Record<string, string> }[];
  const { Name: label, Value } = service?.PrivateDnsNameConfiguration ?? {};
  const ResourceRecords = [{ Value: `"${Value}"` }];
  const ResourceRecordSet = { Name: `${label}.${Name}`, Type: 'TXT', TTL: 60, ResourceRecords };
  call('ChangeResourceRecordSets', {
    HostedZoneId,
    ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet }] },
  });
  call('StartVpcEndpointServicePrivateDnsVerification', { ServiceId });
}

function makeListener(
  w: World,
  call: Call,
  VpcId: string,
  LoadBalancerArn: string,
  Name: string,
  seed: StepOf<'balancer'>['listeners'][number],
): void {
  const { protocol: Protocol, targetType: TargetType, targetPort: Port } = seed;
  const family = seed.isIpv6 ? { IpAddressType: 'ipv6' } : {};
  const made = call('CreateTargetGroup', { Name, Protocol, Port, VpcId, TargetType, ...family });
  const TargetGroupArn = id(made, 'TargetGroups', 'TargetGroupArn');
  const attributes = {
    ...(seed.preserve !== 'default' && { 'preserve_client_ip.enabled': seed.preserve }),
    ...(seed.proxyProtocol && { 'proxy_protocol_v2.enabled': 'true' }),
  };
  const Attributes = Object.entries(attributes).map(([Key, Value]) => ({ Key, Value }));
  if (Attributes.length > 0) call('ModifyTargetGroupAttributes', { TargetGroupArn, Attributes });
  for (const target of seed.targets) register(w, call, TargetGroupArn, target);
  const DefaultActions = [{ Type: 'forward', TargetGroupArn }];
  const Certificates = Protocol === 'TLS' ? [{ CertificateArn: certificate(w, LoadBalancerArn) }] : undefined;
  call('CreateListener', {
    ...{ LoadBalancerArn, Protocol, Port: seed.port, DefaultActions },
    ...(Certificates && { Certificates }),
  });
}

/** One that is there, of the load balancer's account: nobody looks into it here. */
function certificate(w: World, of: string): string {
  const { account = '', region = '', createdAt = '' } = w.all('loadBalancer').find(({ id }) => id === of) ?? {};
  const id = `arn:aws:acm:${region}:${account}:certificate/${w.nextNumber()}`;
  const content = { certificate: '', privateKey: '', chain: null, importedAt: createdAt };
  w.root.intent.apply([put({ kind: 'certificate', id, account, region, tags: {}, createdAt, ...content })]);
  return id;
}

type Target = StepOf<'balancer'>['listeners'][number]['targets'][number];

function register(w: World, call: Call, TargetGroupArn: string, { instance: at, health, isAny }: Target): void {
  const group = w.all('targetGroup').find(({ id }) => id === TargetGroupArn);
  if (group === undefined) return;
  const instances = w.all('instance').filter(({ vpcId }) => vpcId === group.vpcId);
  const instance = pick(instances, at);
  const ports = w.all('networkInterface').filter(({ attachment }) => isAny || attachment?.instanceId === instance?.id);
  const port = pick(ports, isAny ? at : 0);
  const address = (group.ipAddressType === 'ipv6' ? port?.ipv6Addresses : port?.addresses)?.[0];
  const Id = group.targetType === 'instance' ? instance?.id : address;
  if (Id === undefined) return;
  const isOutside = group.targetType === 'ip' && port?.vpcId !== group.vpcId;
  call('RegisterTargets', { TargetGroupArn, Targets: [{ Id, ...(isOutside && { AvailabilityZone: 'all' }) }] });
  judge(w, targetId(TargetGroupArn, Id, group.port), health);
}

/** What health checks say of it. */
function judge(w: World, target: string, health: string): void {
  const { targets } = w.root.facts;
  if (health === 'initial') targets.delete(target);
  else if (health === 'healthy') targets.set(target, { state: 'healthy', reason: null });
  else targets.set(target, { state: 'unhealthy', reason: 'Target.FailedHealthChecks' });
}

function balancerChange(w: World, { balancer: at, what, at: which, second }: StepOf<'balancerChange'>): void {
  const balancer = pick(w.all('loadBalancer'), at);
  if (balancer === undefined) return;
  CHANGES[what](w, balancer, which, second);
  w.settle();
}

type Change = (w: World, balancer: ResourceOf<'loadBalancer'>, at: number, second: number) => void;

const CHANGES: { readonly [K in StepOf<'balancerChange'>['what']]: Change } = {
  deregister(w, balancer, at) {
    const target = pick(targetsOf(w, balancer), at);
    if (target === undefined) return;
    const Targets = [{ Id: target.targetId, Port: target.port }];
    w.for(balancer)('DeregisterTargets', { TargetGroupArn: target.targetGroupId, Targets });
  },
  register(w, balancer, at, second) {
    const listener = pick(listenersOf(w, balancer), at);
    if (listener === undefined) return;
    const target = { instance: second, health: 'healthy', isAny: false } as const;
    register(w, w.for(balancer), listener.targetGroupId, target);
  },
  health(w, balancer, at, second) {
    const target = pick(targetsOf(w, balancer), at);
    if (target !== undefined) judge(w, target.id, pick(['healthy', 'unhealthy', 'initial'], second) ?? '');
  },
  deleteListener(w, balancer, at) {
    const listener = pick(listenersOf(w, balancer), at);
    if (listener !== undefined) w.for(balancer)('DeleteListener', { ListenerArn: listener.id });
  },
  groups(w, balancer, at, second) {
    const own = w.of('securityGroup', balancer.vpcId);
    const SecurityGroups = [...new Set([pick(own, at)?.id, pick(own, second)?.id])];
    w.for(balancer)('SetSecurityGroups', { LoadBalancerArn: balancer.id, SecurityGroups });
  },
  guard(w, balancer, at) {
    const EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic = at % 2 === 0 ? 'on' : 'off';
    const given = { LoadBalancerArn: balancer.id, SecurityGroups: balancer.groupIds ?? [] };
    w.for(balancer)('SetSecurityGroups', { ...given, EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic });
  },
  subnets(w, balancer, at) {
    const Subnets = w.subnetsOf(balancer.vpcId, at);
    w.for(balancer)('SetSubnets', { LoadBalancerArn: balancer.id, Subnets });
  },
  crossZone(w, balancer, at) {
    const Attributes = [{ Key: 'load_balancing.cross_zone.enabled', Value: String(at % 2 === 0) }];
    w.for(balancer)('ModifyLoadBalancerAttributes', { LoadBalancerArn: balancer.id, Attributes });
  },
  preserve(w, balancer, at, second) {
    const listener = pick(listenersOf(w, balancer), at);
    if (listener === undefined) return;
    const Attributes = [{ Key: 'preserve_client_ip.enabled', Value: String(second % 2 === 0) }];
    w.for(balancer)('ModifyTargetGroupAttributes', { TargetGroupArn: listener.targetGroupId, Attributes });
  },
  delete(w, balancer) {
    const call = w.for(balancer);
    for (const service of w.all('endpointService')) {
      if (!service.loadBalancerIds.includes(balancer.id)) continue;
      call('DeleteVpcEndpointServiceConfigurations', { ServiceIds: [service.id] });
    }
    w.settle();
    call('DeleteLoadBalancer', { LoadBalancerArn: balancer.id });
  },
};

/** Of the account's other load balancers, where it has none. */
function listenersOf(w: World, { id, account, region }: ResourceOf<'loadBalancer'>): readonly ResourceOf<'listener'>[] {
  const all = w.all('listener').filter((each) => each.account === account && each.region === region);
  const own = all.filter(({ loadBalancerId }) => loadBalancerId === id);
  return own.length > 0 ? own : all;
}

function targetsOf(w: World, balancer: ResourceOf<'loadBalancer'>): readonly ResourceOf<'target'>[] {
  const groups = new Set(listenersOf(w, balancer).map(({ targetGroupId }) => targetGroupId));
  return w.all('target').filter(({ targetGroupId }) => groups.has(targetGroupId));
}
