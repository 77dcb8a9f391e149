/**
 * Reads what the kernel counted, every few seconds and whenever somebody is about to look, and keeps it. The counts themselves stay in
 * the kernel: a reading that fails, or a process that ends, only makes the next one larger.
 */
import { billedThings } from '../../bill/things.ts';
import type { MeterReading } from '../../driver/netns/meters.ts';
import type { Log } from '../../host/log.ts';
import type { Facts } from '../../model/facts.ts';
import type { Intent } from '../../model/intent.ts';
import type { Plan } from '../../plan/plan.ts';
import { gather } from './gather.ts';
import type { MeterStore } from './meter-store.ts';

export interface Meters {
  /** Resolves when what was counted up to now is kept, or could not be read. */
  read(): Promise<void>;
  /** Reads a last time. */
  stop(): Promise<void>;
}

export interface MetersOptions {
  readonly store: MeterStore;
  readonly intent: Intent;
  readonly facts: Facts;
  /** In force; null before the first round: nothing is read then, since nothing may be missed. */
  readonly plan: () => Plan | null;
  readonly readings: (plan: Plan) => Promise<readonly MeterReading[]>;
  readonly now: () => string;
  readonly log: Log;
}

const EVERY_MS = 10_000;
/** Of the time that reading takes: with very many routers it is read less often, so that control has its time for other things. */
const REST_SHARE = 20;

export function createMeters({ store, intent, facts, plan, readings, now, log }: MetersOptions): Meters {
  let running: Promise<void> | null = null;
  let next: Promise<void> | null = null;
  let timer: NodeJS.Timeout | null = null;
  let stopped = false;

  async function reading(): Promise<void> {
    const started = performance.now();
    try {
      const current = plan();
      if (current !== null) {
        const found = await readings(current);
        const moment = { intent, facts, plan: current, readings: found };
        store.write(gather(moment), billedThings(intent), Date.parse(now()));
      }
    } catch (err) {
      log.error({ err }, 'meters are not read');
    }
    const took = performance.now() - started;
    if (!stopped) timer = setTimeout(() => void read(), Math.max(EVERY_MS, took * REST_SHARE)).unref();
  }

  function read(): Promise<void> {
    // One that is on its way may have begun before what the caller is after was counted.
    if (running !== null) {
      next ??= running.then(() => {
        next = null;
        return begin();
      });
      return next;
    }
    return begin();
  }

  function begin(): Promise<void> {
    if (timer !== null) clearTimeout(timer);
    timer = null;
    running = reading().finally(() => {
      running = null;
    });
    return running;
  }

  void read();
  return {
    read,
    async stop() {
      stopped = true;
      await read();
    },
  };
}
