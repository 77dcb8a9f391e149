/**
 * The layers of images on disk: `images/<id>/root` is what a disk held when the image was made of it, `image.json` beside it
 * names the base image that it lies on. An image whose layer could not be made leaves `<id>.failed` with a sentence. What lies
 * here is the state of an image: nothing else remembers it.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../host/fault.ts';
import type { Paths } from '../host/paths.ts';
import type { ImageFact } from '../model/facts.ts';
import type { Machine } from '../plan/plan.ts';
import { BASE_LAYER, baseRoot } from './base.ts';
import { removeTree } from './remove.ts';

type ImagePaths = Pick<Paths, 'images' | 'bases'>;

/** What customers' images are called; beside them lie layers of Culvert's own. */
const IMAGE_ID = /^ami-[0-9a-f]+$/;
const FAILED = '.failed';

export function layerFolder(paths: Pick<Paths, 'images'>, id: string): string {
  if (!IMAGE_ID.test(id)) throw new Fault(`${id} is no image's id`);
  return join(paths.images, id);
}

export function failureFile(paths: Pick<Paths, 'images'>, id: string): string {
  return layerFolder(paths, id) + FAILED;
}

function hasLayer(paths: Pick<Paths, 'images'>, id: string): boolean {
  return IMAGE_ID.test(id) && existsSync(join(layerFolder(paths, id), 'root'));
}

export function imageFact(paths: Pick<Paths, 'images'>, id: string): ImageFact {
  if (hasLayer(paths, id)) return { state: 'available', fault: null };
  const failure = failureFile(paths, id);
  if (existsSync(failure)) return { state: 'failed', fault: readFileSync(failure, 'utf8') };
  return { state: 'pending', fault: null };
}

/** Ids of all images that were made, or could not be. */
export function imagesOnDisk({ images }: Pick<Paths, 'images'>): readonly string[] {
  return namesIn(images)
    .map((name) => name.replace(FAILED, ''))
    .filter((name) => IMAGE_ID.test(name));
}

/** The hash of the base image that a machine's disk has to lie on; `current` for one that comes from no other image. */
export function baseOf(paths: Pick<Paths, 'images'>, layers: Machine['layers'], current: string): string {
  const top = layers[0];
  if (top === undefined || top === BASE_LAYER) return current;
  if (!hasLayer(paths, top)) throw new Fault(`the image layer ${top} is not there`);
  return (JSON.parse(readFileSync(join(layerFolder(paths, top), 'image.json'), 'utf8')) as { base: string }).base;
}

/** A machine's layers as folders, top first, its base image's root last. */
export function layerRoots(paths: ImagePaths, layers: Machine['layers'], base: string): readonly string[] {
  if (layers.at(-1) !== BASE_LAYER) throw new Fault(`there is no base image "${layers.at(-1)}"`);
  return layers.map((name) => {
    if (name === BASE_LAYER) return baseRoot(paths, base);
    if (!hasLayer(paths, name)) throw new Fault(`the image layer ${name} is not there`);
    return join(layerFolder(paths, name), 'root');
  });
}

/** Removes the layers that nothing names any more. */
export async function pruneLayers(paths: Pick<Paths, 'images'>, used: ReadonlySet<string>): Promise<readonly string[]> {
  const unused = namesIn(paths.images).filter((name) => {
    const id = name.replace(/^\.new-/, '').replace(FAILED, '');
    return IMAGE_ID.test(id) && !used.has(id);
  });
  for (const name of unused) await removeTree(join(paths.images, name));
  return unused;
}

function namesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
