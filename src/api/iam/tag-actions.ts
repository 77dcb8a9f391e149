/** Tags of what IAM names: one action for each kind and verb. */
import { put } from '../../model/edit.ts';
import { reply } from '../action.ts';
import { iamAction } from './action.ts';
import { findOwnPolicy, findPolicy, findProfile, findRole, findUser } from './find.ts';
import { listTags, withoutTags, withTags } from './tags.ts';

const PAGE = { Marker: true, MaxItems: true } as const;

export const tagRole = iamAction<'TagRole'>({ RoleName: true, Tags: true }, (input, context) => {
  const role = findRole(context, input.RoleName);
  return { edits: [put({ ...role, tags: withTags(role.tags, input.Tags) })], output: {} };
});

export const untagRole = iamAction<'UntagRole'>({ RoleName: true, TagKeys: true }, (input, context) => {
  const role = findRole(context, input.RoleName);
  return { edits: [put({ ...role, tags: withoutTags(role.tags, input.TagKeys) })], output: {} };
});

export const listRoleTags = iamAction<'ListRoleTags'>({ RoleName: true, ...PAGE }, (input, context) =>
  reply(listTags(findRole(context, input.RoleName).tags, input)),
);

export const tagUser = iamAction<'TagUser'>({ UserName: true, Tags: true }, (input, context) => {
  const user = findUser(context, input.UserName);
  return { edits: [put({ ...user, tags: withTags(user.tags, input.Tags) })], output: {} };
});

export const untagUser = iamAction<'UntagUser'>({ UserName: true, TagKeys: true }, (input, context) => {
  const user = findUser(context, input.UserName);
  return { edits: [put({ ...user, tags: withoutTags(user.tags, input.TagKeys) })], output: {} };
});

export const listUserTags = iamAction<'ListUserTags'>({ UserName: true, ...PAGE }, (input, context) =>
  reply(listTags(findUser(context, input.UserName).tags, input)),
);

export const tagPolicy = iamAction<'TagPolicy'>({ PolicyArn: true, Tags: true }, (input, context) => {
  const policy = findOwnPolicy(context, input.PolicyArn);
  return { edits: [put({ ...policy, tags: withTags(policy.tags, input.Tags) })], output: {} };
});

export const untagPolicy = iamAction<'UntagPolicy'>({ PolicyArn: true, TagKeys: true }, (input, context) => {
  const policy = findOwnPolicy(context, input.PolicyArn);
  return { edits: [put({ ...policy, tags: withoutTags(policy.tags, input.TagKeys) })], output: {} };
});

export const listPolicyTags = iamAction<'ListPolicyTags'>({ PolicyArn: true, ...PAGE }, (input, context) =>
  reply(listTags(findPolicy(context, input.PolicyArn).tags, input)),
);

export const tagInstanceProfile = iamAction<'TagInstanceProfile'>(
  { InstanceProfileName: true, Tags: true },
  (input, context) => {
    const instanceProfile = findProfile(context, input.InstanceProfileName);
    return { edits: [put({ ...instanceProfile, tags: withTags(instanceProfile.tags, input.Tags) })], output: {} };
  },
);

export const untagInstanceProfile = iamAction<'UntagInstanceProfile'>(
  { InstanceProfileName: true, TagKeys: true },
  (input, context) => {
    const instanceProfile = findProfile(context, input.InstanceProfileName);
    return { edits: [put({ ...instanceProfile, tags: withoutTags(instanceProfile.tags, input.TagKeys) })], output: {} };
  },
);

export const listInstanceProfileTags = iamAction<'ListInstanceProfileTags'>(
  { InstanceProfileName: true, ...PAGE },
  (input, context) => reply(listTags(findProfile(context, input.InstanceProfileName).tags, input)),
);
