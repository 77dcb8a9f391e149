/** Tags of IAM's resources: AWS's limits, the SDK's shape, and the three actions that every kind of resource has. */
import type { Tag } from '@aws-sdk/client-iam';
import { refuse } from '../../model/refusal.ts';
import type { Tags } from '../shared/tags.ts';
import { invalid } from './names.ts';
import { byText, type PageInput, page } from './pages.ts';

const MAX_TAGS = 50;
const CHARACTERS = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]*$/u;

export function withTags(present: Tags, given: readonly { Key: string; Value: string }[] | undefined): Tags {
  const seen = new Set<string>();
  const result = new Map(Object.entries(present));
  for (const { Key: key, Value: value } of given ?? []) {
    checkKey(key);
    if (value.length > 256 || !CHARACTERS.test(value)) badTag(value, 'value', 256);
    if (/^aws:/i.test(key)) refuse('InvalidInput', 'Tag keys starting with aws: are reserved for internal use.');
    if (seen.has(key.toLowerCase())) {
      refuse('InvalidInput', 'Duplicate tag keys found. Please note that Tag keys are case insensitive.');
    }
    seen.add(key.toLowerCase());
    // A tag replaces one that differs in capitals only.
    for (const other of result.keys()) if (other.toLowerCase() === key.toLowerCase()) result.delete(other);
    result.set(key, value);
  }
  if (result.size > MAX_TAGS) {
    refuse('LimitExceeded', `The number of tags has reached the maximum limit. Maximum limit is ${MAX_TAGS}.`, 409);
  }
  return Object.fromEntries(result);
}

function checkKey(key: string): void {
  if (key === '' || key.length > 128 || !CHARACTERS.test(key)) badTag(key, 'key', 128);
}

function badTag(text: string, part: string, limit: number): never {
  invalid(
    `1 validation error detected: Value '${text}' at 'tags.member.${part}' failed to satisfy constraint: ` +
      `Member must have length of at most ${limit} and satisfy regular expression pattern: ${CHARACTERS.source}`,
  );
}

export function withoutTags(present: Tags, keys: readonly string[]): Tags {
  for (const key of keys) checkKey(key);
  const gone = new Set(keys.map((key) => key.toLowerCase()));
  return Object.fromEntries(Object.entries(present).filter(([key]) => !gone.has(key.toLowerCase())));
}

export function viewTags(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}

export function listTags(tags: Tags, input: PageInput): { Tags: Tag[]; IsTruncated: boolean; Marker?: string } {
  const sorted = viewTags(tags).sort((a, b) => byText(a.Key ?? '', b.Key ?? ''));
  const { items, rest } = page(sorted, input, (tag) => tag.Key ?? '');
  return { Tags: [...items], ...rest };
}
