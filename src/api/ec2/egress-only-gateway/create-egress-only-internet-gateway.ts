/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateEgressOnlyInternetGateway.html */

import { put } from '../../../model/edit.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { EgressOnlyInternetGateway } from '../../../model/resources.ts';
import { find, ownCount } from '../../shared/find.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { viewEgressOnlyGateway } from './view.ts';

export const createEgressOnlyInternetGateway = ec2Action<'CreateEgressOnlyInternetGateway'>(
  { VpcId: true, TagSpecifications: true, ClientToken: true },
  (input, context) => {
    const vpc = find(context, 'vpc', input.VpcId);
    if (
      ownCount(context, 'egressOnlyInternetGateway') >= quotaOf(context.intent, 'egressOnlyGatewaysPerRegion', context)
    ) {
      refuse(
        'EgressOnlyInternetGatewayLimitExceeded',
        'The maximum number of egress-only internet gateways has been reached.',
      );
    }
    const tags = tagsOnCreate(input.TagSpecifications, 'egress-only-internet-gateway');
    const gateway: EgressOnlyInternetGateway = {
      ...newResource(context, 'egressOnlyInternetGateway', tags),
      kind: 'egressOnlyInternetGateway',
      vpcId: vpc.id,
    };
    const output = { EgressOnlyInternetGateway: viewEgressOnlyGateway(gateway), ClientToken: input.ClientToken };
    return { edits: [put(gateway)], output };
  },
);
