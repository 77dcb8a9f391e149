/** Instance profiles: what hands a role to an instance. */
import { put, remove } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import type { InstanceProfile } from '../../model/resources.ts';
import { reply } from '../action.ts';
import { iamAction } from './action.ts';
import { findProfile, findRole, missing, nameIsTaken, ownByName } from './find.ts';
import { iamId } from './ids.ts';
import { checkedName, checkedPath, checkedPrefix } from './names.ts';
import { page } from './pages.ts';
import { conflict } from './roles.ts';
import { withTags } from './tags.ts';
import { viewProfile } from './views.ts';

export const createInstanceProfile = iamAction<'CreateInstanceProfile'>(
  { InstanceProfileName: true, Path: true, Tags: true },
  (input, context) => {
    const name = checkedName(input.InstanceProfileName, 'instanceProfileName', 128);
    const profile: InstanceProfile = {
      kind: 'instanceProfile',
      id: iamId('instanceProfile', context),
      account: context.account,
      region: '',
      createdAt: context.now,
      name,
      path: checkedPath(input.Path),
      tags: withTags({}, input.Tags),
      roleName: null,
    };
    if (nameIsTaken(context, 'instanceProfile', name)) {
      refuse('EntityAlreadyExists', `Instance Profile ${name} already exists.`, 409);
    }
    return { edits: [put(profile)], output: { InstanceProfile: viewProfile(profile, context) } };
  },
);

export const getInstanceProfile = iamAction<'GetInstanceProfile'>({ InstanceProfileName: true }, (input, context) =>
  reply({ InstanceProfile: viewProfile(findProfile(context, input.InstanceProfileName), context) }),
);

export const listInstanceProfiles = iamAction<'ListInstanceProfiles'>(
  { PathPrefix: true, Marker: true, MaxItems: true },
  (input, context) => {
    const prefix = checkedPrefix(input.PathPrefix);
    const profiles = ownByName(context, 'instanceProfile').filter(({ path }) => path.startsWith(prefix));
    const { items, rest } = page(profiles, input, (profile) => profile.name);
    return reply({ InstanceProfiles: items.map((profile) => viewProfile(profile, context)), ...rest });
  },
);

export const listInstanceProfilesForRole = iamAction<'ListInstanceProfilesForRole'>(
  { RoleName: true, Marker: true, MaxItems: true },
  (input, context) => {
    const role = findRole(context, input.RoleName);
    const profiles = ownByName(context, 'instanceProfile').filter(({ roleName }) => roleName === role.name);
    const { items, rest } = page(profiles, input, (profile) => profile.name);
    return reply({ InstanceProfiles: items.map((profile) => viewProfile(profile, context)), ...rest });
  },
);

export const deleteInstanceProfile = iamAction<'DeleteInstanceProfile'>(
  { InstanceProfileName: true },
  (input, context) => {
    const profile = findProfile(context, input.InstanceProfileName);
    if (profile.roleName !== null) conflict('must remove roles from instance profile first.');
    return { edits: [remove(profile)], output: {} };
  },
);

export const addRoleToInstanceProfile = iamAction<'AddRoleToInstanceProfile'>(
  { InstanceProfileName: true, RoleName: true },
  (input, context) => {
    const profile = findProfile(context, input.InstanceProfileName);
    const role = findRole(context, input.RoleName);
    if (profile.roleName !== null) {
      refuse('LimitExceeded', 'Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1', 409);
    }
    return { edits: [put({ ...profile, roleName: role.name })], output: {} };
  },
);

export const removeRoleFromInstanceProfile = iamAction<'RemoveRoleFromInstanceProfile'>(
  { InstanceProfileName: true, RoleName: true },
  (input, context) => {
    const profile = findProfile(context, input.InstanceProfileName);
    const role = findRole(context, input.RoleName);
    if (profile.roleName !== role.name) missing(`The role with name ${role.name} cannot be found.`);
    return { edits: [put({ ...profile, roleName: null })], output: {} };
  },
);
