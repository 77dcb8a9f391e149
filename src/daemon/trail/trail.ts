/**
 * The trail: the newest events in memory, to be looked up, and in files, to outlive the process. A call only leaves what is known of it;
 * events are made of that, and written, a moment later, off the calls' way. docs/decisions/trail.md
 */
import { appendFileSync, existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs';
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../host/log.ts';
import type { TrailEvent, TrailQuery } from '../../model/trail.ts';
import { type CallTold, eventOf } from './event.ts';

export interface Trail {
  record(call: CallTold): void;
  /** The newest first. */
  find(query: TrailQuery): readonly TrailEvent[];
  /** Those after a serial number, the oldest first. */
  after(serial: number, count: number): readonly TrailEvent[];
  /** All that was recorded is written. */
  close(): Promise<void>;
}

export interface TrailOptions {
  /** null: memory only. */
  readonly folder: string | null;
  readonly log: Log;
  /** Events in memory; as many are dropped at once as a tenth. */
  readonly most?: number;
  /** Of the file that is written to; the one before it is kept. */
  readonly mostFileBytes?: number;
}

const MOST = 10_000;
const MOST_FILE_BYTES = 8 * 1024 * 1024;
const WRITE_AFTER_MS = 200;
/** A burst does not wait for the clock. */
const MOST_WAITING = 500;

export function createTrail({ folder, log, most = MOST, mostFileBytes = MOST_FILE_BYTES }: TrailOptions): Trail {
  const files = folder === null ? null : { now: join(folder, 'events.jsonl'), before: join(folder, 'events.1.jsonl') };
  let events: Kept[] = [];
  let waiting: CallTold[] = [];
  let timer: NodeJS.Timeout | null = null;
  let writing = Promise.resolve();
  let bytes = 0;
  if (folder !== null && files !== null) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    events = [files.before, files.now].flatMap(readEvents).slice(-most);
    bytes = existsSync(files.now) ? endLine(files.now) : 0;
  }
  let serial = events.at(-1)?.serial ?? 0;

  function settle(): void {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    if (waiting.length === 0) return;
    const made = waiting.map((call) => keptOf(eventOf(call, ++serial)));
    waiting = [];
    events.push(...made);
    if (events.length > most + most / 10) events = events.slice(-most);
    if (files !== null) write(files, made.map(({ line }) => `${line}\n`).join(''));
  }

  function write(to: { readonly now: string; readonly before: string }, text: string): void {
    writing = writing
      .then(async () => {
        if (bytes > mostFileBytes) {
          renameSync(to.now, to.before);
          bytes = 0;
        }
        await appendFile(to.now, text, { mode: 0o600 });
        bytes += Buffer.byteLength(text);
      })
      .catch((err) => log.error({ err }, 'the trail is not written'));
  }

  return {
    record(call) {
      waiting.push(call);
      if (waiting.length >= MOST_WAITING) settle();
      else timer ??= setTimeout(settle, WRITE_AFTER_MS).unref();
    },
    find({ account, region, matches, from, to, before, count }) {
      settle();
      const found: TrailEvent[] = [];
      const owner = ownerOf({ account, region });
      for (let at = events.length - 1; at >= 0 && found.length < count; at--) {
        const kept = events[at];
        if (kept === undefined || kept.owner !== owner) continue;
        if (before !== null && kept.serial >= before) continue;
        if ((from !== null && kept.time < from) || (to !== null && kept.time > to)) continue;
        const event = JSON.parse(kept.line) as TrailEvent;
        if (matches(event)) found.push(event);
      }
      return found;
    },
    after(last, count) {
      settle();
      const later = events.filter((event) => event.serial > last).slice(0, count);
      return later.map(({ line }) => JSON.parse(line) as TrailEvent);
    },
    async close() {
      settle();
      await writing;
    },
  };
}

/** As text: it costs a call less than an object, and a text cut out of a request would keep the whole of it in memory. */
interface Kept {
  readonly serial: number;
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly owner: string;
  readonly line: string;
}

function keptOf(event: TrailEvent): Kept {
  return { serial: event.serial, time: Date.parse(event.at), owner: ownerOf(event), line: JSON.stringify(event) };
}

/** A copy, for the same reason. */
function ownerOf({ account, region }: Pick<TrailEvent, 'account' | 'region'>): string {
  return Buffer.from(`${account} ${region}`).toString();
}

/** What a crash cut short must not take the next event with it. The file's bytes. */
function endLine(file: string): number {
  const text = readFileSync(file);
  if (text.length === 0 || text.at(-1) === 0x0a) return text.length;
  appendFileSync(file, '\n');
  return text.length + 1;
}

/** What a crash cut short is not an event. */
function readEvents(file: string): readonly Kept[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .flatMap((line) => {
      try {
        return [keptOf(JSON.parse(line) as TrailEvent)];
      } catch {
        return [];
      }
    });
}
