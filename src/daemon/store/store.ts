/**
 * Holds the Intent: in memory for deciding, in a database for ever. A commit is visible at once and written at the end of the
 * event loop's turn, together with all others of that turn (one transaction, one sync of the disk). Whoever replies waits for
 * `durable()` first, readers too: so nobody is told of what a crash could take back.
 *
 * A write that fails leaves memory ahead of the disk. There is no way back from that but to start again, so the store stays
 * failed: `durable()` rejects from then on, and the owner stops the process.
 */
import { type Kysely, sql } from 'kysely';
import { Fault } from '../../host/fault.ts';
import type { Edit } from '../../model/edit.ts';
import type { EventFilter, EventPage, StreamEvent, Told } from '../../model/events.ts';
import { createIntent, type Intent, type MutableIntent } from '../../model/intent.ts';
import type { AnyResource } from '../../model/resources.ts';
import {
  type EventRow,
  eventRow,
  lastEvent,
  loadTold,
  MOST_EVENTS,
  placeOf,
  readEvents,
  toldKey,
  writeEvents,
} from './events.ts';
import { migrate, type Schema } from './schema.ts';
import { openSqlite } from './sqlite.ts';

export interface Store {
  readonly intent: Intent;
  /** Applies the edits as the next revision. No edits: nothing happens. */
  commit(edits: readonly Edit[]): void;
  /** Calls it in each commit, once the edits are in `intent`, with the resources that they removed. What it tells is part of that commit. */
  follow(committed: (edits: readonly Edit[], removed: readonly AnyResource[]) => void): void;
  /** Puts events at the end of the stream, and what was told with them, into the transaction of this turn. */
  tell(events: readonly StreamEvent[], told: readonly Told[]): void;
  /** The state that was last told of something watched; undefined: none was. */
  lastTold(watched: string, id: string): string | undefined;
  /** Whether anything was ever told. */
  readonly hasTold: boolean;
  /** Those that are durable, after a place in the stream, `count` at most. */
  events(filter: EventFilter, after: number, count: number): Promise<EventPage>;
  /** Where an event stands in the stream; undefined: it is not kept. */
  placeOf(eventId: string): Promise<number | undefined>;
  /** Resolves when all that is in `intent` now is on the disk; rejects for ever after a failed write. */
  durable(): Promise<void>;
  close(): Promise<void>;
}

/** Rows in one INSERT: 64 × 6 parameters stay far below SQLite's bound of 32,766 and PostgreSQL's of 65,535. */
const ROWS_PER_STATEMENT = 64;

export interface StoreOptions {
  /** Called once, at the first write that fails. */
  readonly onFailure?: (fault: Fault) => void;
  readonly mostEvents?: number;
}

export async function openStore(path: string, options: StoreOptions = {}): Promise<Store> {
  const db = openSqlite<Schema>(path);
  try {
    return await createStore(db, options);
  } catch (error) {
    await db.destroy();
    throw error;
  }
}

/** A store on any database Kysely speaks to; it must be the only writer. */
async function createStore(
  db: Kysely<Schema>,
  { onFailure, mostEvents = MOST_EVENTS }: StoreOptions = {},
): Promise<Store> {
  await migrate(db);
  const { intent, seqs, lastSeq } = await load(db);
  const lastTold = await loadTold(db);
  let nextSeq = lastSeq + 1;
  let nextEvent = (await lastEvent(db)) + 1;
  let committed: Parameters<Store['follow']>[0] = () => {};
  let batch: Batch | undefined;
  let writing: Promise<void> = Promise.resolve();
  let failure: Fault | undefined;

  /** Opens a batch that is written when this turn of the event loop is over. */
  function open(): Batch {
    const opened: Omit<Batch, 'written'> = { changes: new Map(), events: [], told: new Map() };
    const written = new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        batch = undefined;
        const { revision } = intent;
        writing = writing.then(() => write(db, opened, revision, mostEvents)).catch(fail);
        writing.then(resolve, reject);
      });
    });
    written.catch(() => {});
    return { ...opened, written };
  }

  function fail(cause: unknown): never {
    if (failure === undefined) {
      failure = new Fault('the store could not be written', cause);
      onFailure?.(failure);
    }
    throw failure;
  }

  return {
    intent,
    commit(edits) {
      if (edits.length === 0) return;
      if (failure !== undefined) throw failure;
      batch ??= open();
      const removed = edits.flatMap((edit) =>
        edit.op === 'delete' ? (intent.table(edit.kind).get(edit.id) ?? []) : [],
      );
      intent.apply(edits);
      intent.revision++;
      for (const edit of edits) {
        const { kind, id } = edit.op === 'put' ? edit.resource : edit;
        const key = `${kind}\0${id}`;
        if (edit.op === 'delete') {
          seqs.delete(key);
          batch.changes.set(key, { kind, id });
        } else {
          const seq = seqs.get(key) ?? nextSeq++;
          seqs.set(key, seq);
          batch.changes.set(key, { kind, id, seq, resource: edit.resource });
        }
      }
      committed(edits, removed);
    },
    follow(listener) {
      committed = listener;
    },
    tell(events, told) {
      if (events.length === 0 && told.length === 0) return;
      if (failure !== undefined) throw failure;
      batch ??= open();
      for (const event of events) batch.events.push(eventRow(nextEvent++, event));
      for (const each of told) {
        const key = toldKey(each);
        batch.told.set(key, each);
        if (each.state === null) lastTold.delete(key);
        else lastTold.set(key, each.state);
      }
    },
    lastTold: (watched, id) => lastTold.get(toldKey({ watched, id })),
    get hasTold() {
      return nextEvent > 1 || lastTold.size > 0;
    },
    events: (filter, after, count) => readEvents(db, filter, after, count),
    placeOf: (eventId) => placeOf(db, eventId),
    async durable() {
      await (batch?.written ?? writing);
    },
    async close() {
      try {
        await batch?.written;
        await writing;
      } finally {
        await db.destroy();
      }
    },
  };
}

interface Batch {
  /** The last change of each resource; without `resource` it is a deletion. */
  readonly changes: Map<string, { kind: string; id: string; seq?: number; resource?: AnyResource }>;
  readonly events: EventRow[];
  /** By `toldKey`. */
  readonly told: Map<string, Told>;
  readonly written: Promise<void>;
}

async function load(
  db: Kysely<Schema>,
): Promise<{ intent: MutableIntent; seqs: Map<string, number>; lastSeq: number }> {
  const rows = await db.selectFrom('resources').select(['seq', 'body']).orderBy('seq').execute();
  const meta = await db.selectFrom('meta').select('value').where('key', '=', 'revision').executeTakeFirstOrThrow();
  const seqs = new Map<string, number>();
  const resources: AnyResource[] = [];
  for (const row of rows) {
    const resource = JSON.parse(row.body) as AnyResource;
    resources.push(resource);
    seqs.set(`${resource.kind}\0${resource.id}`, Number(row.seq));
  }
  return { intent: createIntent(resources, Number(meta.value)), seqs, lastSeq: Number(rows.at(-1)?.seq ?? 0) };
}

async function write(
  db: Kysely<Schema>,
  { changes, events, told }: Omit<Batch, 'written'>,
  revision: number,
  mostEvents: number,
): Promise<void> {
  const rows: Schema['resources'][] = [];
  const deletions: { kind: string; id: string }[] = [];
  for (const { kind, id, seq, resource } of changes.values()) {
    if (resource === undefined || seq === undefined) deletions.push({ kind, id });
    else {
      const { account, region } = resource;
      rows.push({ kind, id, account, region, seq, body: JSON.stringify(resource) });
    }
  }
  await db.transaction().execute(async (transaction) => {
    for (const { kind, id } of deletions) {
      await transaction.deleteFrom('resources').where('kind', '=', kind).where('id', '=', id).execute();
    }
    for (let at = 0; at < rows.length; at += ROWS_PER_STATEMENT) {
      await transaction
        .insertInto('resources')
        .values(rows.slice(at, at + ROWS_PER_STATEMENT))
        .onConflict((conflict) =>
          conflict.columns(['kind', 'id']).doUpdateSet({
            account: sql.ref('excluded.account'),
            region: sql.ref('excluded.region'),
            seq: sql.ref('excluded.seq'),
            body: sql.ref('excluded.body'),
          }),
        )
        .execute();
    }
    await writeEvents(transaction, events, told.values(), mostEvents);
    await transaction
      .updateTable('meta')
      .set({ value: String(revision) })
      .where('key', '=', 'revision')
      .execute();
  });
}
