/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListEntries.html */
import { reply } from '../../action.ts';
import { required } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { findAwsList } from './find.ts';

export const getManagedPrefixListEntries = ec2Action<'GetManagedPrefixListEntries'>(
  { PrefixListId: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const { cidrs } = findAwsList(context, required(input.PrefixListId, 'PrefixListId'));
    const { items, next } = page(cidrs, input, (cidr) => cidr, { min: 1, max: 100 });
    return reply({ Entries: items.map((Cidr) => ({ Cidr })), NextToken: next });
  },
);
