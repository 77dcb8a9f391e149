/**
 * Whether a Plan does what assertions say: each sender and each receiver that they mean, in groups that fare alike, on each kind of port.
 * What breaks one is told with one way that shows it.
 */
import type { Plan, Port } from '../plan/plan.ts';
import { likenessOf } from './alike.ts';
import { everyKind, type Kind, kindsWithin, PING } from './asks.ts';
import { type Assertion, ENDPOINT_TRAFFIC, type Noun } from './assertion.ts';
import { type Group, groupOf, pairOf } from './groups.ts';
import { INTERNET, passagesOf, portsOf, sendersFor, type Target, targetOf } from './places.ts';
import { indexPlan } from './plan-index.ts';
import { type Ask, flowOf, reachOf, type Sender, sendersOf, type Verdict } from './reach.ts';
import { type Attempt, attempts, named, type Place, placeOf, RANKS, THE_INTERNET } from './reach-ask.ts';
import { trace } from './trace.ts';
import { NotAsked } from './why.ts';

/** Whom a noun means: words that places.ts knows, of one kind. */
export type Meaning = (noun: Noun) => readonly string[];

export interface Judgement {
  readonly assertion: Assertion;
  readonly isHeld: boolean;
  /** How many pairs of a sender and a receiver it is about: those where there is an address to send to. */
  readonly pairs: number;
  /** What breaks it; empty: nothing. Those that fare alike are one. */
  readonly broken: readonly Broken[];
}

export interface Broken {
  readonly ports: readonly string[];
  readonly from: readonly Place[];
  readonly to: readonly Place[];
  readonly outcome: Verdict['outcome'];
  readonly through: readonly string[];
  /** What stops it; null: nothing does. */
  readonly code: Verdict['code'];
  readonly example: Example;
}

/** One of those ways. */
export interface Example {
  /** An interface's id, or an address of the internet. */
  readonly from: string;
  readonly machine: string | null;
  /** null: there is no address to send to. */
  readonly address: string | null;
  readonly ask: Ask;
  /** Stages with what decides there, as far as the packet gets: "acl acl-1". */
  readonly hops: readonly string[];
}

/** Yields between its steps, each of which takes some microseconds. Throws NotAsked where a word means nobody who could be meant. */
export function* judge(plan: Plan, assertion: Assertion, meaning: Meaning): Generator<void, Judgement> {
  const { mode, through } = assertion;
  const passed = through === null ? null : passagesFor(plan, through.flatMap(meaning));
  const excepted = exceptionsOf(plan, assertion.except, meaning);
  const senders = sendingGroups(plan, assertion, meaning, excepted.senders);
  const receivers = receivingGroups(plan, assertion, meaning);
  const kinds = kindsOf(plan, assertion);
  const broken: Broken[] = [];
  let pairs = 0;
  for (const from of senders) {
    for (const { group: to, target } of receivers) {
      const pair = pairOf(from, to);
      if (pair === undefined) continue;
      const [sender] = pair;
      let isThere = false;
      const found = new Map<string, Broken & { ports: string[] }>();
      for (const { ask, name } of kinds) {
        const tried = triedFrom(plan, sender, target(pair[1]), ask);
        yield;
        isThere ||= tried.length > 0;
        const counted = tried.filter(
          ({ verdict }) =>
            (passed === null || verdict.through.some((id) => passed.has(id))) &&
            !verdict.through.some((id) => excepted.passages.has(id)),
        );
        const best = bestIn(counted);
        const isWrong =
          mode === 'never' ? best !== undefined && best.outcome !== 'dropped' : best?.outcome !== 'delivered';
        if (!isWrong) continue;
        const shown = best ?? bestIn(tried);
        const { outcome = 'dropped' as const, verdict } = shown ?? {};
        const through = outcome === 'dropped' ? [] : (verdict?.through ?? []);
        const code = outcome === 'delivered' ? null : (verdict?.code ?? null);
        const key = JSON.stringify([outcome, through, code]);
        const known = found.get(key);
        if (known !== undefined) known.ports.push(name);
        else {
          const example = exampleOf(plan, sender, shown, ask);
          found.set(key, { ports: [name], from: from.places, to: to.places, outcome, through, code, example });
        }
      }
      broken.push(...found.values());
      if (isThere) pairs += from.places.length * to.places.length;
    }
  }
  return { assertion, isHeld: broken.length === 0 && (mode === 'never' || pairs > 0), pairs, broken };
}

type Tried = Attempt & { readonly sender: Sender };

function triedFrom(plan: Plan, { id }: Place, target: Target, ask: Ask): readonly Tried[] {
  const port = indexPlan(plan).ports.get(id);
  const senders: readonly Sender[] = port === undefined ? likenessOf(plan).strangers : [port];
  const reach = reachOf(plan);
  return senders.flatMap((sender) => attempts(reach, sender, target, ask).map((each) => ({ ...each, sender })));
}

/** Of those that are lost, one that something stops says more than one that arrives elsewhere. */
function bestIn(tried: readonly Tried[]): Tried | undefined {
  const rank = ({ outcome, verdict }: Tried) => RANKS[outcome] * 2 + Number(verdict.code !== null);
  return tried.reduce<Tried | undefined>(
    (best, each) => (best === undefined || rank(each) > rank(best) ? each : best),
    undefined,
  );
}

function exampleOf(plan: Plan, from: Place, tried: Tried | undefined, ask: Ask): Example {
  if (tried === undefined) return { from: from.id, machine: from.machine, address: null, ask, hops: [] };
  const { sender, address } = tried;
  const { hops, targets } = trace(plan, flowOf(sender, address, ask));
  const way = [...hops, ...(targets[0]?.hops ?? [])].filter(({ direction }) => direction !== 'reply');
  const stop = way.findIndex(({ reason }) => reason !== null);
  return {
    from: typeof sender === 'string' ? sender : sender.id,
    machine: from.machine,
    address,
    ask,
    hops: (stop < 0 ? way : way.slice(0, stop + 1)).map(
      ({ stage, component, reason }) => `${stage} ${component}${reason === null ? '' : ` ${reason.code}`}`,
    ),
  };
}

function kindsOf(plan: Plan, { ports }: Assertion): readonly Kind[] {
  if (ports === null) return everyKind(plan);
  return ports.flatMap(({ protocol, ...range }) => (protocol === '1' ? PING : kindsWithin(protocol, range, plan)));
}

function sendingGroups(
  plan: Plan,
  { from }: Assertion,
  meaning: Meaning,
  excepted: ReadonlySet<string>,
): readonly Group[] {
  const all =
    from === null ? [...sendersOf(plan), INTERNET] : from.flatMap(meaning).flatMap((word) => sendersIn(plan, word));
  const ports = new Set(all.flatMap((each) => (typeof each === 'string' || excepted.has(each.id) ? [] : [each])));
  const { senderClass } = likenessOf(plan);
  const groups = [...Map.groupBy(ports, senderClass).values()].map((each) => groupOf(each.map(placeOf)));
  return [...groups, ...(all.includes(INTERNET) && !excepted.has(INTERNET) ? [groupOf([THE_INTERNET])] : [])];
}

function sendersIn(plan: Plan, word: string): readonly (Port | typeof INTERNET)[] {
  return word === INTERNET ? [INTERNET] : sendersFor(plan, word).filter((each) => typeof each !== 'string');
}

interface Receivers {
  readonly group: Group;
  target(place: Place): Target;
}

/** What holds many is each of them; all else is reached where one of its addresses is. */
function receivingGroups(plan: Plan, { to, mode }: Assertion, meaning: Meaning): readonly Receivers[] {
  const words = to.flatMap(meaning);
  const { ports: portOf, domains, segments, filters } = indexPlan(plan);
  const holdsMany = (word: string) =>
    word === 'anything' || domains.has(word) || domains.has(`site-${word}`) || segments.has(word) || filters.has(word);
  const inside = new Set(
    words.filter(holdsMany).flatMap((word) => {
      // An endpoint's or a load balancer's interface is nobody whom all of them would have to reach.
      return (portsOf(plan, word) ?? []).filter(({ kind }) => mode === 'never' || kind === 'machine');
    }),
  );
  const targets = new Map<string, Target>();
  const target = ({ id }: Place) => {
    const found = targets.get(id) ?? targetOf(plan, id);
    targets.set(id, found);
    return found;
  };
  const { receiverClass } = likenessOf(plan);
  const groups = [...Map.groupBy(inside, receiverClass).values()].map((each) => groupOf(each.map(placeOf)));
  const others = words.filter((word) => !holdsMany(word));
  const place = (word: string) => {
    const port = portOf.get(word);
    return port === undefined
      ? { ...named(word), machine: plan.machines.some(({ id }) => id === word) ? word : null }
      : placeOf(port);
  };
  return [...groups, ...others.map((word) => groupOf([place(word)]))].map((group) => ({ group, target }));
}

interface Exceptions {
  /** Ids of interfaces, and the internet. */
  readonly senders: ReadonlySet<string>;
  /** What a way may pass. */
  readonly passages: ReadonlySet<string>;
}

function exceptionsOf(plan: Plan, nouns: readonly Noun[], meaning: Meaning): Exceptions {
  const senders = new Set<string>();
  const passages = new Set<string>();
  for (const noun of nouns) {
    if (noun === ENDPOINT_TRAFFIC) for (const { id } of plan.crossings) passages.add(id);
    else {
      for (const word of meaning(noun)) {
        const passed = passagesOf(plan, word);
        for (const id of passed) passages.add(id);
        if (passed.length > 0) continue;
        for (const each of sendersIn(plan, word)) senders.add(typeof each === 'string' ? each : each.id);
      }
    }
  }
  return { senders, passages };
}

function passagesFor(plan: Plan, words: readonly string[]): ReadonlySet<string> {
  return new Set(
    words.flatMap((word) => {
      const ids = word === ENDPOINT_TRAFFIC.word ? plan.crossings.map(({ id }) => id) : passagesOf(plan, word);
      if (ids.length === 0)
        throw new NotAsked(`nothing passes through ${word}: it is no endpoint, gateway, link or load balancer`);
      return ids;
    }),
  );
}
