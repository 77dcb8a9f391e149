/**
 * Tags: those given on creation, AWS's limits for all of them, and the SDK's shape.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html#tag-restrictions
 */
import type { ResourceType, Tag, TagSpecification } from '@aws-sdk/client-ec2';
import { refuse } from '../../model/refusal.ts';

export type Tags = Readonly<Record<string, string>>;

const MAX_TAGS = 50;
const MAX_KEY = 128;
const MAX_VALUE = 256;

/** The tags that the specifications give to a resource of this type; any other type is refused. */
export function tagsOnCreate(specifications: readonly TagSpecification[] | undefined, type: ResourceType): Tags {
  return tagsByType(specifications, [type])[type] ?? {};
}

/** For calls that make resources of several types (RunInstances). */
export function tagsByType(
  specifications: readonly TagSpecification[] | undefined,
  types: readonly ResourceType[],
): Readonly<Partial<Record<ResourceType, Tags>>> {
  const given: Partial<Record<ResourceType, Tag[]>> = {};
  for (const { ResourceType: type, Tags: tags } of specifications ?? []) {
    if (type === undefined) refuse('MissingParameter', 'The request must contain the parameter ResourceType');
    if (!types.includes(type)) {
      refuse('InvalidParameterValue', `'${type}' is not a valid taggable resource type for this operation.`);
    }
    given[type] = [...(given[type] ?? []), ...(tags ?? [])];
  }
  return Object.fromEntries(Object.entries(given).map(([type, tags]) => [type, checkedTags(tags)]));
}

/** The tags as our record, within AWS's limits; `present` are those that the resource has already. */
export function checkedTags(tags: readonly Tag[], present: Tags = {}): Tags {
  const added: Record<string, string> = {};
  for (const { Key: key, Value: value = '' } of tags) {
    if (key === undefined || key === '') refuse('InvalidParameterValue', 'Tag key cannot be empty.');
    if (key.length > MAX_KEY)
      refuse('InvalidParameterValue', `Tag key exceeds the maximum length of ${MAX_KEY} characters`);
    if (value.length > MAX_VALUE) {
      refuse('InvalidParameterValue', `Tag value exceeds the maximum length of ${MAX_VALUE} characters`);
    }
    if (/^aws:/i.test(key)) {
      refuse('InvalidParameterValue', "Tag keys starting with 'aws:' are reserved for internal use");
    }
    if (Object.hasOwn(added, key)) refuse('InvalidParameterValue', `Duplicate tag key '${key}' specified.`);
    // An own member whatever the key is called, "__proto__" included.
    Object.defineProperty(added, key, { value, enumerable: true, configurable: true, writable: true });
  }
  const all = { ...present, ...added };
  if (Object.keys(all).length > MAX_TAGS) {
    refuse('TagLimitExceeded', 'The maximum number of Tags for a resource has been reached.');
  }
  return all;
}

/** How a service refuses tags: each throws. */
export interface TagLimits {
  readonly most: number;
  readonly repeated: () => never;
  readonly invalid: (key: string) => never;
  readonly tooMany: () => never;
}

/**
 * `present` with the given ones put over it, in services whose limits are those of EC2 but for how many there may be.
 * @throws What the service says, in this order: repeated, invalid, tooMany.
 */
export function mergedTags(
  present: Tags,
  given: readonly (readonly [key: string, value: string])[],
  limits: TagLimits,
): Tags {
  if (new Set(given.map(([key]) => key)).size < given.length) limits.repeated();
  const after = new Map(Object.entries(present));
  for (const [key, value] of given) {
    if (key === '' || key.length > MAX_KEY || value.length > MAX_VALUE || /^aws:/i.test(key)) limits.invalid(key);
    after.set(key, value);
  }
  if (after.size > limits.most) limits.tooMany();
  return Object.fromEntries(after);
}

export function viewTags(tags: Tags): Tag[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
}
