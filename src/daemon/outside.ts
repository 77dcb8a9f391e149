/**
 * The way to the real world as control sees it: what the host has, measured again and again, and when the program that carries packets
 * is to be started: once the driver has put its tap there. The supervisor starts it.
 */
import { isDeepStrictEqual } from 'node:util';
import type { Change } from '../driver/netns/state.ts';
import { hostNetwork } from '../host/outside.ts';
import type { OutsideFact } from '../model/facts.ts';
import type { Plan } from '../plan/plan.ts';

export interface OutsideWatch {
  fact(): OutsideFact | null;
  /** Measures; whether that is another than before. */
  look(): boolean;
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
    look() {
      if (measured === null) return false;
      const before = measured;
      measured = measure();
      return !isDeepStrictEqual(before, measured);
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
