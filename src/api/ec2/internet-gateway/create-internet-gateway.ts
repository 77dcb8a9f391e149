/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateInternetGateway.html */

import { put } from '../../../model/edit.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { InternetGateway } from '../../../model/resources.ts';
import { ownCount } from '../../shared/find.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { viewInternetGateway } from './view.ts';

export const createInternetGateway = ec2Action<'CreateInternetGateway'>(
  { TagSpecifications: true },
  (input, context) => {
    if (ownCount(context, 'internetGateway') >= quotaOf(context.intent, 'internetGatewaysPerRegion', context)) {
      refuse('InternetGatewayLimitExceeded', 'The maximum number of internet gateways has been reached.');
    }
    const gateway: InternetGateway = {
      ...newResource(context, 'internetGateway', tagsOnCreate(input.TagSpecifications, 'internet-gateway')),
      kind: 'internetGateway',
      vpcId: null,
    };
    return { edits: [put(gateway)], output: { InternetGateway: viewInternetGateway(gateway) } };
  },
);
