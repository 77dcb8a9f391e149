/** Managed and inline policies, and the permissions boundary, of users. */
import { reply } from '../action.ts';
import { iamAction } from './action.ts';
import { attach, bound, detach, listAttached, unbound } from './attachments.ts';
import { findUser } from './find.ts';
import { deleteInline, getInline, listInline, putInline } from './inline.ts';

const PAGE = { Marker: true, MaxItems: true } as const;

export const attachUserPolicy = iamAction<'AttachUserPolicy'>(
  { UserName: true, PolicyArn: true },
  (input, context) => ({
    edits: attach(context, findUser(context, input.UserName), input.PolicyArn),
    output: {},
  }),
);

export const detachUserPolicy = iamAction<'DetachUserPolicy'>(
  { UserName: true, PolicyArn: true },
  (input, context) => ({
    edits: detach(findUser(context, input.UserName), input.PolicyArn),
    output: {},
  }),
);

export const listAttachedUserPolicies = iamAction<'ListAttachedUserPolicies'>(
  { UserName: true, PathPrefix: true, ...PAGE },
  (input, context) => reply(listAttached(context, findUser(context, input.UserName), input)),
);

export const putUserPolicy = iamAction<'PutUserPolicy'>(
  { UserName: true, PolicyName: true, PolicyDocument: true },
  (input, context) => ({
    edits: putInline(findUser(context, input.UserName), input.PolicyName, input.PolicyDocument),
    output: {},
  }),
);

export const getUserPolicy = iamAction<'GetUserPolicy'>({ UserName: true, PolicyName: true }, (input, context) =>
  reply({ UserName: input.UserName, ...getInline(findUser(context, input.UserName), input.PolicyName) }),
);

export const deleteUserPolicy = iamAction<'DeleteUserPolicy'>(
  { UserName: true, PolicyName: true },
  (input, context) => ({
    edits: deleteInline(findUser(context, input.UserName), input.PolicyName),
    output: {},
  }),
);

export const listUserPolicies = iamAction<'ListUserPolicies'>({ UserName: true, ...PAGE }, (input, context) =>
  reply(listInline(findUser(context, input.UserName), input)),
);

export const putUserPermissionsBoundary = iamAction<'PutUserPermissionsBoundary'>(
  { UserName: true, PermissionsBoundary: true },
  (input, context) => ({
    edits: bound(context, findUser(context, input.UserName), input.PermissionsBoundary),
    output: {},
  }),
);

export const deleteUserPermissionsBoundary = iamAction<'DeleteUserPermissionsBoundary'>(
  { UserName: true },
  (input, context) => ({ edits: unbound(findUser(context, input.UserName)), output: {} }),
);
