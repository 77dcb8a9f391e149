/** A NAT gateway as DescribeNatGateways shows it; its state follows from what the kernel has. */
import type { NatGatewayState, NatGateway as Shown } from '@aws-sdk/client-ec2';
import type { Facts } from '../../../model/facts.ts';
import type { NatGateway } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { dateOf } from '../../shared/input.ts';
import { viewTags } from '../../shared/tags.ts';
import { stateOf } from '../life.ts';

export function natGatewayState(gateway: NatGateway, facts: Facts): NatGatewayState {
  if (gateway.failure === null) return stateOf(gateway, facts);
  return facts.appliedRevision >= gateway.changedRevision ? 'failed' : 'pending';
}

export function viewNatGateway(gateway: NatGateway, context: Context): Shown {
  const state = natGatewayState(gateway, context.facts);
  const { interfaceId, elasticAddressId, failure, deletion } = gateway;
  const associationId = context.intent.table('elasticAddress').get(elasticAddressId ?? '')?.associationId ?? null;
  const isThere = failure === null && deletion === null;
  return {
    NatGatewayId: gateway.id,
    VpcId: gateway.vpcId,
    SubnetId: gateway.subnetId,
    State: state,
    ConnectivityType: gateway.connectivity,
    AvailabilityMode: 'zonal',
    CreateTime: dateOf(gateway.createdAt),
    ...(deletion !== null && { DeleteTime: dateOf(deletion.at) }),
    ...(state === 'failed' && { FailureCode: failure?.code, FailureMessage: failure?.message }),
    NatGatewayAddresses: [
      {
        IsPrimary: true,
        ...(interfaceId !== null && { NetworkInterfaceId: interfaceId }),
        ...(gateway.privateAddress !== null && { PrivateIp: gateway.privateAddress }),
        ...(elasticAddressId !== null && { AllocationId: elasticAddressId }),
        ...(gateway.publicAddress !== null && interfaceId !== null && { PublicIp: gateway.publicAddress }),
        ...(isThere && associationId !== null && { AssociationId: associationId }),
        Status: failure === null ? 'succeeded' : 'failed',
      },
    ],
    Tags: viewTags(gateway.tags),
  };
}
