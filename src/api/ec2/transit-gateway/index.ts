import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import {
  createVpcAttachment,
  deleteVpcAttachment,
  describeAttachments,
  describeVpcAttachments,
  modifyVpcAttachment,
} from './attachments.ts';
import { createTransitGateway, deleteTransitGateway, describeTransitGateways } from './gateways.ts';
import {
  associateTable,
  createTable,
  deleteTable,
  describeTables,
  disablePropagation,
  disassociateTable,
  enablePropagation,
  getAssociations,
  getPropagations,
} from './route-tables.ts';
import { createTransitRoute, deleteTransitRoute, replaceTransitRoute, searchTransitRoutes } from './routes.ts';

export const transitGatewayActions = {
  AssociateTransitGatewayRouteTable: associateTable,
  CreateTransitGateway: createTransitGateway,
  CreateTransitGatewayRoute: createTransitRoute,
  CreateTransitGatewayRouteTable: createTable,
  CreateTransitGatewayVpcAttachment: createVpcAttachment,
  DeleteTransitGateway: deleteTransitGateway,
  DeleteTransitGatewayRoute: deleteTransitRoute,
  DeleteTransitGatewayRouteTable: deleteTable,
  DeleteTransitGatewayVpcAttachment: deleteVpcAttachment,
  DescribeTransitGatewayAttachments: describeAttachments,
  DescribeTransitGatewayRouteTables: describeTables,
  DescribeTransitGatewayVpcAttachments: describeVpcAttachments,
  DescribeTransitGateways: describeTransitGateways,
  DisableTransitGatewayRouteTablePropagation: disablePropagation,
  DisassociateTransitGatewayRouteTable: disassociateTable,
  EnableTransitGatewayRouteTablePropagation: enablePropagation,
  GetTransitGatewayRouteTableAssociations: getAssociations,
  GetTransitGatewayRouteTablePropagations: getPropagations,
  ModifyTransitGatewayVpcAttachment: modifyVpcAttachment,
  ReplaceTransitGatewayRoute: replaceTransitRoute,
  SearchTransitGatewayRoutes: searchTransitRoutes,
} satisfies TypedActions<typeof EC2>;
