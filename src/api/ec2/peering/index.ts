import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { acceptVpcPeeringConnection } from './accept-vpc-peering-connection.ts';
import { createVpcPeeringConnection } from './create-vpc-peering-connection.ts';
import { deleteVpcPeeringConnection } from './delete-vpc-peering-connection.ts';
import { describeVpcPeeringConnections } from './describe-vpc-peering-connections.ts';
import { modifyVpcPeeringConnectionOptions } from './modify-vpc-peering-connection-options.ts';
import { rejectVpcPeeringConnection } from './reject-vpc-peering-connection.ts';

export const peeringActions = {
  AcceptVpcPeeringConnection: acceptVpcPeeringConnection,
  CreateVpcPeeringConnection: createVpcPeeringConnection,
  DeleteVpcPeeringConnection: deleteVpcPeeringConnection,
  DescribeVpcPeeringConnections: describeVpcPeeringConnections,
  ModifyVpcPeeringConnectionOptions: modifyVpcPeeringConnectionOptions,
  RejectVpcPeeringConnection: rejectVpcPeeringConnection,
} satisfies TypedActions<typeof EC2>;
