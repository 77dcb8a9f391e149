import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { associateDhcpOptions } from './associate-dhcp-options.ts';
import { createDhcpOptions } from './create-dhcp-options.ts';
import { deleteDhcpOptions } from './delete-dhcp-options.ts';
import { describeDhcpOptions } from './describe-dhcp-options.ts';

export const dhcpOptionsActions = {
  AssociateDhcpOptions: associateDhcpOptions,
  CreateDhcpOptions: createDhcpOptions,
  DeleteDhcpOptions: deleteDhcpOptions,
  DescribeDhcpOptions: describeDhcpOptions,
} satisfies TypedActions<typeof EC2>;
