/**
 * Does a set of policies allow an action? An explicit deny wins, then an allow, else nothing is said.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
import type { Intent } from '../model/intent.ts';
import type { Group, Role, User } from '../model/resources.ts';
import { defaultDocument, policyByArn } from './arn.ts';
import { conditionHolds, type RequestContext } from './conditions.ts';
import type { Grants } from './credentials.ts';
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
      if (!matchesPrincipal(statement) || !covers(statement, request, context)) continue;
      const holds = ([operator, key, values]: Statement['conditions'][number]) =>
        conditionHolds(
          operator,
          key,
          values.flatMap((value) => filledIn(value, context)),
          context,
        );
      if (!statement.conditions.every(holds)) continue;
      if (statement.effect === 'Deny') return 'deny';
      verdict = 'allow';
    }
  }
  return verdict;
}

/**
 * The text with its policy variables filled in: "${aws:username}". Nothing where a key has no single value, or one that would
 * act as a pattern: a customer's name for a thing must not widen a rule.
 */
export function filledIn(text: string, context: RequestContext): readonly string[] {
  if (!text.includes('${')) return [text];
  let isWhole = true;
  const filled = text.replace(/\$\{([^}]*)\}/g, (_, name: string) => {
    const [key = '', otherwise] = name.split(/,\s*/);
    if (['*', '?', '$'].includes(key)) return key;
    const values = context[key.trim().toLowerCase()] ?? [];
    const value = values.length === 1 ? values[0] : otherwise?.replace(/^'|'$/g, '');
    if (value === undefined || /[*?]/.test(value)) isWhole = false;
    return value ?? '';
  });
  return isWhole ? [filled] : [];
}

function covers({ actions, resources }: Statement, request: Request, context: RequestContext): boolean {
  const action = request.action.toLowerCase();
  if (actions.patterns.some((pattern) => matchesPattern(pattern.toLowerCase(), action)) === actions.not) return false;
  if (resources === null) return true;
  const matches = (pattern: string) =>
    filledIn(pattern, context).some((each) => matchesPattern(each, request.resource));
  return resources.patterns.some(matches) !== resources.not;
}

/** What the principal's own policies say. The root of an account may do all in it. */
export function identityVerdict(intent: Intent, request: Request): Verdict {
  const { principal } = request;
  if (principal.kind === 'root') return 'allow';
  const identity = identityOf(intent, principal);
  if (identity === undefined) return 'none';
  const { policies, boundary } = grantsOf(intent, identity);
  const own = evaluate(policies.map(identityDocument), request);
  if (own !== 'allow') return own;
  const limits = [
    ...(boundary === null ? [] : [[boundary]]),
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

/** What a user or role may do by its own policies, and a user by those of its groups. */
export function grantsOf(intent: Intent, identity: Role | User): Grants {
  const { permissionsBoundaryArn, tags } = identity;
  const { groupIds = [] } = identity.kind === 'user' ? identity : {};
  const groups = groupIds.flatMap((id) => intent.table('group').get(id) ?? []);
  return {
    policies: [identity, ...groups].flatMap((each) => documentsOf(intent, each)),
    boundary: permissionsBoundaryArn === null ? null : boundaryOf(intent, permissionsBoundaryArn),
    tags,
  };
}

function documentsOf(intent: Intent, { attachedPolicyArns, inlinePolicies }: Role | User | Group): readonly string[] {
  const attached = attachedPolicyArns.flatMap((arn) => {
    const policy = policyByArn(intent, arn);
    return policy === undefined ? [] : [defaultDocument(policy)];
  });
  return [...attached, ...Object.values(inlinePolicies)];
}

/** A boundary that is gone allows nothing. */
function boundaryOf(intent: Intent, arn: string): string {
  const policy = policyByArn(intent, arn);
  return policy === undefined ? '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}' : defaultDocument(policy);
}

function identityDocument(text: string): PolicyDocument {
  return parseDocument(text, 'identity');
}
