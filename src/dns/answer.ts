/**
 * What a VPC's resolver answers to one question, from its view and the public zones: pure, and without bytes. The most
 * specific zone of the view owns the name, and where none matches, the most specific public one; a name that it does not have
 * is NXDOMAIN, never asked of another zone or the world. `forward`: names for which a rule names others to be asked, and those
 * in no zone, or that a zone gives away to servers elsewhere, which are the world's. RFC 1034 §4.3.2, RFC 2308 (negative answers), RFC 4592 (wildcards), RFC 8482 (ANY).
 */
import { type Lookup, lookup } from '../plan/memo.ts';
import type { Answers, Choice, Plan, ResolverRule, View, ZoneRecord } from '../plan/plan.ts';
import { parseRdata } from '../plan/rdata.ts';
import { AUTODEFINED_ZONES, UNASKED_ZONES } from './special.ts';
import {
  findName,
  findZone,
  type IndexedZone,
  indexZone,
  indexZones,
  isDelegated,
  type Owner,
  parent,
  type ZoneIndex,
} from './zones.ts';

/** `type` by its mnemonic ("A") or "TYPE65535" form; `name` as asked, without the trailing dot, '' for the root. */
export interface Question {
  readonly name: string;
  readonly type: string;
  readonly class: string;
}

export interface Answer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN' | 'REFUSED';
  /** CNAMEs first, in the order of the chase. */
  readonly answers: readonly AnswerRecord[];
  /** The zone's SOA, with negative answers only. */
  readonly authority: Soa | null;
  /** Whom to ask for the rest; rcode then says nothing, and `answers` are the CNAMEs that lead there. */
  readonly forward: Forward | null;
  /** Who answered for each name on the way: the one asked for, then each that a CNAME led to. */
  readonly owners: readonly Owner[];
  /** True where records were drawn by weight, or are another client's others: the next answer may be another. */
  readonly varies: boolean;
}

export interface Forward {
  /** The question's name, or where its CNAMEs led; without the trailing dot. */
  readonly name: string;
  /** null: the world is asked. */
  readonly rule: ResolverRule | null;
}

export interface AnswerRecord {
  /** Lower case, except for the question's own name, which is as asked. */
  readonly name: string;
  readonly type: ZoneRecord['type'];
  readonly ttlSeconds: number;
  readonly values: readonly string[];
}

export interface Soa {
  readonly zone: string;
  readonly primary: string;
  readonly mailbox: string;
  readonly serial: number;
  readonly ttlSeconds: number;
}

export interface DnsIndex {
  readonly serial: number;
  readonly publicZones: ZoneIndex;
  /** By domain. */
  readonly views: Lookup<string, IndexedView>;
}

export interface IndexedView {
  /** Hosted zones, then the view's own. */
  readonly zones: readonly ZoneIndex[];
  /** Those, for questions that came by an inbound endpoint. */
  readonly inbound: readonly ZoneIndex[];
  /** By domain. */
  readonly rules: ReadonlyMap<string, ResolverRule>;
}

/** A chase ends after this many CNAMEs: longer ones are loops, or not worth a client's time. */
const MAX_CNAMES = 8;
/** How long "does not exist" may be remembered: as short as AWS's own names, so that a new endpoint is soon seen. */
const NEGATIVE_TTL_SECONDS = 60;
const AUTODEFINED = indexZones(AUTODEFINED_ZONES, 'public');
const UNASKED = indexZones(UNASKED_ZONES, 'public');
/** Zone transfers and the obsolete mail types are for servers that own a zone. */
const REFUSED_TYPES: ReadonlySet<string> = new Set(['AXFR', 'IXFR', 'MAILA', 'MAILB']);

export function indexDns(plan: Pick<Plan, 'revision' | 'publicZones' | 'hostedZones' | 'views'>): DnsIndex {
  const hosted = lookup(new Map(plan.hostedZones.map((zone) => [zone.id, zone])), (zone) => indexZone(zone, 'view'));
  const zonesOf = ({ hostedZones }: View): ZoneIndex =>
    new Map(hostedZones.flatMap((id) => hosted.get(id) ?? []).map((zone) => [zone.name, zone]));
  return {
    serial: plan.revision >>> 0,
    publicZones: indexZones(plan.publicZones, 'public'),
    views: lookup(new Map(plan.views.map((view) => [view.id, view])), (view) => {
      const rules = new Map(view.rules.map((rule) => [rule.domain, rule]));
      const zones = [zonesOf(view), indexZones(view.zones, 'view')];
      const { inboundZones: more } = view;
      return { zones, inbound: more.length === 0 ? zones : [...zones, indexZones(more, 'view')], rules };
    }),
  };
}

export interface Circumstances {
  /** Gives numbers from 0 up to 1, each as likely: which of several weighted sets it is this time. */
  readonly draw?: () => number;
  /** Whether it came by an inbound endpoint. */
  readonly isInbound?: boolean;
  /** Tells the zone id that the client is in; undefined: it cannot be told. Asked only where it matters. */
  readonly zone?: () => string | undefined;
}

export function answer(
  index: DnsIndex,
  domain: string,
  question: Question,
  { draw = () => 0, isInbound = false, zone: zoneOfClient = () => undefined }: Circumstances = {},
): Answer {
  if (question.class !== 'IN' || REFUSED_TYPES.has(question.type)) return REFUSED;
  const view = index.views.get(domain);
  if (view === undefined) return REFUSED;
  const publicZones = [index.publicZones, AUTODEFINED, UNASKED];
  const answers: AnswerRecord[] = [];
  const owners: Owner[] = [];
  const none = { authority: null, forward: null, owners } as const;
  let varies = false;
  let name = question.name.toLowerCase();
  for (let chased = 0; ; chased++) {
    const own = findZone(name, isInbound ? view.inbound : view.zones);
    const rule = findRule(name, view.rules);
    if (rule?.forward && isRuled(name, rule, own)) {
      owners.push({ kind: 'rule', zone: rule.domain, origin: rule.origin });
      return { ...none, rcode: 'NOERROR', answers, forward: { name, rule }, varies };
    }
    const zone = own ?? findZone(name, publicZones);
    owners.push(zone?.owner ?? WORLD);
    if (zone === undefined || (isDelegated(zone, name) && question.type !== 'NS'))
      return { ...none, rcode: 'NOERROR', answers, forward: { name, rule: null }, varies };
    const types = findName(zone, name);
    if (types === undefined) return { ...none, rcode: 'NXDOMAIN', answers, authority: soa(index, zone), varies };
    const found = (question.type === 'ANY' ? first(types) : types.get(question.type)) ?? types.get('CNAME');
    const chosen = (found?.choices && drawn(found.choices, draw())) ?? found ?? NOTHING;
    const { ttlSeconds } = chosen;
    const values = (chosen.near && valuesNear(chosen.near, zoneOfClient(), draw())) ?? chosen.values;
    varies ||= found?.choices !== undefined || chosen.near !== undefined;
    if (found === undefined || values.length === 0) {
      return { ...none, rcode: 'NOERROR', answers, authority: soa(index, zone), varies };
    }
    answers.push({ name: chased === 0 ? question.name : name, type: found.type, ttlSeconds, values });
    const isAlias = found.type === 'CNAME' && question.type !== 'CNAME' && question.type !== 'ANY';
    if (!isAlias || chased === MAX_CNAMES) return { ...none, rcode: 'NOERROR', answers, varies };
    name = values[0] ?? '';
  }
}

export const WORLD: Owner = { kind: 'world', zone: null, origin: [] };
const NOTHING: Answers = { ttlSeconds: 0, values: [] };

function valuesNear(
  { share, zones }: NonNullable<Answers['near']>,
  zone: string | undefined,
  luck: number,
): readonly string[] | undefined {
  return luck < share ? zones.find((each) => each.zone === zone)?.values : undefined;
}

/** One of them by its share of all weights. */
function drawn(choices: readonly Choice[], luck: number): Choice | undefined {
  let left = luck * choices.reduce((sum, { weight }) => sum + weight, 0);
  for (const choice of choices) {
    left -= choice.weight;
    if (left < 0) return choice;
  }
  return choices.at(-1);
}

/** At the same domain the rule comes before the zone. */
function isRuled(name: string, rule: ResolverRule, own: IndexedZone | undefined): boolean {
  const zone = own ?? findZone(name, [AUTODEFINED]);
  return zone === undefined || rule.domain.length >= zone.name.length;
}

/** The most specific rule at or above the name. */
function findRule(name: string, rules: ReadonlyMap<string, ResolverRule>): ResolverRule | undefined {
  if (rules.size === 0) return undefined;
  for (let suffix = name; ; suffix = parent(suffix)) {
    const rule = rules.get(suffix);
    if (rule !== undefined || suffix === '') return rule;
  }
}

/** ANY is answered with one of the name's record sets (RFC 8482 §4.1): enough to show that the name exists. */
function first(types: ReadonlyMap<string, ZoneRecord>): ZoneRecord | undefined {
  return types.values().next().value;
}

/** A customer's public zone has its own; what it says last is how long a negative answer may be remembered (RFC 2308 §4). */
function soa(index: DnsIndex, zone: IndexedZone): Soa {
  const record = zone.names.get(zone.name)?.get('SOA');
  const [primary, mailbox, serial, , , , minimum] = (record && parseRdata('SOA', record.values[0] ?? '')) ?? [];
  if (record !== undefined && primary?.kind === 'name' && mailbox?.kind === 'name' && minimum?.kind === 'number') {
    return {
      zone: zone.name,
      primary: primary.text,
      mailbox: mailbox.text,
      serial: serial?.kind === 'number' ? serial.value : index.serial,
      ttlSeconds: Math.min(record.ttlSeconds, minimum.value),
    };
  }
  return {
    zone: zone.name,
    primary: `ns0.${zone.name}`,
    mailbox: 'hostmaster.amazon.com',
    serial: index.serial,
    ttlSeconds: NEGATIVE_TTL_SECONDS,
  };
}

const REFUSED: Answer = { rcode: 'REFUSED', answers: [], authority: null, forward: null, owners: [], varies: false };
