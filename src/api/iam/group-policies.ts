/** Managed and inline policies of groups. */
import { reply } from '../action.ts';
import { iamAction } from './action.ts';
import { attach, detach, listAttached } from './attachments.ts';
import { findGroup } from './find.ts';
import { deleteInline, getInline, listInline, putInline } from './inline.ts';

const PAGE = { Marker: true, MaxItems: true } as const;

export const attachGroupPolicy = iamAction<'AttachGroupPolicy'>(
  { GroupName: true, PolicyArn: true },
  (input, context) => ({
    edits: attach(context, findGroup(context, input.GroupName), input.PolicyArn),
    output: {},
  }),
);

export const detachGroupPolicy = iamAction<'DetachGroupPolicy'>(
  { GroupName: true, PolicyArn: true },
  (input, context) => ({
    edits: detach(findGroup(context, input.GroupName), input.PolicyArn),
    output: {},
  }),
);

export const listAttachedGroupPolicies = iamAction<'ListAttachedGroupPolicies'>(
  { GroupName: true, PathPrefix: true, ...PAGE },
  (input, context) => reply(listAttached(context, findGroup(context, input.GroupName), input)),
);

export const putGroupPolicy = iamAction<'PutGroupPolicy'>(
  { GroupName: true, PolicyName: true, PolicyDocument: true },
  (input, context) => ({
    edits: putInline(findGroup(context, input.GroupName), input.PolicyName, input.PolicyDocument),
    output: {},
  }),
);

export const getGroupPolicy = iamAction<'GetGroupPolicy'>({ GroupName: true, PolicyName: true }, (input, context) =>
  reply({ GroupName: input.GroupName, ...getInline(findGroup(context, input.GroupName), input.PolicyName) }),
);

export const deleteGroupPolicy = iamAction<'DeleteGroupPolicy'>(
  { GroupName: true, PolicyName: true },
  (input, context) => ({
    edits: deleteInline(findGroup(context, input.GroupName), input.PolicyName),
    output: {},
  }),
);

export const listGroupPolicies = iamAction<'ListGroupPolicies'>({ GroupName: true, ...PAGE }, (input, context) =>
  reply(listInline(findGroup(context, input.GroupName), input)),
);
