/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeTags.html */
import type { Filter, TagDescription } from '@aws-sdk/client-ec2';
import { type Context, reply } from '../../action.ts';
import { type FilterFields, filterItems } from '../../shared/filters.ts';
import { distinct } from '../../shared/input.ts';
import { page } from '../../shared/pages.ts';
import { ec2Action } from '../action.ts';
import { allTagged, type Tagged, taggedIfThere } from './taggable.ts';

const FIELDS: FilterFields<TagDescription> = {
  key: (tag) => tag.Key,
  'resource-id': (tag) => tag.ResourceId,
  'resource-type': (tag) => tag.ResourceType,
  value: (tag) => tag.Value,
};

export const describeTags = ec2Action<'DescribeTags'>(
  { Filters: true, MaxResults: true, NextToken: true },
  (input, context) => {
    // "tag:<key>" asks for a key and a value at once.
    const filters = (input.Filters ?? []).flatMap((filter): Filter[] =>
      filter.Name?.startsWith('tag:')
        ? [
            { Name: 'key', Values: [filter.Name.slice('tag:'.length)] },
            { Name: 'value', ...(filter.Values && { Values: filter.Values }) },
          ]
        : [filter],
    );
    const found = filterItems(candidates(context, filters), filters, FIELDS);
    const { items, next } = page(found, input, (tag) => `${tag.ResourceId}/${tag.Key}`);
    return reply({ Tags: [...items], NextToken: next });
  },
);

/** The tags of the resources that a filter names outright, or of all of the caller's own. */
function candidates(context: Context, filters: readonly Filter[]): readonly TagDescription[] {
  const ids = filters.find((filter) => filter.Name === 'resource-id')?.Values;
  if (ids !== undefined && !ids.some((id) => /[*?\\]/.test(id))) {
    return distinct(ids)
      .flatMap((id) => taggedIfThere(context, id) ?? [])
      .flatMap(described);
  }
  return allTagged(context).flatMap(described);
}

function described({ id, type, tags }: Tagged): TagDescription[] {
  return Object.entries(tags).map(([Key, Value]) => ({ Key, Value, ResourceId: id, ResourceType: type }));
}
