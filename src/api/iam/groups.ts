/**
 * Groups of users. A group has policies, which its users have by being in it; it has no keys, no boundary and no tags, and is no
 * principal. Who is in it is kept with the users.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/id_groups.html
 */
import { type Edit, put, remove } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import type { Group, User } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { iamAction } from './action.ts';
import { findGroup, findUser, missing, nameIsTaken, ownByName } from './find.ts';
import { iamId } from './ids.ts';
import { checkedName, checkedPath, checkedPrefix } from './names.ts';
import { byText, page } from './pages.ts';
import { conflict } from './roles.ts';
import { viewGroup, viewUser } from './views.ts';

/** https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
const MAX_GROUPS = 300;
const MAX_GROUPS_OF_A_USER = 10;

const PAGE = { Marker: true, MaxItems: true } as const;

export const createGroup = iamAction<'CreateGroup'>({ GroupName: true, Path: true }, (input, context) => {
  const name = checkedName(input.GroupName, 'groupName', 128);
  const group: Group = {
    kind: 'group',
    id: iamId('group', context),
    account: context.account,
    region: '',
    createdAt: context.now,
    name,
    path: checkedPath(input.Path),
    tags: {},
    attachedPolicyArns: [],
    inlinePolicies: {},
  };
  if (nameIsTaken(context, 'group', name)) {
    refuse('EntityAlreadyExists', `Group with name ${name} already exists.`, 409);
  }
  if (ownByName(context, 'group').length >= MAX_GROUPS) {
    refuse('LimitExceeded', `Cannot exceed quota for GroupsPerAccount: ${MAX_GROUPS}`, 409);
  }
  return { edits: [put(group)], output: { Group: viewGroup(group) } };
});

export const getGroup = iamAction<'GetGroup'>({ GroupName: true, ...PAGE }, (input, context) => {
  const group = findGroup(context, input.GroupName);
  const { items, rest } = page(usersIn(context, group), input, (user) => user.name);
  return reply({ Group: viewGroup(group), Users: items.map((user) => viewUser(user, false)), ...rest });
});

export const listGroups = iamAction<'ListGroups'>({ PathPrefix: true, ...PAGE }, (input, context) => {
  const prefix = checkedPrefix(input.PathPrefix);
  const groups = ownByName(context, 'group').filter(({ path }) => path.startsWith(prefix));
  const { items, rest } = page(groups, input, ({ name }) => name);
  return reply({ Groups: items.map(viewGroup), ...rest });
});

export const deleteGroup = iamAction<'DeleteGroup'>({ GroupName: true }, (input, context) => {
  const group = findGroup(context, input.GroupName);
  if (context.intent.table('user').count('groupIds', group.id) > 0) conflict('must remove users from group first.');
  if (group.attachedPolicyArns.length > 0) conflict('must detach all policies first.');
  if (Object.keys(group.inlinePolicies).length > 0) conflict('must delete policies first.');
  return { edits: [remove(group)], output: {} };
});

/** Nothing changes where the user is in it already. */
export const addUserToGroup = iamAction<'AddUserToGroup'>({ GroupName: true, UserName: true }, (input, context) => {
  const group = findGroup(context, input.GroupName);
  const user = findUser(context, input.UserName);
  const { groupIds = [] } = user;
  if (groupIds.includes(group.id)) return reply({});
  if (groupIds.length >= MAX_GROUPS_OF_A_USER) {
    refuse('LimitExceeded', `Cannot exceed quota for GroupsPerUser: ${MAX_GROUPS_OF_A_USER}`, 409);
  }
  return { edits: [inGroups(user, [...groupIds, group.id])], output: {} };
});

export const removeUserFromGroup = iamAction<'RemoveUserFromGroup'>(
  { GroupName: true, UserName: true },
  (input, context) => {
    const group = findGroup(context, input.GroupName);
    const user = findUser(context, input.UserName);
    const { groupIds = [] } = user;
    if (!groupIds.includes(group.id)) missing(`User ${user.name} is not in group ${group.name}.`);
    const left = groupIds.filter((id) => id !== group.id);
    return { edits: [inGroups(user, left)], output: {} };
  },
);

export const listGroupsForUser = iamAction<'ListGroupsForUser'>({ UserName: true, ...PAGE }, (input, context) => {
  const { groupIds = [] } = findUser(context, input.UserName);
  const groups = groupIds.flatMap((id) => context.intent.table('group').get(id) ?? []);
  const { items, rest } = page(
    groups.sort((a, b) => byText(a.name, b.name)),
    input,
    ({ name }) => name,
  );
  return reply({ Groups: items.map(viewGroup), ...rest });
});

function usersIn(context: Context, { id }: Group): readonly User[] {
  const users = context.intent.table('user').by('groupIds', id);
  return [...users].sort((a, b) => byText(a.name, b.name));
}

function inGroups(user: User, groupIds: readonly string[]): Edit {
  return put({ ...user, groupIds });
}
