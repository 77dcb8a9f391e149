/**
 * Writes records of logs, whatever they are about, where they go: to a stream of a log group at once, to a bucket as a compressed
 * object a minute, sooner when the log or the edge ends. What is under way when the edge is killed is lost: at most that minute.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/resolver-query-logs-choosing-target-resource.html
 * https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
 */
import { randomBytes } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { explain, Fault } from '../../host/fault.ts';
import type { Log } from '../../host/log.ts';
import type { DeliveredLog } from '../../plan/plan.ts';
import type { Stores } from '../services/embedded/stores.ts';

const OBJECT_MS = 60_000;
/** Uncompressed; a fuller one is written at once. */
const OBJECT_BYTES = 4 * 1024 * 1024;
/** One complaint about a destination in this time. */
const COMPLAINT_MS = 60_000;

/** A log as its records are delivered. */
export interface OutLog extends Pick<DeliveredLog, 'id' | 'account' | 'region' | 'destination'> {
  /** In a sentence: "questions of vpc-1". */
  readonly what: string;
  /** For how long what was logged before its end may still be on its way. */
  readonly lateMs: number;
  /** The first line of each object; null: none. */
  readonly head: string | null;
  /** Of an object, between the destination's prefix and what makes it unique. */
  keyOf(time: Moment): string;
}

/** UTC, in as many digits as keys have; `minute`: "20260102T0304Z". */
export interface Moment {
  readonly year: string;
  readonly month: string;
  readonly day: string;
  readonly hour: string;
  readonly minute: string;
}

export interface LogEvent {
  /** Milliseconds since 1970. */
  readonly time: number;
  readonly message: string;
}

export interface Delivery {
  /** One that is left out still takes what was logged before, for a while. */
  apply(logs: readonly OutLog[]): void;
  /** Whether it takes records. */
  knows(id: string): boolean;
  /** Of one log, in the order of their times. `makesGroup`: the log group, where there is none. */
  write(id: string, stream: string, events: readonly LogEvent[], makesGroup: boolean): void;
  /** What AWS says of logs whose last records were not delivered, by id. */
  faults(): Readonly<Record<string, DeliveryFault>>;
  close(): Promise<void>;
}

/** In AWS's words. */
export type DeliveryFault = 'Access error' | 'Unknown error';

export interface DeliveryOptions {
  readonly log: Log;
  readonly stores: Stores;
}

/** There is no such place for the log's account. */
class NoDestination extends Fault {}

interface Known {
  readonly log: OutLog;
  /** Running: the Plan has it no more. */
  readonly ending: NodeJS.Timeout | null;
}

/** An object that is being filled. */
interface Filling {
  readonly log: OutLog;
  readonly lines: string[];
  readonly since: number;
  readonly timer: NodeJS.Timeout;
  bytes: number;
}

export function createDelivery({ log: logger, stores }: DeliveryOptions): Delivery {
  const known = new Map<string, Known>();
  const filling = new Map<string, Filling>();
  const complained = new Map<string, number>();
  const faults = new Map<string, DeliveryFault>();
  let writing: Promise<void> = Promise.resolve();

  function complain({ id, what }: OutLog, error: unknown): void {
    faults.set(id, error instanceof NoDestination ? 'Access error' : 'Unknown error');
    if (Date.now() - (complained.get(id) ?? 0) < COMPLAINT_MS) return;
    complained.set(id, Date.now());
    logger.warn({ log: id }, `${what} are not logged: ${explain(error)}`);
  }

  function toGroup(
    { account, region }: OutLog,
    name: string,
    stream: string,
    events: readonly LogEvent[],
    makes: boolean,
  ) {
    const store = stores.logs(account, region);
    if (makes && store.group(name) === undefined) store.createGroup(name, {});
    const group = store.group(name);
    if (group === undefined) throw new NoDestination(`there is no log group ${name}`);
    if (store.stream(group, stream) === undefined) store.createStream(group, stream);
    const found = store.stream(group, stream);
    if (found !== undefined) store.append(group, found, events);
  }

  function toObject(log: OutLog, events: readonly LogEvent[]): void {
    const found = filling.get(log.id) ?? {
      log,
      lines: log.head === null ? [] : [log.head],
      since: events[0]?.time ?? Date.now(),
      timer: setTimeout(() => finish(log.id), OBJECT_MS),
      bytes: 0,
    };
    filling.set(log.id, found);
    for (const { message } of events) {
      found.lines.push(message);
      found.bytes += message.length;
    }
    if (found.bytes >= OBJECT_BYTES) finish(log.id);
  }

  function finish(id: string): void {
    const full = filling.get(id);
    if (full === undefined) return;
    filling.delete(id);
    clearTimeout(full.timer);
    writing = writing
      .then(() => putObject(full))
      .then(
        () => void faults.delete(id),
        (error) => complain(full.log, error),
      )
      .then(() => {
        if (!known.has(id)) faults.delete(id);
      });
  }

  function end(id: string): void {
    finish(id);
    known.delete(id);
    complained.delete(id);
    faults.delete(id);
  }

  async function putObject({ log, lines, since }: Filling): Promise<void> {
    const { destination, account } = log;
    if (destination.kind !== 'bucket') return;
    const { bucket, prefix } = destination;
    const store = await stores.ofBucket(bucket);
    if (store?.account !== account) throw new NoDestination(`${account} has no bucket ${bucket}`);
    const result = await store.s3Router({
      method: 'PUT',
      bucket,
      key: `${prefix}${log.keyOf(momentOf(since))}_${randomBytes(4).toString('hex')}.log.gz`,
      query: {},
      headers: { 'content-type': 'application/octet-stream' },
      body: gzipSync(`${lines.join('\n')}\n`),
    });
    if (result === undefined || result.status >= 300) throw new Fault('the object could not be written');
  }

  return {
    apply(logs) {
      const kept = new Set(logs.map(({ id }) => id));
      for (const [id, { log, ending }] of known) {
        if (!kept.has(id) && ending === null) known.set(id, { log, ending: setTimeout(() => end(id), log.lateMs) });
      }
      for (const log of logs) {
        clearTimeout(known.get(log.id)?.ending ?? undefined);
        known.set(log.id, { log, ending: null });
      }
    },
    knows: (id) => known.has(id),
    write(id, stream, events, makesGroup) {
      const log = known.get(id)?.log;
      if (log === undefined) return;
      try {
        if (log.destination.kind === 'bucket') return toObject(log, events);
        toGroup(log, log.destination.name, stream, events, makesGroup);
        faults.delete(id);
      } catch (error) {
        complain(log, error);
      }
    },
    faults: () => Object.fromEntries(faults),
    async close() {
      for (const [id, { ending }] of known) {
        if (ending !== null) clearTimeout(ending);
        finish(id);
      }
      await writing;
    },
  };
}

function momentOf(time: number): Moment {
  const [, year = '', month = '', day = '', hour = '', minute = ''] =
    /^(\d+)-(\d+)-(\d+)T(\d+):(\d+)/.exec(new Date(time).toISOString()) ?? [];
  return { year, month, day, hour, minute: `${year}${month}${day}T${hour}${minute}Z` };
}
