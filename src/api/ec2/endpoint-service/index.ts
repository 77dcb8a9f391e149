import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { acceptVpcEndpointConnections, rejectVpcEndpointConnections } from './answer-connections.ts';
import { createVpcEndpointConnectionNotification } from './create-vpc-endpoint-connection-notification.ts';
import { createVpcEndpointServiceConfiguration } from './create-vpc-endpoint-service-configuration.ts';
import { deleteVpcEndpointConnectionNotifications } from './delete-vpc-endpoint-connection-notifications.ts';
import { deleteVpcEndpointServiceConfigurations } from './delete-vpc-endpoint-service-configurations.ts';
import { describeVpcEndpointConnectionNotifications } from './describe-vpc-endpoint-connection-notifications.ts';
import { describeVpcEndpointConnections } from './describe-vpc-endpoint-connections.ts';
import { describeVpcEndpointServiceConfigurations } from './describe-vpc-endpoint-service-configurations.ts';
import { describeVpcEndpointServicePermissions } from './describe-vpc-endpoint-service-permissions.ts';
import { modifyVpcEndpointConnectionNotification } from './modify-vpc-endpoint-connection-notification.ts';
import { modifyVpcEndpointServiceConfiguration } from './modify-vpc-endpoint-service-configuration.ts';
import { modifyVpcEndpointServicePayerResponsibility } from './modify-vpc-endpoint-service-payer-responsibility.ts';
import { modifyVpcEndpointServicePermissions } from './modify-vpc-endpoint-service-permissions.ts';
import { startVpcEndpointServicePrivateDnsVerification } from './start-vpc-endpoint-service-private-dns-verification.ts';

export const endpointServiceActions = {
  AcceptVpcEndpointConnections: acceptVpcEndpointConnections,
  CreateVpcEndpointConnectionNotification: createVpcEndpointConnectionNotification,
  CreateVpcEndpointServiceConfiguration: createVpcEndpointServiceConfiguration,
  DeleteVpcEndpointConnectionNotifications: deleteVpcEndpointConnectionNotifications,
  DeleteVpcEndpointServiceConfigurations: deleteVpcEndpointServiceConfigurations,
  DescribeVpcEndpointConnectionNotifications: describeVpcEndpointConnectionNotifications,
  DescribeVpcEndpointConnections: describeVpcEndpointConnections,
  DescribeVpcEndpointServiceConfigurations: describeVpcEndpointServiceConfigurations,
  DescribeVpcEndpointServicePermissions: describeVpcEndpointServicePermissions,
  ModifyVpcEndpointConnectionNotification: modifyVpcEndpointConnectionNotification,
  ModifyVpcEndpointServiceConfiguration: modifyVpcEndpointServiceConfiguration,
  ModifyVpcEndpointServicePayerResponsibility: modifyVpcEndpointServicePayerResponsibility,
  ModifyVpcEndpointServicePermissions: modifyVpcEndpointServicePermissions,
  RejectVpcEndpointConnections: rejectVpcEndpointConnections,
  StartVpcEndpointServicePrivateDnsVerification: startVpcEndpointServicePrivateDnsVerification,
} satisfies TypedActions<typeof EC2>;
