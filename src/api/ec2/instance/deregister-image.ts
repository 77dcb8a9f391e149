/**
 * The image is gone at once; instances that were launched from it, and images made of those, keep its layers.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeregisterImage.html
 */
import { remove } from '../../../model/edit.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { findOwnImage } from './find-image.ts';

export const deregisterImage = ec2Action<'DeregisterImage'>(
  { ImageId: true, DeleteAssociatedSnapshots: [false] },
  (input, context) => {
    const image = findOwnImage(context, required(input.ImageId, 'ImageId'));
    return { edits: [remove(image)], output: { Return: true } };
  },
);
