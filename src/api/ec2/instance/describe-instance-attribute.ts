/** One attribute of one instance. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeInstanceAttribute.html */
import type { InstanceAttribute } from '@aws-sdk/client-ec2';
import type { Instance } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { ec2Action } from '../action.ts';
import { viewGroups } from '../network-interface/view.ts';
import { ROOT_DEVICE } from './image-view.ts';
import { findInstances } from './state.ts';
import { interfacesOf } from './transition.ts';

export const describeInstanceAttribute = ec2Action<'DescribeInstanceAttribute'>(
  {
    InstanceId: true,
    Attribute: [
      'blockDeviceMapping',
      'disableApiStop',
      'disableApiTermination',
      'ebsOptimized',
      'enaSupport',
      'groupSet',
      'instanceInitiatedShutdownBehavior',
      'instanceType',
      'productCodes',
      'rootDeviceName',
      'sourceDestCheck',
      'userData',
    ],
  },
  (input, context) => {
    const [instance] = findInstances(context, [input.InstanceId]) as [Instance];
    return reply({ InstanceId: instance.id, ...viewAttribute(input.Attribute, instance, context) });
  },
);

function viewAttribute(name: string, instance: Instance, context: Context): Omit<InstanceAttribute, 'InstanceId'> {
  const [primary] = interfacesOf(context, instance);
  switch (name) {
    case 'disableApiStop':
      return { DisableApiStop: { Value: !instance.apiStop } };
    case 'disableApiTermination':
      return { DisableApiTermination: { Value: !instance.apiTermination } };
    case 'ebsOptimized':
      return { EbsOptimized: { Value: false } };
    case 'enaSupport':
      return { EnaSupport: { Value: true } };
    case 'groupSet':
      return { Groups: viewGroups(primary?.groupIds ?? [], context) };
    case 'instanceInitiatedShutdownBehavior':
      return { InstanceInitiatedShutdownBehavior: { Value: instance.shutdownBehavior } };
    case 'instanceType':
      return { InstanceType: { Value: instance.instanceType } };
    case 'productCodes':
      return { ProductCodes: [] };
    case 'rootDeviceName':
      return { RootDeviceName: { Value: ROOT_DEVICE } };
    case 'sourceDestCheck':
      return { SourceDestCheck: { Value: primary?.sourceDestCheck ?? true } };
    case 'userData':
      return { UserData: instance.userData === null ? {} : { Value: instance.userData } };
    default:
      return { BlockDeviceMappings: [] };
  }
}
