/**
 * AWS's metrics of what is metered: namespaces, names, units, and under which combinations of dimensions each is published. A metric
 * that nothing counts is not here. https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-cloudwatch-metrics.html,
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-cloudwatch-metrics.html,
 * https://docs.aws.amazon.com/vpc/latest/userguide/metrics-dimensions-nat-gateway.html
 */
import type { Field, MeteredLately, Subject } from '../../model/metrics.ts';
import { ALL_ZONES } from '../../model/targets.ts';
import { zoneName } from '../../model/zones.ts';
import type { Context } from '../action.ts';

export interface Metric {
  readonly namespace: string;
  readonly name: string;
  /** Sorted by name. */
  readonly dimensions: readonly Dimension[];
  readonly unit: 'Bytes' | 'Count';
  /** Whose points it is made of, and of which fields: all added up. */
  readonly keys: readonly string[];
  readonly fields: readonly Field[];
  /** When it last had a point, milliseconds since 1970. */
  readonly latest: number;
}

export interface Dimension {
  readonly Name: string;
  readonly Value: string;
}

type Named = readonly [name: string, unit: Metric['unit'], fields: readonly Field[]];

/** One series as one account sees it: metrics under each of some combinations of dimensions. */
interface Published {
  readonly account: string;
  readonly region: string;
  readonly namespace: string;
  readonly metrics: readonly Named[];
  readonly combinations: readonly Readonly<Record<string, string>>[];
}

const BYTES: readonly Field[] = ['forwardBytes', 'backBytes'];
const PACKETS: readonly Field[] = ['forwardPackets', 'backPackets'];

const OF_ENDPOINTS: readonly Named[] = [
  ['ActiveConnections', 'Count', ['activeConnections']],
  ['BytesProcessed', 'Bytes', BYTES],
  ['NewConnections', 'Count', ['newConnections']],
  ['PacketsDropped', 'Count', ['droppedPackets']],
  ['RstPacketsReceived', 'Count', ['backResets']],
];
const OF_SERVICES: readonly Named[] = [
  ['ActiveConnections', 'Count', ['activeConnections']],
  ['BytesProcessed', 'Bytes', BYTES],
  ['NewConnections', 'Count', ['newConnections']],
  ['RstPacketsSent', 'Count', ['backResets']],
];
const OF_BALANCERS: readonly Named[] = [
  ['ActiveFlowCount', 'Count', ['activeConnections']],
  ['NewFlowCount', 'Count', ['newConnections']],
  ['ProcessedBytes', 'Bytes', BYTES],
  ['ProcessedPackets', 'Count', PACKETS],
  ['TCP_Client_Reset_Count', 'Count', ['forwardResets']],
  ['TCP_Target_Reset_Count', 'Count', ['backResets']],
];
const OF_TARGETS: readonly Named[] = [
  ['HealthyHostCount', 'Count', ['healthyTargets']],
  ['UnHealthyHostCount', 'Count', ['unhealthyTargets']],
];
/** Translation changes addresses and no sizes: what comes in on one side goes out on the other. */
const OF_NAT_GATEWAYS: readonly Named[] = [
  ['ActiveConnectionCount', 'Count', ['activeConnections']],
  ['BytesInFromDestination', 'Bytes', ['backBytes']],
  ['BytesInFromSource', 'Bytes', ['forwardBytes']],
  ['BytesOutToDestination', 'Bytes', ['forwardBytes']],
  ['BytesOutToSource', 'Bytes', ['backBytes']],
  ['ConnectionAttemptCount', 'Count', ['newConnections']],
  ['PacketsInFromDestination', 'Count', ['backPackets']],
  ['PacketsInFromSource', 'Count', ['forwardPackets']],
  ['PacketsOutToDestination', 'Count', ['forwardPackets']],
  ['PacketsOutToSource', 'Count', ['backPackets']],
];

function published({ account, region, subject }: MeteredLately): readonly Published[] {
  const own = { account, region };
  switch (subject.kind) {
    case 'endpoint': {
      const of = {
        'Endpoint Type': subject.type,
        'Service Name': subject.serviceName,
        'VPC Endpoint Id': subject.vpcEndpointId,
        'VPC Id': subject.vpcId,
      };
      const combinations = subject.subnetId === null ? [of] : [of, { ...of, 'Subnet Id': subject.subnetId }];
      const consumer = { ...own, namespace: 'AWS/PrivateLinkEndpoints', metrics: OF_ENDPOINTS, combinations };
      return subject.service === null ? [consumer] : [consumer, provided(subject.vpcEndpointId, subject.service)];
    }
    case 'service': {
      const combinations = [{ 'Service Id': subject.serviceId }];
      const metrics: readonly Named[] = [['EndpointsCount', 'Count', ['endpoints']]];
      return [{ ...own, namespace: 'AWS/PrivateLinkServices', metrics, combinations }];
    }
    case 'balancer': {
      const of = { LoadBalancer: resourceName(subject.loadBalancerId) };
      const combinations = [of, { ...of, AvailabilityZone: zoneName(account, subject.zoneId) }];
      return [{ ...own, namespace: 'AWS/NetworkELB', metrics: OF_BALANCERS, combinations }];
    }
    case 'targets': {
      const of = {
        LoadBalancer: resourceName(subject.loadBalancerId),
        TargetGroup: resourceName(subject.targetGroupId),
      };
      const zone = subject.zoneId === ALL_ZONES ? null : zoneName(account, subject.zoneId);
      const combinations = zone === null ? [of] : [of, { ...of, AvailabilityZone: zone }];
      return [{ ...own, namespace: 'AWS/NetworkELB', metrics: OF_TARGETS, combinations }];
    }
    case 'nat': {
      const combinations = [{ NatGatewayId: subject.natGatewayId }];
      return [{ ...own, namespace: 'AWS/NATGateway', metrics: OF_NAT_GATEWAYS, combinations }];
    }
    case 'link':
      return [];
  }
}

type Service = NonNullable<Extract<Subject, { kind: 'endpoint' }>['service']>;

/** An endpoint's traffic as its provider sees it. */
function provided(vpcEndpointId: string, { id, account, region, loadBalancerId, zoneId }: Service): Published {
  const of = { 'Service Id': id };
  const zone = { Az: zoneName(account, zoneId) };
  const balancer = { 'Load Balancer Arn': loadBalancerId };
  return {
    account,
    region,
    namespace: 'AWS/PrivateLinkServices',
    metrics: OF_SERVICES,
    combinations: [
      of,
      { ...of, ...zone },
      { ...of, ...balancer },
      { ...of, ...zone, ...balancer },
      { ...of, 'VPC Endpoint Id': vpcEndpointId },
    ],
  };
}

/** "net/front/0123456789abcdef", "targetgroup/web/0123456789abcdef". */
function resourceName(arn: string): string {
  return arn.slice(arn.lastIndexOf(':') + 1).replace(/^loadbalancer\//, '');
}

/** Those of one account in one Region, by namespace, name and dimensions. */
export function metricsOf(
  metered: readonly MeteredLately[],
  { account, region }: Pick<Context, 'account' | 'region'>,
): readonly Metric[] {
  const found = new Map<string, Metric>();
  for (const each of metered) {
    for (const { namespace, metrics, combinations, ...owner } of published(each)) {
      if (owner.account !== account || owner.region !== region) continue;
      for (const [name, unit, fields] of metrics) {
        if (!fields.some((field) => each.fields.includes(field))) continue;
        for (const combination of combinations) {
          const dimensions = sorted(Object.entries(combination).map(([Name, Value]) => ({ Name, Value })));
          const id = idOf({ namespace, name, dimensions });
          const before = found.get(id);
          found.set(id, {
            ...{ namespace, name, dimensions, unit, fields },
            keys: [...(before?.keys ?? []), each.key],
            latest: Math.max(before?.latest ?? 0, each.latest),
          });
        }
      }
    }
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, metric]) => metric);
}

export interface Asked {
  readonly namespace: string;
  readonly name: string;
  readonly dimensions: readonly Dimension[];
}

/** The one metric with exactly these dimensions; undefined: it has never had a point. Looks at no other resource than these name. */
export function findMetric(context: Context, asked: Asked): Metric | undefined {
  const value = (name: string) => asked.dimensions.find(({ Name }) => Name === name)?.Value;
  const balancer = value('LoadBalancer');
  const { account, region } = context;
  const named =
    balancer === undefined
      ? (value('VPC Endpoint Id') ?? value('Service Id') ?? value('NatGatewayId'))
      : `arn:aws:elasticloadbalancing:${region}:${account}:loadbalancer/${balancer}`;
  if (named === undefined) return undefined;
  const id = idOf({ ...asked, dimensions: sorted(asked.dimensions) });
  return metricsOf(context.metrics.about(named), context).find((metric) => idOf(metric) === id);
}

export function idOf({ namespace, name, dimensions }: Asked): string {
  return JSON.stringify([namespace, name, ...dimensions.map(({ Name, Value }) => [Name, Value])]);
}

function sorted(dimensions: readonly Dimension[]): readonly Dimension[] {
  return dimensions.toSorted((a, b) => (a.Name < b.Name ? -1 : 1));
}
