/**
 * What a change does to names: which that are answered now get another answer (A and AAAA), where, and who then reaches what stands behind them, or
 * does not any more. Private DNS that is switched on takes a name for a whole VPC, whoever in it may use the endpoint.
 */
import { isIpv6 } from '../net/ip.ts';
import type { Plan, Port, View, Zone, ZoneRecord } from '../plan/plan.ts';
import { likenessOf } from './alike.ts';
import { askText } from './asks.ts';
import { type Resolution, resolveName } from './names.ts';
import { indexPlan } from './plan-index.ts';
import { type Ask, reachOf, sendersOf, type Verdict } from './reach.ts';
import { type Place, placeOf, RANKS } from './reach-ask.ts';

export interface NameChange {
  /** Those that fare alike; '*' alone: all names. A leftmost "*" label stands for whatever is there. */
  readonly names: readonly string[];
  /** Whose instances ask. */
  readonly domain: string;
  /** "10.0.10.5 10.0.11.4 3fff::5", IPv4 first, or why there is no address. */
  readonly before: string;
  readonly after: string;
  readonly fares: readonly Fare[];
}

/** Who of the domain reaches what stands behind the name, that did not before, or the other way round. */
export interface Fare {
  readonly kind: 'gains' | 'loses';
  /** "tcp/443". */
  readonly ask: string;
  readonly from: readonly Place[];
  /** What stops those who lose, or stopped those who gain; null: there is no address of its families. */
  readonly code: Verdict['code'];
}

const ANY_NAME = 'amazonaws.com';

/** By domain, in their order; yields between its steps. */
export function* nameDiff(before: Plan, after: Plan): Generator<void, readonly NameChange[]> {
  const [oldViews, newViews] = [viewsOf(before), viewsOf(after)];
  const remaining = new Set(after.domains.map(({ id }) => id));
  const inPublic = changedNames(before.publicZones, after.publicZones);
  const known = publicNames(before, after);
  const found: NameChange[] = [];
  for (const { id } of before.domains) {
    if (!remaining.has(id)) continue;
    const [old, now] = [before, after].map((plan) => askedIn(plan, id)) as [string, string];
    if (old !== now) {
      found.push({ names: ['*'], domain: id, before: old, after: now, fares: [] });
      continue;
    }
    const [was, is] = [oldViews.get(id), newViews.get(id)];
    const names = was === undefined || is === undefined ? [] : namesIn(before, after, was, is, known);
    yield;
    const changes: NameChange[] = [];
    for (const name of new Set([...names, ...inPublic])) {
      const change = changeOf(before, after, id, name);
      yield;
      if (change !== null) changes.push(change);
    }
    found.push(...together(changes));
  }
  return found;
}

function viewsOf({ views }: Plan): ReadonlyMap<string, View> {
  return new Map(views.map((view) => [view.id, view]));
}

/** Who is asked there for all names. */
function askedIn(plan: Plan, domain: string): string {
  const { outcome, text } = answerTo(plan, domain, ANY_NAME);
  return outcome === 'resolverOff' || outcome === 'ownServers' ? text : 'asked of its resolver';
}

/** Of the domain's own zones and rules. */
function namesIn(before: Plan, after: Plan, was: View, is: View, known: readonly string[]): readonly string[] {
  const [old, now] = [zonesOf(before, was), zonesOf(after, is)];
  const rulesOf = ({ rules }: View) => new Map(rules.map((rule) => [rule.domain, JSON.stringify(rule)]));
  const [oldRules, nowRules] = [rulesOf(was), rulesOf(is)];
  const ruled = [...new Set([...oldRules.keys(), ...nowRules.keys()])].filter(
    (domain) => oldRules.get(domain) !== nowRules.get(domain),
  );
  const has = (zones: readonly Zone[], name: string) => zones.some((zone) => zone.name === name);
  const moved = [...old, ...now].filter(({ name }) => has(old, name) !== has(now, name)).map(({ name }) => name);
  const all = [...known, ...[...old, ...now].flatMap(({ records }) => records.map(({ name }) => name))];
  const isUnder = (name: string) =>
    [...ruled, ...moved].some((top) => top === '' || name === top || name.endsWith(`.${top}`));
  return [...changedNames(old, now), ...all.filter(isUnder)];
}

function zonesOf(plan: Plan, { zones, hostedZones }: View): readonly Zone[] {
  return [...plan.hostedZones.filter(({ id }) => hostedZones.includes(id)), ...zones];
}

/** Names with records that only one of both has as they are: a new one may be of another type, or take its name from a wildcard. */
function changedNames(before: readonly Zone[], after: readonly Zone[]): readonly string[] {
  const text = ({ name, type, values, choices }: ZoneRecord) => JSON.stringify([name, type, values, choices]);
  const [old, now] = [before, after].map(
    (zones) => new Map(zones.flatMap(({ records }) => records.map((record) => [text(record), record.name] as const))),
  ) as [Map<string, string>, Map<string, string>];
  const missing = (from: Map<string, string>, those: Map<string, string>) =>
    [...those].flatMap(([record, name]) => (from.has(record) ? [] : name));
  return [...missing(now, old), ...missing(old, now)];
}

/** What a zone of a domain may hide. */
function publicNames(...plans: readonly Plan[]): readonly string[] {
  return [
    ...new Set(
      plans.flatMap(({ services, publicZones }) => [
        ...services.flatMap(({ names }) => names),
        ...publicZones.flatMap(({ records }) => records.map(({ name }) => name)),
      ]),
    ),
  ];
}

/** null: it is answered as it was, or nobody had an answer. */
function changeOf(before: Plan, after: Plan, domain: string, name: string): NameChange | null {
  const [was, is] = [before, after].map((plan) => answerTo(plan, domain, name)) as [Answer, Answer];
  const isAnswered = was.outcome !== 'NXDOMAIN' && was.outcome !== 'NODATA';
  if (was.text === is.text || !isAnswered) return null;
  const fares = faresOf({ plan: before, ...was }, { plan: after, ...is }, domain);
  return { names: [name], domain, before: was.text, after: is.text, fares };
}

interface Answer {
  readonly outcome: Resolution['outcome'];
  readonly addresses: readonly string[];
  readonly text: string;
}

/** Of both families: who asks for a name asks for both. */
function answerTo(plan: Plan, domain: string, name: string): Answer {
  const both = (['A', 'AAAA'] as const).map((type) => resolveName(plan, domain, name, { type })) as [
    Resolution,
    Resolution,
  ];
  const addresses = both.flatMap((each) => [...each.addresses].sort());
  const found = both.find(({ outcome }) => outcome !== 'NODATA') ?? both[0];
  return { outcome: found.outcome, addresses, text: textOf({ ...found, addresses }) };
}

function textOf({ outcome, addresses, rule }: Pick<Resolution, 'outcome' | 'addresses' | 'rule'>): string {
  switch (outcome) {
    case 'addresses':
      return addresses.join(' ');
    case 'forwarded':
      return `asked of ${rule?.forward?.targets.map(({ address }) => address).join(', ')}`;
    case 'resolverOff':
      return 'no resolver';
    case 'ownServers':
      return 'asked of other name servers';
    case 'world':
      return 'the answer of the world';
    default:
      return outcome;
  }
}

interface Side {
  readonly plan: Plan;
  readonly addresses: readonly string[];
}

function faresOf(before: Side, after: Side, domain: string): readonly Fare[] {
  const ports = new Set([before, after].flatMap((side) => portsAt(side, domain)));
  const later = indexPlan(after.plan).ports;
  const senders = sendersOf(before.plan).filter((port) => port.domain === domain && later.has(port.id));
  const classOf = (port: Port) =>
    `${likenessOf(before.plan).senderClass(port)} ${likenessOf(after.plan).senderClass(later.get(port.id) ?? port)}`;
  const groups = [...Map.groupBy(senders, classOf).values()];
  const found: (Fare & { from: Place[] })[] = [];
  for (const port of [...ports].sort((a, b) => a - b)) {
    const ask: Ask = { protocol: '6', port };
    for (const group of groups) {
      const [first] = group;
      if (first === undefined) continue;
      const was = fareIn(before, first, ask);
      const is = fareIn(after, later.get(first.id) ?? first, ask);
      const rise = RANKS[is.outcome] - RANKS[was.outcome];
      if (rise === 0) continue;
      const [kind, { code }] = rise > 0 ? (['gains', was] as const) : (['loses', is] as const);
      const alike = found.find((each) => each.kind === kind && each.ask === askText(ask) && each.code === code);
      if (alike !== undefined) alike.from.push(...group.map(placeOf));
      else found.push({ kind, ask: askText(ask), from: group.map(placeOf), code });
    }
  }
  return found;
}

/** A connection takes any of the addresses of a family that its sender has. */
function fareIn({ plan, addresses }: Side, sender: Port, ask: Ask): Pick<Verdict, 'outcome' | 'code'> {
  const within = addresses.filter((address) => sender.addresses.some((own) => isIpv6(own) === isIpv6(address)));
  const verdicts = within.map((address) => reachOf(plan).verdict(sender, address, ask));
  const bad = verdicts.find(({ outcome }) => outcome !== 'delivered');
  if (verdicts.length === 0) return { outcome: 'dropped', code: null };
  if (bad === undefined) return { outcome: 'delivered', code: null };
  const isLost = verdicts.every(({ outcome }) => outcome === 'dropped');
  return { outcome: isLost ? 'dropped' : 'depends', code: bad.code };
}

/** Of TCP, on which somebody serves what has such a name. */
function portsAt({ plan, addresses }: Side, domain: string): readonly number[] {
  const services = plan.services.filter(({ internetAddress }) => addresses.includes(internetAddress));
  const crossings = plan.crossings.filter(
    ({ consumer, address }) => consumer === domain && addresses.includes(address),
  );
  return [
    ...services.map(({ port }) => port),
    ...crossings.flatMap(({ listeners }) =>
      listeners.flatMap(({ protocol, port }) => (protocol === 'tcp' ? port : [])),
    ),
  ];
}

function together(changes: readonly NameChange[]): readonly NameChange[] {
  const groups = Map.groupBy(changes, ({ before, after, fares }) => JSON.stringify([before, after, fares]));
  return [...groups.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : { ...first, names: [first, ...others].flatMap(({ names }) => names) },
  );
}
