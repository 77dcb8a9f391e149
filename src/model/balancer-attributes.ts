/**
 * Attributes of load balancers, target groups and listeners: AWS's keys with their defaults, and what they mean. Stored is
 * only what a customer set; describing and compiling both read it through this file, so that they cannot differ.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html
 */
import type { Listener, LoadBalancer, TargetGroup } from './resources.ts';

type Attributes = Readonly<Record<string, string>>;

const IDLE = 'tcp.idle_timeout.seconds';
/** What AWS fixes for flows that the attribute is not for. */
const TLS_IDLE_SECONDS = 350;
const UDP_IDLE_SECONDS = 120;

/** Every attribute of a network load balancer with the value that is in force, in the order of its key. */
export function loadBalancerAttributes(balancer: Pick<LoadBalancer, 'attributes' | 'scheme'>): Attributes {
  return sorted({
    'access_logs.s3.bucket': '',
    'access_logs.s3.enabled': 'false',
    'access_logs.s3.prefix': '',
    'deletion_protection.enabled': 'false',
    'dns_record.client_routing_policy': 'any_availability_zone',
    'ipv6.deny_all_igw_traffic': String(balancer.scheme === 'internal'),
    'load_balancing.cross_zone.enabled': 'false',
    'secondary_ips.auto_assigned.per_subnet': '0',
    'zonal_shift.config.enabled': 'false',
    ...balancer.attributes,
  });
}

const ROUTING_POLICY = 'dns_record.client_routing_policy';

/** In what share of their questions clients are answered the nodes of their own zone alone. */
export const ZONE_AFFINITY: Readonly<Record<string, number>> = {
  any_availability_zone: 0,
  partial_availability_zone_affinity: 0.85,
  availability_zone_affinity: 1,
};

export function zoneAffinity(balancer: Pick<LoadBalancer, 'attributes' | 'scheme'>): number {
  return ZONE_AFFINITY[loadBalancerAttributes(balancer)[ROUTING_POLICY] ?? ''] ?? 0;
}

export function isProtected(balancer: LoadBalancer): boolean {
  return loadBalancerAttributes(balancer)['deletion_protection.enabled'] === 'true';
}

export function targetGroupAttributes(group: Pick<TargetGroup, 'attributes' | 'protocol' | 'targetType'>): Attributes {
  const isUdp = takesUdp(group);
  return sorted({
    'deregistration_delay.connection_termination.enabled': String(isUdp),
    'deregistration_delay.timeout_seconds': '300',
    'load_balancing.cross_zone.enabled': 'use_load_balancer_configuration',
    'preserve_client_ip.enabled': String(isUdp || group.targetType === 'instance'),
    'proxy_protocol_v2.enabled': 'false',
    'stickiness.enabled': 'false',
    'stickiness.type': 'source_ip',
    'target_group_health.dns_failover.minimum_healthy_targets.count': '1',
    'target_group_health.dns_failover.minimum_healthy_targets.percentage': 'off',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '1',
    'target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage': 'off',
    'target_health_state.unhealthy.connection_termination.enabled': String(!isUdp),
    'target_health_state.unhealthy.draining_interval_seconds': '0',
    ...group.attributes,
  });
}

/** Whether UDP goes through the group: AWS then forces some of its attributes. */
export function takesUdp({ protocol }: Pick<TargetGroup, 'protocol'>): boolean {
  return protocol === 'UDP' || protocol === 'TCP_UDP';
}

/** A target group's attributes as they act. */
export interface GroupSettings {
  readonly deregistrationDelaySeconds: number;
  /** Flows to a deregistered target are cut when its delay has passed. */
  readonly cutsDeregistered: boolean;
  /** Flows to a target are cut when it is unhealthy: at once, or after it has drained. */
  readonly cutsUnhealthy: boolean;
  /** How long an unhealthy target drains; 0: not at all. */
  readonly unhealthyDrainingSeconds: number;
  /** Of what does not come through PrivateLink: there the node's address is always the source. */
  readonly preserveClientAddress: boolean;
  readonly proxyProtocol: boolean;
  readonly stickiness: 'none' | 'source';
}

export function groupSettings(group: TargetGroup): GroupSettings {
  const value = targetGroupAttributes(group);
  const cutsAtOnce = value['target_health_state.unhealthy.connection_termination.enabled'] === 'true';
  const unhealthyDrainingSeconds = Number(value['target_health_state.unhealthy.draining_interval_seconds']);
  return {
    deregistrationDelaySeconds: Number(value['deregistration_delay.timeout_seconds']),
    cutsDeregistered: value['deregistration_delay.connection_termination.enabled'] === 'true',
    cutsUnhealthy: cutsAtOnce || unhealthyDrainingSeconds > 0,
    unhealthyDrainingSeconds: cutsAtOnce ? 0 : unhealthyDrainingSeconds,
    preserveClientAddress: value['preserve_client_ip.enabled'] === 'true',
    proxyProtocol: value['proxy_protocol_v2.enabled'] === 'true',
    stickiness: value['stickiness.enabled'] === 'true' ? 'source' : 'none',
  };
}

/** Whether a node sends to targets of other zones: the group's own word comes before the load balancer's. */
export function isCrossZone(balancer: LoadBalancer, group: TargetGroup): boolean {
  const key = 'load_balancing.cross_zone.enabled';
  const own = targetGroupAttributes(group)[key];
  return (own === 'use_load_balancer_configuration' ? loadBalancerAttributes(balancer)[key] : own) === 'true';
}

/** TLS and UDP listeners have no attribute: their timeouts are fixed. */
export function listenerAttributes({ protocol, attributes }: Pick<Listener, 'protocol' | 'attributes'>): Attributes {
  return protocol === 'TCP' || protocol === 'TCP_UDP' ? sorted({ [IDLE]: '350', ...attributes }) : {};
}

/** After how long a silent flow of this transport is forgotten. */
export function idleSeconds(listener: Pick<Listener, 'protocol' | 'attributes'>, transport: 'tcp' | 'udp'): number {
  if (transport === 'udp') return UDP_IDLE_SECONDS;
  return Number(listenerAttributes(listener)[IDLE] ?? TLS_IDLE_SECONDS);
}

function sorted(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
