/**
 * The main thread's side of the user-space engine: starts its thread when a Plan first needs it (most never do), hands it
 * what it needs of each Plan, and keeps what it has counted.
 */
import type { Log } from '../../host/log.ts';
import type { Plan } from '../../plan/plan.ts';
import { startThread, type Thread } from '../thread.ts';
import type { Counts } from './counts.ts';
import { type BalanceState, selectBalancing } from './state.ts';

export interface Balancing {
  /** Sentences for what does not listen. */
  apply(plan: Pick<Plan, 'balancers' | 'pools' | 'crossings'>): Promise<readonly string[]>;
  /** What does not listen now. */
  faults(): readonly string[];
  /** By listener and node; a second old at most. */
  counts(): Readonly<Record<string, Counts>>;
  stop(): Promise<void>;
}

export function createBalancing(log: Log): Balancing {
  let thread: Thread<BalanceState> | undefined;
  let counts: Readonly<Record<string, Counts>> = {};

  function start(): Thread<BalanceState> {
    return startThread<BalanceState>({
      log,
      script: new URL('./worker.ts', import.meta.url),
      what: 'user-space load balancing',
      onNote: (note) => {
        counts = note as typeof counts;
      },
    });
  }

  return {
    async apply(plan) {
      const state = selectBalancing(plan);
      if (state.fronts.length > 0) thread ??= start();
      return (await thread?.apply(state)) ?? [];
    },
    faults: () => thread?.faults() ?? [],
    counts: () => counts,
    stop: async () => thread?.stop(),
  };
}
