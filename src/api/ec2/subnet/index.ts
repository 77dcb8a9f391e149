import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { associateSubnetCidrBlock } from './associate-subnet-cidr-block.ts';
import { createDefaultSubnet } from './create-default-subnet.ts';
import { createSubnet } from './create-subnet.ts';
import { deleteSubnet } from './delete-subnet.ts';
import { describeSubnets } from './describe-subnets.ts';
import { disassociateSubnetCidrBlock } from './disassociate-subnet-cidr-block.ts';
import { modifySubnetAttribute } from './modify-subnet-attribute.ts';

export const subnetActions = {
  AssociateSubnetCidrBlock: associateSubnetCidrBlock,
  CreateDefaultSubnet: createDefaultSubnet,
  CreateSubnet: createSubnet,
  DeleteSubnet: deleteSubnet,
  DescribeSubnets: describeSubnets,
  DisassociateSubnetCidrBlock: disassociateSubnetCidrBlock,
  ModifySubnetAttribute: modifySubnetAttribute,
} satisfies TypedActions<typeof EC2>;
