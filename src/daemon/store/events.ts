/**
 * The stream of events in the store: rows beside the resources, so that what happened and that it is told are in one transaction.
 * The newest are kept. docs/decisions/events.md
 */
import type { Kysely, Transaction } from 'kysely';
import type { EventFilter, EventPage, StreamEvent, Told } from '../../model/events.ts';
import type { Schema } from './schema.ts';

/** Kept; up to a tenth more until the next are dropped. Each is below 40 KiB: customers' own are the longest. */
export const MOST_EVENTS = 10_000;

export type EventRow = Schema['events'];

export function eventRow(seq: number, event: StreamEvent): EventRow {
  const { id, at, account, region, source, detailType } = event;
  return { seq, id, at, account, region, source, detail_type: detailType, body: JSON.stringify(event) };
}

export async function writeEvents(
  db: Transaction<Schema>,
  rows: readonly EventRow[],
  told: Iterable<Told>,
  most: number,
): Promise<void> {
  // One text for any number of them: it stays prepared.
  for (const row of rows) await db.insertInto('events').values(row).execute();
  for (const { watched, id, state } of told) {
    if (state === null) await db.deleteFrom('told').where('watched', '=', watched).where('id', '=', id).execute();
    else {
      await db
        .insertInto('told')
        .values({ watched, id, state })
        .onConflict((conflict) => conflict.columns(['watched', 'id']).doUpdateSet({ state }))
        .execute();
    }
  }
  const last = rows.at(-1)?.seq;
  const tenth = Math.ceil(most / 10);
  if (last === undefined || !rows.some(({ seq }) => seq % tenth === 0)) return;
  await db
    .deleteFrom('events')
    .where('seq', '<=', last - most)
    .execute();
}

/** By `toldKey`. */
export async function loadTold(db: Kysely<Schema>): Promise<Map<string, string>> {
  const rows = await db.selectFrom('told').selectAll().execute();
  return new Map(rows.map((row) => [toldKey(row), row.state]));
}

export function toldKey({ watched, id }: Pick<Told, 'watched' | 'id'>): string {
  return `${watched}\0${id}`;
}

/** Of the newest event; 0: there is none. */
export async function lastEvent(db: Kysely<Schema>): Promise<number> {
  const row = await db
    .selectFrom('events')
    .select(({ fn }) => fn.max('seq').as('last'))
    .executeTakeFirst();
  return Number(row?.last ?? 0);
}

export async function readEvents(
  db: Kysely<Schema>,
  filter: EventFilter,
  after: number,
  count: number,
): Promise<EventPage> {
  // First: what comes between the two questions is the next page's.
  const last = await lastEvent(db);
  const columns = { account: 'account', region: 'region', source: 'source', detailType: 'detail_type' } as const;
  let query = db.selectFrom('events').select(['seq', 'body']).where('seq', '>', after).where('seq', '<=', last);
  for (const [member, column] of Object.entries(columns)) {
    const value = filter[member as keyof typeof columns];
    if (value !== null) query = query.where(column, '=', value);
  }
  if (filter.since !== null) query = query.where('at', '>=', filter.since);
  const rows = await query.orderBy('seq').limit(count).execute();
  const end = rows.length === count ? Number(rows.at(-1)?.seq) : last;
  return { events: rows.map(({ body }) => JSON.parse(body) as StreamEvent), cursor: Math.max(end, after) };
}

/** Where in the stream an event is; undefined: it is not kept. */
export async function placeOf(db: Kysely<Schema>, id: string): Promise<number | undefined> {
  const row = await db.selectFrom('events').select('seq').where('id', '=', id).executeTakeFirst();
  return row && Number(row.seq);
}
