/** https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateRole.html */
import { put } from '../../model/edit.ts';
import { refuse } from '../../model/refusal.ts';
import type { Role } from '../../model/resources.ts';
import { iamAction } from './action.ts';
import { checkedBoundary } from './attachments.ts';
import { nameIsTaken } from './find.ts';
import { iamId } from './ids.ts';
import { checkedDescription, checkedName, checkedPath } from './names.ts';
import { withTags } from './tags.ts';
import { checkedSessionSeconds, checkedTrust } from './trust-policy.ts';
import { viewRole } from './views.ts';

export const createRole = iamAction<'CreateRole'>(
  {
    RoleName: true,
    Path: true,
    AssumeRolePolicyDocument: true,
    Description: true,
    MaxSessionDuration: true,
    PermissionsBoundary: true,
    Tags: true,
  },
  (input, context) => {
    const name = checkedName(input.RoleName, 'roleName', 64);
    const role: Role = {
      kind: 'role',
      id: iamId('role', context),
      account: context.account,
      region: '',
      createdAt: context.now,
      name,
      path: checkedPath(input.Path),
      description: checkedDescription(input.Description),
      maxSessionSeconds: checkedSessionSeconds(input.MaxSessionDuration),
      tags: withTags({}, input.Tags),
      trustPolicy: checkedTrust(input.AssumeRolePolicyDocument, context.intent),
      attachedPolicyArns: [],
      inlinePolicies: {},
      permissionsBoundaryArn: checkedBoundary(context, input.PermissionsBoundary),
    };
    if (nameIsTaken(context, 'role', name)) {
      refuse('EntityAlreadyExists', `Role with name ${name} already exists.`, 409);
    }
    return { edits: [put(role)], output: { Role: viewRole(role, true) } };
  },
);
