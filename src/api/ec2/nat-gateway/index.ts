import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { createNatGateway } from './create-nat-gateway.ts';
import { deleteNatGateway } from './delete-nat-gateway.ts';
import { describeNatGateways } from './describe-nat-gateways.ts';

export const natGatewayActions = {
  CreateNatGateway: createNatGateway,
  DeleteNatGateway: deleteNatGateway,
  DescribeNatGateways: describeNatGateways,
} satisfies TypedActions<typeof EC2>;
