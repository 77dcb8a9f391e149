/**
 * What a registered target is used for, before its health is asked: by the state of its group, its instance and its zone.
 * The one place for it, so that DescribeTargetHealth says what the plan compiler does.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/target-group-health-checks.html#target-health-states
 */
import type { Intent } from './intent.ts';
import type { Listener, LoadBalancer, Target, TargetGroup } from './resources.ts';

export type TargetUse =
  /** Checked; new flows may go to `address` once it is healthy. */
  | { readonly kind: 'used'; readonly address: string }
  /** Deregistered: flows that it has go on, new ones do not come. It is no longer checked. */
  | { readonly kind: 'draining'; readonly address: string }
  /** `why` group: no listener forwards to its group. zone: no node stands in its zone. stopped: its instance does not run. */
  | { readonly kind: 'unused'; readonly why: 'group' | 'zone' | 'stopped' };

/** The load balancers that have a listener for this group, each once, in the order of their ARNs. */
export function balancersOf(intent: Intent, group: TargetGroup): readonly LoadBalancer[] {
  const ids = new Set(
    intent
      .table('listener')
      .by('targetGroupId', group.id)
      .map(({ loadBalancerId }) => loadBalancerId),
  );
  return [...ids].sort().flatMap((id) => intent.table('loadBalancer').get(id) ?? []);
}

/** `balancers` are those of the target's group. */
export function targetUse(intent: Intent, target: Target, balancers: readonly LoadBalancer[]): TargetUse {
  if (balancers.length === 0) return { kind: 'unused', why: 'group' };
  if (!balancers.some((balancer) => isInZoneOf(balancer, target))) return { kind: 'unused', why: 'zone' };
  const address = targetAddress(intent, target);
  if (address === undefined) return { kind: 'unused', why: 'stopped' };
  return { kind: target.deregisteredAt === null ? 'used' : 'draining', address };
}

/** Whether one of the balancer's nodes stands in the target's zone; 'all' is outside the VPC and in no zone. */
export function isInZoneOf(balancer: LoadBalancer, { zoneId }: Target): boolean {
  return zoneId === 'all' || balancer.zones.some((zone) => zone.zoneId === zoneId);
}

/** An instance is reached at the primary address of its first interface; undefined while it is not to run. */
function targetAddress(intent: Intent, { targetId }: Target): string | undefined {
  if (!targetId.startsWith('i-')) return targetId;
  if (intent.table('instance').get(targetId)?.wanted !== 'running') return undefined;
  const interfaces = intent.table('networkInterface').by('attachment.instanceId', targetId);
  return interfaces.find(({ attachment }) => attachment?.deviceIndex === 0)?.addresses[0];
}

/** Whether the client's own address stays the source of what the targets see. Behind PrivateLink it never does. */
export function preservesClientAddress({ attributes, protocol, targetType }: TargetGroup): boolean {
  if (protocol === 'UDP' || protocol === 'TCP_UDP') return true;
  return (attributes['preserve_client_ip.enabled'] ?? String(targetType === 'instance')) === 'true';
}

/** Whether each node sends to the targets of all zones. The group's word comes before the load balancer's. */
export function isCrossZone(balancer: LoadBalancer, group: TargetGroup): boolean {
  const own = group.attributes['load_balancing.cross_zone.enabled'] ?? 'use_load_balancer_configuration';
  return (
    (own === 'use_load_balancer_configuration'
      ? (balancer.attributes['load_balancing.cross_zone.enabled'] ?? 'false')
      : own) === 'true'
  );
}

const DEFAULT_IDLE_SECONDS = 350;
const UDP_IDLE_SECONDS = 120;

/** How long a silent flow is remembered. Only TCP's can be set. */
export function idleSeconds({ attributes, protocol }: Pick<Listener, 'attributes' | 'protocol'>, ip: 'tcp' | 'udp') {
  if (ip === 'udp') return UDP_IDLE_SECONDS;
  return protocol === 'TLS'
    ? DEFAULT_IDLE_SECONDS
    : Number(attributes['tcp.idle_timeout.seconds'] ?? DEFAULT_IDLE_SECONDS);
}
