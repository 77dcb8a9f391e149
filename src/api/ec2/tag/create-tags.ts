/** Adds tags, or gives present ones another value. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateTags.html */
import { refuse } from '../../../model/refusal.ts';
import { distinct } from '../../shared/input.ts';
import { checkedTags } from '../../shared/tags.ts';
import { ec2Action } from '../action.ts';
import { taggedResource } from './taggable.ts';

const MAX_RESOURCES = 1000;

export const createTags = ec2Action<'CreateTags'>({ Resources: true, Tags: true }, (input, context) => {
  const ids = distinct(input.Resources);
  if (ids.length === 0) refuse('MissingParameter', 'The request must contain the parameter resourceIdSet');
  if (input.Tags.length === 0) refuse('MissingParameter', 'The request must contain the parameter tagSet');
  if (ids.length > MAX_RESOURCES) {
    refuse('InvalidParameterValue', `At most ${MAX_RESOURCES} resources can be tagged in one request.`);
  }
  const edits = ids.map((id) => {
    const resource = taggedResource(context, id);
    return resource.withTags(checkedTags(input.Tags, resource.tags));
  });
  return { edits, output: {} };
});
