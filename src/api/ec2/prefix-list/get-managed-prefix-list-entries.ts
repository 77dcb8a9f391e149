/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_GetManagedPrefixListEntries.html */
import { refuse } from '../../../model/refusal.ts';
import type { PrefixListEntry } from '../../../model/resources.ts';
import { type Context, reply } from '../../action.ts';
import { required } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { type AnyList, findList, isOwn } from './find.ts';
import { findVersion } from './find-version.ts';

export const getManagedPrefixListEntries = ec2Action<'GetManagedPrefixListEntries'>(
  { PrefixListId: true, TargetVersion: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const list = findList(context, required(input.PrefixListId, 'PrefixListId'));
    const found = entriesOf(context, list, input.TargetVersion);
    const { items, next } = page(found, input, ({ cidr }) => cidr, { min: 1, max: 100 });
    return reply({
      Entries: items.map(({ cidr, description }) => ({
        Cidr: cidr,
        ...(description !== null && { Description: description }),
      })),
      NextToken: next,
    });
  },
);

function entriesOf(context: Context, list: AnyList, version: number | undefined): readonly PrefixListEntry[] {
  if (isOwn(list)) return findVersion(context, list, version ?? list.version).entries;
  if (version !== undefined) {
    refuse(
      'InvalidParameterValue',
      `The prefix list '${list.id}' is managed by AWS and has no versions to choose from.`,
    );
  }
  return list.cidrs.map((cidr) => ({ cidr, description: null }));
}
