import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { attachInternetGateway } from './attach-internet-gateway.ts';
import { createInternetGateway } from './create-internet-gateway.ts';
import { deleteInternetGateway } from './delete-internet-gateway.ts';
import { describeInternetGateways } from './describe-internet-gateways.ts';
import { detachInternetGateway } from './detach-internet-gateway.ts';

export const internetGatewayActions = {
  AttachInternetGateway: attachInternetGateway,
  CreateInternetGateway: createInternetGateway,
  DeleteInternetGateway: deleteInternetGateway,
  DescribeInternetGateways: describeInternetGateways,
  DetachInternetGateway: detachInternetGateway,
} satisfies TypedActions<typeof EC2>;
