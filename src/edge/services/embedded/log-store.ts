/**
 * The log groups of one account in one region, in a SQLite file: what a reply confirms is on the disk. Bounded: past MAX_BYTES the
 * events that came in first go, whosever they are, past MOST_STREAMS the stream that nobody wrote to for longest, and events that a
 * group's retention has outlived are not told and go with its next batch.
 * Knows neither AWS's errors nor its limits (logs.ts).
 */
import { chmodSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** Of one account and region; AWS has no such bound. */
const MAX_BYTES = 256 * 1024 * 1024;
/** Whoever puts each event in a stream of its own leaves many. AWS has no such bound. */
const MOST_STREAMS = 50_000;
/** What AWS counts for each event beside its message. */
export const EVENT_BYTES = 26;
const DAY_MS = 86_400_000;
/** Of a deleted group or stream, in one go: whoever shares the thread has its turn in between. */
const SLICE = 2_000;
/** No group's or stream's name begins so. A deleted one keeps such a name until all that it had is gone. */
const GONE = ':';
const IS_THERE = `name NOT LIKE '${GONE}%'`;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = FULL;
  PRAGMA foreign_keys = ON;
  CREATE TABLE IF NOT EXISTS log_groups (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, created INTEGER NOT NULL, days INTEGER, tags TEXT NOT NULL,
    bytes INTEGER NOT NULL DEFAULT 0
  );
  CREATE TABLE IF NOT EXISTS log_streams (
    id INTEGER PRIMARY KEY, group_id INTEGER NOT NULL REFERENCES log_groups ON DELETE CASCADE, name TEXT NOT NULL,
    created INTEGER NOT NULL, ingested INTEGER, UNIQUE (group_id, name)
  );
  CREATE TABLE IF NOT EXISTS log_events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, group_id INTEGER NOT NULL, stream_id INTEGER NOT NULL REFERENCES log_streams ON DELETE CASCADE,
    time INTEGER NOT NULL, ingested INTEGER NOT NULL, bytes INTEGER NOT NULL, message TEXT NOT NULL
  );
  CREATE INDEX IF NOT EXISTS log_streams_by_use ON log_streams (coalesce(ingested, created));
  CREATE INDEX IF NOT EXISTS log_events_of_group ON log_events (group_id, time, seq);
  CREATE INDEX IF NOT EXISTS log_events_of_stream ON log_events (stream_id, time, seq);`;

export interface LogGroup {
  readonly id: number;
  readonly name: string;
  /** Milliseconds since 1970, as all times here. */
  readonly created: number;
  /** null: events are kept for ever. */
  readonly days: number | null;
  /** A JSON object. */
  readonly tags: string;
  readonly bytes: number;
}

export interface LogStream {
  readonly id: number;
  readonly name: string;
  readonly created: number;
  /** Of the newest batch; null: none yet. */
  readonly ingested: number | null;
  /** Of the oldest and the newest event by their own times; null: it has none. */
  readonly first: number | null;
  readonly last: number | null;
}

export interface LogEvent {
  /** In the order of their arrival, never used again. */
  readonly seq: number;
  readonly stream: string;
  readonly time: number;
  readonly ingested: number;
  readonly bytes: number;
  readonly message: string;
}

/** Between two events, in the order of their times and arrivals: before the event of this time and number. */
export interface Place {
  readonly time: number;
  readonly seq: number;
}

export interface Span {
  /** Both inclusive. */
  readonly from: number;
  readonly to: number;
  readonly after: Place;
  readonly before: Place;
  readonly newestFirst: boolean;
}

export interface LogStore {
  groups(): readonly LogGroup[];
  group(name: string): LogGroup | undefined;
  createGroup(name: string, tags: Readonly<Record<string, string>>): void;
  changeGroup(group: LogGroup, change: { readonly days?: number | null; readonly tags?: object }): void;
  /** At once it is not there; what it had goes bit by bit, by the next process if need be. As it is with a stream. */
  deleteGroup(group: LogGroup): void;
  streams(group: LogGroup): readonly LogStream[];
  stream(group: LogGroup, name: string): LogStream | undefined;
  createStream(group: LogGroup, name: string): void;
  deleteStream(stream: LogStream): void;
  append(group: LogGroup, stream: LogStream, events: readonly { time: number; message: string }[]): void;
  /** Of the stream, or of the whole group; read as they are asked for. */
  events(group: LogGroup, stream: LogStream | null, span: Span): IterableIterator<LogEvent>;
  close(): void;
}

export interface LogStoreOptions {
  readonly mostStreams?: number;
  readonly maxBytes?: number;
  readonly now?: () => number;
}

export function openLogStore(
  place: string,
  { maxBytes = MAX_BYTES, mostStreams = MOST_STREAMS, now = Date.now }: LogStoreOptions = {},
): LogStore {
  mkdirSync(place, { recursive: true, mode: 0o700 });
  const file = join(place, 'logs.sqlite');
  const db = new DatabaseSync(file);
  chmodSync(file, 0o600);
  db.exec(SCHEMA);
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();

  function sql(text: string) {
    const known = statements.get(text) ?? db.prepare(text);
    statements.set(text, known);
    return known;
  }

  function whole(work: () => void): void {
    db.exec('BEGIN IMMEDIATE');
    try {
      work();
      db.exec('COMMIT');
    } catch (error) {
      db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Events before it have outlived the group's retention. */
  function floorOf({ days }: LogGroup): number {
    return days === null ? 0 : now() - days * DAY_MS;
  }

  /** `which`: a condition on log_events. */
  function drop(which: string, ...values: number[]): void {
    const rows = sql(`SELECT group_id, sum(bytes) AS bytes FROM log_events WHERE ${which} GROUP BY group_id`).all(
      ...values,
    );
    for (const row of rows) {
      sql('UPDATE log_groups SET bytes = bytes - ? WHERE id = ?').run(row.bytes as number, row.group_id as number);
    }
    sql(`DELETE FROM log_events WHERE ${which}`).run(...values);
  }

  /** A sixteenth more than need be goes, so that it is not each batch's work. */
  function makeRoom(): void {
    const { total } = sql('SELECT sum(bytes) AS total FROM log_groups').get() as { total: number };
    if (total <= maxBytes) return;
    let left = total - maxBytes + maxBytes / 16;
    let last = 0;
    for (const row of sql('SELECT seq, bytes FROM log_events ORDER BY seq').iterate()) {
      last = row.seq as number;
      left -= row.bytes as number;
      if (left <= 0) break;
    }
    drop('seq <= ?', last);
  }

  let isOpen = true;

  /** A slice of what a deleted one had, or itself; whether nothing is left. */
  const drops: Readonly<Record<'group' | 'stream', (id: number) => boolean>> = {
    group(id) {
      if (!dropEvents('group_id', id)) return false;
      const some = 'SELECT id FROM log_streams WHERE group_id = ? LIMIT ?';
      const { changes } = sql(`DELETE FROM log_streams WHERE id IN (${some})`).run(id, SLICE);
      if (Number(changes) === SLICE) return false;
      sql('DELETE FROM log_groups WHERE id = ?').run(id);
      return true;
    },
    stream(id) {
      if (!dropEvents('stream_id', id)) return false;
      sql('DELETE FROM log_streams WHERE id = ?').run(id);
      return true;
    },
  };

  /** Whether those were the last. */
  function dropEvents(column: string, id: number): boolean {
    drop(`seq IN (SELECT seq FROM log_events WHERE ${column} = ? LIMIT ?)`, id, SLICE);
    return sql(`SELECT 1 FROM log_events WHERE ${column} = ? LIMIT 1`).get(id) === undefined;
  }

  /** Begins to take away what a deleted group or stream had, and it at last. */
  function clear(what: 'group' | 'stream', id: number): void {
    setImmediate(() => {
      if (!isOpen) return;
      let isDone = false;
      try {
        whole(() => {
          // A stream may have gone with its group since; its id is then another's, who is there.
          const isGone = sql(`SELECT 1 FROM log_${what}s WHERE id = ? AND NOT ${IS_THERE}`).get(id) !== undefined;
          isDone = !isGone || drops[what](id);
        });
      } catch {
        // Nobody waits for it: the next process goes on.
        return;
      }
      if (!isDone) clear(what, id);
    });
  }

  function forget(what: 'group' | 'stream', id: number): void {
    sql(`UPDATE log_${what}s SET name = ? WHERE id = ?`).run(`${GONE}${id}`, id);
    clear(what, id);
  }

  for (const what of ['stream', 'group'] as const) {
    for (const { id } of sql(`SELECT id FROM log_${what}s WHERE NOT ${IS_THERE}`).all()) clear(what, id as number);
  }

  /** The one that nobody wrote to for longest goes where there are too many. */
  function makeRoomForStream(): void {
    const { count } = sql('SELECT count(*) AS count FROM log_streams').get() as { count: number };
    if (count < mostStreams) return;
    const [oldest] = sql(
      `SELECT id FROM log_streams WHERE ${IS_THERE} ORDER BY coalesce(ingested, created), id LIMIT 1`,
    ).all();
    if (oldest !== undefined) forget('stream', oldest.id as number);
  }

  const STREAMS = `SELECT id, name, created, ingested,
    (SELECT min(time) FROM log_events WHERE stream_id = s.id AND time >= :floor) AS first,
    (SELECT max(time) FROM log_events WHERE stream_id = s.id AND time >= :floor) AS last
    FROM log_streams s WHERE group_id = :group AND ${IS_THERE}`;
  const rowsOf = <T>(rows: unknown) => rows as T;

  return {
    groups: () => rowsOf<LogGroup[]>(sql(`SELECT * FROM log_groups WHERE ${IS_THERE} ORDER BY name`).all()),
    group: (name) => rowsOf<LogGroup | undefined>(sql('SELECT * FROM log_groups WHERE name = ?').get(name)),
    createGroup(name, tags) {
      sql('INSERT INTO log_groups (name, created, tags) VALUES (?, ?, ?)').run(name, now(), JSON.stringify(tags));
    },
    changeGroup({ id, days, tags }, change) {
      const kept = change.days === undefined ? days : change.days;
      const text = change.tags === undefined ? tags : JSON.stringify(change.tags);
      sql('UPDATE log_groups SET days = ?, tags = ? WHERE id = ?').run(kept, text, id);
    },
    deleteGroup: ({ id }) => forget('group', id),
    streams: (group) =>
      rowsOf<LogStream[]>(sql(`${STREAMS} ORDER BY name`).all({ floor: floorOf(group), group: group.id })),
    stream: (group, name) =>
      rowsOf<LogStream | undefined>(
        sql(`${STREAMS} AND name = :name`).get({ floor: floorOf(group), group: group.id, name }),
      ),
    createStream({ id }, name) {
      makeRoomForStream();
      sql('INSERT INTO log_streams (group_id, name, created) VALUES (?, ?, ?)').run(id, name, now());
    },
    deleteStream: ({ id }) => forget('stream', id),
    append(group, stream, events) {
      const at = now();
      whole(() => {
        const add = sql(
          'INSERT INTO log_events (group_id, stream_id, time, ingested, bytes, message) VALUES (?, ?, ?, ?, ?, ?)',
        );
        let bytes = 0;
        for (const { time, message } of events) {
          const size = Buffer.byteLength(message) + EVENT_BYTES;
          add.run(group.id, stream.id, time, at, size, message);
          bytes += size;
        }
        sql('UPDATE log_groups SET bytes = bytes + ? WHERE id = ?').run(bytes, group.id);
        sql('UPDATE log_streams SET ingested = ? WHERE id = ?').run(at, stream.id);
        if (group.days !== null) drop('group_id = ? AND time < ?', group.id, floorOf(group));
        makeRoom();
      });
    },
    events(group, stream, { from, to, after, before, newestFirst }) {
      const order = newestFirst ? 'DESC' : 'ASC';
      // The index of the one or of the other has them in order already.
      const text = `SELECT e.seq, s.name AS stream, e.time, e.ingested, e.bytes, e.message
        FROM log_events e CROSS JOIN log_streams s ON s.id = e.stream_id
        WHERE ${stream === null ? 'e.group_id' : 'e.stream_id'} = ?
          AND s.${IS_THERE} AND e.time BETWEEN ? AND ? AND (e.time, e.seq) >= (?, ?) AND (e.time, e.seq) < (?, ?)
        ORDER BY e.time ${order}, e.seq ${order}`;
      const id = stream?.id ?? group.id;
      // Said twice, as the index is entered by the time alone.
      const first = Math.max(from, floorOf(group), after.time);
      const last = Math.min(to, before.time);
      const rows = db.prepare(text).iterate(id, first, last, after.time, after.seq, before.time, before.seq);
      return rows as unknown as IterableIterator<LogEvent>;
    },
    close() {
      isOpen = false;
      db.close();
    },
  };
}
