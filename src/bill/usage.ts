/** What was metered in a span of time, resource by resource: GB, and a load balancer's capacity units hour by hour. Pure. */
import type { Intent } from '../model/intent.ts';
import type { BalancerNodePart, Field, Metered, Subject } from '../model/metrics.ts';
import { GIGABYTE } from './prices.ts';

/** One hour of one metered thing: the sum of what was counted, the most of what was gauged. */
export interface HourSum {
  readonly metered: Metered;
  readonly field: Field;
  /** Milliseconds since 1970: where the hour begins. */
  readonly at: number;
  readonly value: number;
}

export interface Usage {
  /** The resource as customers know it. */
  readonly id: string;
  readonly account: string;
  readonly region: string;
  readonly subject: Subject;
  readonly forwardGigabytes: number;
  readonly backGigabytes: number;
  readonly newConnections: number;
  /** Each hour in which anything was metered. */
  readonly hours: readonly HourUsage[];
}

export interface HourUsage {
  readonly gigabytes: number;
  readonly newConnections: number;
  /** The most at any one time. */
  readonly activeConnections: number;
}

/** The resource that a metered thing is of or is a part of; null: it is no thing that carries traffic. */
export function resourceOf(subject: Subject): string | null {
  switch (subject.kind) {
    case 'endpoint':
      return subject.vpcEndpointId;
    case 'balancer':
      return subject.loadBalancerId;
    case 'nat':
      return subject.natGatewayId;
    case 'link':
      return subject.linkId;
    default:
      return null;
  }
}

export function usageOf(sums: readonly HourSum[]): readonly Usage[] {
  const found = new Map<string, { readonly first: Metered; readonly hours: Map<number, Map<Field, number>> }>();
  for (const { metered, field, at, value } of sums) {
    const id = resourceOf(metered.subject);
    if (id === null) continue;
    const resource = found.get(id) ?? { first: metered, hours: new Map() };
    const hour = resource.hours.get(at) ?? new Map<Field, number>();
    // Of the parts of a resource in several zones: together.
    hour.set(field, (hour.get(field) ?? 0) + value);
    resource.hours.set(at, hour);
    found.set(id, resource);
  }
  return [...found].map(([id, { first, hours }]) => {
    const each = [...hours.values()];
    const sum = (field: Field) => each.reduce((all, hour) => all + (hour.get(field) ?? 0), 0);
    return {
      id,
      account: first.account,
      region: first.region,
      subject: first.subject,
      forwardGigabytes: sum('forwardBytes') / GIGABYTE,
      backGigabytes: sum('backBytes') / GIGABYTE,
      newConnections: sum('newConnections'),
      hours: each.map((hour) => ({
        gigabytes: ((hour.get('forwardBytes') ?? 0) + (hour.get('backBytes') ?? 0)) / GIGABYTE,
        newConnections: hour.get('newConnections') ?? 0,
        activeConnections: hour.get('activeConnections') ?? 0,
      })),
    };
  });
}

/** When a resource that is there now was made; undefined: it is not there any more. Milliseconds since 1970. */
export function madeAt(intent: Intent, { kind, ...subject }: Subject): number | undefined {
  const id = resourceOf({ kind, ...subject } as Subject) ?? '';
  const found =
    intent.table('vpcEndpoint').get(id) ??
    intent.table('loadBalancer').get(id) ??
    intent.table('natGateway').get(id) ??
    intent.table('vpcPeering').get(id) ??
    intent.table('transitAttachment').get(id) ??
    intent.table('vpnConnection').get(id);
  if (found === undefined) return undefined;
  const isGone = ('deletion' in found && found.deletion !== null) || ('deletedAt' in found && found.deletedAt !== null);
  return isGone ? undefined : Date.parse(found.createdAt);
}

/** What one NLCU carries: new connections a second, connections at one time, GB an hour. */
const UNITS = {
  TCP: { newConnections: 800, activeConnections: 100_000, gigabytes: 1 },
  UDP: { newConnections: 400, activeConnections: 50_000, gigabytes: 1 },
  TLS: { newConnections: 50, activeConnections: 3000, gigabytes: 1 },
} as const;

/** The protocol by which a balancer's units are counted: that of all its listeners, or TCP where they differ (`isMixed`). */
export function unitProtocol({ protocols }: BalancerNodePart): {
  readonly protocol: keyof typeof UNITS;
  readonly isMixed: boolean;
} {
  const [only = 'TCP'] = protocols;
  const isOne = protocols.length <= 1 && (only === 'TCP' || only === 'UDP' || only === 'TLS');
  return isOne ? { protocol: only, isMixed: false } : { protocol: 'TCP', isMixed: true };
}

/** NLCUs of so many hours: the largest of the three. */
export function units(
  { gigabytes, newConnections, activeConnections }: HourUsage,
  protocol: keyof typeof UNITS,
  hours = 1,
): number {
  const unit = UNITS[protocol];
  return Math.max(
    newConnections / (hours * 3600) / unit.newConnections,
    activeConnections / unit.activeConnections,
    gigabytes / hours / unit.gigabytes,
  );
}
