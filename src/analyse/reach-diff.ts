/**
 * What a change opens and closes: two Plans, each pair of a sender and whom it may reach, on each kind of port that either of them
 * tells apart. What fares alike in both is compared once and told as one.
 */
import type { Plan, Port } from '../plan/plan.ts';
import { likenessOf } from './alike.ts';
import { everyKind, type Kind, protocolName } from './asks.ts';
import { type Group, groupOf, pairOf } from './groups.ts';
import { INTERNET, type Target, targetOf } from './places.ts';
import { type Ask, reachOf, type Sender, sendersOf, type Verdict } from './reach.ts';
import { type Attempt, bestOf, named, type Place, placeOf, RANKS, THE_INTERNET } from './reach-ask.ts';

export interface Change {
  readonly kind: 'opens' | 'closes';
  /** "tcp/443", "other tcp", "all tcp", …: for which all of this is the same. */
  readonly ports: readonly string[];
  readonly from: readonly Place[];
  readonly to: readonly Place[];
  readonly before: Verdict['outcome'];
  readonly after: Verdict['outcome'];
  /** What it passes where it passes: crossings, gateways, links and load balancers, by their ids. */
  readonly through: readonly string[];
  /** What stops it where it is stopped; null: it has no address there, or is not there. */
  readonly code: Verdict['code'];
}

/** By senders and receivers, in the order of their ids; yields between its steps, each of which takes some microseconds. */
export function* reachDiff(before: Plan, after: Plan): Generator<void, readonly Change[]> {
  const senders = [...groupsOf(before, after, sendersOf, 'senderClass'), groupOf([THE_INTERNET])];
  // What has a public address alone is reached as the internet is.
  const gateways = new Set([before, after].flatMap((plan) => plan.serviceGateways.map(({ id }) => id)));
  const receivers = [
    ...groupsOf(before, after, ({ ports }) => ports, 'receiverClass'),
    ...[...gateways].sort().map((id) => groupOf([named(id)])),
    groupOf([THE_INTERNET]),
  ];
  const outsiders = [...new Set([...likenessOf(before).strangers, ...likenessOf(after).strangers])];
  const kinds = everyKind(before, after);
  const was = askerIn(before, outsiders);
  const is = askerIn(after, outsiders);
  const changes: Change[] = [];
  for (const from of senders) {
    for (const to of receivers) {
      const pair = pairOf(from, to);
      if (pair === undefined) continue;
      const found = new Map<string, Change & { ports: string[] }>();
      for (const { ask, name } of kinds) {
        const [old, now] = [was(...pair, ask), is(...pair, ask)];
        yield;
        const rise = RANKS[now.outcome] - RANKS[old.outcome];
        if (rise === 0) continue;
        const [open, shut] = rise > 0 ? [now, old] : [old, now];
        const [through, code] = [open.verdict?.through ?? [], shut.verdict?.code ?? null];
        const key = JSON.stringify([old.outcome, now.outcome, through, code]);
        const known = found.get(key);
        if (known !== undefined) {
          known.ports.push(name);
          continue;
        }
        const outcomes = { before: old.outcome, after: now.outcome };
        const ends = { from: from.places, to: to.places };
        found.set(key, { kind: rise > 0 ? 'opens' : 'closes', ports: [name], ...ends, ...outcomes, through, code });
      }
      changes.push(...[...found.values()].map((each) => ({ ...each, ports: together(each.ports, kinds) })));
    }
  }
  return changes;
}

/** All kinds of a protocol by one name. */
function together(names: readonly string[], kinds: readonly Kind[]): readonly string[] {
  const groups = Map.groupBy(kinds, ({ ask }) => protocolName(ask));
  return [...groups].flatMap(([protocol, all]) => {
    const found = all.filter(({ name }) => names.includes(name)).map(({ name }) => name);
    return found.length === all.length && protocol !== 'ping' ? `all ${protocol}` : found;
  });
}

function groupsOf(
  before: Plan,
  after: Plan,
  portsOf: (plan: Plan) => readonly Port[],
  by: 'senderClass' | 'receiverClass',
): readonly Group[] {
  const was = new Map(portsOf(before).map((port) => [port.id, port]));
  const is = new Map(portsOf(after).map((port) => [port.id, port]));
  const ids = [...new Set([...was.keys(), ...is.keys()])].sort();
  const classIn = (plan: Plan, port: Port | undefined) => (port === undefined ? '' : likenessOf(plan)[by](port));
  const groups = Map.groupBy(ids, (id) => `${classIn(before, was.get(id))} ${classIn(after, is.get(id))}`);
  return [...groups.values()].map((group) => groupOf(group.flatMap((id) => placeIn(is.get(id) ?? was.get(id)))));
}

function placeIn(port: Port | undefined): readonly Place[] {
  return port === undefined ? [] : [placeOf(port)];
}

type Found = Pick<Attempt, 'outcome'> & { readonly verdict: Verdict | null };

const NOT_THERE: Found = { outcome: 'dropped', verdict: null };

/** Where one of the two is not in this Plan, nothing is reached. */
function askerIn(plan: Plan, outsiders: readonly string[]) {
  const reach = reachOf(plan);
  const ports = new Map(plan.ports.map((port) => [port.id, port]));
  const there = new Set([INTERNET, ...ports.keys(), ...plan.serviceGateways.map(({ id }) => id)]);
  const targets = new Map<string, Target>();
  return (from: Place, to: Place, ask: Ask): Found => {
    const sender = ports.get(from.id);
    const senders: readonly Sender[] = from.id === INTERNET ? outsiders : sender === undefined ? [] : [sender];
    if (!there.has(to.id)) return NOT_THERE;
    const target = targets.get(to.id) ?? targetOf(plan, to.id);
    targets.set(to.id, target);
    return bestOf(reach, senders, target, ask) ?? NOT_THERE;
  };
}
