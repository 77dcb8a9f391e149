/**
 * The way to the real world as control sees it: what the host has, measured again and again, and when the program that carries packets
 * is to be started: once the driver has put its tap there. The supervisor starts it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../driver/netns/state.ts';
import { hostNetwork } from '../host/outside.ts';
import type { OutsideFact } from '../model/facts.ts';
import type { Plan } from '../plan/plan.ts';

/** An address that the host gets is reached for so long at most. A look costs 60 µs: less than waiting for the kernel to tell would. */
const LOOK_MS = 250;

export interface OutsideWatch {
  fact(): OutsideFact | null;
  /** Measures again and again, and tells when that is another than before. Ends it. */
  follow(changed: () => void): () => void;
  /** What the driver has done. */
  drove(changes: readonly Pick<Change, 'op'>[]): void;
  /** The Plan is in force. */
  applied(plan: Pick<Plan, 'outside'>): void;
}

export interface OutsideOptions {
  /** Whether there is to be one. */
  readonly isWanted: boolean;
  /** `anew`: the tap is another, whoever is at the one before is to end. */
  readonly start: (anew: boolean) => void;
  readonly measure?: () => OutsideFact;
}

export function watchOutside({ isWanted, start, measure = hostNetwork }: OutsideOptions): OutsideWatch {
  let measured = isWanted ? measure() : null;
  let isNewTap = false;
  let started = false;
  return {
    fact: () => measured,
    follow(changed) {
      if (!isWanted) return () => undefined;
      const looking = setInterval(() => {
        const before = measured;
        measured = measure();
        if (!isDeepStrictEqual(before, measured)) changed();
      }, LOOK_MS);
      return () => clearInterval(looking);
    },
    drove(changes) {
      isNewTap ||= changes.some(({ op }) => op === 'tap');
    },
    applied({ outside }) {
      if (outside === null || (started && !isNewTap)) return;
      start(isNewTap);
      started = true;
      isNewTap = false;
    },
  };
}
