/** Users. Login profiles and MFA devices are not there: a user has policies, access keys and groups (groups.ts). */
import { put, remove } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import type { User } from '../../model/resources.ts';
import { reply } from '../action.ts';
import { keysOf } from './access-keys.ts';
import { iamAction } from './action.ts';
import { checkedBoundary } from './attachments.ts';
import { findUser, nameIsTaken, ownByName } from './find.ts';
import { iamId } from './ids.ts';
import { checkedName, checkedPath, checkedPrefix, invalid } from './names.ts';
import { page } from './pages.ts';
import { conflict } from './roles.ts';
import { withTags } from './tags.ts';
import { viewUser } from './views.ts';

export const createUser = iamAction<'CreateUser'>(
  { UserName: true, Path: true, PermissionsBoundary: true, Tags: true },
  (input, context) => {
    const name = checkedName(input.UserName, 'userName', 64);
    const user: User = {
      kind: 'user',
      id: iamId('user', context),
      account: context.account,
      region: '',
      createdAt: context.now,
      name,
      path: checkedPath(input.Path),
      tags: withTags({}, input.Tags),
      attachedPolicyArns: [],
      inlinePolicies: {},
      permissionsBoundaryArn: checkedBoundary(context, input.PermissionsBoundary),
    };
    if (nameIsTaken(context, 'user', name)) {
      refuse('EntityAlreadyExists', `User with name ${name} already exists.`, 409);
    }
    return { edits: [put(user)], output: { User: viewUser(user, true) } };
  },
);

/** Without a name: the caller. */
export const getUser = iamAction<'GetUser'>({ UserName: true }, (input, context) => {
  const { principal } = context;
  if (input.UserName !== undefined) return reply({ User: viewUser(findUser(context, input.UserName), true) });
  if (principal.kind === 'user') return reply({ User: viewUser(findUser(context, principal.userName), true) });
  if (principal.kind === 'session') invalid('Must specify userName when calling with non-User credentials');
  const root = {
    Path: '/',
    UserName: 'root',
    UserId: context.account,
    Arn: `arn:aws:iam::${context.account}:root`,
    CreateDate: new Date(0),
  };
  return reply({ User: root });
});

export const listUsers = iamAction<'ListUsers'>(
  { PathPrefix: true, Marker: true, MaxItems: true },
  (input, context) => {
    const prefix = checkedPrefix(input.PathPrefix);
    const users = ownByName(context, 'user').filter((user) => user.path.startsWith(prefix));
    const { items, rest } = page(users, input, (user) => user.name);
    return reply({ Users: items.map((user) => viewUser(user, false)), ...rest });
  },
);

export const deleteUser = iamAction<'DeleteUser'>({ UserName: true }, (input, context) => {
  const user = findUser(context, input.UserName);
  if ((user.groupIds ?? []).length > 0) conflict('must remove users from group first.');
  if (keysOf(context, user.name).length > 0) conflict('must delete access keys first.');
  if (user.attachedPolicyArns.length > 0) conflict('must detach all policies first.');
  if (Object.keys(user.inlinePolicies).length > 0) conflict('must delete policies first.');
  return { edits: [remove(user)], output: {} };
});
