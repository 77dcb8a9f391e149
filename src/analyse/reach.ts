/**
 * Who reaches whom: for any sender, address and port what `trace` says of it, asked once for each pair of classes that fare alike
 * (alike.ts), and of those that differ in their groups only once for each set of decisions that these come to (slots.ts). A verdict says less than a trace; who wants to know why asks `trace` about the pair.
 */
import { isIpv6 } from '../net/ip.ts';
import type { Plan, Port } from '../plan/plan.ts';
import { type Likeness, likenessOf } from './alike.ts';
import { echoTo, type Flow, type Measured, NOTHING_MEASURED, type Trace } from './flow.ts';
import type { MetGate } from './group.ts';
import { indexPlan, type PlanIndex } from './plan-index.ts';
import type { Reason } from './reasons.ts';
import { decisionsAt, type Ends, type Slot, slotsOf } from './slots.ts';
import { trace } from './trace.ts';

/** What is sent: by a protocol's number, '1' being an echo request; a port of TCP and UDP, null for others. */
export interface Ask {
  readonly protocol: Flow['protocol'];
  readonly port: number | null;
}

/** An interface, or an address in the internet. */
export type Sender = Port | string;

export interface Verdict {
  readonly outcome: Trace['outcome'];
  /** Who gets it, or may: where it is delivered or depends. */
  readonly receivers: readonly NonNullable<Trace['receiver']>[];
  /** What it passes on its way: crossings, gateways, links and load balancers, by their ids. */
  readonly through: readonly string[];
  /** Of the first blocker on the path; null: delivered. */
  readonly code: Reason['code'] | null;
  /** It leaves through an internet gateway, and nothing but who is there may stop it and its answer. */
  readonly leaves: boolean;
}

export interface Reach {
  readonly plan: Plan;
  verdict(from: Sender, address: string, ask: Ask): Verdict;
  /** How many traces that took so far. */
  readonly traces: number;
}

const reaches = new WeakMap<Plan, Reach>();

export function reachOf(plan: Plan): Reach {
  const found = reaches.get(plan) ?? createReach(plan);
  reaches.set(plan, found);
  return found;
}

/** `measured`: what the traffic of the moment adds to the Plan. */
export function createReach(plan: Plan, measured: Measured = NOTHING_MEASURED): Reach {
  const index = indexPlan(plan);
  const likeness = likenessOf(plan);
  const asked = new Map<string, Asked>();
  const known = new Map<string, readonly string[]>();
  const idsAt = (address: string) => entry(known, address, () => idsOf(index, likeness, address));
  let traces = 0;

  function told(from: Sender, address: string, ask: Ask, gates: MetGate[] | null = null): Verdict {
    traces++;
    return verdictOf(trace(plan, flowOf(from, address, ask), measured, gates));
  }

  function answered(from: Sender, address: string, ask: Ask, gates: MetGate[] | null = null): Answer {
    const verdict = told(from, address, ask, gates);
    return { address, verdict, isNamed: isNamed(verdict, idsAt(address)) };
  }

  /** By what groups decide on a way that others have taken: of those for whom they decide alike one is traced. */
  function framed(from: Port, address: string, ask: Ask, frames: Asked['frames']): Answer {
    const [sender, receiver] = [likeness.senderFrame(from), likeness.addressFrame(address)];
    if (sender === null || receiver === null) return answered(from, address, ask);
    const ofSender = entry(frames, sender, () => new Map<number, Frame>());
    const ends: Ends = { from, address, owner: ownerOf(likeness, address) };
    const known = ofSender.get(receiver);
    if (known === undefined) {
      const gates: MetGate[] = [];
      const answer = answered(from, address, ask, gates);
      const slots = slotsOf(gates, ends);
      ofSender.set(receiver, { slots, answers: new Map([[decisionsAt(index, slots, ends), answer]]) });
      return answer;
    }
    return entry(known.answers, decisionsAt(index, known.slots, ends), () => answered(from, address, ask));
  }

  /** What a machine sends to itself is like no other pair. */
  function isOwn(from: Port, address: string): boolean {
    const owner = likeness.ownersOf(address).get(from.domain);
    return owner === from || (from.machine !== null && owner?.machine?.id === from.machine.id);
  }

  return {
    plan,
    get traces() {
      return traces;
    },
    verdict(from, address, ask) {
      if (typeof from !== 'string' && isOwn(from, address)) return told(from, address, ask);
      const ofAsk = entry(asked, `${ask.protocol}/${ask.port}`, () => ({ senders: new Map(), frames: new Map() }));
      const senderClass = typeof from === 'string' ? -1 - likeness.addressClass(from) : likeness.senderClass(from);
      const ofSender = entry(ofAsk.senders, senderClass, () => new Map<number, Answer>());
      const answer = entry(ofSender, likeness.addressClass(address), () =>
        typeof from === 'string' ? answered(from, address, ask) : framed(from, address, ask, ofAsk.frames),
      );
      return answer.isNamed && answer.address !== address
        ? renamed(answer.verdict, idsAt(answer.address), idsAt(address))
        : answer.verdict;
    },
  };
}

/** For one address of a class; the others' differs in the names of who has the address. */
interface Answer {
  readonly address: string;
  readonly verdict: Verdict;
  readonly isNamed: boolean;
}

/** Of one ask. */
interface Asked {
  /** By classes of senders and of addresses. */
  readonly senders: Map<number, Map<number, Answer>>;
  /** By the same without groups. */
  readonly frames: Map<number, Map<number, Frame>>;
}

/** Ways that differ in groups only. */
interface Frame {
  readonly slots: readonly Slot[];
  /** By what groups decide on them. */
  readonly answers: Map<string, Answer>;
}

function ownerOf(likeness: Likeness, address: string): Port | undefined {
  const [owner] = likeness.ownersOf(address).values();
  return owner;
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}

export function flowOf(from: Sender, address: string, { protocol, port }: Ask): Flow {
  return {
    from:
      typeof from === 'string' ? { kind: 'internet', address: from } : { kind: 'port', port: from.id, address: null },
    ...(protocol === '1' ? echoTo(address) : { to: { address, port, code: null }, protocol }),
  };
}

export function verdictOf(found: Trace): Verdict {
  const { outcome } = found;
  const ways = waysOf(found);
  return {
    outcome,
    receivers: outcome === 'dropped' ? [] : uniqueReceivers(ways.filter((way) => way.outcome !== 'dropped')),
    through: [...new Set(passages(found))],
    code: found.reasons[0]?.code ?? null,
    leaves: leaves(found, false),
  };
}

function waysOf(found: Trace): readonly Trace[] {
  return found.targets.length === 0 ? [found] : found.targets.flatMap(waysOf);
}

function uniqueReceivers(ways: readonly Trace[]): Verdict['receivers'] {
  return [...new Map(ways.flatMap(({ receiver }) => (receiver === null ? [] : [[receiver.id, receiver]]))).values()];
}

const PASSAGES: ReadonlySet<string> = new Set(['cross', 'gateway', 'link', 'nat', 'spread']);

function passages({ hops, targets }: Trace): readonly string[] {
  const own = hops.flatMap(({ stage, direction, reason, component }) =>
    reason === null && direction !== 'reply' && PASSAGES.has(stage) ? component : [],
  );
  return [...own, ...targets.flatMap(passages)];
}

function leaves({ hops, targets }: Trace, isOutside: boolean): boolean {
  if (hops.some(({ reason, domain }) => reason !== null && domain !== 'internet')) return false;
  const isOut = isOutside || hops.some(({ stage, direction }) => stage === 'gateway' && direction === 'egress');
  return targets.length === 0 ? isOut : targets.some((each) => leaves(each, isOut));
}

/** Who may stand in a verdict because of the address: its owners, and the crossings behind them. By domain, for all of a class alike. */
function idsOf(index: PlanIndex, likeness: Likeness, address: string): readonly string[] {
  const ports = [...likeness.ownersOf(address).values(), index.publicPort(address) ?? []].flat();
  return ports.flatMap(({ id }) => [id, `${id}/ipv6`]);
}

function isNamed({ receivers, through }: Verdict, ids: readonly string[]): boolean {
  return receivers.some(({ id }) => ids.includes(id)) || through.some((id) => ids.includes(id));
}

function renamed(verdict: Verdict, before: readonly string[], after: readonly string[]): Verdict {
  const name = (id: string) => after[before.indexOf(id)] ?? id;
  return {
    ...verdict,
    receivers: verdict.receivers.map(({ kind, id }) => ({ kind, id: name(id) })),
    through: verdict.through.map(name),
  };
}

/** Who can send: interfaces of instances, of sites' hosts and of what else has one that sends of its own accord. */
export function sendersOf({ ports }: Plan): readonly Port[] {
  return ports.filter(({ kind }) => kind === 'machine');
}

/** Addresses by which an interface is asked for, its primary one first: that of each family, and its public ones. */
export function addressesOf({ addresses, publics }: Port): readonly string[] {
  const firsts = [false, true].flatMap((wants) => addresses.find((address) => isIpv6(address) === wants) ?? []);
  return [...firsts, ...publics.map(({ publicAddress }) => publicAddress)];
}
