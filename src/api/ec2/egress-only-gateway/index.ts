import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { createEgressOnlyInternetGateway } from './create-egress-only-internet-gateway.ts';
import { deleteEgressOnlyInternetGateway } from './delete-egress-only-internet-gateway.ts';
import { describeEgressOnlyInternetGateways } from './describe-egress-only-internet-gateways.ts';

export const egressOnlyGatewayActions = {
  CreateEgressOnlyInternetGateway: createEgressOnlyInternetGateway,
  DeleteEgressOnlyInternetGateway: deleteEgressOnlyInternetGateway,
  DescribeEgressOnlyInternetGateways: describeEgressOnlyInternetGateways,
} satisfies TypedActions<typeof EC2>;
