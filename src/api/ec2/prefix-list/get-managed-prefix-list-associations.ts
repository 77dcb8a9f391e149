/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListAssociations.html */
import { reply } from '../../action.ts';
import { required } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { findOwnList } from './find.ts';
import { groupsWith, tablesWith } from './references.ts';

export const getManagedPrefixListAssociations = ec2Action<'GetManagedPrefixListAssociations'>(
  { PrefixListId: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const list = findOwnList(context, required(input.PrefixListId, 'PrefixListId'));
    const ids = [...groupsWith(context, list), ...tablesWith(context, list).map(({ id }) => id)];
    const { items, next } = page(ids, input, (id) => id, { min: 5, max: 255 });
    return reply({
      PrefixListAssociations: items.map((ResourceId) => ({ ResourceId, ResourceOwner: list.account })),
      NextToken: next,
    });
  },
);
