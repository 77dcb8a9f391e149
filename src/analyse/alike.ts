/**
 * Which senders and which addresses fare alike: all that a trace asks of either is the same for both, so that one trace answers for
 * all pairs of two such classes. What a trace may tell apart: where an address lies between the blocks that anything names, who has it
 * in each domain, and of an interface its subnet, groups, state and public address.
 */
import { type Cidr, cidrContains, cidrOf } from '../net/cidr.ts';
import { formatIp, type Ip, parseIp } from '../net/ip.ts';
import { partition } from '../net/partition.ts';
import { SPECIAL_BLOCKS } from '../net/special.ts';
import { OWN_PUBLIC, segmentBlocks } from '../plan/blocks.ts';
import type { BalancerListener, Plan, Port } from '../plan/plan.ts';
import { indexPlan, type PlanIndex } from './plan-index.ts';

export interface Likeness {
  /** Of interfaces as senders. */
  senderClass(port: Port): number;
  /** Of interfaces as receivers, by whichever of their addresses they are asked for. */
  receiverClass(port: Port): number;
  /** Of addresses: as destinations from wherever, and as senders in the internet. */
  addressClass(address: string): number;
  /** As the classes of senders and addresses, whatever groups the interfaces are in; null: it must not be taken for another. */
  senderFrame(port: Port): number | null;
  addressFrame(address: string): number | null;
  /** Who has the address, by domain. */
  ownersOf(address: string): ReadonlyMap<string, Port>;
  /** An address of the internet that nobody has for each part of it that anything in the Plan tells apart. */
  readonly strangers: readonly string[];
}

const NOT_PUBLIC = SPECIAL_BLOCKS.map(cidrOf);

/** Whether somebody in the internet may have the address. */
export function isOfInternet(ip: Ip): boolean {
  return ip.value >> (ip.version === 4 ? 32n : 128n) === 0n && !NOT_PUBLIC.some((block) => cidrContains(block, ip));
}

const likenesses = new WeakMap<Plan, Likeness>();

export function likenessOf(plan: Plan): Likeness {
  const found = likenesses.get(plan) ?? build(plan);
  likenesses.set(plan, found);
  return found;
}

function build(plan: Plan): Likeness {
  const index = indexPlan(plan);
  const edges = edgesOf(plan);
  const owners = ownersIn(plan);
  const own = ownAddresses(plan);
  const singular = singularPorts(plan);
  const preserving = targetsIn(plan, ({ pool }) => index.pools.get(pool)?.preserveClientAddress === true);
  const targets = targetsIn(plan, () => true);
  const remarkable = remarkableMachines(plan, (port) => singular.has(port.id) || isAmong(preserving, port));
  const numbers = new Map<string, number>();

  function numberOf(signature: unknown): number {
    const text = JSON.stringify(signature);
    const found = numbers.get(text) ?? numbers.size;
    numbers.set(text, found);
    return found;
  }
  const place = (address: string) => partOf(edges, address);

  /** `groupsOf`: what its groups are told apart by. */
  function classesBy(groupsOf: (port: Port) => unknown) {
    const ofPort = new Map<Port, number>();
    const ofAddress = new Map<string, number>();
    const ofSender = new Map<Port, number>();

    function portClass(port: Port): number {
      const done = ofPort.get(port);
      if (done !== undefined) return done;
      const { machine, publics } = port;
      const found = numberOf([
        ...['port', port.kind, port.domain, port.segment, groupsOf(port), port.spoofGuard, port.deniesInternet],
        machine === null ? null : index.running.has(machine.id),
        publics.map(({ address, publicAddress }) => [port.addresses.indexOf(address), place(publicAddress)]),
        port.addresses.map(place),
        [port.id, `${port.id}/ipv6`].map((id) => passage(index, id)),
        singular.has(port.id) ? port.id : null,
        machine !== null && remarkable.has(machine.id) ? machine.id : null,
      ]);
      ofPort.set(port, found);
      return found;
    }

    function addressClass(address: string): number {
      const done = ofAddress.get(address);
      if (done !== undefined) return done;
      const beyond = index.publicPort(address);
      const found = numberOf([
        ...['address', place(address), own.has(address) ? address : null],
        beyond === undefined ? null : [portClass(beyond), placeBehind(beyond, address)],
        [...(owners.get(address) ?? [])].map(([domain, port]) => [
          domain,
          portClass(port),
          port.addresses.indexOf(address),
        ]),
      ]);
      ofAddress.set(address, found);
      return found;
    }

    function senderClass(port: Port): number {
      const done = ofSender.get(port);
      if (done !== undefined) return done;
      const alone = port.addresses.filter((address) => preserving.has(address));
      const found = numberOf(['sender', portClass(port), port.addresses.map(addressClass), alone]);
      ofSender.set(port, found);
      return found;
    }
    return { portClass, addressClass, senderClass };
  }
  const { portClass, addressClass, senderClass } = classesBy(({ filters }) => filters);
  const frames = classesBy(({ filters }) => filters === null);

  /** Wherever a gate names the address, this one's owner is meant: neither another who has it, nor who is translated to it. */
  const isUnique = (address: string) =>
    (owners.get(address)?.size ?? 0) < 2 && !targets.has(address) && index.publicPort(address) === undefined;

  return {
    addressClass,
    senderClass,
    senderFrame: known((port) =>
      port.publics.length === 0 && port.addresses.every(isUnique) ? frames.senderClass(port) : null,
    ),
    addressFrame: known((address) => (isUnique(address) ? frames.addressClass(address) : null)),
    // The port's own class tells which of several domains that have such an address is meant.
    receiverClass: (port) =>
      numberOf([
        ...['receiver', portClass(port)],
        ...[...port.addresses, ...port.publics.map(({ publicAddress }) => publicAddress)].map(addressClass),
      ]),
    ownersOf: (address) => owners.get(address) ?? NOBODY,
    strangers: strangersIn(edges, plan, index),
  };
}

/** Asked once of each. */
function known<K, V>(make: (key: K) => V): (key: K) => V {
  const all = new Map<K, V>();
  return (key) => {
    const found = all.get(key);
    if (found !== undefined) return found;
    const value = make(key);
    all.set(key, value);
    return value;
  };
}

const NOBODY: ReadonlyMap<string, Port> = new Map();

interface Edges {
  readonly 4: readonly bigint[];
  readonly 6: readonly bigint[];
}

/** Where the blocks begin and end that anything in the Plan names. */
function edgesOf(plan: Plan): Edges {
  const texts = new Set([
    ...plan.domains.flatMap(({ cidrs }) => cidrs),
    ...plan.segments.flatMap(segmentBlocks),
    ...plan.routeTables.flatMap(({ routes }) => routes.map(({ destination }) => destination)),
    ...plan.acls.flatMap(({ ingress, egress }) => [...ingress, ...egress].map(({ cidr }) => cidr)),
    ...plan.filters.flatMap(({ ingress, egress }) =>
      [...ingress, ...egress].flatMap(({ peer }) => ('cidr' in peer ? peer.cidr : [])),
    ),
    ...plan.links.flatMap(({ ends }) => ends.flatMap(({ cidrs }) => cidrs)),
    ...(plan.outside === null ? [] : [OWN_PUBLIC, ...plan.outside.closed]),
  ]);
  const blocks = [...NOT_PUBLIC, ...[...texts].map(cidrOf)];
  const of = (version: 4 | 6) => [
    ...new Set([0n, ...blocks.flatMap((each) => (each.version === version ? [each.first, each.last + 1n] : []))]),
  ];
  const inOrder = (a: bigint, b: bigint) => (a < b ? -1 : 1);
  return { 4: of(4).sort(inOrder), 6: of(6).sort(inOrder) };
}

/** How many edges are not beyond the address, by its family. */
function partOf(edges: Edges, address: string): string {
  const ip = parseIp(address);
  if (ip === undefined) return address;
  const all = edges[ip.version];
  return `${ip.version}/${partition(all.length, (at) => (all[at] as bigint) <= ip.value)}`;
}

/** Ports are sorted, and so are the domains of each address. */
function ownersIn({ ports }: Plan): ReadonlyMap<string, ReadonlyMap<string, Port>> {
  const found = new Map<string, Map<string, Port>>();
  for (const port of ports) {
    for (const address of port.addresses) {
      found.set(address, (found.get(address) ?? new Map<string, Port>()).set(port.domain, port));
    }
  }
  return new Map(
    [...found].map(([address, by]) => [address, new Map([...by].sort(([a], [b]) => (a < b ? -1 : 1)))] as const),
  );
}

/** Addresses that are Culvert's own, each with a meaning that no other has. */
function ownAddresses(plan: Plan): ReadonlySet<string> {
  return new Set([
    ...plan.domains.flatMap((each) => [...each.resolverAddresses, ...each.metadataAddresses, ...each.timeAddresses]),
    ...plan.serviceGateways.map(({ address }) => address),
    ...plan.services.map(({ internetAddress }) => internetAddress),
    ...plan.mirrors.map(({ address }) => address),
  ]);
}

/** What a path may ask for by its id. */
function singularPorts(plan: Plan): ReadonlySet<string> {
  return new Set([
    ...plan.ports.flatMap(({ id, kind }) => (kind === 'balancer' ? id : [])),
    ...plan.natGateways.map(({ port }) => port),
    ...plan.routeTables.flatMap(({ routes }) => routes.flatMap(({ via }) => (via.kind === 'port' ? via.port : []))),
  ]);
}

/**
 * Of several interfaces, one of which a path may ask for, or is a target that sees its clients' addresses: such a machine takes nothing
 * from its other interfaces either.
 */
function remarkableMachines({ ports }: Plan, isMeant: (port: Port) => boolean): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const { machine } of ports) if (machine !== null) counts.set(machine.id, (counts.get(machine.id) ?? 0) + 1);
  const meant = ports.flatMap((port) => (port.machine !== null && isMeant(port) ? port.machine.id : []));
  return new Set(meant.filter((id) => (counts.get(id) ?? 0) > 1));
}

function isAmong(targets: ReadonlySet<string>, { addresses }: Port): boolean {
  return addresses.some((address) => targets.has(address));
}

/** Who is a target that sees its clients' addresses may be its own client, which no other is. */
function targetsIn({ balancers }: Plan, isMeant: (listener: BalancerListener) => boolean): ReadonlySet<string> {
  const listeners = balancers.flatMap(({ nodes }) => nodes.flatMap((node) => node.listeners));
  return new Set(listeners.filter(isMeant).flatMap(({ targets }) => targets.map(({ address }) => address)));
}

/** Which of the interface's addresses the internet's is. */
function placeBehind({ addresses, publics }: Port, address: string): number {
  const found = publics.find(({ publicAddress }) => publicAddress === address);
  return addresses.indexOf(found?.address ?? address);
}

/** What a crossing does, whichever it is. */
function passage({ crossings }: PlanIndex, id: string): unknown {
  const crossing = crossings.get(id);
  if (crossing === undefined) return null;
  const { provider, targetAddress, guards, listeners, open, closedBy, origin } = crossing;
  return [provider, targetAddress, guards, listeners, open, closedBy, origin[2]];
}

/** A part lies in a block or outside of it, never across its end. */
function strangersIn(edges: Edges, plan: Plan, index: PlanIndex): readonly string[] {
  const blocks = [...NOT_PUBLIC, ...plan.domains.flatMap(({ cidrs }) => cidrs.map(cidrOf))];
  const taken = new Set(
    plan.ports.flatMap(({ addresses, publics }) => [...addresses, ...publics.map((each) => each.publicAddress)]),
  );
  const isTaken = (address: string) => taken.has(address) || index.publicPlaces.has(address);
  return ([4, 6] as const).flatMap((version) =>
    partsOutside(
      blocks.filter((block) => block.version === version),
      edges[version],
    ).flatMap(([first, next]) => {
      const end = next ?? 1n << (version === 4 ? 32n : 128n);
      for (let value = first; value < end; value++) {
        const address = formatIp({ version, value });
        if (!isTaken(address)) return [address];
      }
      return [];
    }),
  );
}

/** Parts between edges, of which the blocks' ends are some, in which no block lies; the last has no end. */
function partsOutside(
  blocks: readonly Cidr[],
  edges: readonly bigint[],
): readonly (readonly [first: bigint, next: bigint | undefined])[] {
  const turns = new Map<bigint, number>();
  const turn = (at: bigint, by: number) => turns.set(at, (turns.get(at) ?? 0) + by);
  for (const { first, last } of blocks) {
    turn(first, 1);
    turn(last + 1n, -1);
  }
  let open = 0;
  return edges.flatMap((first, at) => {
    open += turns.get(first) ?? 0;
    return open > 0 ? [] : [[first, edges[at + 1]] as const];
  });
}
