/**
 * https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
 *
 * Not here: MFA, session tags, source identity: they are refused by name. Unlike at AWS the root of an account may assume
 * roles, for in a first try everyone is root.
 */
import { defaultDocument, identityByArn, policyByArn } from '../../iam/arn.ts';
import { parseDocument } from '../../iam/document.ts';
import { type Principal, principalArn } from '../../iam/principal.ts';
import { mayAssume } from '../../iam/trust.ts';
import { refuse } from '../../model/refusal.ts';
import type { Role } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import { stsAction } from './action.ts';
import { checkedSeconds, issue } from './credentials.ts';

const DEFAULT_SECONDS = 3600;
const MAX_SECONDS = 43_200;
/** A role assumed by a role: an hour, whatever the role allows. */
const MAX_CHAINED_SECONDS = 3600;
const MAX_SESSION_POLICY = 2048;
const ROLE_ARN = /^arn:aws:iam::\d{12}:role\/(?:[^:]*\/)?[^/:]+$/;

export const assumeRole = stsAction<'AssumeRole'>(
  { RoleArn: true, RoleSessionName: true, DurationSeconds: true, ExternalId: true, Policy: true, PolicyArns: true },
  (input, context) => {
    checkSessionName(input.RoleSessionName);
    const seconds = checkedSeconds(input.DurationSeconds, DEFAULT_SECONDS, MAX_SECONDS);
    const policies = sessionPolicies(context, input.Policy, input.PolicyArns);
    const role = findRole(context, input.RoleArn);
    const request = {
      principal: context.principal,
      action: 'sts:AssumeRole',
      resource: input.RoleArn,
      context: {
        'sts:rolesessionname': [input.RoleSessionName],
        'aws:currenttime': [context.now],
        ...(input.ExternalId === undefined ? {} : { 'sts:externalid': [input.ExternalId] }),
      },
    };
    // A role that does not exist is denied in the same words: who may not assume it shall not learn that.
    if (role === undefined || !mayAssume(context.intent, role, request)) {
      refuse(
        'AccessDenied',
        `User: ${principalArn(context.principal)} is not authorized to perform: sts:AssumeRole on resource: ${input.RoleArn}`,
        403,
      );
    }
    if (context.principal.kind === 'session' && seconds > MAX_CHAINED_SECONDS) {
      refuse(
        'ValidationError',
        'The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining',
      );
    }
    if (seconds > role.maxSessionSeconds) {
      refuse('ValidationError', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
    }
    const session: Principal = {
      kind: 'session',
      account: role.account,
      roleName: role.name,
      roleId: role.id,
      path: role.path,
      sessionName: input.RoleSessionName,
      policies,
    };
    return {
      edits: [],
      output: {
        Credentials: issue(context, session, seconds),
        AssumedRoleUser: { AssumedRoleId: `${role.id}:${input.RoleSessionName}`, Arn: principalArn(session) },
      },
    };
  },
);

function findRole(context: Context, arn: string): Role | undefined {
  if (!ROLE_ARN.test(arn)) refuse('ValidationError', `${arn} is invalid`);
  const found = identityByArn(context.intent, arn);
  return found?.kind === 'role' ? found : undefined;
}

function checkSessionName(name: string): void {
  if (!/^[\w+=,.@-]{2,64}$/.test(name)) {
    refuse(
      'ValidationError',
      `1 validation error detected: Value '${name}' at 'roleSessionName' failed to satisfy constraint: ` +
        'Member must satisfy regular expression pattern: [\\w+=,.@-]* and have a length of 2 to 64',
    );
  }
}

/** The documents' texts: a managed policy is taken as it stands now. */
function sessionPolicies(
  context: Context,
  inline: string | undefined,
  arns: readonly { arn?: string }[] | undefined,
): readonly string[] {
  const texts = (arns ?? []).map(({ arn = '' }) => {
    const policy = policyByArn(context.intent, arn);
    if (policy === undefined) refuse('ValidationError', `The policy ${arn} does not exist or is not attachable.`);
    return defaultDocument(policy);
  });
  if (inline !== undefined) {
    if (inline.length > MAX_SESSION_POLICY) {
      refuse('PackedPolicyTooLarge', 'Packed policy consumes 100%+ of allotted space, please use smaller policy.');
    }
    parseDocument(inline, 'identity');
    texts.push(inline);
  }
  return texts;
}
