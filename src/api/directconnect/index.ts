/**
 * Direct Connect's actions by their AWS names: connections at customers' sites, private and transit virtual interfaces, Direct Connect
 * gateways and their associations. Public interfaces, LAGs, hosted connections, MACsec and proposals of other accounts are refused by name.
 */
import type * as DirectConnect from '@aws-sdk/client-direct-connect';
import type { ActionTable } from '../action.ts';
import { inOpenRegion } from '../ec2/region-use.ts';
import type { TypedActions } from '../sdk.ts';
import {
  createConnection,
  deleteConnection,
  describeConnections,
  describeLocations,
  updateConnection,
} from './connections.ts';
import {
  createAssociation,
  createGateway,
  deleteAssociation,
  deleteGateway,
  describeAssociations,
  describeGateways,
  updateAssociation,
  updateGateway,
} from './gateways.ts';
import {
  createPrivateInterface,
  createTransitInterface,
  deleteInterface,
  describeAttachments,
  describeInterfaces,
  describeVirtualGateways,
  updateInterface,
} from './interfaces.ts';
import { describeTags, tagResource, untagResource } from './tags.ts';

const actions = {
  CreateConnection: createConnection,
  CreateDirectConnectGateway: createGateway,
  CreateDirectConnectGatewayAssociation: createAssociation,
  CreatePrivateVirtualInterface: createPrivateInterface,
  CreateTransitVirtualInterface: createTransitInterface,
  DeleteConnection: deleteConnection,
  DeleteDirectConnectGateway: deleteGateway,
  DeleteDirectConnectGatewayAssociation: deleteAssociation,
  DeleteVirtualInterface: deleteInterface,
  DescribeConnections: describeConnections,
  DescribeDirectConnectGatewayAssociations: describeAssociations,
  DescribeDirectConnectGatewayAttachments: describeAttachments,
  DescribeDirectConnectGateways: describeGateways,
  DescribeLocations: describeLocations,
  DescribeTags: describeTags,
  DescribeVirtualGateways: describeVirtualGateways,
  DescribeVirtualInterfaces: describeInterfaces,
  TagResource: tagResource,
  UntagResource: untagResource,
  UpdateConnection: updateConnection,
  UpdateDirectConnectGateway: updateGateway,
  UpdateDirectConnectGatewayAssociation: updateAssociation,
  UpdateVirtualInterfaceAttributes: updateInterface,
} satisfies TypedActions<typeof DirectConnect>;

export const directConnectActions: ActionTable = inOpenRegion(actions);
