/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateDhcpOptions.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { DhcpOptions } from '../../../model/resources.ts';
import { ownCount } from '../../shared/find.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { MAX_DHCP_OPTIONS_PER_REGION } from '../limits.ts';
import { optionsAsked } from './configurations.ts';
import { viewDhcpOptions } from './view.ts';

export const createDhcpOptions = ec2Action<'CreateDhcpOptions'>(
  { DhcpConfigurations: { Key: true, Values: true }, TagSpecifications: true },
  (input, context) => {
    const asked = optionsAsked(input.DhcpConfigurations);
    if (ownCount(context, 'dhcpOptions') >= MAX_DHCP_OPTIONS_PER_REGION) {
      refuse('DhcpOptionsLimitExceeded', 'The maximum number of DHCP options sets has been reached.');
    }
    const options: DhcpOptions = {
      ...newResource(context, 'dhcpOptions', tagsOnCreate(input.TagSpecifications, 'dhcp-options')),
      kind: 'dhcpOptions',
      ...asked,
    };
    return { edits: [put(options)], output: { DhcpOptions: viewDhcpOptions(options) } };
  },
);
