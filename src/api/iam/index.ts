/** The IAM actions by their AWS name. */
import type * as IAM from '@aws-sdk/client-iam';
import type { ActionTable } from '../action.ts';
import type { TypedActions } from '../sdk.ts';
import { createAccessKey, deleteAccessKey, listAccessKeys, updateAccessKey } from './access-keys.ts';
import { getAccountSummary } from './account-summary.ts';
import { createRole } from './create-role.ts';
import { findGroup, findRole, findUser } from './find.ts';
import {
  addUserToGroup,
  createGroup,
  deleteGroup,
  getGroup,
  listGroups,
  listGroupsForUser,
  removeUserFromGroup,
} from './groups.ts';
import { boundaryActions, policyActions } from './holder-policies.ts';
import {
  addRoleToInstanceProfile,
  createInstanceProfile,
  deleteInstanceProfile,
  getInstanceProfile,
  listInstanceProfiles,
  listInstanceProfilesForRole,
  removeRoleFromInstanceProfile,
} from './instance-profiles.ts';
import { listEntitiesForPolicy } from './list-entities-for-policy.ts';
import {
  createPolicy,
  createPolicyVersion,
  deletePolicy,
  deletePolicyVersion,
  getPolicy,
  getPolicyVersion,
  listPolicies,
  listPolicyVersions,
  setDefaultPolicyVersion,
} from './policies.ts';
import { deleteRole, getRole, listRoles, updateAssumeRolePolicy, updateRole, updateRoleDescription } from './roles.ts';
import {
  listInstanceProfileTags,
  listPolicyTags,
  listRoleTags,
  listUserTags,
  tagInstanceProfile,
  tagPolicy,
  tagRole,
  tagUser,
  untagInstanceProfile,
  untagPolicy,
  untagRole,
  untagUser,
} from './tag-actions.ts';
import { createUser, deleteUser, getUser, listUsers } from './users.ts';

const groupPolicies = policyActions('GroupName', findGroup);
const rolePolicies = policyActions('RoleName', findRole);
const userPolicies = policyActions('UserName', findUser);
const roleBoundary = boundaryActions('RoleName', findRole);
const userBoundary = boundaryActions('UserName', findUser);

export const iamActions = {
  AddRoleToInstanceProfile: addRoleToInstanceProfile,
  AddUserToGroup: addUserToGroup,
  AttachGroupPolicy: groupPolicies.attach,
  AttachRolePolicy: rolePolicies.attach,
  AttachUserPolicy: userPolicies.attach,
  CreateAccessKey: createAccessKey,
  CreateGroup: createGroup,
  CreateInstanceProfile: createInstanceProfile,
  CreatePolicy: createPolicy,
  CreatePolicyVersion: createPolicyVersion,
  CreateRole: createRole,
  CreateUser: createUser,
  DeleteAccessKey: deleteAccessKey,
  DeleteGroup: deleteGroup,
  DeleteGroupPolicy: groupPolicies.delete,
  DeleteInstanceProfile: deleteInstanceProfile,
  DeletePolicy: deletePolicy,
  DeletePolicyVersion: deletePolicyVersion,
  DeleteRole: deleteRole,
  DeleteRolePermissionsBoundary: roleBoundary.delete,
  DeleteRolePolicy: rolePolicies.delete,
  DeleteUser: deleteUser,
  DeleteUserPermissionsBoundary: userBoundary.delete,
  DeleteUserPolicy: userPolicies.delete,
  DetachGroupPolicy: groupPolicies.detach,
  DetachRolePolicy: rolePolicies.detach,
  DetachUserPolicy: userPolicies.detach,
  GetAccountSummary: getAccountSummary,
  GetGroup: getGroup,
  GetGroupPolicy: groupPolicies.get,
  GetInstanceProfile: getInstanceProfile,
  GetPolicy: getPolicy,
  GetPolicyVersion: getPolicyVersion,
  GetRole: getRole,
  GetRolePolicy: rolePolicies.get,
  GetUser: getUser,
  GetUserPolicy: userPolicies.get,
  ListAccessKeys: listAccessKeys,
  ListAttachedGroupPolicies: groupPolicies.listAttached,
  ListAttachedRolePolicies: rolePolicies.listAttached,
  ListAttachedUserPolicies: userPolicies.listAttached,
  ListGroupPolicies: groupPolicies.list,
  ListGroups: listGroups,
  ListInstanceProfileTags: listInstanceProfileTags,
  ListInstanceProfiles: listInstanceProfiles,
  ListInstanceProfilesForRole: listInstanceProfilesForRole,
  ListPolicies: listPolicies,
  ListPolicyTags: listPolicyTags,
  ListPolicyVersions: listPolicyVersions,
  ListRolePolicies: rolePolicies.list,
  ListRoleTags: listRoleTags,
  ListRoles: listRoles,
  ListEntitiesForPolicy: listEntitiesForPolicy,
  ListGroupsForUser: listGroupsForUser,
  ListUserPolicies: userPolicies.list,
  ListUserTags: listUserTags,
  ListUsers: listUsers,
  PutGroupPolicy: groupPolicies.put,
  PutRolePermissionsBoundary: roleBoundary.put,
  PutRolePolicy: rolePolicies.put,
  PutUserPermissionsBoundary: userBoundary.put,
  PutUserPolicy: userPolicies.put,
  RemoveRoleFromInstanceProfile: removeRoleFromInstanceProfile,
  RemoveUserFromGroup: removeUserFromGroup,
  SetDefaultPolicyVersion: setDefaultPolicyVersion,
  TagInstanceProfile: tagInstanceProfile,
  TagPolicy: tagPolicy,
  TagRole: tagRole,
  TagUser: tagUser,
  UntagInstanceProfile: untagInstanceProfile,
  UntagPolicy: untagPolicy,
  UntagRole: untagRole,
  UntagUser: untagUser,
  UpdateAccessKey: updateAccessKey,
  UpdateAssumeRolePolicy: updateAssumeRolePolicy,
  UpdateRole: updateRole,
  UpdateRoleDescription: updateRoleDescription,
} satisfies TypedActions<typeof IAM> & ActionTable;
