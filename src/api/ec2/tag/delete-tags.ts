/** By key, or by key and value; without tags, all of them. https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteTags.html */
import { refuse } from '../../../model/refusal.ts';
import { distinct } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { taggedResource } from './taggable.ts';

export const deleteTags = ec2Action<'DeleteTags'>({ Resources: true, Tags: true }, (input, context) => {
  const ids = distinct(input.Resources);
  if (ids.length === 0) refuse('MissingParameter', 'The request must contain the parameter resourceIdSet');
  const edits = ids.map((id) => {
    const resource = taggedResource(context, id);
    const isKept = ([key, value]: [string, string]) =>
      input.Tags !== undefined &&
      !input.Tags.some((tag) => tag.Key === key && (tag.Value === undefined || tag.Value === value));
    return resource.withTags(Object.fromEntries(Object.entries(resource.tags).filter(isKept)));
  });
  return { edits, output: {} };
});
