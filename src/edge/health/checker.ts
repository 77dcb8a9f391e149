/**
 * Checks every target of a Plan at its interval, each at its own moment within it so that they do not come all at once, and
 * remembers what came of it by target for as long as the check stays the same. A new target is looked at within a second.
 */
import { monotonicMs } from '../../host/clock.ts';
import { explain } from '../../host/fault.ts';
import type { Log } from '../../host/log.ts';
import type { Pool } from '../../plan/plan.ts';
import { type Check, checksOf } from './checks.ts';
import { type Health, judge, NEW, type Verdict } from './judge.ts';

/** At the same time; more wait. Sockets of one process are not without end. */
const CONCURRENT = 1024;
/** Within this time after it was registered a target has its first check. */
const FIRST_WITHIN_MS = 500;

export interface CheckedHealth {
  readonly check: Check;
  readonly health: Health;
  /** For how long its state has been that. */
  readonly ageMs: number;
}

export interface Checker {
  apply(pools: readonly Pool[]): void;
  /** Of every target that is checked, judged yet or not. */
  health(): Iterable<CheckedHealth>;
  close(): void;
}

export interface CheckerOptions {
  readonly log: Log;
  probe(check: Check, signal: AbortSignal): Promise<Verdict>;
  /** A target's state or its reason is another than before. */
  onChange(): void;
}

interface Entry {
  check: Check;
  health: Health;
  /** Since when its state is that. */
  sinceMs: number;
  /** When its newest check was to start. */
  dueMs: number;
  timer: NodeJS.Timeout | undefined;
  /** What keeps its checks from being made; undefined: nothing. */
  fault: string | undefined;
}

export function createChecker({ log, probe, onChange }: CheckerOptions): Checker {
  const entries = new Map<string, Entry>();
  const waiting = new Set<Entry>();
  const ending = new AbortController();
  let running = 0;

  function start(check: Check): void {
    const share = Buffer.from(check.fingerprint, 'base64url').readUInt32BE() / 2 ** 32;
    const now = monotonicMs();
    const entry = {
      check,
      health: NEW,
      sinceMs: now,
      dueMs: lastMoment(check, share, now),
      timer: undefined,
      fault: undefined,
    };
    entries.set(check.id, entry);
    schedule(entry, share * FIRST_WITHIN_MS);
  }

  function stop(entry: Entry): void {
    clearTimeout(entry.timer);
    waiting.delete(entry);
    entries.delete(entry.check.id);
  }

  /** What was missed while a check took long is not made up for. */
  function scheduleNext(entry: Entry): void {
    const now = monotonicMs();
    const interval = intervalMs(entry.check);
    entry.dueMs += interval * Math.max(1, Math.ceil((now - entry.dueMs) / interval));
    schedule(entry, entry.dueMs - now);
  }

  function schedule(entry: Entry, afterMs: number): void {
    entry.timer = setTimeout(() => {
      waiting.add(entry);
      next();
    }, afterMs);
  }

  function next(): void {
    for (const entry of waiting) {
      if (running >= CONCURRENT) return;
      waiting.delete(entry);
      running++;
      void run(entry).finally(() => {
        running--;
        next();
      });
    }
  }

  async function run(entry: Entry): Promise<void> {
    const verdict = await measure(entry);
    // Not if it was taken out or replaced meanwhile.
    if (entries.get(entry.check.id) !== entry) return;
    scheduleNext(entry);
    if (verdict === undefined) return;
    const before = entry.health;
    entry.health = judge(before, verdict, entry.check.settings);
    if (entry.health.state !== before.state) entry.sinceMs = monotonicMs();
    if (!saysTheSame(before, entry.health)) {
      log.info({ target: entry.check.id, state: entry.health.state, ...entry.health.failure }, 'target health');
      onChange();
    }
  }

  /** Undefined: it could not be made. That is told once, not at each attempt. */
  async function measure(entry: Entry): Promise<Verdict | undefined> {
    try {
      const verdict = await probe(entry.check, ending.signal);
      entry.fault = undefined;
      return verdict;
    } catch (error) {
      const fault = explain(error);
      if (fault !== entry.fault && !ending.signal.aborted) {
        log.warn({ err: error, target: entry.check.id }, 'a health check cannot be made');
      }
      entry.fault = fault;
      return undefined;
    }
  }

  return {
    apply(pools) {
      const wanted = checksOf(pools);
      for (const entry of [...entries.values()]) {
        const check = wanted.get(entry.check.id);
        if (check?.fingerprint === entry.check.fingerprint) entry.check = check;
        else stop(entry);
      }
      for (const check of wanted.values()) if (!entries.has(check.id)) start(check);
    },
    *health() {
      const now = monotonicMs();
      for (const { check, health, sinceMs } of entries.values()) yield { check, health, ageMs: now - sinceMs };
    },
    close() {
      for (const entry of [...entries.values()]) stop(entry);
      ending.abort(new Error('the checks end'));
    },
  };
}

/** The newest of the target's own moments: `share` of the interval after each multiple of it, so that starts are spread. */
function lastMoment(check: Check, share: number, nowMs: number): number {
  const interval = intervalMs(check);
  return Math.floor(nowMs / interval - share) * interval + share * interval;
}

function intervalMs(check: Check): number {
  return check.settings.intervalSeconds * 1000;
}

function saysTheSame(a: Health, b: Health): boolean {
  return a.state === b.state && a.failure?.reason === b.failure?.reason && a.failure?.status === b.failure?.status;
}
