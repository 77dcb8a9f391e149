/**
 * Publishes the events that decisions left in the store (docs/decisions/connection-events.md): oldest first, each until it is
 * through or an hour old, then removed. Stored first and removed last, so a kill in between publishes twice, never not at all.
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
  /** A Refusal is SNS's last word; anything else is tried again. */
  publish(event: PendingEvent): Promise<void>;
  /** A commit was made. */
  changed(): void;
  /** Milliseconds since 1970. */
  now(): number;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
const MAX_AGE_MS = 60 * 60 * 1000;

export function createNotifier({ store, log, publish, changed, now }: NotifierParts): Notifier {
  let running: Promise<void> | null = null;
  let stopped = false;
  let wake: (() => void) | null = null;

  async function run(): Promise<void> {
    let failures = 0;
    for (let event = next(); event !== undefined && !stopped; event = next()) {
      // What may still be lost with a crash must not be told of.
      await store.durable();
      if (await attempt(event)) {
        failures = 0;
        store.commit([remove(event)]);
        changed();
      } else await pause(Math.min(FIRST_RETRY_MS * 2 ** failures++, LAST_RETRY_MS));
    }
    running = null;
  }

  function next(): PendingEvent | undefined {
    for (const event of store.intent.table('pendingEvent').all()) return event;
    return undefined;
  }

  /** True where it is done with. */
  async function attempt(event: PendingEvent): Promise<boolean> {
    const { topicArn, subject } = event;
    try {
      await publish(event);
      return true;
    } catch (err) {
      if (err instanceof Refusal) {
        log.warn({ err, topicArn, subject }, 'SNS does not take an event; it is dropped');
        return true;
      }
      const isOld = now() - Date.parse(event.createdAt) > MAX_AGE_MS;
      if (isOld) log.error({ err, topicArn, subject }, 'an event could not be published for an hour; it is dropped');
      else log.warn({ err: err as Fault, topicArn, subject }, 'an event could not be published yet');
      return isOld;
    }
  }

  function pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(end, milliseconds);
      function end(): void {
        clearTimeout(timer);
        wake = null;
        resolve();
      }
      wake = end;
    });
  }

  return {
    poke() {
      if (stopped || running !== null || store.intent.table('pendingEvent').size === 0) return;
      running = run().catch((err) => {
        running = null;
        // The store failed: the process is about to end, and the next one finds the events.
        log.error({ err }, 'events are not published');
      });
    },
    async idle() {
      await running;
    },
    async stop() {
      stopped = true;
      wake?.();
      await running;
    },
  };
}
