import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { createDefaultSubnet } from './create-default-subnet.ts';
import { createSubnet } from './create-subnet.ts';
import { deleteSubnet } from './delete-subnet.ts';
import { describeSubnets } from './describe-subnets.ts';
import { modifySubnetAttribute } from './modify-subnet-attribute.ts';

export const subnetActions = {
  CreateDefaultSubnet: createDefaultSubnet,
  CreateSubnet: createSubnet,
  DeleteSubnet: deleteSubnet,
  DescribeSubnets: describeSubnets,
  ModifySubnetAttribute: modifySubnetAttribute,
} satisfies TypedActions<typeof EC2>;
