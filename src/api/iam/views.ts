/** IAM's resources in the SDK's shapes. Documents are percent-encoded in them, as RFC 3986 says. */
import type * as IAM from '@aws-sdk/client-iam';
import { arnOf } from '../../iam/arn.ts';
import type { AccessKey, Group, InstanceProfile, Policy, PolicyVersion, Role, User } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import { attachmentCount, boundaryCount } from './attachments.ts';
import { ownByName } from './find.ts';
import { viewTags } from './tags.ts';

export function encodedDocument(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** Lists leave out tags, boundary and (for roles) the last use; `full` is for what names one. */
export function viewRole(role: Role, full: boolean): IAM.Role {
  return {
    Path: role.path,
    RoleName: role.name,
    RoleId: role.id,
    Arn: arnOf(role),
    CreateDate: new Date(role.createdAt),
    AssumeRolePolicyDocument: encodedDocument(role.trustPolicy),
    ...(role.description === null ? {} : { Description: role.description }),
    MaxSessionDuration: role.maxSessionSeconds,
    ...(full ? { ...boundary(role), ...tagged(role) } : {}),
  };
}

export function viewUser(user: User, full: boolean): IAM.User {
  return {
    Path: user.path,
    UserName: user.name,
    UserId: user.id,
    Arn: arnOf(user),
    CreateDate: new Date(user.createdAt),
    ...(full ? { ...boundary(user), ...tagged(user) } : {}),
  };
}

export function viewGroup(group: Group): IAM.Group {
  return {
    Path: group.path,
    GroupName: group.name,
    GroupId: group.id,
    Arn: arnOf(group),
    CreateDate: new Date(group.createdAt),
  };
}

function boundary(identity: Role | User): { PermissionsBoundary?: IAM.AttachedPermissionsBoundary } {
  return identity.permissionsBoundaryArn === null
    ? {}
    : {
        PermissionsBoundary: {
          PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
          PermissionsBoundaryArn: identity.permissionsBoundaryArn,
        },
      };
}

function tagged(resource: Role | User | Policy | InstanceProfile): { Tags?: IAM.Tag[] } {
  return Object.keys(resource.tags).length === 0 ? {} : { Tags: viewTags(resource.tags) };
}

export function viewPolicy(policy: Policy, context: Context, full: boolean): IAM.Policy {
  const updated =
    policy.versions
      .map(({ createdAt }) => createdAt)
      .sort()
      .at(-1) ?? policy.createdAt;
  return {
    PolicyName: policy.name,
    PolicyId: policy.id,
    Arn: arnOf(policy),
    Path: policy.path,
    DefaultVersionId: policy.defaultVersionId,
    AttachmentCount: attachmentCount(context, policy),
    PermissionsBoundaryUsageCount: boundaryCount(context, policy),
    IsAttachable: true,
    ...(full && policy.description !== null ? { Description: policy.description } : {}),
    CreateDate: new Date(policy.createdAt),
    UpdateDate: new Date(updated),
    ...(full ? tagged(policy) : {}),
  };
}

/** `full`: with the document. */
export function viewVersion(policy: Policy, version: PolicyVersion, full: boolean): IAM.PolicyVersion {
  return {
    ...(full ? { Document: encodedDocument(version.document) } : {}),
    VersionId: version.id,
    IsDefaultVersion: version.id === policy.defaultVersionId,
    CreateDate: new Date(version.createdAt),
  };
}

export function viewProfile(profile: InstanceProfile, context: Context): IAM.InstanceProfile {
  const role = ownByName(context, 'role').find((each) => each.name === profile.roleName);
  return {
    Path: profile.path,
    InstanceProfileName: profile.name,
    InstanceProfileId: profile.id,
    Arn: arnOf(profile),
    CreateDate: new Date(profile.createdAt),
    Roles: role === undefined ? [] : [viewRole(role, false)],
    ...tagged(profile),
  };
}

export function viewKey(key: AccessKey): IAM.AccessKeyMetadata {
  return {
    ...(key.userName === null ? {} : { UserName: key.userName }),
    AccessKeyId: key.id,
    Status: key.active ? 'Active' : 'Inactive',
    CreateDate: new Date(key.createdAt),
  };
}
