/** A set of DHCP options as DescribeDhcpOptions shows it. */
import type { DhcpOptions as Shown } from '@aws-sdk/client-ec2';
import type { DhcpOptions } from '../../../model/resources.ts';
import { viewTags } from '../../shared/tags.ts';
import { configurationsOf } from './configurations.ts';

export function viewDhcpOptions(options: DhcpOptions): Shown {
  return {
    DhcpOptionsId: options.id,
    OwnerId: options.account,
    DhcpConfigurations: configurationsOf(options),
    Tags: viewTags(options.tags),
  };
}
