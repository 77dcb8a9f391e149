/** The state of an image: what the host has of it. One that is there from the start is available. */
import type { Facts } from '../../../model/facts.ts';
import type { Image } from '../../../model/resources.ts';

export type ImageStateName = 'pending' | 'available' | 'failed';

export function imageStateOf(image: Image, facts: Facts): ImageStateName {
  return image.source === null ? 'available' : (facts.images.get(image.id)?.state ?? 'pending');
}

/** Why it is not there; null: no trouble is known. */
export function imageFaultOf(image: Image, facts: Facts): string | null {
  return facts.images.get(image.id)?.fault ?? null;
}
