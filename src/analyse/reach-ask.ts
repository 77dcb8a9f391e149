/** The questions of `culvert reach`: who reaches this, what does this reach, who reaches whom. */
import type { Plan, Port } from '../plan/plan.ts';
import { likenessOf } from './alike.ts';
import { askText, type Kind, namedKinds } from './asks.ts';
import { INTERNET, sendersFor, type Target, targetOf } from './places.ts';
import { type Ask, addressesOf, type Reach, reachOf, type Sender, sendersOf, type Verdict } from './reach.ts';
import { NotAsked } from './why.ts';

/** One end of a way. */
export interface Place {
  /** An interface, a service, 'internet', or what was asked for as it was asked. */
  readonly id: string;
  readonly machine: string | null;
  readonly domain: string | null;
  /** null: it has several. */
  readonly address: string | null;
}

export interface Row {
  readonly from: Place;
  readonly to: Place;
  /** "tcp/443"; without a port asked for, all that this one stands for: "tcp/1-79,81-442", "other tcp". */
  readonly ask: string;
  /** The address that was sent to; null: there is none. */
  readonly address: string | null;
  readonly outcome: Verdict['outcome'];
  readonly code: Verdict['code'];
  /** Crossings, gateways, links and load balancers on the way, by their ids. */
  readonly through: readonly string[];
}

export type ReachQuestion = { readonly asks: readonly Ask[] | null } & (
  | { readonly kind: 'to' | 'from'; readonly word: string }
  | { readonly kind: 'matrix' }
);

export type ReachAnswer =
  | { readonly kind: 'rows'; readonly rows: readonly Row[] }
  | { readonly kind: 'matrix'; readonly matrixes: readonly Matrix[] };

/** Cells of one answer: what a text of JSON can hold. */
const MOST_CELLS = 2 ** 28;

/** Without `asks`: all that are worth asking. Throws NotAsked. Yields between its steps, each of which takes some microseconds. */
export function* answerReach(plan: Plan, question: ReachQuestion): Generator<void, ReachAnswer> {
  const kinds = question.asks?.map((ask): Kind => ({ ask, name: askText(ask) })) ?? namedKinds(plan);
  if (question.kind === 'matrix') {
    const cells = sendersOf(plan).length * plan.ports.length * kinds.length;
    if (cells > MOST_CELLS) {
      throw new NotAsked(`${cells} cells are too many for one answer: ask about one port of these ${kinds.length}`);
    }
    const matrixes: Matrix[] = [];
    for (const kind of kinds) matrixes.push(yield* matrixOf(plan, kind));
    return { kind: 'matrix', matrixes };
  }
  const rows: Row[] = [];
  const ways = question.kind === 'to' ? waysTo(plan, question.word) : waysFrom(plan, question.word);
  for (const kind of kinds) {
    for (const way of ways) {
      rows.push(bestRow(plan, way, kind));
      yield;
    }
  }
  return { kind: 'rows', rows };
}

interface Way {
  readonly from: Place;
  /** One, or all that `from` stands for. */
  readonly senders: readonly Sender[];
  readonly to: Place;
  readonly target: Target;
}

/** Who reaches it: from each sender. */
function waysTo(plan: Plan, word: string): readonly Way[] {
  const target = targetOf(plan, word);
  const to = placeOfTarget(plan, target);
  return [
    ...sendersOf(plan).map((port): Way => ({ from: placeOf(port), senders: [port], to, target })),
    ...(word === INTERNET ? [] : [{ from: THE_INTERNET, senders: likenessOf(plan).strangers, to, target }]),
  ];
}

/** What it reaches: to each interface and service, and the internet. */
function waysFrom(plan: Plan, word: string): readonly Way[] {
  const senders = sendersFor(plan, word);
  const [first] = senders;
  const from: Place =
    first === undefined || typeof first === 'string'
      ? THE_INTERNET
      : senders.length === 1
        ? placeOf(first)
        : named(word);
  const targets: readonly (readonly [Place, Target])[] = [
    ...plan.ports
      .filter((port) => !(senders.length === 1 && port === first))
      .map((port) => [placeOf(port), targetOf(plan, port.id)] as const),
    ...plan.services.map(({ id, internetAddress }) => {
      const public_: Target = { name: id, addressesFor: () => [internetAddress], isMet: () => true };
      return [{ ...named(id), address: internetAddress }, public_] as const;
    }),
    ...(word === INTERNET ? [] : [[THE_INTERNET, targetOf(plan, INTERNET)] as const]),
  ];
  return targets.map(([to, target]) => ({ from, senders, to, target }));
}

export const THE_INTERNET: Place = { id: INTERNET, machine: null, domain: null, address: null };

export function named(id: string): Place {
  return { id, machine: null, domain: null, address: null };
}

export function placeOf({ id, machine, domain, addresses }: Port): Place {
  return { id, machine: machine?.id ?? null, domain, address: addresses[0] ?? null };
}

function placeOfTarget(plan: Plan, { name }: Target): Place {
  const port = plan.ports.find(({ id }) => id === name);
  return port === undefined ? named(name) : placeOf(port);
}

export const RANKS = { delivered: 2, depends: 1, dropped: 0 } as const;

/** By the best of all its addresses, and of all senders. */
function bestRow(plan: Plan, { from, senders, to, target }: Way, { ask, name }: Kind): Row {
  const row = { from, to, ask: name };
  const best = bestOf(reachOf(plan), senders, target, ask);
  if (best === undefined) return { ...row, address: null, outcome: 'dropped', code: null, through: [] };
  const { address, outcome, verdict } = best;
  return {
    ...row,
    ...{ address, outcome },
    code: outcome === 'delivered' ? null : verdict.code,
    through: outcome === 'dropped' ? [] : verdict.through,
  };
}

/** The best of all its addresses, and of all senders where these stand for one; undefined: it has no address. */
export function bestOf(
  reach: Reach,
  senders: readonly Sender[],
  target: Target,
  ask: Ask,
): (Attempt & { readonly sender: Sender }) | undefined {
  let best: (Attempt & { readonly sender: Sender }) | undefined;
  for (const sender of senders) {
    for (const attempt of attempts(reach, sender, target, ask)) {
      if (best === undefined || RANKS[attempt.outcome] > RANKS[best.outcome]) best = { ...attempt, sender };
    }
  }
  return best;
}

export interface Attempt {
  readonly address: string;
  readonly verdict: Verdict;
  /** As the target has it: what arrives elsewhere is dropped, what leaves for the internet delivered. */
  readonly outcome: Verdict['outcome'];
}

/** Towards each address of the target. */
export function attempts(reach: Reach, from: Sender, target: Target, ask: Ask): readonly Attempt[] {
  return target.addressesFor(from).map((address) => {
    const verdict = reach.verdict(from, address, ask);
    const outcome = !target.isMet(verdict)
      ? 'dropped'
      : target.name === INTERNET && verdict.outcome === 'dropped'
        ? 'delivered'
        : verdict.outcome;
    return { address, verdict, outcome };
  });
}

export interface Matrix {
  readonly ask: string;
  readonly senders: readonly Place[];
  readonly receivers: readonly Place[];
  /** A text for each sender, a character for each receiver: "." reached, "~" some connections are, "X" not, "=" itself. */
  readonly cells: readonly string[];
  /** Indexes of senders, and of receivers, that fare alike, each with others as with its like. */
  readonly alike: {
    readonly senders: readonly (readonly number[])[];
    readonly receivers: readonly (readonly number[])[];
  };
}

const MARKS = { delivered: '.', depends: '~', dropped: 'X' } as const;

/** Of each interface's primary address. */
function* matrixOf(plan: Plan, { ask, name }: Kind): Generator<void, Matrix> {
  const reach = reachOf(plan);
  const senders = sendersOf(plan);
  const receivers = plan.ports.filter(({ addresses }) => addresses.length > 0);
  const targets = receivers.map((port) => ({
    port,
    address: addressesOf(port)[0] ?? '',
    target: targetOf(plan, port.id),
  }));
  const cells: string[] = [];
  for (const from of senders) {
    let line = '';
    for (const { port, address, target } of targets) {
      if (port !== from) {
        const verdict = reach.verdict(from, address, ask);
        line += target.isMet(verdict) ? MARKS[verdict.outcome] : MARKS.dropped;
        yield;
      } else line += '=';
    }
    cells.push(line);
  }
  const { senderClass, receiverClass } = likenessOf(plan);
  const groups = (ports: readonly Port[], classOf: (port: Port) => number) => [
    ...Map.groupBy(ports.keys(), (at) => classOf(ports[at] as Port)).values(),
  ];
  return {
    ask: name,
    senders: senders.map(placeOf),
    receivers: receivers.map(placeOf),
    cells,
    alike: {
      senders: groups(senders, senderClass),
      receivers: groups(receivers, receiverClass),
    },
  };
}
