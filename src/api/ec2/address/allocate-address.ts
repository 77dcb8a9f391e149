/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AllocateAddress.html */

import { put } from '../../../model/edit.ts';
import { quotaOf } from '../../../model/quotas.ts';
import { refuse } from '../../../model/refusal.ts';
import type { ElasticAddress } from '../../../model/resources.ts';
import { ownCount } from '../../shared/find.ts';
import { invalidValue } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { takePublicAddresses } from '../instance/transition.ts';

export const allocateAddress = ec2Action<'AllocateAddress'>(
  { Domain: ['vpc'], NetworkBorderGroup: true, PublicIpv4Pool: ['amazon'], TagSpecifications: true },
  (input, context) => {
    const group = input.NetworkBorderGroup;
    if (group !== undefined && group !== context.region) {
      invalidValue(group, 'networkBorderGroup', `The network border group of ${context.region} is its only one here.`);
    }
    const tags = tagsOnCreate(input.TagSpecifications, 'elastic-ip');
    if (ownCount(context, 'elasticAddress') >= quotaOf(context.intent, 'elasticAddressesPerRegion', context)) {
      refuse('AddressLimitExceeded', 'The maximum number of addresses has been reached.');
    }
    const { addresses, edits } = takePublicAddresses(context, 1);
    const address: ElasticAddress = {
      ...newResource(context, 'elasticAddress', tags),
      kind: 'elasticAddress',
      publicIp: addresses[0] as string,
      associationId: null,
    };
    return {
      edits: [put(address), ...edits],
      output: {
        AllocationId: address.id,
        PublicIp: address.publicIp,
        PublicIpv4Pool: 'amazon',
        NetworkBorderGroup: context.region,
        Domain: 'vpc',
      },
    };
  },
);
