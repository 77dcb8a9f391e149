/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateManagedPrefixList.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { PrefixList } from '../../../model/resources.ts';
import { find, ownCount } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { tagsOnCreate } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { MAX_PREFIX_LISTS_PER_REGION } from '../limits.ts';
import { versionOf } from './change.ts';
import { addedEntries, refuseOverMax } from './entries.ts';
import { checkedName } from './name.ts';
import { checkedSize } from './size.ts';
import { viewList } from './view.ts';

export const createManagedPrefixList = ec2Action<'CreateManagedPrefixList'>(
  {
    PrefixListName: true,
    Entries: true,
    MaxEntries: true,
    TagSpecifications: true,
    AddressFamily: true,
    ClientToken: true,
  },
  (input, context) => {
    const name = checkedName(input.PrefixListName);
    const maxEntries = checkedSize(required(input.MaxEntries, 'maxEntries'));
    const addressFamily = required(input.AddressFamily, 'addressFamily');
    if (addressFamily !== 'IPv4' && addressFamily !== 'IPv6') {
      refuse('InvalidParameterValue', `Value (${addressFamily}) for parameter addressFamily is invalid.`);
    }
    const entries = addedEntries(addressFamily, input.Entries);
    refuseOverMax(entries, maxEntries);
    if (ownCount(context, 'prefixList') >= MAX_PREFIX_LISTS_PER_REGION) {
      refuse('PrefixListLimitExceeded', "You've reached the limit on the number of prefix lists in this Region.");
    }
    const list: PrefixList = {
      ...newResource(context, 'prefixList', tagsOnCreate(input.TagSpecifications, 'prefix-list')),
      kind: 'prefixList',
      name,
      addressFamily,
      maxEntries,
      version: 1,
      lastChange: { kind: 'create', revision: context.nextRevision, unableIds: [] },
    };
    return { edits: [put(list), put(versionOf(list, entries))], output: { PrefixList: viewList(list, context) } };
  },
  ({ PrefixList }, context) => ({
    PrefixList: viewList(find(context, 'prefixList', PrefixList?.PrefixListId ?? ''), context),
  }),
);
