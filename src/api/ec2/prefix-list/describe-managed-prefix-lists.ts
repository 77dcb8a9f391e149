/** AWS's own lists and the caller's. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeManagedPrefixLists.html */
import { AWS_OWNER, awsPrefixLists } from '../../../model/aws-prefix-lists.ts';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterItems } from '../../shared/filters.ts';
import { own } from '../../shared/find.ts';
import { distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { type AnyList, findList, isOwn } from './find.ts';
import { viewList } from './view.ts';

const FIELDS: FilterFields<AnyList> = {
  'owner-id': (list) => (isOwn(list) ? list.account : AWS_OWNER),
  'prefix-list-id': (list) => list.id,
  'prefix-list-name': (list) => list.name,
};

export const describeManagedPrefixLists = ec2Action<'DescribeManagedPrefixLists'>(
  { PrefixListIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const ids = input.PrefixListIds ?? [];
    const asked = ids.length > 0 ? distinct(ids).map((id) => findList(context, id)) : all(context);
    const { items, next } = page(filterItems(asked, input.Filters, FIELDS), input, (list) => list.id, {
      min: 1,
      max: 100,
    });
    return reply({ PrefixLists: items.map((list) => viewList(list, context)), NextToken: next });
  },
);

function all(context: Context): readonly AnyList[] {
  return [...awsPrefixLists(context.region), ...own(context, 'prefixList')];
}
