import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { createManagedPrefixList } from './create-managed-prefix-list.ts';
import { deleteManagedPrefixList } from './delete-managed-prefix-list.ts';
import { describeManagedPrefixLists } from './describe-managed-prefix-lists.ts';
import { getManagedPrefixListAssociations } from './get-managed-prefix-list-associations.ts';
import { getManagedPrefixListEntries } from './get-managed-prefix-list-entries.ts';
import { modifyManagedPrefixList } from './modify-managed-prefix-list.ts';
import { restoreManagedPrefixListVersion } from './restore-managed-prefix-list-version.ts';

export const prefixListActions = {
  CreateManagedPrefixList: createManagedPrefixList,
  DeleteManagedPrefixList: deleteManagedPrefixList,
  DescribeManagedPrefixLists: describeManagedPrefixLists,
  GetManagedPrefixListAssociations: getManagedPrefixListAssociations,
  GetManagedPrefixListEntries: getManagedPrefixListEntries,
  ModifyManagedPrefixList: modifyManagedPrefixList,
  RestoreManagedPrefixListVersion: restoreManagedPrefixListVersion,
} satisfies TypedActions<typeof EC2>;
