import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { describeDhcpOptions } from './describe-dhcp-options.ts';

export const dhcpOptionsActions = {
  DescribeDhcpOptions: describeDhcpOptions,
} satisfies TypedActions<typeof EC2>;
