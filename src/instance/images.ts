/**
 * The images of the Plan on this host: which are there, which are still to be made of whose disk, and the making of one. The
 * machine is stopped or held still by its own room's means; deciding when is that room's too (instances.ts).
 */
import { explain } from '../host/fault.ts';
import type { Log } from '../host/log.ts';
import type { Paths } from '../host/paths.ts';
import type { ImageFact } from '../model/facts.ts';
import type { MachineImage, Plan } from '../plan/plan.ts';
import { noteUse } from './bases.ts';
import { copyDisk, finishLayer, giveUp } from './capture.ts';
import { imageFact, imagesOnDisk, pruneLayers } from './layers.ts';

const TRIES = 3;

export interface ImageRoom {
  readonly facts: ReadonlyMap<string, ImageFact>;
  /** Takes over what lies on disk, before there is a plan. */
  look(): void;
  /** What is to be made, by machine. An image whose machine has left no disk (`hasDisk`) will never be. */
  missing(plan: Plan, hasDisk: (machine: string) => boolean): Promise<ReadonlyMap<string, readonly MachineImage[]>>;
  /**
   * Makes its layer; `still` runs the copy while nothing writes to the disk. false: it failed and may be tried again. After some
   * tries it is given up, and told as failed.
   */
  make(image: MachineImage, base: string, still: (copy: () => Promise<void>) => Promise<void>): Promise<boolean>;
  /** Removes the layers that no image and no machine of the plan names. */
  prune(plan: Plan): Promise<void>;
}

export function createImageRoom(paths: Paths, log: Log): ImageRoom {
  const facts = new Map<string, ImageFact>();
  const tries = new Map<string, number>();
  const refresh = (id: string) => {
    facts.set(id, imageFact(paths, id));
    return facts.get(id)?.state;
  };

  async function fail(id: string, sentence: string): Promise<void> {
    await giveUp(paths, id, sentence);
    refresh(id);
  }

  return {
    facts,
    look() {
      for (const id of imagesOnDisk(paths)) refresh(id);
    },
    async missing(plan, hasDisk) {
      const ids = new Set(plan.images.map(({ id }) => id));
      for (const id of facts.keys()) if (!ids.has(id)) facts.delete(id);
      const pending = plan.images.filter(({ id }) => refresh(id) === 'pending');
      for (const { id, machine } of pending) {
        if (!hasDisk(machine)) await fail(id, `${machine} was gone before the image was made of its disk`);
      }
      return Map.groupBy(
        pending.filter(({ id }) => facts.get(id)?.state === 'pending'),
        ({ machine }) => machine,
      );
    },
    async make({ id, machine }, base, still) {
      try {
        noteUse(paths, base);
        await still(() => copyDisk(paths, id, machine));
        await finishLayer(paths, id, base);
        refresh(id);
      } catch (error) {
        const count = (tries.get(id) ?? 0) + 1;
        tries.set(id, count);
        log.error({ image: id, machine, err: error, count }, 'image could not be made');
        if (count < TRIES) return false;
        await fail(id, explain(error));
      }
      tries.delete(id);
      return true;
    },
    async prune(plan) {
      const used = [...plan.images, ...plan.machines].flatMap(({ layers }) => layers);
      const gone = await pruneLayers(paths, new Set(used));
      if (gone.length > 0) log.info({ layers: gone }, 'removed what no image and no machine needs');
    },
  };
}
