/** Tags within AWS's limits, worded as ELBv2 words them. https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-tags.html */
import type { Tag } from '@aws-sdk/client-elastic-load-balancing-v2';
import { refuse } from '../../model/refusal.ts';
import type { Tags } from '../shared/tags.ts';
import { invalid } from './checks.ts';

const MAX_TAGS = 50;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

/** `present` with the given ones put over it. */
export function withTags(present: Tags, given: readonly Tag[] | undefined): Tags {
  const after = new Map(Object.entries(present));
  const seen = new Set<string>();
  for (const { Key: key = '', Value: value = '' } of given ?? []) {
    if (key === '' || key.length > 128 || !CHARACTERS.test(key)) badTag(key, 'key', 128);
    if (value.length > 256 || !CHARACTERS.test(value)) badTag(value, 'value', 256);
    if (/^aws:/i.test(key)) invalid(`Tag key '${key}' is reserved: keys cannot begin with 'aws:'`);
    if (seen.has(key)) refuse('DuplicateTagKeys', `Duplicate tag key '${key}' was specified`);
    seen.add(key);
    after.set(key, value);
  }
  if (after.size > MAX_TAGS) {
    refuse('TooManyTags', `The maximum number of tags on a resource is '${MAX_TAGS}'`);
  }
  return Object.fromEntries(after);
}

function badTag(text: string, part: string, limit: number): never {
  invalid(
    `1 validation error detected: Value '${text}' at 'tags.member.${part}' failed to satisfy constraint: ` +
      `Member must have length of at most ${limit} and satisfy regular expression pattern: ${CHARACTERS.source}`,
  );
}

export function viewTags(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
