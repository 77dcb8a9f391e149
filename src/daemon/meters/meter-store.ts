/**
 * Keeps what metered things counted: points of one minute for CloudWatch, of one hour for bills, totals for Prometheus, and when
 * what costs by the hour began and ended. A file of its own beside the store of the Intent: none of it is asked for by customers.
 *
 * A reading and what was made of it are written in one transaction: whoever dies between reading and writing has written nothing, and
 * finds at the next reading all that was counted since the last one that was written. docs/decisions/metrics.md
 */
import type { DatabaseSync } from 'node:sqlite';
import { isDeepStrictEqual } from 'node:util';
import type { BilledThing, Recorded } from '../../bill/things.ts';
import type { HourSum } from '../../bill/usage.ts';
import {
  FIELDS,
  type Field,
  type Metered,
  type MeteredLately,
  type MetricPoint,
  type MetricQuery,
  type Metrics,
  namesOf,
} from '../../model/metrics.ts';
import { openDatabase } from '../store/sqlite.ts';

export type Values = Readonly<Partial<Record<Field, number>>>;
/** By address. */
export type Parts = Readonly<Record<string, Values>>;

export interface Gathered extends Metered {
  /** Totals of what is counted, as they stand now; what is gauged, now. What is not here is not known. */
  readonly values: Values;
  /** What the totals are sums of, which come and go by themselves; absent: they are of one piece. */
  readonly parts?: Parts;
}

export interface MeterStore extends Metrics {
  /** All that a reading found. `billed`: all that costs by the hour now; what is not in it any more ended now. */
  write(gathered: readonly Gathered[], billed: readonly BilledThing[], now: number): void;
  /** Sums by the hour, of what is counted; the most, of what is gauged. */
  hours(from: number, until: number): readonly HourSum[];
  /** What there was in a span of time. */
  recorded(from: number, until: number): readonly Recorded[];
  /** Of what was read last: what each counted since it was made, and what it was gauged at. */
  totals(): readonly Total[];
  close(): void;
}

export interface Total extends Metered {
  readonly values: Values;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** AWS keeps points of one minute for 15 days, those of one hour for 455. */
export const MINUTES_KEPT_MS = 15 * DAY_MS;
export const HOURS_KEPT_MS = 455 * DAY_MS;
/** Of the file. Beyond it the older half of the time that points of minutes are kept for is given up, again and again if need be. */
const MOST_BYTES = 1024 * 1024 * 1024;
const PRUNE_MS = HOUR_MS;

const NAMES = Object.keys(FIELDS) as readonly Field[];
/** In the database a field is its number here: new ones go to the end of FIELDS. */
const NUMBERS = new Map(NAMES.map((name, at) => [name, at]));

const SCHEMA = `
  create table if not exists metered (
    id integer primary key, key text not null unique, body text not null,
    read text not null, total text not null, pointed integer not null, latest integer not null
  );
  create table if not exists minutes (
    metered integer not null, field integer not null, at integer not null, value real not null,
    primary key (metered, field, at)
  ) without rowid;
  create table if not exists hours (
    metered integer not null, field integer not null, at integer not null, value real not null,
    primary key (metered, field, at)
  ) without rowid;
  create index if not exists hours_at on hours (at);
  create table if not exists billed (
    id integer primary key, key text not null, body text not null, since integer not null, until integer
  );
  create index if not exists billed_until on billed (until);
  create index if not exists billed_key on billed (key);
`;

interface Kept {
  readonly id: number;
  readonly body: string;
  readonly metered: Metered;
  /** As it was read last. */
  readonly read: Parts;
  readonly total: Values;
  /** A bit for each field that had a point, by its number. */
  readonly pointed: number;
  /** When it last had a point, milliseconds since 1970; 0: never. */
  readonly latest: number;
}

export interface MeterStoreOptions {
  readonly mostBytes?: number;
}

export function openMeterStore(path: string, { mostBytes = MOST_BYTES }: MeterStoreOptions = {}): MeterStore {
  const database = openDatabase(path, 'normal');
  database.exec(SCHEMA);
  let { kept, named, running } = load(database);
  let current: readonly string[] = [];
  let prunedAt = 0;
  let wroteAt = 0;

  const add = database.prepare(
    'insert into metered (key, body, read, total, pointed, latest) values (?, ?, ?, ?, ?, ?) returning id',
  );
  const change = database.prepare(
    'update metered set body = ?, read = ?, total = ?, pointed = ?, latest = ? where id = ?',
  );
  const put = Object.fromEntries(
    (['minutes', 'hours'] as const).map((table) => [
      table,
      {
        sum: upsert(database, table, 'value + excluded.value'),
        max: upsert(database, table, 'max(value, excluded.value)'),
        last: upsert(database, table, 'excluded.value'),
      },
    ]),
  ) as Record<'minutes' | 'hours', Record<'sum' | 'max' | 'last', ReturnType<DatabaseSync['prepare']>>>;
  const begin = database.prepare('insert into billed (key, body, since, until) values (?, ?, ?, null) returning id');
  const end = database.prepare('update billed set until = ? where id = ?');
  const lastEnd = database.prepare('select max(until) as until from billed where key = ?');

  function transaction(work: () => void): void {
    database.exec('begin immediate');
    try {
      work();
      database.exec('commit');
    } catch (error) {
      if (database.isTransaction) database.exec('rollback');
      // What was made of it here is not in the file.
      ({ kept, named, running } = load(database));
      throw error;
    }
  }

  function writeOne(each: Gathered, now: number): void {
    const { values, parts = { '': values }, ...metered } = each;
    const body = JSON.stringify(metered);
    const before = kept.get(each.key);
    const made = growth(before?.read ?? {}, parts, values);
    const points = NAMES.filter(
      (field) => made[field] !== undefined && (made[field] !== 0 || FIELDS[field] === 'last'),
    );
    const isSame = before !== undefined && before.body === body && points.length === 0;
    if (isSame && isDeepStrictEqual(before.read, parts)) return;
    const total = { ...before?.total };
    for (const field of NAMES) {
      const value = made[field];
      if (value !== undefined) total[field] = FIELDS[field] === 'sum' ? (total[field] ?? 0) + value : value;
    }
    const latest = points.length === 0 ? (before?.latest ?? 0) : now;
    const pointed = points.reduce((bits, field) => bits | bitOf(field), before?.pointed ?? 0);
    const columns = [body, JSON.stringify(parts), JSON.stringify(total), pointed, latest] as const;
    const id = before?.id ?? (add.get(each.key, ...columns)?.id as number);
    if (before !== undefined) change.run(...columns, id);
    keep(kept, named, { id, body, metered, read: parts, total, pointed, latest });
    for (const field of points) {
      const [number, value] = [NUMBERS.get(field) as number, made[field] as number];
      put.minutes[FIELDS[field]].run(id, number, now - (now % MINUTE_MS), value);
      put.hours[FIELDS[field]].run(id, number, now - (now % HOUR_MS), value);
    }
  }

  /** What comes again under a key that had ended (an interface's next public address) is there since now. */
  function writeBilled(billed: readonly BilledThing[], now: number): void {
    const seen = new Set<string>();
    for (const thing of billed) {
      const { key } = thing;
      seen.add(key);
      if (running.has(key)) continue;
      const made = Date.parse(thing.since);
      const ended = (lastEnd.get(key)?.until as number | null | undefined) ?? null;
      const since = ended === null || made >= ended ? made : now;
      running.set(key, { id: begin.get(key, JSON.stringify(thing), since)?.id as number, since });
    }
    for (const [key, { id, since }] of running) {
      if (seen.has(key)) continue;
      end.run(Math.max(now, since), id);
      running.delete(key);
    }
  }

  /** What is there stays, though it has never counted anything. */
  function prune(now: number, there: ReadonlySet<string>): void {
    database.prepare('delete from hours where at < ?').run(now - HOURS_KEPT_MS);
    database.prepare('delete from billed where until < ?').run(now - HOURS_KEPT_MS);
    let keptMs = MINUTES_KEPT_MS;
    do {
      pruneMinutes(now - keptMs);
      keptMs /= 2;
    } while (usedBytes(database) > mostBytes && keptMs > MINUTE_MS);
    const isBilled = database.prepare('select 1 from hours where metered = ? limit 1');
    const drop = database.prepare('delete from metered where id = ?');
    for (const [key, { id, latest }] of kept) {
      if (there.has(key) || latest >= now - HOURS_KEPT_MS || isBilled.get(id) !== undefined) continue;
      drop.run(id);
      forget(kept, named, key);
    }
  }

  function pruneMinutes(before: number): void {
    const drop = database.prepare('delete from minutes where metered = ? and field = ? and at < ?');
    for (const { id } of kept.values()) for (const number of NUMBERS.values()) drop.run(id, number, before);
  }

  return {
    write(gathered, billed, now) {
      transaction(() => {
        for (const each of gathered) writeOne(each, now);
        writeBilled(billed, now);
        if (now - prunedAt >= PRUNE_MS) {
          prune(now, new Set(gathered.map(({ key }) => key)));
          prunedAt = now;
        }
      });
      current = gathered.map(({ key }) => key);
      wroteAt = now;
    },
    metered: () => [...kept.values()].flatMap((each) => lately(each, wroteAt)),
    about: (name) => [...(named.get(name) ?? [])].flatMap((key) => lately(kept.get(key), wroteAt)),
    points: (query) => pointsOf(database, kept, query),
    hours(from, until) {
      const rows = database.prepare('select metered, field, at, value from hours where at >= ? and at < ?');
      const byId = new Map([...kept.values()].map((each) => [each.id, each]));
      return rows.all(from, until).flatMap((row): HourSum[] => {
        const metered = byId.get(row.metered as number)?.metered;
        const field = NAMES[row.field as number];
        if (metered === undefined || field === undefined) return [];
        return [{ metered, field, at: row.at as number, value: row.value as number }];
      });
    },
    recorded(from, until) {
      const rows = database.prepare(
        'select body, since, until from billed where since < ? and (until is null or until > ?) order by id',
      );
      return rows.all(until, from).map(({ body, since, until: ended }) => ({
        thing: JSON.parse(body as string) as BilledThing,
        since: since as number,
        until: ended as number | null,
      }));
    },
    totals: () =>
      current.flatMap((key) => {
        const found = kept.get(key);
        return found === undefined ? [] : [{ ...found.metered, values: found.total }];
      }),
    close: () => database.close(),
  };
}

function upsert(database: DatabaseSync, table: string, value: string) {
  return database.prepare(
    `insert into ${table} (metered, field, at, value) values (?, ?, ?, ?) on conflict do update set value = ${value}`,
  );
}

/** What was counted since. Totals that became smaller began anew, all of one thing at once: what it has is what it counted since then. */
export function difference(before: Values, now: Values): Values {
  const counted = NAMES.filter((field) => FIELDS[field] === 'sum');
  const anew = counted.some((field) => (now[field] ?? 0) < (before[field] ?? 0));
  return Object.fromEntries(
    Object.entries(now).map(([name, value]) => {
      const field = name as Field;
      return [field, FIELDS[field] === 'sum' && !anew ? value - (before[field] ?? 0) : value];
    }),
  );
}

/** What all parts counted since, and `values` as they stand of what is gauged. A part that is gone takes nothing away. */
function growth(before: Parts, now: Parts, values: Values): Values {
  const counted = NAMES.filter((field) => FIELDS[field] === 'sum' && values[field] !== undefined);
  const grown = Object.entries(now).map(([name, part]) => difference(before[name] ?? {}, part));
  const sums = counted.map((field) => [field, grown.reduce((sum, each) => sum + (each[field] ?? 0), 0)]);
  return { ...values, ...Object.fromEntries(sums) };
}

interface Running {
  readonly id: number;
  readonly since: number;
}

function load(database: DatabaseSync): {
  readonly kept: Map<string, Kept>;
  readonly named: Map<string, Set<string>>;
  readonly running: Map<string, Running>;
} {
  const kept = new Map<string, Kept>();
  const named = new Map<string, Set<string>>();
  for (const row of loadMetered(database)) keep(kept, named, row);
  return { kept, named, running: loadRunning(database) };
}

/** `named`: keys by the names of resources. */
function keep(kept: Map<string, Kept>, named: Map<string, Set<string>>, row: Kept): void {
  const { key } = row.metered;
  const before = kept.get(key);
  kept.set(key, row);
  if (before?.body === row.body) return;
  if (before !== undefined) unname(named, before);
  for (const name of namesOf(row.metered.subject)) {
    const keys = named.get(name);
    if (keys === undefined) named.set(name, new Set([key]));
    else keys.add(key);
  }
}

function forget(kept: Map<string, Kept>, named: Map<string, Set<string>>, key: string): void {
  const row = kept.get(key);
  if (row !== undefined) unname(named, row);
  kept.delete(key);
}

function unname(named: Map<string, Set<string>>, { metered }: Kept): void {
  for (const name of namesOf(metered.subject)) {
    const keys = named.get(name);
    keys?.delete(metered.key);
    if (keys?.size === 0) named.delete(name);
  }
}

function loadMetered(database: DatabaseSync): readonly Kept[] {
  const rows = database.prepare('select id, key, body, read, total, pointed, latest from metered order by id').all();
  return rows.map((row) => ({
    id: row.id as number,
    body: row.body as string,
    metered: JSON.parse(row.body as string) as Metered,
    read: JSON.parse(row.read as string) as Parts,
    total: JSON.parse(row.total as string) as Values,
    pointed: row.pointed as number,
    latest: row.latest as number,
  }));
}

function loadRunning(database: DatabaseSync): Map<string, Running> {
  const rows = database.prepare('select id, key, since from billed where until is null').all();
  return new Map(rows.map(({ id, key, since }) => [key as string, { id: id as number, since: since as number }]));
}

/** None where its points are too old to be there. */
function lately(row: Kept | undefined, now: number): readonly MeteredLately[] {
  if (row === undefined || row.pointed === 0 || row.latest < now - MINUTES_KEPT_MS) return [];
  return [{ ...row.metered, fields: NAMES.filter((field) => (row.pointed & bitOf(field)) !== 0), latest: row.latest }];
}

function bitOf(field: Field): number {
  return 1 << (NUMBERS.get(field) as number);
}

function pointsOf(
  database: DatabaseSync,
  kept: ReadonlyMap<string, Kept>,
  { keys, fields, from, until, periodMilliseconds }: MetricQuery,
): readonly MetricPoint[] {
  const ids = keys.flatMap((key) => kept.get(key)?.id ?? []);
  const numbers = fields.map((field) => NUMBERS.get(field) as number);
  const marks = (list: readonly unknown[]) => list.map(() => '?').join();
  const rows = database.prepare(
    `select cast((at - ?) / ? as integer) as bucket, count(*) as count, sum(value) as sum, min(value) as min, max(value) as max from (
       select at, sum(value) as value from minutes
       where metered in (${marks(ids)}) and field in (${marks(numbers)}) and at >= ? and at < ? group by at
     ) group by bucket order by bucket`,
  );
  return rows.all(from, periodMilliseconds, ...ids, ...numbers, from, until).map((row) => ({
    at: from + (row.bucket as number) * periodMilliseconds,
    count: row.count as number,
    sum: row.sum as number,
    min: row.min as number,
    max: row.max as number,
  }));
}

function usedBytes(database: DatabaseSync): number {
  const pragma = (name: string) => Object.values(database.prepare(`pragma ${name}`).get() ?? {})[0] as number;
  return (pragma('page_count') - pragma('freelist_count')) * pragma('page_size');
}
