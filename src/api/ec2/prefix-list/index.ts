import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { describeManagedPrefixLists } from './describe-managed-prefix-lists.ts';
import { getManagedPrefixListEntries } from './get-managed-prefix-list-entries.ts';

export const prefixListActions = {
  DescribeManagedPrefixLists: describeManagedPrefixLists,
  GetManagedPrefixListEntries: getManagedPrefixListEntries,
} satisfies TypedActions<typeof EC2>;
