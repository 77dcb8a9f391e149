/** Reading, changing and deleting roles. */
import { put, remove } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import { reply } from '../action.ts';
import { iamAction } from './action.ts';
import { findRole, ownByName } from './find.ts';
import { checkedDescription, checkedPrefix } from './names.ts';
import { page } from './pages.ts';
import { checkedSessionSeconds, checkedTrust } from './trust-policy.ts';
import { viewRole } from './views.ts';

export const getRole = iamAction<'GetRole'>({ RoleName: true }, (input, context) =>
  reply({ Role: viewRole(findRole(context, input.RoleName), true) }),
);

export const listRoles = iamAction<'ListRoles'>(
  { PathPrefix: true, Marker: true, MaxItems: true },
  (input, context) => {
    const prefix = checkedPrefix(input.PathPrefix);
    const roles = ownByName(context, 'role').filter((role) => role.path.startsWith(prefix));
    const { items, rest } = page(roles, input, (role) => role.name);
    return reply({ Roles: items.map((role) => viewRole(role, false)), ...rest });
  },
);

export const updateRole = iamAction<'UpdateRole'>(
  { RoleName: true, Description: true, MaxSessionDuration: true },
  (input, context) => {
    const role = findRole(context, input.RoleName);
    const changed = {
      ...role,
      description: input.Description === undefined ? role.description : checkedDescription(input.Description),
      maxSessionSeconds:
        input.MaxSessionDuration === undefined
          ? role.maxSessionSeconds
          : checkedSessionSeconds(input.MaxSessionDuration),
    };
    return { edits: [put(changed)], output: {} };
  },
);

export const updateRoleDescription = iamAction<'UpdateRoleDescription'>(
  { RoleName: true, Description: true },
  (input, context) => {
    const changed = { ...findRole(context, input.RoleName), description: checkedDescription(input.Description) };
    return { edits: [put(changed)], output: { Role: viewRole(changed, true) } };
  },
);

export const updateAssumeRolePolicy = iamAction<'UpdateAssumeRolePolicy'>(
  { RoleName: true, PolicyDocument: true },
  (input, context) => {
    const role = findRole(context, input.RoleName);
    return { edits: [put({ ...role, trustPolicy: checkedTrust(input.PolicyDocument, context.intent) })], output: {} };
  },
);

export const deleteRole = iamAction<'DeleteRole'>({ RoleName: true }, (input, context) => {
  const role = findRole(context, input.RoleName);
  const inProfile = context.intent
    .table('instanceProfile')
    .by('roleName', role.name)
    .some((profile) => profile.account === role.account);
  if (inProfile) conflict('must remove roles from instance profile first.');
  if (role.attachedPolicyArns.length > 0) conflict('must detach all policies first.');
  if (Object.keys(role.inlinePolicies).length > 0) conflict('must delete policies first.');
  return { edits: [remove(role)], output: {} };
});

export function conflict(what: string): never {
  refuse('DeleteConflict', `Cannot delete entity, ${what}`, 409);
}
