/**
 * Makes the world match the Intent, one round after another: compile → check → driver → edge → instances. Commits that arrive
 * while a round runs are taken together in the next. Never decides anything.
 *
 * A round shares its thread with the API. So each is followed by a rest, in proportion to what it took: while commits keep
 * streaming in, the API has its share of the time and the rounds take more commits each. A commit that comes alone finds the
 * rest long over and starts a round at once.
 *
 * A Fault (the host failed) is tried again, ever more slowly, until it is gone; a new commit tries at once. A Bug (compile
 * threw, or `check` found something) is not tried again before the Intent changes: the last good plan stays in force.
 */
import { explain } from '../host/fault.ts';
import type { Plan } from '../plan/plan.ts';

/** The parts of a round; in production compile, check, the driver, the edge and the instance room. */
export interface Parts {
  /** Resolves when what the Intent holds now is on the disk: nothing else may reach the kernel. */
  durable(): Promise<void>;
  compile(): Plan;
  /** Sentences about what no plan may be; empty: sound. */
  check(plan: Plan): readonly string[];
  /** How many changes the kernel needed. */
  drive(plan: Plan): Promise<number>;
  tellEdge(plan: Plan): Promise<void>;
  /** In the background: instances take their time, and tell their facts themselves. */
  runInstances(plan: Plan): void;
}

export interface Trouble {
  readonly kind: 'fault' | 'bug';
  readonly step: 'compile' | 'check' | 'drive' | 'edge';
  readonly sentence: string;
  readonly since: string;
  readonly attempts: number;
}

/** A round that went through. */
export interface Round {
  readonly plan: Plan;
  readonly changes: number;
  readonly milliseconds: number;
}

export interface Loop {
  /** The newest revision that is wholly in force; -1 before the first. */
  readonly appliedRevision: number;
  /** The round whose plan is in force; null before the first. */
  readonly round: Round | null;
  readonly trouble: Trouble | null;
  /** Something changed: start a round, or have the next one include it. */
  poke(): void;
  /** Resolves when nothing is left to do or to be tried again, or one trouble has outlasted so many attempts. */
  idle(mostAttempts?: number): Promise<void>;
  /** Ends after the running round; nothing starts after that. */
  stop(): Promise<void>;
}

const FIRST_RETRY_MS = 100;
const LAST_RETRY_MS = 5000;
/**
 * Of a round's duration D. A commit in a stream waits for half of a rest and a round on average, then for its own round:
 * 1.9 D, which is 100 ms (the goal) at rounds of 53 ms. Longer rounds miss it anyway; the bound keeps them from missing it by more.
 */
const REST_SHARE = 0.75;
const MAX_REST_MS = 100;

/** Time for the loop; tests have one of their own. */
export interface LoopClock {
  /** Milliseconds since whenever. */
  now(): number;
  /** Calls `then` once, after so many milliseconds, unless the function that it gives back is called before. */
  after(milliseconds: number, then: () => void): () => void;
}

const realClock: LoopClock = {
  now: () => performance.now(),
  after(milliseconds, then) {
    const timer = setTimeout(then, milliseconds);
    return () => clearTimeout(timer);
  },
};

export interface LoopOptions {
  readonly clock?: LoopClock;
  readonly now: () => string;
  readonly onTrouble?: (trouble: Trouble, error: unknown) => void;
  readonly onApplied?: (round: Round) => void;
}

/** What ended a round early; `error` is what the log shows. */
class Stopped extends Error {
  readonly kind: Trouble['kind'];
  readonly step: Trouble['step'];
  constructor(kind: Trouble['kind'], step: Trouble['step'], cause: unknown) {
    super(explain(cause), { cause });
    this.kind = kind;
    this.step = step;
  }
}

export function createLoop(parts: Parts, { now, onTrouble, onApplied, clock = realClock }: LoopOptions): Loop {
  let last: Round | null = null;
  let trouble: Trouble | null = null;
  let wanted = false;
  let running: Promise<void> | null = null;
  let stopped = false;
  let restUntil = Number.NEGATIVE_INFINITY;
  /** Ends the wait that is going on; `poked` says why. */
  let wake: ((poked: boolean) => void) | null = null;
  let ended = Promise.withResolvers<void>();

  async function rounds(): Promise<void> {
    while (!stopped && (wanted || trouble?.kind === 'fault')) {
      const rest = restUntil - clock.now();
      if (rest > 0) await wait(rest, { endsByPoke: false });
      if (stopped) break;
      wanted = false;
      const started = clock.now();
      try {
        last = { ...(await round()), milliseconds: clock.now() - started };
        trouble = null;
        onApplied?.(last);
        parts.runInstances(last.plan);
      } catch (error) {
        if (!(error instanceof Stopped)) throw error;
        const same = trouble?.step === error.step && trouble.sentence === error.message;
        trouble = {
          kind: error.kind,
          step: error.step,
          sentence: error.message,
          since: same && trouble !== null ? trouble.since : now(),
          attempts: same && trouble !== null ? trouble.attempts + 1 : 1,
        };
        onTrouble?.(trouble, error.cause);
      }
      const end = clock.now();
      restUntil = end + Math.min(REST_SHARE * (end - started), MAX_REST_MS);
      ended.resolve();
      ended = Promise.withResolvers<void>();
      if (trouble?.kind === 'fault' && !wanted && !stopped) await wait(retryMs(trouble.attempts), { endsByPoke: true });
    }
    running = null;
  }

  async function round(): Promise<Omit<Round, 'milliseconds'>> {
    await parts.durable();
    const next = attempt('compile', () => parts.compile());
    const findings = attempt('check', () => parts.check(next));
    if (findings.length > 0) throw new Stopped('bug', 'check', findings.join('; '));
    const changes = await parts.drive(next).catch((cause) => {
      throw new Stopped('fault', 'drive', cause);
    });
    await parts.tellEdge(next).catch((cause) => {
      throw new Stopped('fault', 'edge', cause);
    });
    return { plan: next, changes };
  }

  /** `stop` ends it in any case. */
  function wait(milliseconds: number, { endsByPoke }: { readonly endsByPoke: boolean }): Promise<void> {
    return new Promise((resolve) => {
      const cancel = clock.after(milliseconds, end);
      function end(): void {
        cancel();
        wake = null;
        resolve();
      }
      wake = (poked) => {
        if (endsByPoke || !poked) end();
      };
    });
  }

  return {
    get appliedRevision() {
      return last?.plan.revision ?? -1;
    },
    get round() {
      return last;
    },
    get trouble() {
      return trouble;
    },
    poke() {
      wanted = true;
      wake?.(true);
      if (!stopped) running ??= rounds();
    },
    async idle(mostAttempts = Number.POSITIVE_INFINITY) {
      while (running !== null && (trouble?.attempts ?? 0) < mostAttempts) await Promise.race([running, ended.promise]);
    },
    async stop() {
      stopped = true;
      wake?.(false);
      await running;
    },
  };
}

/** Longer with each attempt. */
function retryMs(attempts: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** (attempts - 1), LAST_RETRY_MS);
}

function attempt<T>(step: Trouble['step'], work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw new Stopped('bug', step, cause);
  }
}
