/**
 * The public addresses of services that gateway endpoints lead to. Clients ask for the list of every endpoint's service, and
 * most have none.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribePrefixLists.html
 */
import type { PrefixList } from '@aws-sdk/client-ec2';
import { awsPrefixLists } from '../../../model/aws-prefix-lists.ts';
import { refuse } from '../../../model/refusal.ts';
import { reply } from '../../action.ts';
import { filterItems } from '../../shared/filters.ts';
import { distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';

export const describePrefixLists = ec2Action<'DescribePrefixLists'>(
  { PrefixListIds: true, Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const all = awsPrefixLists(context.region).map(
      ({ id, name, cidrs }): PrefixList => ({ PrefixListId: id, PrefixListName: name, Cidrs: [...cidrs] }),
    );
    const ids = input.PrefixListIds ?? [];
    const asked = ids.length === 0 ? all : distinct(ids).map((id) => named(id, all));
    const matching = filterItems(asked, input.Filters, {
      'prefix-list-id': (list) => list.PrefixListId,
      'prefix-list-name': (list) => list.PrefixListName,
    });
    const { items, next } = page(matching, input, (list) => list.PrefixListId ?? '');
    return reply({ PrefixLists: [...items], NextToken: next });
  },
);

function named(id: string, lists: readonly PrefixList[]): PrefixList {
  if (!/^pl-([0-9a-f]{8}|[0-9a-f]{17})$/.test(id)) refuse('InvalidPrefixListId.Malformed', `Invalid id: "${id}"`);
  return (
    lists.find((list) => list.PrefixListId === id) ??
    refuse('InvalidPrefixListID.NotFound', `The prefix list ID '${id}' does not exist`)
  );
}
