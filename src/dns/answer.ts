/**
 * What a VPC's resolver answers to one question, from its view and the public zones: pure, and without bytes. The most
 * specific zone owns the name; a name it does not have is NXDOMAIN, never asked of the world. Names in no zone, and those that
 * a zone gives away to servers elsewhere, are the world's: `forward`. RFC 1034 §4.3.2, RFC 2308 (negative answers), RFC 4592 (wildcards), RFC 8482 (ANY).
 */
import type { Plan, ZoneRecord } from '../plan/plan.ts';
import { parseRdata } from '../plan/rdata.ts';
import { SPECIAL_ZONES } from './special.ts';
import { findName, findZone, type IndexedZone, indexZones, isDelegated, type ZoneIndex } from './zones.ts';

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
  /** True where the world has to be asked; rcode and answers then say nothing. */
  readonly forward: boolean;
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
  readonly views: ReadonlyMap<string, ZoneIndex>;
}

/** A chase ends after this many CNAMEs: longer ones are loops, or not worth a client's time. */
const MAX_CNAMES = 8;
/** How long "does not exist" may be remembered: as short as AWS's own names, so that a new endpoint is soon seen. */
const NEGATIVE_TTL_SECONDS = 60;
const SPECIAL = indexZones(SPECIAL_ZONES);
/** Zone transfers and the obsolete mail types are for servers that own a zone. */
const REFUSED_TYPES: ReadonlySet<string> = new Set(['AXFR', 'IXFR', 'MAILA', 'MAILB']);

export function indexDns(plan: Plan): DnsIndex {
  return {
    serial: plan.revision >>> 0,
    publicZones: indexZones(plan.publicZones),
    views: new Map(plan.views.map((view) => [view.id, indexZones(view.zones)])),
  };
}

export function answer(index: DnsIndex, domain: string, question: Question): Answer {
  if (question.class !== 'IN' || REFUSED_TYPES.has(question.type)) return refused();
  const view = index.views.get(domain);
  if (view === undefined) return refused();
  const indexes = [view, index.publicZones, SPECIAL];
  const answers: AnswerRecord[] = [];
  let name = question.name.toLowerCase();
  for (let chased = 0; ; chased++) {
    const zone = findZone(name, indexes);
    // Behind a CNAME the client asks on by itself: an answer from two sources cannot be put together here.
    if (zone === undefined || (isDelegated(zone, name) && question.type !== 'NS'))
      return { rcode: 'NOERROR', answers, authority: null, forward: chased === 0 };
    const types = findName(zone, name);
    const owner = chased === 0 ? question.name : name;
    if (types === undefined) return { rcode: 'NXDOMAIN', answers, authority: soa(index, zone), forward: false };
    const record = question.type === 'ANY' ? first(types) : types.get(question.type);
    if (record !== undefined) {
      answers.push({ name: owner, type: record.type, ttlSeconds: record.ttlSeconds, values: record.values });
      return { rcode: 'NOERROR', answers, authority: null, forward: false };
    }
    const alias = types.get('CNAME');
    const target = alias?.values[0];
    if (alias === undefined || target === undefined) {
      return { rcode: 'NOERROR', answers, authority: soa(index, zone), forward: false };
    }
    answers.push({ name: owner, type: 'CNAME', ttlSeconds: alias.ttlSeconds, values: [target] });
    if (chased === MAX_CNAMES) return { rcode: 'NOERROR', answers, authority: null, forward: false };
    name = target;
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

function refused(): Answer {
  return { rcode: 'REFUSED', answers: [], authority: null, forward: false };
}
