/**
 * Where base images lie once they are built: `<cache>/base/<hash>/root`, owned by the shifted user ids, and never written to
 * again; `packages` beside it is what instances of it can install. Layers share it, so every instance must use the same id range.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../host/fault.ts';
import type { Paths } from '../host/paths.ts';
import { readRecipe } from './recipe.ts';

/** The host's id of an instance's root. Instances are kept apart by their namespaces, not by their ids. */
export const ID_BASE = 1_000_000;
export const ID_COUNT = 65_536;

/** The name by which a Plan's machines ask for it. */
export const BASE_LAYER = 'debian-12';

/** The root file system of the base image with this hash; by default of the one that belongs to this version of Culvert. */
export function baseRoot(paths: Pick<Paths, 'bases'>, hash = readRecipe().hash): string {
  const root = join(paths.bases, hash, 'root');
  if (!existsSync(root))
    throw new Fault(`the base image is not built (${root}): run "node src/instance/build-base.ts"`);
  return root;
}
