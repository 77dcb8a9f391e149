/** A custom ACL denies all until it has entries. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAcl.html */

import { put } from '../../../model/edit.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { NetworkAcl } from '../../../model/resources.ts';
import { find } from '../../shared/find.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { viewAcl } from './view.ts';

export const createNetworkAcl = ec2Action<'CreateNetworkAcl'>(
  { VpcId: true, TagSpecifications: true, ClientToken: true },
  (input, context) => {
    const vpc = find(context, 'vpc', input.VpcId);
    if (context.intent.table('networkAcl').count('vpcId', vpc.id) >= quotaOf(context.intent, 'aclsPerVpc', context)) {
      refuse('NetworkAclLimitExceeded', 'The maximum number of network ACLs has been reached.');
    }
    const acl: NetworkAcl = {
      ...newResource(context, 'networkAcl', tagsOnCreate(input.TagSpecifications, 'network-acl')),
      kind: 'networkAcl',
      vpcId: vpc.id,
      isDefault: false,
      entries: [],
    };
    return { edits: [put(acl)], output: { NetworkAcl: viewAcl(acl, context), ClientToken: input.ClientToken } };
  },
  (output, context) => ({
    ...output,
    NetworkAcl: viewAcl(find(context, 'networkAcl', output.NetworkAcl?.NetworkAclId ?? ''), context),
  }),
);
