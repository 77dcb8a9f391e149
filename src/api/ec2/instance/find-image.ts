/** Images that a call may use: the account's own of the region, and the public ones. */

import { isId } from '../../../model/ids.ts';
import { baseImageOf, findImage } from '../../../model/images.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Image } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { own } from '../../shared/find.ts';

/** Every image that the caller can see, the public one first. */
export function visibleImages(context: Context): readonly Image[] {
  const base = baseImageOf(context.region);
  return [...(base === undefined ? [] : [base]), ...own(context, 'image')];
}

/** AWS writes the id in brackets. */
export function findVisibleImage(context: Context, id: string): Image {
  if (!isId('image', id)) refuse('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "ami-...")`);
  const image = findImage(context.intent, id);
  const isVisible = image?.region === context.region && (image.isPublic || image.account === context.account);
  if (image === undefined || !isVisible) refuse('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
  return image;
}
