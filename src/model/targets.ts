/**
 * Targets of a target group: where each one stands, how it does, and whether anything may be sent to it. What was measured and
 * the time are Facts that callers bring; a draining target is one until the sweep removes it. Shared by the API and the plan compiler.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-target-groups.html
 */
import { type GroupSettings, groupSettings } from './balancer-attributes.ts';
import type { TargetFact } from './facts.ts';
import type { Intent } from './intent.ts';
import type { Instance, Listener, LoadBalancer, NetworkInterface, Target, TargetGroup } from './resources.ts';

/** Zone of targets that every node may send to: addresses outside the VPC. */
export const ALL_ZONES = 'all';

export type TargetUse =
  /** Registered, and in a zone that its load balancer has a node in: checked, and served when healthy. */
  | { readonly kind: 'serving'; readonly address: string; readonly zoneId: string }
  /** Deregistered: it gets no new flows, and keeps those that it has until they are to be cut. */
  | { readonly kind: 'draining' | 'cut'; readonly address: string; readonly zoneId: string }
  | { readonly kind: 'unused'; readonly why: Unused };

/**
 * noListener: nothing forwards to its group. zoneDisabled: its load balancer has no node in its zone. stopped, terminated:
 * its instance's state. reserved: its address is a load balancer's own.
 */
export type Unused = 'noListener' | 'zoneDisabled' | 'stopped' | 'terminated' | 'reserved';

export function targetId(groupId: string, id: string, port: number): string {
  return `${groupId}#${id}:${port}`;
}

/** Listeners that forward to the group. */
export function listenersOf(intent: Intent, group: Pick<TargetGroup, 'id'>): readonly Listener[] {
  return intent.table('listener').by('targetGroupId', group.id);
}

/** The load balancer that sends to the group: AWS allows one. */
export function balancerOf(intent: Intent, group: Pick<TargetGroup, 'id'>): LoadBalancer | undefined {
  const [first] = listenersOf(intent, group);
  return first && intent.table('loadBalancer').get(first.loadBalancerId);
}

export function targetUse(intent: Intent, group: TargetGroup, target: Target): TargetUse {
  const balancer = balancerOf(intent, group);
  if (balancer === undefined) return { kind: 'unused', why: 'noListener' };
  const { zoneId } = target;
  const place =
    group.targetType === 'instance' ? instancePlace(intent, group, target) : addressPlace(intent, group, target);
  if (typeof place !== 'string') return { kind: 'unused', why: place.why };
  if (zoneId !== ALL_ZONES && !balancer.zones.some((zone) => zone.zoneId === zoneId)) {
    return { kind: 'unused', why: 'zoneDisabled' };
  }
  const kind = target.deregisteredAt === null ? 'serving' : target.cutRevision === null ? 'draining' : 'cut';
  return { kind, address: place, zoneId };
}

/** When a deregistered target has drained, in milliseconds since 1970; null: it is registered. */
export function drainedAt(group: TargetGroup, target: Target): number | null {
  if (target.deregisteredAt === null) return null;
  return Date.parse(target.deregisteredAt) + groupSettings(group).deregistrationDelaySeconds * 1000;
}

/** How a registered target does. initial: it was not checked yet. */
export type TargetHealth = 'initial' | 'healthy' | 'unhealthy.draining' | 'unhealthy';

/**
 * An unhealthy target of a group with a draining interval keeps its flows for so long, and gets no new ones. `now`: ISO 8601.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/edit-target-group-attributes.html#unhealthy-target-connection-termination
 */
export function targetHealth(
  { unhealthyDrainingSeconds }: Pick<GroupSettings, 'unhealthyDrainingSeconds'>,
  fact: TargetFact | undefined,
  now: string,
): TargetHealth {
  if (fact?.state !== 'unhealthy') return fact?.state ?? 'initial';
  if (unhealthyDrainingSeconds === 0 || fact.since === undefined) return 'unhealthy';
  const drained = Date.parse(fact.since) + unhealthyDrainingSeconds * 1000;
  return Date.parse(now) < drained ? 'unhealthy.draining' : 'unhealthy';
}

/** The interface that an instance is a target by; undefined where it has none any more. */
export function primaryInterface(intent: Intent, instance: Pick<Instance, 'id'>): NetworkInterface | undefined {
  return intent
    .table('networkInterface')
    .by('attachment.instanceId', instance.id)
    .find((port) => port.attachment?.deviceIndex === 0);
}

/** What an instance with this interface is known by in the group; undefined: nothing. */
export function addressIn({ ipAddressType }: TargetGroup, port: NetworkInterface): string | undefined {
  if (ipAddressType === 'ipv4') return port.addresses[0];
  return port.primaryIpv6 === true ? port.ipv6Addresses[0] : undefined;
}

type Place = string | { readonly why: Unused };

function instancePlace(intent: Intent, group: TargetGroup, target: Target): Place {
  const instance = intent.table('instance').get(target.targetId);
  if (instance === undefined || instance.wanted === 'terminated') return { why: 'terminated' };
  if (instance.wanted === 'stopped') return { why: 'stopped' };
  const port = primaryInterface(intent, instance);
  return (port && addressIn(group, port)) ?? { why: 'terminated' };
}

function addressPlace(intent: Intent, group: TargetGroup, target: Target): Place {
  // A node's subnet is in the VPC, so an address of a node is one whose zone is known.
  const nodes = intent
    .table('loadBalancer')
    .by('vpcId', group.vpcId)
    .flatMap((balancer) => balancer.zones.filter((zone) => zone.zoneId === target.zoneId))
    .map((zone) => intent.table('networkInterface').get(zone.interfaceId));
  const isReserved = nodes.some((node) =>
    [...(node?.addresses ?? []), ...(node?.ipv6Addresses ?? [])].includes(target.targetId),
  );
  return isReserved ? { why: 'reserved' } : target.targetId;
}
