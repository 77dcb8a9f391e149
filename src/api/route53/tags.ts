/**
 * Tags of hosted zones. There are no health checks here, so none has tags.
 * https://docs.aws.amazon.com/Route53/latest/APIReference/API_ChangeTagsForResource.html
 */
import type { ResourceTagSet } from '@aws-sdk/client-route-53';
import { put } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import type { HostedZone } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { viewTags } from '../shared/tags.ts';
import { route53Action } from './action.ts';
import { findZone } from './zones.ts';

const MAX_TAGS = 50;
const MAX_KEY = 128;
const MAX_VALUE = 256;
const MAX_RESOURCES = 10;
/** Added or removed by one call. */
const MAX_CHANGES = 10;

export const changeTagsForResource = route53Action<'ChangeTagsForResource'>(
  { ResourceType: true, ResourceId: true, AddTags: true, RemoveTagKeys: true },
  (input, context) => {
    const zone = taggedZone(input.ResourceType, input.ResourceId, context);
    const { AddTags: added = [], RemoveTagKeys: removed = [] } = input;
    if (added.length === 0 && removed.length === 0) {
      refuse('InvalidInput', 'The request holds no tags to add and no keys to remove.');
    }
    for (const [member, { length }] of Object.entries({ AddTags: added, RemoveTagKeys: removed })) {
      if (length > MAX_CHANGES) refuse('InvalidInput', `${member} can have at most ${MAX_CHANGES} members.`);
    }
    const keys = added.map(({ Key }) => Key);
    if (new Set(keys).size < keys.length) refuse('InvalidInput', 'A tag key was given more than once.');
    const tags = new Map(Object.entries(zone.tags));
    for (const key of removed) tags.delete(key);
    for (const { Key: key = '', Value: value = '' } of added) {
      if (key === '' || key.length > MAX_KEY)
        refuse('InvalidInput', `A tag's key must have 1 to ${MAX_KEY} characters.`);
      if (value.length > MAX_VALUE) refuse('InvalidInput', `A tag's value must have at most ${MAX_VALUE} characters.`);
      if (/^aws:/i.test(key)) refuse('InvalidInput', 'Tag keys that begin with aws: are reserved.');
      tags.set(key, value);
    }
    if (tags.size > MAX_TAGS) refuse('InvalidInput', `A resource can have at most ${MAX_TAGS} tags.`);
    return { edits: [put({ ...zone, tags: Object.fromEntries(tags) })], output: {} };
  },
);

export const listTagsForResource = route53Action<'ListTagsForResource'>(
  { ResourceType: true, ResourceId: true },
  (input, context) => reply({ ResourceTagSet: tagSet(taggedZone(input.ResourceType, input.ResourceId, context)) }),
);

export const listTagsForResources = route53Action<'ListTagsForResources'>(
  { ResourceType: true, ResourceIds: true },
  (input, context) => {
    if (input.ResourceIds.length === 0 || input.ResourceIds.length > MAX_RESOURCES) {
      refuse('InvalidInput', `1 to ${MAX_RESOURCES} resources can be asked for.`);
    }
    return reply({
      ResourceTagSets: input.ResourceIds.map((id) => tagSet(taggedZone(input.ResourceType, id, context))),
    });
  },
);

function taggedZone(type: string, id: string, context: Context): HostedZone {
  if (type !== 'hostedzone') refuse('NoSuchHealthCheck', `A health check with id ${id} does not exist.`, 404);
  return findZone(context, id);
}

function tagSet(zone: HostedZone): ResourceTagSet {
  return { ResourceType: 'hostedzone', ResourceId: zone.id, Tags: viewTags(zone.tags) };
}
