/** Steps about names: private zones, resolver endpoints and rules, DNS attributes. */
import type { ResourceOf } from '../../../src/model/resources.ts';
import type { StepOf } from '../steps.ts';
import { id, pick, type World } from './world.ts';

export const nameSteps = { zone, record, resolver, dns };

function zone(w: World, { vpc: at, second, name, record, type }: StepOf<'zone'>): void {
  const vpc = pick(w.all('vpc'), at);
  if (vpc === undefined) return;
  const call = w.for(vpc);
  const place = ({ id: VPCId, region: VPCRegion }: ResourceOf<'vpc'>) => ({ VPC: { VPCRegion, VPCId } });
  const number = w.nextNumber();
  const made = call('CreateHostedZone', { Name: name, CallerReference: `r${number}`, ...place(vpc) });
  const HostedZoneId = id(made, 'HostedZone', 'Id').replace('/hostedzone/', '');
  const other = second === null ? undefined : pick(w.all('vpc'), second);
  if (other !== undefined) call('AssociateVPCWithHostedZone', { HostedZoneId, ...place(other) });
  const Value = type === 'A' ? `192.0.2.${number % 250}` : 'www.corp.test';
  const ResourceRecordSet = { Name: `${record}${name}`, Type: type, TTL: 60, ResourceRecords: [{ Value }] };
  call('ChangeResourceRecordSets', {
    HostedZoneId,
    ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet }] },
  });
}

/** In a zone that is there; an alias to what has names of its own; or it goes, as it was. */
function record(w: World, { zone: at, name, type, at: which, isGone }: StepOf<'record'>): void {
  const zone = pick(w.all('hostedZone'), at);
  if (zone === undefined) return;
  const call = w.for(zone);
  const own = w.all('recordSet').filter(({ zoneId, type: kind }) => zoneId === zone.id && kind !== 'SOA');
  const there = pick(own, which);
  const change = (Action: string, ResourceRecordSet: object) =>
    call('ChangeResourceRecordSets', {
      HostedZoneId: zone.id,
      ChangeBatch: { Changes: [{ Action, ResourceRecordSet }] },
    });
  if (isGone && there?.alias === undefined && there !== undefined) {
    const ResourceRecords = there.values.map((Value) => ({ Value }));
    change('DELETE', { Name: there.name, Type: there.type, TTL: there.ttlSeconds, ResourceRecords });
    return;
  }
  const Name = `${name}${zone.name}`;
  if (type === 'endpoint' || type === 'balancer') {
    const target = aliasTarget(w, type, which);
    const AliasTarget = { ...target, EvaluateTargetHealth: false };
    if (target !== undefined) change('UPSERT', { Name, Type: which % 3 === 2 ? 'AAAA' : 'A', AliasTarget });
    return;
  }
  const Value = {
    A: `192.0.2.${which}`,
    AAAA: `2001:db8::${which + 1}`,
    CNAME: `ns.${zone.name}`,
    NS: 'ns.elsewhere.test',
  }[type];
  change('UPSERT', { Name, Type: type, TTL: 60, ResourceRecords: [{ Value }] });
}

function aliasTarget(w: World, type: 'endpoint' | 'balancer', at: number): object | undefined {
  if (type === 'endpoint') {
    const endpoint = pick(w.all('vpcEndpoint'), at);
    if (endpoint === undefined) return undefined;
    const told = w.for(endpoint)('DescribeVpcEndpoints', { VpcEndpointIds: [endpoint.id] });
    const path = ['VpcEndpoints', 'DnsEntries'] as const;
    return { DNSName: id(told, ...path, 'DnsName'), HostedZoneId: id(told, ...path, 'HostedZoneId') };
  }
  const balancer = pick(w.all('loadBalancer'), at);
  if (balancer === undefined) return undefined;
  const told = w.for(balancer)('DescribeLoadBalancers', { LoadBalancerArns: [balancer.id] });
  return {
    DNSName: id(told, 'LoadBalancers', 'DNSName'),
    HostedZoneId: id(told, 'LoadBalancers', 'CanonicalHostedZoneId'),
  };
}

function resolver(w: World, { direction, vpc: at, subnets, group, domain, target, second }: StepOf<'resolver'>): void {
  const vpc = pick(w.all('vpc'), at);
  if (vpc === undefined) return;
  const call = w.for(vpc);
  const CreatorRequestId = `r${w.nextNumber()}`;
  const [first = '', last = first] = w.subnetsOf(vpc.id, subnets);
  const made = call('CreateResolverEndpoint', {
    ...{ CreatorRequestId, Direction: direction },
    SecurityGroupIds: [pick(w.of('securityGroup', vpc.id), group)?.id],
    IpAddresses: [{ SubnetId: first }, { SubnetId: last }],
  });
  const ResolverEndpointId = id(made, 'ResolverEndpoint', 'Id');
  w.settle();
  const asked = pick(w.machinePorts(), target)?.addresses[0];
  if (direction === 'INBOUND' || asked === undefined) return;
  const rule = call('CreateResolverRule', {
    ...{ CreatorRequestId, RuleType: 'FORWARD', DomainName: domain, ResolverEndpointId },
    TargetIps: [{ Ip: asked }],
  });
  const ResolverRuleId = id(rule, 'ResolverRule', 'Id');
  for (const VPCId of new Set([vpc.id, pick(w.all('vpc'), second)?.id])) {
    call('AssociateResolverRule', { ResolverRuleId, VPCId });
  }
  w.settle();
}

function dns(w: World, { vpc: at, attribute }: StepOf<'dns'>): void {
  const vpc = pick(w.all('vpc'), at);
  if (vpc !== undefined) w.for(vpc)('ModifyVpcAttribute', { VpcId: vpc.id, [attribute]: { Value: false } });
}
