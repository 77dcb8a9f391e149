/**
 * Publishes the events that wait in the store (docs/decisions/connection-events.md): of each destination oldest first, a few of each
 * account at once, each until it is through or was tried as often and as long as AWS does it, then removed. Stored first and removed
 * last, so a kill in between publishes twice, never not at all. https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
 */
import type { Fault } from '../host/fault.ts';
import type { Log } from '../host/log.ts';
import { remove } from '../model/edit.ts';
import { Refusal } from '../model/refusal.ts';
import type { PendingEvent } from '../model/resources.ts';
import type { Store } from './store/store.ts';

export interface Notifier {
  /** There may be events. */
  poke(): void;
  /** Resolves when none is left, or none can be published now. */
  idle(): Promise<void>;
  /** Ends after the running attempt; what is left stays stored. */
  stop(): Promise<void>;
}

export interface NotifierParts {
  readonly store: Store;
  readonly log: Log;
  /** A Refusal is the destination's last word; anything else is tried again. */
  publish(event: PendingEvent): Promise<void>;
  /** A commit was made. */
  changed(): void;
  /** Milliseconds since 1970. */
  now(): number;
  /** Between two attempts, `milliseconds` at most. Default: some random part of it, though half at least. */
  pauseOf?(milliseconds: number): number;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5 * 60 * 1000;
const MAX_AGE_MS = 24 * 60 * 60 * 1000;
const MOST_RETRIES = 185;
/** Of one account's: however many targets of its do not answer, no other's events wait for them. */
const MOST_AT_ONCE = 10;

const withJitter = (milliseconds: number) => (milliseconds * (1 + Math.random())) / 2;

export function createNotifier({ store, log, publish, changed, now, pauseOf = withJitter }: NotifierParts): Notifier {
  /** By destination: one that does not take events keeps none of the others waiting. */
  const lanes = new Map<string, Promise<void>>();
  const pauses = new Set<() => void>();
  let stopped = false;

  const turns = createTurns(MOST_AT_ONCE);

  async function run(destination: string): Promise<void> {
    const waiting = () => store.intent.table('pendingEvent').by('destination', destination);
    for (let events = waiting(); events.length > 0 && !stopped; events = waiting()) {
      for (const event of events) {
        for (let retries = 0; !(await turns.take(event.account, () => attempt(event, retries))); retries++) {
          if (stopped) return;
          await pause(pauseOf(Math.min(FIRST_RETRY_MS * 2 ** retries, LAST_RETRY_MS)));
        }
        if (stopped) return;
      }
    }
    lanes.delete(destination);
  }

  /** True where it is done with, and removed. */
  async function attempt(event: PendingEvent, retries: number): Promise<boolean> {
    if (stopped) return false;
    // What may still be lost with a crash must not be told of.
    await store.durable();
    if (!(await isDone(event, retries))) return false;
    store.commit([remove(event)]);
    changed();
    return true;
  }

  async function isDone(event: PendingEvent, retries: number): Promise<boolean> {
    const { destination, id } = event;
    try {
      await publish(event);
      return true;
    } catch (err) {
      if (err instanceof Refusal) {
        log.warn({ err, destination, id }, 'an event is not taken; it is dropped');
        return true;
      }
      const isLast = retries >= MOST_RETRIES || now() - Date.parse(event.createdAt) > MAX_AGE_MS;
      if (isLast) log.error({ err, destination, id }, 'an event that no try could publish is dropped');
      else log.warn({ err: err as Fault, destination, id }, 'an event could not be published yet');
      return isLast;
    }
  }

  function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(end, milliseconds);
      function end(): void {
        clearTimeout(timer);
        pauses.delete(end);
        resolve();
      }
      pauses.add(end);
    });
  }

  return {
    poke() {
      if (stopped) return;
      const table = store.intent.table('pendingEvent');
      let unattended = table.size;
      for (const destination of lanes.keys()) unattended -= table.count('destination', destination);
      // Each commit comes here: what waits in a lane already is not looked through again.
      if (unattended === 0) return;
      for (const { destination } of table.all()) {
        if (lanes.has(destination)) continue;
        const lane = run(destination).catch((err) => {
          lanes.delete(destination);
          // The store failed: the process is about to end, and the next one finds the events.
          log.error({ err }, 'events are not published');
        });
        lanes.set(destination, lane);
      }
    },
    async idle() {
      await Promise.all(lanes.values());
    },
    async stop() {
      stopped = true;
      for (const end of pauses) end();
      await Promise.all(lanes.values());
    },
  };
}

/** Work of which as much as `most` of each `key` goes on at once; the rest waits, first come first served. */
function createTurns(most: number) {
  const under = new Map<string, { running: number; readonly waiting: (() => void)[] }>();
  return {
    async take<T>(key: string, work: () => Promise<T>): Promise<T> {
      const own = under.get(key) ?? { running: 0, waiting: [] };
      under.set(key, own);
      if (own.running < most) own.running++;
      else await new Promise<void>((resolve) => own.waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = own.waiting.shift();
        // Who waited takes over the place.
        if (next !== undefined) next();
        else if (--own.running === 0) under.delete(key);
      }
    },
  };
}
