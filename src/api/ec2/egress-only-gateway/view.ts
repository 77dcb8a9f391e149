/** An egress-only internet gateway as DescribeEgressOnlyInternetGateways shows it. */
import type { EgressOnlyInternetGateway as Shown } from '@aws-sdk/client-ec2';
import type { EgressOnlyInternetGateway } from '../../../model/resources.ts';
import { viewTags } from '../../shared/tags.ts';

export function viewEgressOnlyGateway(gateway: EgressOnlyInternetGateway): Shown {
  return {
    EgressOnlyInternetGatewayId: gateway.id,
    Attachments: [{ State: 'attached', VpcId: gateway.vpcId }],
    Tags: viewTags(gateway.tags),
  };
}
