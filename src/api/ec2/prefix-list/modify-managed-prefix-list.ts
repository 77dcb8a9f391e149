/**
 * Entries, or the greatest size, and the name; entries make a version. A size that something which refers to the list has no
 * room for makes the modification fail, which its state then says.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_ModifyManagedPrefixList.html
 */
import { put } from '../../../model/edit.ts';
import { currentVersion } from '../../../model/prefix-lists.ts';
import { refuse } from '../../../model/refusal.ts';
import type { PrefixList, PrefixListEntry } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { required } from '../../shared/input.ts';
import { ec2Action, type Input } from '../action.ts';
import { nextVersion, refuseOtherState } from './change.ts';
import { addedEntries, refuseOverMax, removedBlocks } from './entries.ts';
import { findOwnList } from './find.ts';
import { checkedName } from './name.ts';
import { checkedSize, unableAt } from './size.ts';
import { viewList } from './view.ts';

type Asked = Input<'ModifyManagedPrefixList'>;

/** Not found, AWS's own, entries and size at once, a change in progress, another version, then each in turn. */
export const modifyManagedPrefixList = ec2Action<'ModifyManagedPrefixList'>(
  {
    PrefixListId: true,
    CurrentVersion: true,
    PrefixListName: true,
    AddEntries: true,
    RemoveEntries: true,
    MaxEntries: true,
    IpamPrefixListResolverSyncEnabled: [false],
  },
  (input, context) => {
    const found = findOwnList(context, required(input.PrefixListId, 'prefixListId'));
    const changesEntries = (input.AddEntries?.length ?? 0) + (input.RemoveEntries?.length ?? 0) > 0;
    if (changesEntries && input.MaxEntries !== undefined) {
      refuse(
        'InvalidParameterCombination',
        'You cannot modify the entries and the maximum entries for the prefix list in the same request.',
      );
    }
    refuseOtherState(context, found, input.CurrentVersion);
    const name = input.PrefixListName === undefined ? found.name : checkedName(input.PrefixListName);
    const named: PrefixList = { ...found, name };
    if (!changesEntries) {
      const list = input.MaxEntries === undefined ? named : resized(context, named, input.MaxEntries);
      return { edits: [put(list)], output: { PrefixList: viewList(list, context) } };
    }
    const { list, edits } = nextVersion(context, named, 'modify', changed(context, found, input));
    return { edits, output: { PrefixList: viewList(list, context) } };
  },
);

function resized(context: Context, list: PrefixList, asked: number): PrefixList {
  const maxEntries = checkedSize(asked);
  refuseOverMax(currentVersion(context.intent, list.id)?.entries ?? [], maxEntries);
  const unableIds = unableAt(context, list, maxEntries);
  const lastChange = { kind: 'modify', revision: context.nextRevision, unableIds } as const;
  return { ...list, maxEntries: unableIds.length > 0 ? list.maxEntries : maxEntries, lastChange };
}

function changed(context: Context, list: PrefixList, input: Asked): readonly PrefixListEntry[] {
  const added = addedEntries(list.addressFamily, input.AddEntries);
  const removed = new Set(removedBlocks(list.addressFamily, input.RemoveEntries));
  const both = added.find(({ cidr }) => removed.has(cidr));
  if (both !== undefined) {
    refuse(
      'InvalidParameterValue',
      `Request cannot contain Cidr ${both.cidr} in both AddPrefixListEntries and RemovePrefixListEntries`,
    );
  }
  const present = currentVersion(context.intent, list.id)?.entries ?? [];
  const blocks = new Set(present.map(({ cidr }) => cidr));
  const isAlready = added.some(({ cidr }) => blocks.has(cidr));
  const isAbsent = [...removed].some((cidr) => !blocks.has(cidr));
  if (isAlready || isAbsent) refuse('InvalidRequest', 'The request received was invalid.');
  const entries = [...present.filter(({ cidr }) => !removed.has(cidr)), ...added];
  refuseOverMax(entries, list.maxEntries);
  return entries;
}
