/**
 * Load balancers in a domain's packet program, stage 'spread'. A connection to a listener goes to a target by the hash of its
 * addresses and ports, in one look-up however many listeners there are; the mark of a tracked connection says that and by which
 * protocol and port it was spread. Only first packets meet any of this. What the edge serves in user space is let in here, and
 * so is what it sends from a node's address to targets.
 */

import { MARK_BITS } from '../../host/conntrack.ts';
import { parseIp } from '../../net/ip.ts';
import type { Balancer, BalancerListener, BalancerNode, Crossing, Pool, Port } from '../../plan/plan.ts';
import { type Family, familyOf } from './family.ts';
import type { Groups } from './groups.ts';
import { type PortRange, portLink } from './names.ts';
import { type Chain, map, type NftSet, plain, set, type Timeout } from './nft.ts';

export interface SpreadParts {
  readonly balancers: readonly Balancer[];
  readonly pools: ReadonlyMap<string, Pool>;
  readonly portById: ReadonlyMap<string, Port>;
  /** Open crossings that lead from this domain into itself. */
  readonly inner: readonly Crossing[];
  /** Route table number by segment. */
  readonly tableOf: ReadonlyMap<string, number>;
  readonly hasGateway: boolean;
  /** Plugged into a running machine. */
  readonly ports: readonly Port[];
  /** Of a node's address, for what is not to look like its client. */
  readonly nodePorts: PortRange;
}

export interface Spread {
  readonly sets: Readonly<Record<string, NftSet>>;
  readonly chains: Readonly<Record<string, Chain>>;
  readonly timeouts: Readonly<Record<string, Timeout>>;
  /** What judges first packets to an address that the router holds: "ADDRESS : goto CHAIN". */
  readonly gates: readonly string[];
  /** Public addresses of nodes, with the private ones. */
  readonly publics: readonly { readonly public: string; readonly private: string }[];
  /** Addresses of nodes, with the route table that holds for what answers from them. */
  readonly ways: readonly string[];
  /** Where a packet of no known connection is answered by a reset. */
  readonly resets: readonly string[];
  /** Of first packets that leave for targets; without a port left they are dropped when they would be tracked. */
  readonly sourceRules: readonly string[];
  /** How long flows of UDP that the edge serves may be silent; null: it serves none. */
  readonly edgeIdle: Timeout | null;
  readonly kept: readonly Kept[];
  /** Addresses that clients connect to, of the family. */
  readonly metered: readonly string[];
  /** Whether some connections to them end in user space. */
  readonly hasEdge: boolean;
  /** Nodes' addresses, public ones too, by their segments. */
  readonly held: readonly { readonly segment: string; readonly addresses: readonly string[] }[];
}

/** A listener's front whose targets see the client's own address. */
export interface Kept {
  /** Of the node. */
  readonly segment: string;
  readonly address: string;
  /** Of its connections. */
  readonly mark: string;
  /** Addresses. */
  readonly targets: ReadonlySet<string>;
}

/** What a connection was to and by which listener it was spread; programs at links have the other bits (host/conntrack.ts). */
export const SPREAD_BY = `ct original ip daddr . ct mark & 0x${MARK_BITS.toString(16)}`;
export const IS_SPREAD = `ct mark & 0x${MARK_BITS.toString(16)} != 0`;
export const PROTOCOLS = { tcp: 6, udp: 17, tls: 6 } as const;

/** Slots that clients are spread over where each keeps its target: one that goes or comes moves no others. */
const STICKY_SLOTS = 256;
const SEED = '0x5eed';

interface Place {
  readonly balancer: Balancer;
  readonly node: BalancerNode;
  readonly listener: BalancerListener;
  readonly pool: Pool | undefined;
  readonly number: number;
  readonly mark: string;
}

/** Where connections come in. `source`: what targets see in place of the client; null: the client. */
interface Front {
  readonly address: string;
  readonly port: number;
  readonly source: string | null;
}

/** Nodes and targets of one family; the edge leads from one to the other. */
export function spread(family: Family, parts: SpreadParts, groups: Groups): Spread {
  const isOfFamily = (address: string) => familyOf(address) === family;
  const all = parts.balancers.flatMap((balancer) => balancer.nodes.map((node) => ({ balancer, node })));
  const nodes = all.filter(({ node }) => isOfFamily(node.address));
  const allPlaces = all.flatMap(({ balancer, node }) =>
    node.listeners.map((listener): Place => {
      const number = PROTOCOLS[listener.protocol];
      const mark = spreadMark(number, listener.port);
      return { balancer, node, listener, pool: parts.pools.get(listener.pool), number, mark };
    }),
  );
  const places = allPlaces.filter(({ node }) => isOfFamily(node.address));
  const inKernel = places.filter(({ listener }) => listener.engine === 'kernel');
  const inEdge = places.filter(({ listener }) => listener.engine === 'user');
  const speakers = allPlaces.filter(({ listener }) => listener.engine === 'user' && isOfFamily(listener.from));
  const fronts = inKernel.flatMap((place) => frontsOf(parts, place).map((front) => ({ ...place, ...front })));
  const publics = nodes.flatMap(({ node }) => {
    const address = publicOf(parts, node);
    return address === null ? [] : [{ public: address, private: node.address }];
  });
  const preserved = inKernel.filter(({ pool }) => pool?.preserveClientAddress);
  const guarded = nodes.flatMap(({ balancer: { filters }, node }) => (filters === null ? [] : [{ filters, node }]));
  const ways = nodes.flatMap(({ node }) => {
    const table = parts.tableOf.get(parts.portById.get(node.port)?.segment ?? '');
    return table === undefined ? [] : addressesOf(parts, node).map((address) => `${address} : ${table}`);
  });

  const edgeSeconds = inEdge
    .filter(({ number }) => number === PROTOCOLS.udp)
    .map(({ listener }) => listener.idleSeconds);
  const edgeIdle = edgeSeconds.length === 0 ? null : ({ protocol: 'udp', seconds: Math.max(...edgeSeconds) } as const);

  const chains: Record<string, Chain> = {
    // After the source was rewritten: targets' groups judge what targets see.
    spread_target: plain([
      ...(preserved.length === 0 ? [] : ['ct status & snat == 0 goto spread_through']),
      'oifname vmap @group_in',
      'counter name "group_in" drop',
    ]),
    node_target: plain(['oif 1 counter name "route" drop', 'oifname vmap @group_in', 'counter name "group_in" drop']),
    spread_through: plain([
      'ip saddr . ip daddr @itself counter name "spread" drop',
      'oifname vmap @group_through',
      'counter name "group_in" drop',
    ]),
    // Spread to an address that the router has itself: an endpoint's, a load balancer's, its own.
    spread_held: plain([
      'ip daddr @crossing_address counter name "cross" drop',
      'ip daddr @balancer_address counter name "spread" drop',
      'counter name "router" drop',
    ]),
    node_out: plain([...(edgeIdle === null ? [] : [idleRule(edgeIdle)]), 'ip saddr vmap @node_group_out', 'accept']),
  };
  const sets: Record<string, NftSet> = {
    listeners: map(
      'ipv4_addr . inet_proto . inet_service : verdict',
      fronts.map((at) => `${at.address} . ${at.number} . ${at.port} : goto ${chainOf(at)}`),
    ),
    spread_out: map(
      'ipv4_addr . mark : verdict',
      unique(
        fronts.flatMap(({ address, mark, balancer: { filters } }) =>
          filters === null ? [] : [`${address} . ${mark} : ${groups.gate('send', filters)}`],
        ),
      ),
    ),
    spread_source: map(
      'ipv4_addr . mark : ipv4_addr',
      unique(
        fronts.flatMap(({ address, mark, source }) => (source === null ? [] : [`${address} . ${mark} : ${source}`])),
      ),
    ),
    // Whom AWS does not serve either: a target that is its own client, by whichever of its addresses, and would see that.
    itself: set('ipv4_addr . ipv4_addr', ownClients(parts, preserved)),
    group_through: map(
      'ifname : verdict',
      preserved.length === 0
        ? []
        : parts.ports.map((port) => `"${portLink(port.id)}" : ${groups.gate('through', port.filters)}`),
    ),
    node_address: set(
      'ipv4_addr',
      nodes.map(({ node }) => node.address),
    ),
    balancer_address: set(
      'ipv4_addr',
      nodes.flatMap(({ node }) => [node.address, node.crossingAddress]),
    ),
    node_group_out: map(
      'ipv4_addr : verdict',
      guarded.map(({ filters, node }) => `${node.address} : ${groups.gate('send', filters)}`),
    ),
    node_speaks: set('ipv4_addr . ipv4_addr . inet_proto . inet_service', speaks(parts, nodes, speakers)),
    edge_listeners: set(
      'ipv4_addr . inet_proto . inet_service',
      inEdge.flatMap(({ node, listener, number }) =>
        [node.address, node.crossingAddress].map((address) => `${address} . ${number} . ${listener.port}`),
      ),
    ),
    // An edge that serves an endpoint of its own domain knows it by its link address, as it does any other.
    inner_source: map(
      'ipv4_addr : ipv4_addr',
      parts.inner.map(({ address, linkAddress }) => `${address} : ${linkAddress}`),
    ),
  };
  const timeouts: Record<string, Timeout> = edgeIdle === null ? {} : { [idleName(edgeIdle)]: edgeIdle };
  for (const place of inKernel) addSpreading(place, { chains, sets, timeouts });
  return {
    sets,
    chains,
    timeouts,
    gates: guarded.flatMap(({ filters, node }) => {
      const gate = groups.gate('in', filters);
      return addressesOf(parts, node).map((address) => `${address} : ${gate}`);
    }),
    publics,
    held: nodes.map(({ node }) => ({
      segment: parts.portById.get(node.port)?.segment ?? '',
      addresses: addressesOf(parts, node),
    })),
    kept: fronts
      .filter(({ source }) => source === null)
      .map(({ address, mark, node, listener }) => ({
        segment: parts.portById.get(node.port)?.segment ?? '',
        address,
        mark,
        targets: new Set(listener.targets.map((target) => target.address)),
      })),
    ways,
    metered: unique(nodes.flatMap(({ node }) => [...addressesOf(parts, node), node.crossingAddress])),
    hasEdge: inEdge.length > 0,
    resets: nodes.flatMap(({ node }) => addressesOf(parts, node)),
    edgeIdle,
    sourceRules: ['tcp', 'udp'].map((protocol) => {
      const { from, to } = parts.nodePorts;
      return `ip protocol ${protocol} snat ip to ct original ip daddr . ct mark map @spread_source : ${from}-${to}`;
    }),
  };
}

/** The mark of connections that a listener spread. */
function spreadMark(protocol: number, port: number): string {
  return `0x${((protocol << 16) | port).toString(16).padStart(8, '0')}`;
}

/** Flows to be cut, as in NamespaceState. */
export function spreadCuts(balancers: readonly Balancer[], pools: ReadonlyMap<string, Pool>): string[] {
  const cuts = balancers
    .flatMap(({ nodes }) => nodes)
    .flatMap(({ listeners }) => listeners)
    .filter(({ engine }) => engine === 'kernel')
    .flatMap(({ protocol, port, pool }) =>
      (pools.get(pool)?.cut ?? []).map(
        (target) => `${target.address} ${target.port} mark ${spreadMark(PROTOCOLS[protocol], port)}`,
      ),
    );
  return unique(cuts);
}

/** Of a first packet; the engine, which sees both ends of a flow, forgets it no later. */
export function idleRule(idle: Timeout): string {
  return `meta l4proto ${PROTOCOLS[idle.protocol]} ct timeout set "${idleName(idle)}"`;
}

/** The name of an idle time's object. */
export function idleName({ protocol, seconds }: Timeout): string {
  return `idle_${protocol}_${seconds}`;
}

function addSpreading(
  place: Place,
  into: {
    readonly chains: Record<string, Chain>;
    readonly sets: Record<string, NftSet>;
    readonly timeouts: Record<string, Timeout>;
  },
): void {
  const { listener, pool, mark } = place;
  const protocol = listener.protocol === 'udp' ? 'udp' : 'tcp';
  const idle = { protocol, seconds: listener.idleSeconds } as const;
  const name = chainOf(place);
  const sticky = pool?.stickiness === 'source';
  const slots = sticky ? stickySlots(listener.targets) : listener.targets;
  if (slots.length === 0) {
    into.chains[name] = plain(['counter name "spread" drop']);
    return;
  }
  const targets = `to_${name}`;
  const hashed = sticky ? 'ip saddr' : 'ip saddr . th sport . ip daddr . th dport';
  into.timeouts[idleName(idle)] = idle;
  into.chains[name] = plain([
    `ct timeout set "${idleName(idle)}"`,
    `ct mark set ${mark}`,
    `ip protocol ${protocol} dnat ip to jhash ${hashed} mod ${slots.length} seed ${SEED} map @${targets}`,
  ]);
  into.sets[targets] = map(
    // Of any number's type: nft 1.0.6 crashes where it has to print one of jhash's.
    `typeof numgen inc mod 65536 : ip daddr . ${protocol} dport`,
    slots.map(({ address, port }, at) => `${at} : ${address} . ${port}`),
  );
}

function frontsOf(parts: SpreadParts, { node, listener, pool, number }: Place): Front[] {
  const { port } = listener;
  const direct = pool?.preserveClientAddress ? null : node.address;
  const inner = parts.inner
    .filter(({ targetAddress }) => targetAddress === node.crossingAddress)
    .flatMap(({ address, listeners }) =>
      listeners
        .filter((each) => each.targetPort === port && PROTOCOLS[each.protocol] === number)
        .map((each) => ({ address, port: each.port })),
    );
  return [
    ...addressesOf(parts, node).map((address) => ({ address, port, source: direct })),
    ...[{ address: node.crossingAddress, port }, ...inner].map((front) => ({ ...front, source: node.address })),
  ];
}

/** By a node's address: the addresses that clients in its domain or in the internet connect to. */
export function frontsByNode(parts: SpreadParts): ReadonlyMap<string, readonly string[]> {
  const nodes = parts.balancers.flatMap(({ nodes }) => nodes);
  return new Map(nodes.map((node) => [node.address, addressesOf(parts, node)]));
}

function publicOf({ hasGateway }: SpreadParts, { publicAddress }: BalancerNode): string | null {
  return hasGateway ? publicAddress : null;
}

/** Its own, and the one that the internet knows it by: with IPv6 the same. */
function addressesOf(parts: SpreadParts, node: BalancerNode): string[] {
  const outside = publicOf(parts, node);
  return outside === null ? [node.address] : unique([node.address, outside]);
}

/** What the edge opens from nodes' addresses: health checks, and connections that it serves itself. */
function speaks({ pools }: SpreadParts, nodes: readonly Pick<Place, 'node'>[], speakers: readonly Place[]): string[] {
  const own = new Set(nodes.map(({ node }) => node.address));
  return unique([
    ...[...pools.values()]
      .flatMap((pool) => pool.targets)
      .filter(({ from }) => own.has(from))
      .map(({ from, address, checkPort }) => `${from} . ${address} . 6 . ${checkPort}`),
    ...speakers.flatMap(({ listener: { from, targets }, number }) =>
      targets.map(({ address, port }) => `${from} . ${address} . ${number} . ${port}`),
    ),
  ]);
}

/** "CLIENT . TARGET" of targets and all addresses that their machines have. */
function ownClients({ ports }: SpreadParts, places: readonly Pick<Place, 'listener'>[]): string[] {
  const targets = unique(places.flatMap(({ listener }) => listener.targets.map(({ address }) => address)));
  if (targets.length === 0) return [];
  const portAt = new Map(ports.flatMap((port) => port.addresses.map((address) => [address, port])));
  const portsOf = Map.groupBy(ports, ({ machine }) => machine?.id);
  return targets.flatMap((target) => {
    const own = (portsOf.get(portAt.get(target)?.machine?.id) ?? []).flatMap(({ addresses }) => addresses);
    return unique([target, ...own]).map((client) => `${client} . ${target}`);
  });
}

function chainOf({ node, listener }: Pick<Place, 'node' | 'listener'>): string {
  return `spread_${node.port}_${listener.protocol}_${listener.port}`;
}

/** Rendezvous hashing: each slot's target is the one that weighs most there. */
function stickySlots(targets: BalancerListener['targets']): BalancerListener['targets'] {
  if (targets.length === 0) return [];
  const keys = targets.map(({ address, port }) => mix([...numbersIn(address), port]));
  return Array.from({ length: STICKY_SLOTS }, (_, slot) => {
    const weights = keys.map((key) => mix([key, slot]));
    return targets[weights.indexOf(Math.max(...weights))] as BalancerListener['targets'][number];
  });
}

/** Octets of IPv4, groups of 16 bits of IPv6. */
function numbersIn(address: string): number[] {
  const { version, value } = parseIp(address) ?? { version: 4, value: 0n };
  const [count, bits] = version === 4 ? [4, 8] : [8, 16];
  return Array.from({ length: count }, (_, at) =>
    Number(BigInt.asUintN(bits, value >> BigInt(bits * (count - 1 - at)))),
  );
}

/** Numbers to one of 32 bits, well mixed (MurmurHash3's finalizer after each). */
function mix(numbers: readonly number[]): number {
  let hash = 0;
  for (const number of numbers) {
    hash = Math.imul(hash ^ number, 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    hash ^= hash >>> 16;
  }
  return hash >>> 0;
}

function unique(items: readonly string[]): string[] {
  return [...new Set(items)];
}
