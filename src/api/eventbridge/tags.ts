/** Tags of rules. https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_TagResource.html */
import type { Tag } from '@aws-sdk/client-eventbridge';
import { put } from '../../model/edit.ts';
import type { EventRule } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { mergedTags, type Tags } from '../shared/tags.ts';
import { eventsAction } from './action.ts';
import { absent, exceeded, validation } from './find.ts';

const MOST_TAGS = 50;

/** `present` with the given ones put over it. */
export function withTags(present: Tags, given: readonly Tag[] = []): Tags {
  return mergedTags(
    present,
    given.map(({ Key = '', Value = '' }) => [Key, Value]),
    {
      most: MOST_TAGS,
      repeated: () => validation('A tag key was given more than once.'),
      invalid: (key) => validation(`The tag '${key}' is not valid.`),
      tooMany: exceeded,
    },
  );
}

export const tagResource = eventsAction<'TagResource'>({ ResourceARN: true, Tags: true }, (input, context) => {
  const rule = ruleByArn(context, input.ResourceARN);
  return { edits: [put({ ...rule, tags: withTags(rule.tags, input.Tags) })], output: {} };
});

export const untagResource = eventsAction<'UntagResource'>({ ResourceARN: true, TagKeys: true }, (input, context) => {
  const rule = ruleByArn(context, input.ResourceARN);
  const kept = Object.entries(rule.tags).filter(([key]) => !input.TagKeys.includes(key));
  return { edits: [put({ ...rule, tags: Object.fromEntries(kept) })], output: {} };
});

export const listTagsForResource = eventsAction<'ListTagsForResource'>({ ResourceARN: true }, (input, context) => {
  const { tags } = ruleByArn(context, input.ResourceARN);
  return reply({ Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })) });
});

function ruleByArn({ intent, account, region }: Context, arn: string): EventRule {
  const rule = intent.table('eventRule').get(arn);
  if (rule?.account === account && rule.region === region) return rule;
  return absent(arn.slice(arn.lastIndexOf('/') + 1));
}
