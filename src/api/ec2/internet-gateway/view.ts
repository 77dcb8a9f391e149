/** An internet gateway as DescribeInternetGateways shows it. */
import type { InternetGateway as Shown } from '@aws-sdk/client-ec2';
import type { InternetGateway } from '../../../model/resources.ts';
import { viewTags } from '../../shared/tags.ts';

export function viewInternetGateway(gateway: InternetGateway): Shown {
  return {
    InternetGatewayId: gateway.id,
    OwnerId: gateway.account,
    // AWS's word for it; the SDK's enum knows only the words of interfaces.
    Attachments: gateway.vpcId === null ? [] : [{ State: 'available' as 'attached', VpcId: gateway.vpcId }],
    Tags: viewTags(gateway.tags),
  };
}
