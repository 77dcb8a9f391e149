/** AWS's own lists; customers' cannot be made yet. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeManagedPrefixLists.html */
import type { ManagedPrefixList } from '@aws-sdk/client-ec2';
import { AWS_OWNER, type AwsPrefixList, awsPrefixLists } from '../../../model/aws-prefix-lists.ts';
import { reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { findAwsList } from './find.ts';

export const describeManagedPrefixLists = ec2Action<'DescribeManagedPrefixLists'>(
  { PrefixListIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const ids = input.PrefixListIds ?? [];
    const asked = ids.length > 0 ? distinct(ids).map((id) => findAwsList(context, id)) : awsPrefixLists(context.region);
    const matching = filterItems(asked, input.Filters, {
      'owner-id': () => AWS_OWNER,
      'prefix-list-id': (list) => list.id,
      'prefix-list-name': (list) => list.name,
    });
    const { items, next } = page(matching, input, (list) => list.id, { min: 1, max: 100 });
    return reply({ PrefixLists: items.map(view), NextToken: next });
  },
);

function view({ id, name, region }: AwsPrefixList): ManagedPrefixList {
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
