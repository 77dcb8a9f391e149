/** A failing topology made smaller: what can go while it still fails, part by part. */
import type { Topology } from './steps.ts';

const PARTS = ['flows', 'questions', 'steps', 'vpcs'] as const;

export async function smaller(topology: Topology, fails: (topology: Topology) => Promise<boolean>): Promise<Topology> {
  let least = topology;
  for (const part of PARTS) {
    for (let size = least[part].length >> 1; size >= 1; size >>= 1) {
      for (let at = 0; at < least[part].length; ) {
        const rest = least[part].filter((_, nth) => nth < at || nth >= at + size);
        const tried = { ...least, [part]: rest } as Topology;
        if (rest.length < least[part].length && (await fails(tried))) least = tried;
        else at += size;
      }
    }
  }
  return least;
}
