/** Ends of ways that fare alike: one pair of two groups answers for all pairs of theirs. */
import type { Place } from './reach-ask.ts';

export interface Group {
  readonly places: readonly Place[];
  /** Of the places, one or two on different machines: nobody is asked about the way to itself. */
  readonly ends: readonly Place[];
}

export function groupOf(places: readonly Place[]): Group {
  const [first] = places;
  const other = places.find(({ id, machine }) => id !== first?.id && (machine === null || machine !== first?.machine));
  return { places, ends: [first ?? [], other ?? []].flat() };
}

/** undefined: of all pairs both are one machine. */
export function pairOf(from: Group, to: Group): readonly [Place, Place] | undefined {
  for (const sender of from.ends) {
    for (const receiver of to.ends) {
      if (sender.id === receiver.id) continue;
      if (sender.machine === null || sender.machine !== receiver.machine) return [sender, receiver];
    }
  }
  return undefined;
}
