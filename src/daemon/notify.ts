/**
 * Publishes the events that wait in the store (docs/decisions/connection-events.md): of each destination oldest first, each until it
 * is through or an hour old, then removed. Stored first and removed last, so a kill in between publishes twice, never not at all.
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
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
const MAX_AGE_MS = 60 * 60 * 1000;

export function createNotifier({ store, log, publish, changed, now }: NotifierParts): Notifier {
  /** By destination: one that does not take events keeps none of the others waiting. */
  const lanes = new Map<string, Promise<void>>();
  const pauses = new Set<() => void>();
  let stopped = false;

  async function run(destination: string): Promise<void> {
    let failures = 0;
    const next = () => store.intent.table('pendingEvent').by('destination', destination)[0];
    for (let event = next(); event !== undefined && !stopped; event = next()) {
      // What may still be lost with a crash must not be told of.
      await store.durable();
      if (await attempt(event)) {
        failures = 0;
        store.commit([remove(event)]);
        changed();
      } else await pause(Math.min(FIRST_RETRY_MS * 2 ** failures++, LAST_RETRY_MS));
    }
    lanes.delete(destination);
  }

  /** True where it is done with. */
  async function attempt(event: PendingEvent): Promise<boolean> {
    const { destination, id } = event;
    try {
      await publish(event);
      return true;
    } catch (err) {
      if (err instanceof Refusal) {
        log.warn({ err, destination, id }, 'an event is not taken; it is dropped');
        return true;
      }
      const isOld = now() - Date.parse(event.createdAt) > MAX_AGE_MS;
      if (isOld) log.error({ err, destination, id }, 'an event could not be published for an hour; it is dropped');
      else log.warn({ err: err as Fault, destination, id }, 'an event could not be published yet');
      return isOld;
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
