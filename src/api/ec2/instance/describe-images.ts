/** The account's own images, those it may launch from, and the public ones. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeImages.html */
import { IMAGE_OWNER } from '../../../model/images.ts';
import type { Image } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { filterResources } from '../../shared/filters.ts';
import { distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { viewTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { findVisibleImage, visibleImages } from './find-image.ts';
import { ownerIdOf, viewImage } from './image-view.ts';

export const describeImages = ec2Action<'DescribeImages'>(
  {
    ImageIds: true,
    Owners: true,
    ExecutableUsers: true,
    Filters: true,
    MaxResults: true,
    NextToken: true,
    // No image here is deprecated or disabled.
    IncludeDeprecated: true,
    IncludeDisabled: true,
  },
  (input, context) => {
    const ids = input.ImageIds ?? [];
    const images = ids.length > 0 ? distinct(ids).map((id) => findVisibleImage(context, id)) : visibleImages(context);
    const owners = input.Owners ?? [];
    const users = input.ExecutableUsers ?? [];
    const isOwnedBy = (image: Image, owner: string) =>
      owner === ownerIdOf(image) ||
      (owner === 'self' && image.account === context.account) ||
      (owner === IMAGE_OWNER && image.account === IMAGE_OWNER);
    const isLaunchableBy = (image: Image, user: string) =>
      user === 'all' ? image.isPublic : image.launchAccounts.includes(user === 'self' ? context.account : user);
    const owned = images
      .filter((image) => owners.length === 0 || owners.some((owner) => isOwnedBy(image, owner)))
      .filter((image) => users.length === 0 || users.some((user) => isLaunchableBy(image, user)));
    const shown = owned.map((image) => ({
      image,
      // Tags are seen by the owner only.
      tags: image.account === context.account ? image.tags : {},
      shown: viewImage(image, context.facts),
    }));
    const matching = filterResources(shown, input.Filters, {
      architecture: ({ shown }) => shown.Architecture,
      'creation-date': ({ shown }) => shown.CreationDate,
      description: ({ shown }) => shown.Description,
      'ena-support': ({ shown }) => shown.EnaSupport,
      hypervisor: ({ shown }) => shown.Hypervisor,
      'image-id': ({ shown }) => shown.ImageId,
      'image-type': ({ shown }) => shown.ImageType,
      'is-public': ({ shown }) => shown.Public,
      name: ({ shown }) => shown.Name,
      'owner-alias': ({ shown }) => shown.ImageOwnerAlias,
      'owner-id': ({ shown }) => shown.OwnerId,
      platform: () => undefined,
      'platform-details': ({ shown }) => shown.PlatformDetails,
      'root-device-name': ({ shown }) => shown.RootDeviceName,
      'root-device-type': ({ shown }) => shown.RootDeviceType,
      'source-instance-id': ({ shown }) => shown.SourceInstanceId,
      state: ({ shown }) => shown.State,
      'virtualization-type': ({ shown }) => shown.VirtualizationType,
    });
    const { items, next } = page(matching, input, ({ image }) => image.id, { min: 1, max: 1000 });
    return reply({ Images: items.map(({ shown, tags }) => ({ ...shown, Tags: viewTags(tags) })), NextToken: next });
  },
);
