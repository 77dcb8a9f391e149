import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { describeNetworkAcls } from './describe-network-acls.ts';

export const networkAclActions = {
  DescribeNetworkAcls: describeNetworkAcls,
} satisfies TypedActions<typeof EC2>;
