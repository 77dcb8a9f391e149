/**
 * The public addresses of services that gateway endpoints lead to. Clients ask for the list of every endpoint's service, and
 * most have none.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribePrefixLists.html
 */
import { awsPrefixLists } from '../../../model/aws-prefix-lists.ts';
import { reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { findAwsList } from '../prefix-list/find.ts';

export const describePrefixLists = ec2Action<'DescribePrefixLists'>(
  { PrefixListIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const ids = input.PrefixListIds ?? [];
    const asked = ids.length > 0 ? distinct(ids).map((id) => findAwsList(context, id)) : awsPrefixLists(context.region);
    const matching = filterItems(asked, input.Filters, {
      'prefix-list-id': (list) => list.id,
      'prefix-list-name': (list) => list.name,
    });
    const { items, next } = page(matching, input, (list) => list.id);
    const lists = items.map(({ id, name, cidrs }) => ({ PrefixListId: id, PrefixListName: name, Cidrs: [...cidrs] }));
    return reply({ PrefixLists: lists, NextToken: next });
  },
);
