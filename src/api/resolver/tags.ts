/** Tags of resolver endpoints, rules and query logs, by ARN. https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_TagResource.html */
import type { Tag } from '@aws-sdk/client-route53resolver';
import { put } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import type { QueryLog, ResolverEndpoint, ResolverRule } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { mergedTags, type Tags, viewTags } from '../shared/tags.ts';
import { resolverAction } from './action.ts';
import { ARN_TYPES, arnOf, findOwn, invalid, listed } from './find.ts';

const MAX_TAGS = 200;

/** On creation, where AWS's list of errors has none for tags. */
export function tagsOnCreate(given: readonly Tag[] | undefined): Tags {
  return withTags({}, given, 'InvalidParameterException');
}

/** `present` with the given ones put over it. */
function withTags(present: Tags, given: readonly Tag[] = [], code = 'InvalidTagException'): Tags {
  return mergedTags(
    present,
    given.map(({ Key = '', Value = '' }) => [Key, Value]),
    {
      most: MAX_TAGS,
      repeated: () => refuse(code, 'A tag key was given more than once.'),
      invalid: (key) => refuse(code, `The tag '${key}' is not valid.`),
      tooMany: () => refuse('LimitExceededException', `A resource can have at most ${MAX_TAGS} tags.`),
    },
  );
}

export const tagResource = resolverAction<'TagResource'>({ ResourceArn: true, Tags: true }, (input, context) => {
  const found = byArn(context, input.ResourceArn);
  return { edits: [put({ ...found, tags: withTags(found.tags, input.Tags) })], output: {} };
});

export const untagResource = resolverAction<'UntagResource'>({ ResourceArn: true, TagKeys: true }, (input, context) => {
  const found = byArn(context, input.ResourceArn);
  const kept = Object.entries(found.tags).filter(([key]) => !input.TagKeys.includes(key));
  return { edits: [put({ ...found, tags: Object.fromEntries(kept) })], output: {} };
});

export const listTagsForResource = resolverAction<'ListTagsForResource'>(
  { ResourceArn: true, MaxResults: true, NextToken: true },
  (input, context) => {
    const all = viewTags(byArn(context, input.ResourceArn).tags).map((tag) => ({ ...tag, Id: tag.Key }));
    const { items, rest } = listed(all, input, {});
    const tags = items.map(({ Key = '', Value = '' }) => ({ Key, Value }));
    return reply({ Tags: tags, ...(rest.NextToken !== undefined && { NextToken: rest.NextToken }) });
  },
);

function byArn(context: Context, arn: string): ResolverEndpoint | ResolverRule | QueryLog {
  const [, type, id = ''] = /^arn:aws:route53resolver:[^:]*:[^:]*:([a-z-]+)\/(.+)$/.exec(arn) ?? [];
  const kind = (Object.keys(ARN_TYPES) as (keyof typeof ARN_TYPES)[]).find((each) => ARN_TYPES[each] === type);
  if (kind === undefined) invalid(`'${arn}' is not the ARN of a Resolver endpoint, rule or query logging config.`);
  const found = findOwn(context, kind, id);
  return arnOf(found, ARN_TYPES[kind]) === arn
    ? found
    : refuse('ResourceNotFoundException', `The resource ${arn} does not exist.`);
}
