/** Prefix lists as the SDK shows them. A customer's is in progress until the kernel has its last change. */
import type { ManagedPrefixList, PrefixListState } from '@aws-sdk/client-ec2';
import { AWS_OWNER, type AwsPrefixList } from '../../../model/aws-prefix-lists.ts';
import type { PrefixList } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { viewTags } from '../../shared/tags.ts';
import { type AnyList, isOwn } from './find.ts';

export function viewList(list: AnyList, context: Context): ManagedPrefixList {
  return isOwn(list) ? viewOwn(list, context) : viewAws(list);
}

export function isInProgress({ lastChange }: PrefixList, { facts }: Context): boolean {
  return facts.appliedRevision < lastChange.revision;
}

export function stateOf(list: PrefixList, context: Context): PrefixListState {
  const { kind, unableIds } = list.lastChange;
  if (unableIds.length > 0) return `${kind}-failed`;
  return isInProgress(list, context) ? `${kind}-in-progress` : `${kind}-complete`;
}

function viewOwn(list: PrefixList, context: Context): ManagedPrefixList {
  const { unableIds } = list.lastChange;
  return {
    PrefixListId: list.id,
    PrefixListName: list.name,
    PrefixListArn: `arn:aws:ec2:${list.region}:${list.account}:prefix-list/${list.id}`,
    AddressFamily: list.addressFamily,
    State: stateOf(list, context),
    ...(unableIds.length > 0 && {
      StateMessage: `The following resources do not support the new maximum size: ${unableIds.join(', ')}`,
    }),
    MaxEntries: list.maxEntries,
    Version: list.version,
    OwnerId: list.account,
    Tags: viewTags(list.tags),
  };
}

function viewAws({ id, name, region }: AwsPrefixList): ManagedPrefixList {
  return {
    PrefixListId: id,
    PrefixListName: name,
    PrefixListArn: `arn:aws:ec2:${region}:aws:prefix-list/${id}`,
    AddressFamily: 'IPv4',
    State: 'create-complete',
    OwnerId: AWS_OWNER,
    Tags: [],
  };
}
