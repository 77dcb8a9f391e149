/** One attribute of an own image. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImageAttribute.html */
import { reply } from '../../action.ts';
import { required } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { findOwnImage } from './find-image.ts';

export const describeImageAttribute = ec2Action<'DescribeImageAttribute'>(
  { ImageId: true, Attribute: ['launchPermission', 'description'] },
  (input, context) => {
    const attribute = required(input.Attribute, 'Attribute');
    const image = findOwnImage(context, required(input.ImageId, 'ImageId'));
    if (attribute === 'description') return reply({ ImageId: image.id, Description: { Value: image.description } });
    return reply({
      ImageId: image.id,
      LaunchPermissions: [
        ...(image.isPublic ? [{ Group: 'all' as const }] : []),
        ...image.launchAccounts.map((UserId) => ({ UserId })),
      ],
    });
  },
);
