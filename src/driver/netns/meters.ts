/**
 * What is metered, from what a router counts: each of its counts is of an address that connections are made to, in a direction, and
 * here becomes the totals of an endpoint, a load balancer's node or a NAT gateway. Pure; how packets are counted, and what a packet is
 * there, says docs/decisions/meters.md.
 */
import type { Plan } from '../../plan/plan.ts';
import { linkName } from './names.ts';

export interface Count {
  /** As they pass the router: what the sender's kernel has bundled (GSO) is one, with its headers once. */
  readonly packets: number;
  /** Of IP packets, headers included. */
  readonly bytes: number;
}

/** Totals of one metered thing: of the addresses that it has now. A reader takes differences of its parts, as addresses come and go. */
export interface MeterReading extends Totals {
  /** An interface of an endpoint, a load balancer's node, a NAT gateway, or one end of a link: peering, attachment, tunnel. */
  readonly kind: 'endpoint' | 'balancer' | 'nat' | 'link';
  /** AWS's: vpce-…, the load balancer's ARN, nat-…, pcx-… */
  readonly id: string;
  /** The Plan's (eni-…), which gives subnet and zone; null: a link's end. */
  readonly port: string | null;
  /** What it is the sum of; a link's end has none. */
  readonly parts: readonly AddressCounts[];
}

interface Totals {
  /** Whose router counted it. */
  readonly domain: string;
  /** From who connects, and to whom. Of a link's end: out of the domain, and into it. */
  readonly forward: Count;
  readonly back: Count;
  /** First packets of connections that were let through. */
  readonly newConnections: number;
  /** Now; null: not counted for this kind. */
  readonly activeConnections: number | null;
  /** Of connections to it: by its groups, or since nothing listens there. */
  readonly droppedPackets: number;
  /** TCP segments that broke a connection off, from who connects and from the other side. */
  readonly resets: { readonly forward: number; readonly back: number };
}

/**
 * What one router counted for one address that connections are made to, since the router has it; a NAT gateway's counts are of no
 * address: ''. They only grow; smaller: began anew.
 */
export interface AddressCounts extends Totals {
  readonly address: string;
}

/** What came in at one end of a link, as its interface counts: by the interface's name. */
export interface LinkCounts {
  readonly domain: string;
  readonly link: string;
  readonly in: Count;
}

/** By kind, id, port and domain. What is of nobody in the Plan is left out; who was never asked for has zeros. */
export function metersOf(
  plan: Plan,
  counts: readonly AddressCounts[],
  links: readonly LinkCounts[],
): readonly MeterReading[] {
  const at = new Map(counts.map((each) => [`${each.domain} ${each.address}`, each]));
  const of = (domain: string, addresses: Iterable<string>) =>
    [...new Set(addresses)].flatMap((address) => at.get(`${domain} ${address}`) ?? []);
  const endpoints = Map.groupBy(plan.crossings, ({ port }) => port);
  const inner = Map.groupBy(plan.crossings, ({ provider, targetAddress }) => `${provider} ${targetAddress}`);
  const linkAt = new Map(links.map((each) => [`${each.domain} ${each.link}`, each]));
  const readings: MeterReading[] = [
    ...[...endpoints].flatMap(([port, [first, ...others]]) => {
      if (first === undefined) return [];
      const addresses = [first, ...others].map(({ address }) => address);
      const id = first.origin[1] ?? first.id;
      return [{ kind: 'endpoint', id, port, ...sum(first.consumer, of(first.consumer, addresses)) } as const];
    }),
    ...plan.balancers.flatMap(({ id, domain, nodes }) =>
      [...Map.groupBy(nodes, ({ port }) => port)].map(([port, ofPort]) => {
        const addresses = ofPort.flatMap(({ address, crossingAddress, publicAddress }) => [
          ...[address, crossingAddress, ...(publicAddress === null ? [] : [publicAddress])],
          // Endpoints of the load balancer's own domain lead to the node without leaving it.
          ...(inner.get(`${domain} ${crossingAddress}`) ?? []).flatMap((each) =>
            each.consumer === domain ? [each.address] : [],
          ),
        ]);
        return { kind: 'balancer', id, port, ...sum(domain, of(domain, addresses)) } as const;
      }),
    ),
    ...plan.natGateways.map(
      ({ id, port, domain }) => ({ kind: 'nat', id, port, ...sum(domain, of(id, [''])), domain }) as const,
    ),
    ...plan.links.flatMap((link) =>
      link.ends.flatMap(({ domain }, end) => {
        const name = linkName(link.id);
        const [found, far] = [domain, link.ends[1 - end]?.domain].map((each) => linkAt.get(`${each} ${name}`));
        if (found === undefined || far === undefined) return [];
        const id = link.origin[0] ?? link.id;
        const rest = { ...NOTHING, activeConnections: null, forward: far.in, back: found.in, parts: [] };
        return [{ kind: 'link', id, port: null, ...rest, domain } as const];
      }),
    ),
  ];
  return readings.sort((a, b) => compare(keyOf(a), keyOf(b)));
}

const NOTHING = {
  forward: { packets: 0, bytes: 0 },
  back: { packets: 0, bytes: 0 },
  newConnections: 0,
  droppedPackets: 0,
  resets: { forward: 0, back: 0 },
} as const;

function sum(domain: string, counts: readonly AddressCounts[]): Totals & Pick<MeterReading, 'parts'> {
  const start = { ...NOTHING, domain, activeConnections: 0 };
  const totals = counts.reduce<Totals>(
    (all, each) => ({
      domain,
      forward: added(all.forward, each.forward),
      back: added(all.back, each.back),
      newConnections: all.newConnections + each.newConnections,
      activeConnections: (all.activeConnections ?? 0) + (each.activeConnections ?? 0),
      droppedPackets: all.droppedPackets + each.droppedPackets,
      resets: {
        forward: all.resets.forward + each.resets.forward,
        back: all.resets.back + each.resets.back,
      },
    }),
    start,
  );
  return { ...totals, parts: counts };
}

export function added(a: Count, b: Count): Count {
  return { packets: a.packets + b.packets, bytes: a.bytes + b.bytes };
}

function keyOf({ kind, id, port, domain }: MeterReading): string {
  return [kind, id, port ?? '', domain].join(' ');
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
