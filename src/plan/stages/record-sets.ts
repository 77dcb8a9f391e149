/**
 * What the record sets of one hosted zone come to: aliases answer what their targets do, and of several sets of one name and
 * type the healthy ones answer, in turn or by weight, as their routing policy says. Health is that of endpoints and load
 * balancers behind aliases that ask for it; all else counts as healthy, and where nothing is healthy everything is.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-how-route-53-chooses-records.html
 *
 * What no zone file could say is left out: one customer's mistake must not hold up the Plan of all; the API refuses it before.
 */
import type { RecordSet, Routing } from '../../model/resources.ts';
import { isName } from '../../net/domain-name.ts';
import { remember } from '../memo.ts';
import type { Choice, ZoneRecord } from '../plan.ts';
import { formatRdata, isRecordType, parseRdata } from '../rdata.ts';
import { sortValues, TTL_SECONDS } from './records.ts';

/** AWS's own names, which aliases may lead to. */
export interface AliasTargets {
  find(name: string, type: ZoneRecord['type']): ZoneRecord | undefined;
  /** Whether anything behind the name serves connections now. */
  isHealthy(name: string): boolean;
}

/** An alias of an alias of …: more are a loop. */
const MAX_ALIASES = 8;
/** AWS answers with so many of a multivalue answer's sets. */
const MAX_MULTIVALUE = 8;

interface Outcome {
  readonly isHealthy: boolean;
  /** Empty: the name has nothing of the type now. */
  readonly choices: readonly Choice[];
}

/** In no order; each name and type once. */
export function zoneRecords(sets: readonly RecordSet[], targets: AliasTargets): readonly ZoneRecord[] {
  const groups = Map.groupBy(sets, ({ name, type }) => `${name} ${type}`);
  const zone = { groups, targets, known: new Map() };
  return [...groups].flatMap(([key, group]) => {
    const [first] = group;
    if (first === undefined || !isRecordType(first.type) || !isName(first.name)) return [];
    if (isPlain(first)) return plainRecord(first) ?? [];
    const { name, type, zoneId } = first;
    const { choices } = resolve(zone, key, 0);
    const { weight: _, ...only } = choices[0] ?? { weight: 1, ttlSeconds: TTL_SECONDS, values: [] };
    return { name, type, ...only, origin: [zoneId], ...(choices.length > 1 && { choices }) };
  });
}

/** Nearly all are. */
export function isPlain({ alias, routing }: RecordSet): boolean {
  return alias === undefined && routing === undefined;
}

const plainRecord = remember((set: RecordSet): ZoneRecord | undefined => {
  const { type, name, ttlSeconds, zoneId } = set;
  const values = valuesOf(set);
  return !isRecordType(type) || values.length === 0
    ? undefined
    : { name, type, ttlSeconds, values: sortValues(type, values), origin: [zoneId] };
});

function valuesOf({ type, values }: RecordSet): readonly string[] {
  if (!isRecordType(type)) return [];
  return values.flatMap((text) => {
    const fields = parseRdata(type, text);
    return fields === undefined ? [] : [formatRdata(fields)];
  });
}

/** `known`: what each name and type comes to after so many aliases: many may lead to one. */
interface Zone {
  readonly groups: ReadonlyMap<string, readonly RecordSet[]>;
  readonly targets: AliasTargets;
  readonly known: Map<string, Outcome>;
}

/** `key`: of a group. */
function resolve(zone: Zone, key: string, depth: number): Outcome {
  const before = zone.known.get(`${depth} ${key}`);
  if (before !== undefined) return before;
  const group = zone.groups.get(key) ?? [];
  const found = group.map((set) => ({ routing: set.routing, outcome: outcomeOf(zone, set, depth) }));
  const healthy = found.filter(({ outcome }) => outcome.isHealthy);
  const able = healthy.length > 0 ? healthy : found;
  const outcome = { isHealthy: healthy.length > 0, choices: choose(able) };
  zone.known.set(`${depth} ${key}`, outcome);
  return outcome;
}

function outcomeOf(zone: Zone, set: RecordSet, depth: number): Outcome {
  const { alias, type, zoneId, ttlSeconds } = set;
  if (alias === undefined) return { isHealthy: true, choices: [{ weight: 1, ttlSeconds, values: sorted(set) }] };
  if (depth === MAX_ALIASES) return { isHealthy: false, choices: [] };
  const outcome =
    alias.zoneId === zoneId
      ? resolve(zone, `${alias.name} ${type}`, depth + 1)
      : awsOutcome(alias.name, type, zone.targets);
  return { ...outcome, isHealthy: !alias.evaluateHealth || outcome.isHealthy };
}

function awsOutcome(name: string, type: string, targets: AliasTargets): Outcome {
  const record = isRecordType(type) ? targets.find(name, type) : undefined;
  if (record === undefined) return { isHealthy: targets.isHealthy(name), choices: [] };
  const { ttlSeconds, values, near } = record;
  const choices = [{ weight: 1, ttlSeconds, values, ...(near && { near }) }];
  return { isHealthy: targets.isHealthy(name), choices };
}

function sorted(set: RecordSet): readonly string[] {
  return isRecordType(set.type) ? sortValues(set.type, valuesOf(set)) : [];
}

interface Candidate {
  readonly routing: Routing | undefined;
  readonly outcome: Outcome;
}

/** All have one policy, and come in the order of their creation. */
function choose(able: readonly Candidate[]): readonly Choice[] {
  const [first] = able;
  switch (first?.routing?.policy) {
    case 'weighted':
      return weighted(able);
    case 'failover':
      return (able.find(({ routing }) => routing?.policy === 'failover' && routing.role === 'PRIMARY') ?? first).outcome
        .choices;
    case 'multivalue':
      return multivalue(able);
    default:
      return first?.outcome.choices ?? [];
  }
}

/** Weights of 0 count only where there are no others: then all are alike. */
function weighted(able: readonly Candidate[]): readonly Choice[] {
  const weightOf = ({ routing }: Candidate) => (routing?.policy === 'weighted' ? routing.weight : 0);
  const isAnyHeavy = able.some((each) => weightOf(each) > 0);
  const choices = able.flatMap((each) => {
    const share = isAnyHeavy ? weightOf(each) : 1;
    if (share === 0) return [];
    const { choices } = each.outcome;
    if (choices.length === 0) return [{ weight: share, ttlSeconds: TTL_SECONDS, values: [] }];
    const sum = choices.reduce((total, { weight }) => total + weight, 0);
    return choices.map((choice) => ({ ...choice, weight: (share * choice.weight) / sum }));
  });
  return merged(choices);
}

/** Those with one answer are one: aliases of aliases would multiply them. */
function merged(choices: readonly Choice[]): readonly Choice[] {
  const found = new Map<string, Choice>();
  for (const { weight, ...answer } of choices) {
    const key = JSON.stringify(answer);
    found.set(key, { weight: (found.get(key)?.weight ?? 0) + weight, ...answer });
  }
  return [...found.values()];
}

/** Eight of them; where there are more, another eight each time. */
function multivalue(able: readonly Candidate[]): readonly Choice[] {
  const all = able.flatMap(({ outcome }) => outcome.choices);
  const starts = all.length > MAX_MULTIVALUE ? all.keys() : [0];
  return [...starts].map((start) => {
    const some = [...all.slice(start), ...all.slice(0, start)].slice(0, MAX_MULTIVALUE);
    return {
      weight: 1,
      ttlSeconds: Math.min(...some.map(({ ttlSeconds }) => ttlSeconds)),
      values: [...new Set(some.flatMap(({ values }) => values))].sort(),
    };
  });
}
