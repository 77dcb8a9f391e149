/** Images that a call may use: the account's own of the region, those it may launch from, and the public ones. */
import { isId } from '../../../model/ids.ts';
import { baseImageOf, findImage } from '../../../model/images.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Image } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { imageStateOf } from './image-state.ts';

/** Every image that the caller can see, the public one of the region first. */
export function visibleImages(context: Context): readonly Image[] {
  const base = baseImageOf(context.region);
  const others = [...context.intent.table('image').all()].filter((image) => isVisible(image, context));
  return [...(base === undefined ? [] : [base]), ...others];
}

/** AWS writes the id in brackets. */
export function findVisibleImage(context: Context, id: string): Image {
  const image = findAnyImage(context, id);
  return image !== undefined && isVisible(image, context) ? image : refuseUnknown(id);
}

/** An image to launch from: AWS tells one that is somebody else's from one that does not exist. */
export function findLaunchableImage(context: Context, id: string): Image {
  const image = findAnyImage(context, id);
  if (image === undefined || image.region !== context.region) refuseUnknown(id);
  if (!isVisible(image, context)) refuse('AuthFailure', `Not authorized for images: [${id}]`);
  refuseUnlessAvailable(image, context);
  return image;
}

/** The caller's own. */
export function findOwnImage(context: Context, id: string): Image {
  const image = findVisibleImage(context, id);
  if (image.account !== context.account) refuse('AuthFailure', `Not authorized for image:${id}`);
  return image;
}

export function refuseUnlessAvailable(image: Image, context: Context): void {
  if (imageStateOf(image, context.facts) === 'available') return;
  refuse('InvalidAMIID.Unavailable', `The image ID '${image.id}' is not available`);
}

function findAnyImage(context: Context, id: string): Image | undefined {
  if (!isId('image', id)) refuse('InvalidAMIID.Malformed', `Invalid id: "${id}" (expecting "ami-...")`);
  return findImage(context.intent, id);
}

function isVisible(image: Image, { account, region }: Context): boolean {
  const isOpen = image.isPublic || image.account === account || image.launchAccounts.includes(account);
  return image.region === region && isOpen;
}

function refuseUnknown(id: string): never {
  refuse('InvalidAMIID.NotFound', `The image id '[${id}]' does not exist`);
}
