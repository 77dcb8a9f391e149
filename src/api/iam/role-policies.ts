/** Managed and inline policies, and the permissions boundary, of roles. */
import { reply } from '../action.ts';
import { iamAction } from './action.ts';
import { attach, bound, detach, listAttached, unbound } from './attachments.ts';
import { findRole } from './find.ts';
import { deleteInline, getInline, listInline, putInline } from './inline.ts';

const PAGE = { Marker: true, MaxItems: true } as const;

export const attachRolePolicy = iamAction<'AttachRolePolicy'>(
  { RoleName: true, PolicyArn: true },
  (input, context) => ({
    edits: attach(context, findRole(context, input.RoleName), input.PolicyArn),
    output: {},
  }),
);

export const detachRolePolicy = iamAction<'DetachRolePolicy'>(
  { RoleName: true, PolicyArn: true },
  (input, context) => ({
    edits: detach(findRole(context, input.RoleName), input.PolicyArn),
    output: {},
  }),
);

export const listAttachedRolePolicies = iamAction<'ListAttachedRolePolicies'>(
  { RoleName: true, PathPrefix: true, ...PAGE },
  (input, context) => reply(listAttached(context, findRole(context, input.RoleName), input)),
);

export const putRolePolicy = iamAction<'PutRolePolicy'>(
  { RoleName: true, PolicyName: true, PolicyDocument: true },
  (input, context) => ({
    edits: putInline(findRole(context, input.RoleName), input.PolicyName, input.PolicyDocument),
    output: {},
  }),
);

export const getRolePolicy = iamAction<'GetRolePolicy'>({ RoleName: true, PolicyName: true }, (input, context) =>
  reply({ RoleName: input.RoleName, ...getInline(findRole(context, input.RoleName), input.PolicyName) }),
);

export const deleteRolePolicy = iamAction<'DeleteRolePolicy'>(
  { RoleName: true, PolicyName: true },
  (input, context) => ({
    edits: deleteInline(findRole(context, input.RoleName), input.PolicyName),
    output: {},
  }),
);

export const listRolePolicies = iamAction<'ListRolePolicies'>({ RoleName: true, ...PAGE }, (input, context) =>
  reply(listInline(findRole(context, input.RoleName), input)),
);

export const putRolePermissionsBoundary = iamAction<'PutRolePermissionsBoundary'>(
  { RoleName: true, PermissionsBoundary: true },
  (input, context) => ({
    edits: bound(context, findRole(context, input.RoleName), input.PermissionsBoundary),
    output: {},
  }),
);

export const deleteRolePermissionsBoundary = iamAction<'DeleteRolePermissionsBoundary'>(
  { RoleName: true },
  (input, context) => ({ edits: unbound(findRole(context, input.RoleName)), output: {} }),
);
