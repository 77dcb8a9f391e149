/** Entries as callers write them, checked and made canonical. */
import type { AddPrefixListEntry, RemovePrefixListEntry } from '@aws-sdk/client-ec2';
import { refuse } from '../../../model/refusal.ts';
import type { PrefixList, PrefixListEntry } from '../../../model/resources.ts';
import { formatCidr } from '../../../net/cidr.ts';
import { required } from '../../shared/input.ts';
import { blockOf, ipv6BlockOf } from '../blocks.ts';
import { MAX_ENTRIES_PER_LIST_CALL } from '../limits.ts';

type Family = PrefixList['addressFamily'];
const MAX_DESCRIPTION = 255;

/** More than a call may have, malformed, of the other family, twice, too long a description: refused in this order. */
export function addedEntries(family: Family, asked: readonly AddPrefixListEntry[] = []): readonly PrefixListEntry[] {
  refuseTooMany(asked);
  const entries = asked.map(({ Cidr, Description = '' }) => {
    const cidr = canonical(family, Cidr);
    if (Description.length > MAX_DESCRIPTION) {
      refuse(
        'InvalidParameterValue',
        `The description of the entry ${cidr} is longer than ${MAX_DESCRIPTION} characters.`,
      );
    }
    return { cidr, description: Description === '' ? null : Description };
  });
  refuseTwice(entries.map(({ cidr }) => cidr));
  return entries;
}

export function removedBlocks(family: Family, asked: readonly RemovePrefixListEntry[] = []): readonly string[] {
  refuseTooMany(asked);
  const blocks = asked.map(({ Cidr }) => canonical(family, Cidr));
  refuseTwice(blocks);
  return blocks;
}

export function refuseOverMax(entries: readonly unknown[], maxEntries: number): void {
  if (entries.length > maxEntries) {
    refuse(
      'PrefixListMaxEntriesExceeded',
      `You've reached the maximum number of entries for the prefix list: ${maxEntries}.`,
    );
  }
}

function canonical(family: Family, text: string | undefined): string {
  const cidr = required(text, 'Cidr');
  return formatCidr(family === 'IPv4' ? blockOf(cidr, 'Cidr') : ipv6BlockOf(cidr, 'Cidr'));
}

function refuseTooMany(asked: readonly unknown[]): void {
  if (asked.length > MAX_ENTRIES_PER_LIST_CALL) {
    // AWS's own words.
    refuse(
      'InvalidParameterValue',
      `The number of entries per request cannot exceeds limit (${MAX_ENTRIES_PER_LIST_CALL}).`,
    );
  }
}

function refuseTwice(blocks: readonly string[]): void {
  const seen = new Set<string>();
  for (const block of blocks) {
    if (seen.has(block)) refuse('InvalidParameterValue', `The entry ${block} must not appear multiple times`);
    seen.add(block);
  }
}
