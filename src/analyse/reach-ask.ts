/** The questions of `culvert reach`: who reaches this, what does this reach, who reaches whom. */
import type { Plan, Port } from '../plan/plan.ts';
import { likenessOf } from './alike.ts';
import { askText, namedAsks } from './asks.ts';
import { INTERNET, sendersFor, type Target, targetOf } from './places.ts';
import { type Ask, addressesOf, type Reach, reachOf, type Sender, sendersOf, type Verdict } from './reach.ts';

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
  /** "tcp/443". */
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

/** Without `asks`: all that are worth asking. Throws NotAsked. */
export function answerReach(plan: Plan, question: ReachQuestion): ReachAnswer {
  const asks = question.asks ?? namedAsks(plan);
  if (question.kind === 'matrix') return { kind: 'matrix', matrixes: asks.map((ask) => matrixOf(plan, ask)) };
  const { kind, word } = question;
  return { kind: 'rows', rows: kind === 'to' ? reachTo(plan, word, asks) : reachFrom(plan, word, asks) };
}

/** Who reaches it: a row for each sender and port. */
function reachTo(plan: Plan, word: string, asks: readonly Ask[]): readonly Row[] {
  const target = targetOf(plan, word);
  const to: Place = placeOfTarget(plan, target);
  const senders: readonly (readonly [Place, readonly Sender[]])[] = [
    ...sendersOf(plan).map((port) => [placeOf(port), [port]] as const),
    ...(word === INTERNET ? [] : [[THE_INTERNET, likenessOf(plan).strangers] as const]),
  ];
  return asks.flatMap((ask) => senders.map(([from, all]) => bestRow({ plan, from, to, target, ask }, all)));
}

/** What it reaches: a row for each interface and service, the internet, and port. */
function reachFrom(plan: Plan, word: string, asks: readonly Ask[]): readonly Row[] {
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
  return asks.flatMap((ask) => targets.map(([to, target]) => bestRow({ plan, from, to, target, ask }, senders)));
}

const THE_INTERNET: Place = { id: INTERNET, machine: null, domain: null, address: null };

function named(id: string): Place {
  return { id, machine: null, domain: null, address: null };
}

export function placeOf({ id, machine, domain, addresses }: Port): Place {
  return { id, machine: machine?.id ?? null, domain, address: addresses[0] ?? null };
}

function placeOfTarget(plan: Plan, { name }: Target): Place {
  const port = plan.ports.find(({ id }) => id === name);
  return port === undefined ? named(name) : placeOf(port);
}

interface Way {
  readonly plan: Plan;
  readonly from: Place;
  readonly to: Place;
  readonly target: Target;
  readonly ask: Ask;
}

const RANKS = { delivered: 2, depends: 1, dropped: 0 } as const;

/** By the best of all its addresses, and of all senders where these stand for one. */
function bestRow({ plan, from, to, target, ask }: Way, senders: readonly Sender[]): Row {
  const reach = reachOf(plan);
  let best: Row = { from, to, ask: askText(ask), address: null, outcome: 'dropped', code: null, through: [] };
  for (const sender of senders) {
    for (const { address, verdict, outcome } of attempts(reach, sender, target, ask)) {
      if (best.address !== null && RANKS[outcome] <= RANKS[best.outcome]) continue;
      best = {
        ...best,
        address,
        outcome,
        code: outcome === 'delivered' ? null : verdict.code,
        through: verdict.through,
      };
    }
  }
  return best.outcome === 'dropped' ? { ...best, through: [] } : best;
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
function matrixOf(plan: Plan, ask: Ask): Matrix {
  const reach = reachOf(plan);
  const senders = sendersOf(plan);
  const receivers = plan.ports.filter(({ addresses }) => addresses.length > 0);
  const targets = receivers.map((port) => ({
    port,
    address: addressesOf(port)[0] ?? '',
    target: targetOf(plan, port.id),
  }));
  const cells = senders.map((from) =>
    targets
      .map(({ port, address, target }) => {
        if (port === from) return '=';
        const verdict = reach.verdict(from, address, ask);
        return target.isMet(verdict) ? MARKS[verdict.outcome] : MARKS.dropped;
      })
      .join(''),
  );
  const { senderClass, addressClass } = likenessOf(plan);
  const groups = (ports: readonly Port[], classOf: (port: Port) => number) => [
    ...Map.groupBy(ports.keys(), (at) => classOf(ports[at] as Port)).values(),
  ];
  return {
    ask: askText(ask),
    senders: senders.map(placeOf),
    receivers: receivers.map(placeOf),
    cells,
    alike: {
      senders: groups(senders, senderClass),
      receivers: groups(receivers, (port) => addressClass(port.addresses[0] ?? '')),
    },
  };
}
