/** EC2's actions by their AWS names. What is not here is refused by name. */
import type { ActionTable } from '../action.ts';
import { addressActions } from './address/index.ts';
import { dhcpOptionsActions } from './dhcp-options/index.ts';
import { egressOnlyGatewayActions } from './egress-only-gateway/index.ts';
import { endpointActions } from './endpoint/index.ts';
import { endpointServiceActions } from './endpoint-service/index.ts';
import { flowLogActions } from './flow-log/index.ts';
import { instanceActions } from './instance/index.ts';
import { internetGatewayActions } from './internet-gateway/index.ts';
import { keyPairActions } from './key-pair/index.ts';
import { natGatewayActions } from './nat-gateway/index.ts';
import { networkAclActions } from './network-acl/index.ts';
import { networkInsightsActions } from './network-insights/index.ts';
import { networkInterfaceActions } from './network-interface/index.ts';
import { peeringActions } from './peering/index.ts';
import { prefixListActions } from './prefix-list/index.ts';
import { inUsableRegion } from './region-use.ts';
import { routeTableActions } from './route-table/index.ts';
import { securityGroupActions } from './security-group/index.ts';
import { subnetActions } from './subnet/index.ts';
import { tagActions } from './tag/index.ts';
import { transitGatewayActions } from './transit-gateway/index.ts';
import { vpcActions } from './vpc/index.ts';
import { vpnActions } from './vpn/index.ts';
import { zoneActions } from './zone/index.ts';

export const ec2Actions: ActionTable = inUsableRegion({
  ...addressActions,
  ...dhcpOptionsActions,
  ...egressOnlyGatewayActions,
  ...endpointActions,
  ...endpointServiceActions,
  ...flowLogActions,
  ...instanceActions,
  ...internetGatewayActions,
  ...keyPairActions,
  ...natGatewayActions,
  ...networkAclActions,
  ...networkInsightsActions,
  ...networkInterfaceActions,
  ...peeringActions,
  ...prefixListActions,
  ...routeTableActions,
  ...securityGroupActions,
  ...subnetActions,
  ...tagActions,
  ...transitGatewayActions,
  ...vpcActions,
  ...vpnActions,
  ...zoneActions,
});
