/**
 * Flows at network interfaces, from what a router counts: packets as they came in by a link, as they left by one, and as they were
 * dropped by a group or a network ACL. Here each becomes what the interfaces on its way saw of it. Pure; how packets are counted says
 * docs/decisions/meters.md.
 */
import { inPieces } from '../../host/slices.ts';
import type { Plan, Port } from '../../plan/plan.ts';
import { portLink } from './names.ts';

/** One direction of one flow at one interface, counted since the last reading. */
export interface CountedFlow {
  readonly domain: string;
  /** The Plan's (eni-…) at which it is seen. */
  readonly port: string;
  /** Into the interface, or out of it. */
  readonly direction: 'ingress' | 'egress';
  /** IANA's number. */
  readonly protocol: number;
  /** As the interface sees them: on its own side its primary address of that family. */
  readonly source: string;
  readonly destination: string;
  /** As the packet has them (pkt-srcaddr, pkt-dstaddr): they differ at who passes on what is not its own. */
  readonly packetSource: string;
  readonly packetDestination: string;
  /** 0 where the protocol has none. */
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly packets: number;
  readonly bytes: number;
  /** FIN 1, SYN 2, RST 4, SYN-ACK 18, any that was seen; null: not known. 0 where the protocol has none. */
  readonly tcpFlags: number | null;
  /** REJECT: dropped by a group or a network ACL. */
  readonly action: 'ACCEPT' | 'REJECT';
  /** Which stage dropped it. */
  readonly stage: FlowStage | null;
  /** Milliseconds: packets were counted between these. */
  readonly since: number;
  readonly until: number;
}

export interface FlowReading {
  readonly flows: readonly CountedFlow[];
  /** By domain: packets of flows for which there was no room (SKIPDATA); none: not listed. */
  readonly skipped: ReadonlyMap<string, number>;
}

export const FLOW_STAGES = ['group_out', 'group_in', 'acl_out', 'acl_in'] as const;
export type FlowStage = (typeof FLOW_STAGES)[number];

/** Packets of one kind at one router. */
export interface SeenFlow
  extends Pick<
    CountedFlow,
    | 'domain'
    | 'protocol'
    | 'source'
    | 'destination'
    | 'sourcePort'
    | 'destinationPort'
    | 'packets'
    | 'bytes'
    | 'tcpFlags'
  > {
  /**
   * enter: past the gates of who sent them, as they came in at `link`. leave: past all gates, as they left by `link`. A stage: dropped
   * there, as they were then, having come in at `link`.
   */
  readonly at: 'enter' | 'leave' | FlowStage;
  /** Name of the router's interface. */
  readonly link: string;
  readonly since: number;
  readonly until: number;
}

/** Where flows are counted. */
export function loggedDomains(plan: Pick<Plan, 'flowLogs'>): ReadonlySet<string> {
  return new Set(plan.flowLogs.map(({ domain }) => domain));
}

/** In the order of what was seen; several of one flow are not added up. Yields between pieces of the work. */
export function* flowsOf(plan: Plan, seen: readonly SeenFlow[]): Generator<void, readonly CountedFlow[]> {
  const places = placesOf(plan, new Set(seen.map(({ domain }) => domain)));
  const refused = new Map<string, SeenFlow[]>();
  yield* inPieces(seen, (flow) => {
    if (flow.at !== 'group_in') return;
    const same = refused.get(tupleOf(flow));
    if (same === undefined) refused.set(tupleOf(flow), [flow]);
    else same.push(flow);
  });
  const flows: CountedFlow[] = [];
  yield* inPieces(seen, (flow) => {
    flows.push(...recordsOf(flow, places.get(flow.domain) ?? NOWHERE, refused));
  });
  return flows;
}

function recordsOf(
  flow: SeenFlow,
  { linked, held, addressed }: Places,
  refused: ReadonlyMap<string, readonly SeenFlow[]>,
): readonly CountedFlow[] {
  const { at } = flow;
  const link = linked.get(flow.link);
  const source = held.get(flow.source);
  const destination = held.get(flow.destination);
  const record = (port: Port | undefined, direction: CountedFlow['direction'], stage: FlowStage | null = null) =>
    port === undefined ? [] : [recordOf(flow, port, direction, stage)];
  if (at === 'leave') return [...record(source, 'egress'), ...record(link, 'ingress')];
  if (at === 'group_out' || at === 'acl_out') return record(source ?? link, 'egress', at);
  if (at === 'enter') {
    // The group of what the router holds judges only afterwards.
    const rest = destination && lessThan(flow, refused.get(tupleOf(flow)) ?? []);
    return [...record(link, 'egress'), ...(rest ? [recordOf(rest, destination, 'ingress', null)] : [])];
  }
  // The ACL before what the router holds judges where packets enter, before they are counted there.
  const sender = source ?? (at === 'acl_in' && destination !== undefined ? link : undefined);
  return [...record(sender, 'egress'), ...record(addressed.get(flow.destination), 'ingress', at)];
}

interface Places {
  /** By the router's interface: ports of machines. */
  readonly linked: ReadonlyMap<string, Port>;
  /** By address: ports that the router itself holds. */
  readonly held: ReadonlyMap<string, Port>;
  /** By address: all. */
  readonly addressed: ReadonlyMap<string, Port>;
}

const NOWHERE: Places = { linked: new Map(), held: new Map(), addressed: new Map() };

function placesOf(plan: Plan, domains: ReadonlySet<string>): ReadonlyMap<string, Places> {
  const ports = Map.groupBy(
    plan.ports.filter(({ domain }) => domains.has(domain)),
    ({ domain }) => domain,
  );
  const nodes = Map.groupBy(plan.balancers, ({ domain }) => domain);
  return new Map(
    [...ports].map(([domain, all]) => {
      const byId = new Map(all.map((port) => [port.id, port]));
      const addresses = (port: Port) => [
        ...port.addresses.map((address) => [address, port] as const),
        ...port.publics.map(({ publicAddress }) => [publicAddress, port] as const),
      ];
      const heldPorts = all.filter(({ kind }) => kind !== 'machine');
      const crossed = (nodes.get(domain) ?? [])
        .flatMap((balancer) => balancer.nodes)
        .flatMap(({ port, crossingAddress }) => {
          const at = byId.get(port);
          return at === undefined ? [] : [[crossingAddress, at] as const];
        });
      return [
        domain,
        {
          linked: new Map(all.filter(({ kind }) => kind === 'machine').map((port) => [portLink(port.id), port])),
          held: new Map([...heldPorts.flatMap(addresses), ...crossed]),
          addressed: new Map([...all.flatMap(addresses), ...crossed]),
        },
      ];
    }),
  );
}

function recordOf(
  flow: SeenFlow,
  port: Port,
  direction: CountedFlow['direction'],
  stage: FlowStage | null,
): CountedFlow {
  const { at: _, link: __, ...rest } = flow;
  const version = (address: string) => address.includes(':');
  const own = (address: string) => port.addresses.find((each) => version(each) === version(address)) ?? address;
  return {
    ...rest,
    port: port.id,
    direction,
    packetSource: flow.source,
    packetDestination: flow.destination,
    source: direction === 'egress' ? own(flow.source) : flow.source,
    destination: direction === 'ingress' ? own(flow.destination) : flow.destination,
    action: stage === null ? 'ACCEPT' : 'REJECT',
    stage,
  };
}

/** null: nothing is left of it. */
function lessThan(flow: SeenFlow, dropped: readonly SeenFlow[]): SeenFlow | null {
  const packets = dropped.reduce((rest, each) => rest - each.packets, flow.packets);
  const bytes = dropped.reduce((rest, each) => rest - each.bytes, flow.bytes);
  return packets <= 0 || bytes <= 0 ? null : { ...flow, packets, bytes };
}

function tupleOf({ domain, link, protocol, source, destination, sourcePort, destinationPort }: SeenFlow): string {
  return [domain, link, protocol, source, destination, sourcePort, destinationPort].join(' ');
}
