import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import {
  createVpnConnection,
  createVpnRoute,
  deleteVpnConnection,
  deleteVpnRoute,
  describeVpnConnections,
} from './connections.ts';
import {
  attachVpnGateway,
  createCustomerGateway,
  createVpnGateway,
  deleteCustomerGateway,
  deleteVpnGateway,
  describeCustomerGateways,
  describeVpnGateways,
  detachVpnGateway,
  disableVgwPropagation,
  enableVgwPropagation,
} from './gateways.ts';

export const vpnActions = {
  AttachVpnGateway: attachVpnGateway,
  CreateCustomerGateway: createCustomerGateway,
  CreateVpnConnection: createVpnConnection,
  CreateVpnConnectionRoute: createVpnRoute,
  CreateVpnGateway: createVpnGateway,
  DeleteCustomerGateway: deleteCustomerGateway,
  DeleteVpnConnection: deleteVpnConnection,
  DeleteVpnConnectionRoute: deleteVpnRoute,
  DeleteVpnGateway: deleteVpnGateway,
  DescribeCustomerGateways: describeCustomerGateways,
  DescribeVpnConnections: describeVpnConnections,
  DescribeVpnGateways: describeVpnGateways,
  DetachVpnGateway: detachVpnGateway,
  DisableVgwRoutePropagation: disableVgwPropagation,
  EnableVgwRoutePropagation: enableVgwPropagation,
} satisfies TypedActions<typeof EC2>;
