/** An image as DescribeImages shows it, but for its tags. */
import type { Image as Shown } from '@aws-sdk/client-ec2';
import type { Facts } from '../../../model/facts.ts';
import { IMAGE_OWNER } from '../../../model/images.ts';
import type { Image } from '../../../model/resources.ts';
import { imageFaultOf, imageStateOf } from './image-state.ts';

export const ARCHITECTURE = 'x86_64';
export const ROOT_DEVICE = '/dev/xvda';

/** The account behind the alias "amazon": AWS's own for public images, which no customer has. */
const IMAGE_OWNER_ID = '137112412989';

export function ownerIdOf(image: Image): string {
  return image.account === IMAGE_OWNER ? IMAGE_OWNER_ID : image.account;
}

export function viewImage(image: Image, facts: Facts): Shown {
  const fault = imageFaultOf(image, facts);
  return {
    ImageId: image.id,
    Name: image.name,
    Description: image.description,
    ImageLocation: `${image.account}/${image.name}`,
    OwnerId: ownerIdOf(image),
    ...(image.account === IMAGE_OWNER && { ImageOwnerAlias: IMAGE_OWNER }),
    State: imageStateOf(image, facts),
    ...(fault !== null && { StateReason: { Code: 'Server.InternalError', Message: fault } }),
    ...(image.source !== null && { SourceInstanceId: image.source.instanceId }),
    CreationDate: image.createdAt,
    Public: image.isPublic,
    Architecture: ARCHITECTURE,
    ImageType: 'machine',
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    BlockDeviceMappings: [],
    RootDeviceName: ROOT_DEVICE,
    RootDeviceType: 'ebs',
    EnaSupport: true,
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    SriovNetSupport: 'simple',
    BootMode: 'legacy-bios',
    ImdsSupport: 'v2.0',
    ProductCodes: [],
  };
}
