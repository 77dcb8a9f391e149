/**
 * Does a set of policies allow an action? An explicit deny wins, then an allow, else nothing is said.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import type { Intent } from '../model/intent.ts';
import type { Role, User } from '../model/resources.ts';
import { defaultDocument, policyByArn } from './arn.ts';
import { conditionHolds, type RequestContext } from './conditions.ts';
import { type PolicyDocument, parseDocument, type Statement } from './document.ts';
import { matchesPattern } from './pattern.ts';
import { type Principal, principalArn } from './principal.ts';

export interface Request {
  readonly principal: Principal;
  /** "sts:AssumeRole". */
  readonly action: string;
  readonly resource: string;
  /** Beside those that follow from the principal. */
  readonly context: RequestContext;
}

export type Verdict = 'allow' | 'deny' | 'none';

/** Condition keys that follow from who calls. */
export function contextOf(request: Request): RequestContext {
  const { principal } = request;
  return {
    'aws:principalarn': [principalArnForConditions(principal)],
    'aws:principalaccount': [principal.account],
    'aws:principaltype': [{ root: 'Account', user: 'User', session: 'AssumedRole' }[principal.kind]],
    'aws:userid': [userIdOf(principal)],
    ...(principal.kind === 'user' ? { 'aws:username': [principal.userName] } : {}),
    ...request.context,
  };
}

/** For a session the role's own ARN: what aws:PrincipalArn holds. */
export function principalArnForConditions(principal: Principal): string {
  return principal.kind === 'session'
    ? `arn:aws:iam::${principal.account}:role${principal.path}${principal.roleName}`
    : principalArn(principal);
}

export function userIdOf(principal: Principal): string {
  switch (principal.kind) {
    case 'root':
      return principal.account;
    case 'user':
      return principal.userId;
    case 'session':
      return `${principal.roleId}:${principal.sessionName}`;
  }
}

/** `matchesPrincipal`: for policies that name principals; identity policies have none to match. */
export function evaluate(
  documents: Iterable<PolicyDocument>,
  request: Request,
  matchesPrincipal: (statement: Statement) => boolean = () => true,
): Verdict {
  const context = contextOf(request);
  let verdict: Verdict = 'none';
  for (const { statements } of documents) {
    for (const statement of statements) {
      if (!matchesPrincipal(statement) || !covers(statement, request)) continue;
      if (!statement.conditions.every(([operator, key, values]) => conditionHolds(operator, key, values, context)))
        continue;
      if (statement.effect === 'Deny') return 'deny';
      verdict = 'allow';
    }
  }
  return verdict;
}

function covers({ actions, resources }: Statement, request: Request): boolean {
  const action = request.action.toLowerCase();
  if (actions.patterns.some((pattern) => matchesPattern(pattern.toLowerCase(), action)) === actions.not) return false;
  if (resources === null) return true;
  return resources.patterns.some((pattern) => matchesPattern(pattern, request.resource)) !== resources.not;
}

/** What the principal's own policies say. The root of an account may do all in it. */
export function identityVerdict(intent: Intent, request: Request): Verdict {
  const { principal } = request;
  if (principal.kind === 'root') return 'allow';
  const identity = identityOf(intent, principal);
  if (identity === undefined) return 'none';
  const own = evaluate(documentsOf(intent, identity), request);
  if (own !== 'allow') return own;
  const limits = [
    ...(identity.permissionsBoundaryArn === null ? [] : [[boundaryOf(intent, identity.permissionsBoundaryArn)]]),
    ...(principal.kind === 'session' && principal.policies.length > 0 ? [principal.policies] : []),
  ];
  for (const texts of limits) {
    const verdict = evaluate(texts.map(identityDocument), request);
    if (verdict !== 'allow') return verdict;
  }
  return 'allow';
}

function identityOf(intent: Intent, principal: Exclude<Principal, { kind: 'root' }>): Role | User | undefined {
  return principal.kind === 'user'
    ? intent.table('user').get(principal.userId)
    : intent.table('role').get(principal.roleId);
}

function documentsOf(intent: Intent, identity: Role | User): PolicyDocument[] {
  const attached = identity.attachedPolicyArns.flatMap((arn) => {
    const policy = policyByArn(intent, arn);
    return policy === undefined ? [] : [defaultDocument(policy)];
  });
  return [...attached, ...Object.values(identity.inlinePolicies)].map(identityDocument);
}

/** A boundary that is gone allows nothing. */
function boundaryOf(intent: Intent, arn: string): string {
  const policy = policyByArn(intent, arn);
  return policy === undefined ? '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}' : defaultDocument(policy);
}

function identityDocument(text: string): PolicyDocument {
  return parseDocument(text, 'identity');
}
