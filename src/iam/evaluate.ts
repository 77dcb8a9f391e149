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

/** What a set of policies says, and where. */
export interface Found {
  readonly verdict: Verdict;
  /** The statement that says so: of which document, which of its statements, from 0; null: none does. */
  readonly at: readonly [document: number, statement: number] | null;
}

type MatchesPrincipal = (statement: Statement) => boolean;

/** `matchesPrincipal`: for policies that name principals; identity policies have none to match. */
export function evaluate(
  documents: readonly PolicyDocument[],
  request: Request,
  matchesPrincipal: MatchesPrincipal = () => true,
): Found {
  const context = contextOf(request);
  let allowing: Found['at'] = null;
  for (const [document, { statements }] of documents.entries()) {
    for (const [at, statement] of statements.entries()) {
      if (!matchesPrincipal(statement) || !covers(statement, request, context)) continue;
      if (!statement.conditions.every((condition) => holds(condition, context))) continue;
      if (statement.effect === 'Deny') return { verdict: 'deny', at: [document, at] };
      allowing ??= [document, at];
    }
  }
  return { verdict: allowing === null ? 'none' : 'allow', at: allowing };
}

export type Condition = Statement['conditions'][number];

/** What keeps a statement from covering a request: the first of action, resource and principal, else conditions that do not hold. */
export type Lack =
  | { readonly kind: 'action' | 'resource' | 'principal' }
  | { readonly kind: 'conditions'; readonly conditions: readonly Condition[] };

/** null: it covers it. */
export function lackOf(
  statement: Statement,
  request: Request,
  matchesPrincipal: MatchesPrincipal = () => true,
): Lack | null {
  const context = contextOf(request);
  if (!coversAction(statement, request)) return { kind: 'action' };
  if (!coversResource(statement, request, context)) return { kind: 'resource' };
  if (!matchesPrincipal(statement)) return { kind: 'principal' };
  const conditions = statement.conditions.filter((condition) => !holds(condition, context));
  return conditions.length === 0 ? null : { kind: 'conditions', conditions };
}

function holds([operator, key, values]: Condition, context: RequestContext): boolean {
  const wanted = values.flatMap((value) => filledIn(value, context));
  return conditionHolds(operator, key, wanted, context);
}

/**
 * The text with its policy variables filled in: "${aws:username}". Nothing where a key has no single value, or one that would
 * act as a pattern: a customer's name for a thing must not widen a rule.
 */
function filledIn(text: string, context: RequestContext): readonly string[] {
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

function covers(statement: Statement, request: Request, context: RequestContext): boolean {
  return coversAction(statement, request) && coversResource(statement, request, context);
}

function coversAction({ actions }: Statement, request: Request): boolean {
  const action = request.action.toLowerCase();
  return actions.patterns.some((pattern) => matchesPattern(pattern.toLowerCase(), action)) !== actions.not;
}

function coversResource({ resources }: Statement, request: Request, context: RequestContext): boolean {
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
  const own = evaluate(policies.map(identityDocument), request).verdict;
  if (own !== 'allow') return own;
  const limits = [
    ...(boundary === null ? [] : [[boundary]]),
    ...(principal.kind === 'session' && principal.policies.length > 0 ? [principal.policies] : []),
  ];
  for (const texts of limits) {
    const { verdict } = evaluate(texts.map(identityDocument), request);
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
  return {
    policies: policiesOf(intent, identity).map(({ document }) => document),
    boundary: permissionsBoundaryArn === null ? null : boundaryOf(intent, permissionsBoundaryArn),
    tags,
  };
}

/** A policy of an identity's: managed, or inline in the identity or in one of its groups. */
export interface OwnPolicy {
  readonly kind: 'managed' | 'inline';
  /** A managed one's ARN, an inline one's name. */
  readonly name: string;
  readonly holder: Role | User | Group;
  readonly document: string;
}

/** In the order of its grants. */
export function policiesOf(intent: Intent, identity: Role | User): readonly OwnPolicy[] {
  const { groupIds = [] } = identity.kind === 'user' ? identity : {};
  const holders = [identity, ...groupIds.flatMap((id) => intent.table('group').get(id) ?? [])];
  return holders.flatMap((holder) => {
    const managed = holder.attachedPolicyArns.flatMap((name): OwnPolicy[] => {
      const policy = policyByArn(intent, name);
      return policy === undefined ? [] : [{ kind: 'managed', name, holder, document: defaultDocument(policy) }];
    });
    const inline = Object.entries(holder.inlinePolicies).map(
      ([name, document]): OwnPolicy => ({ kind: 'inline', name, holder, document }),
    );
    return [...managed, ...inline];
  });
}

/** A boundary that is gone allows nothing. */
function boundaryOf(intent: Intent, arn: string): string {
  const policy = policyByArn(intent, arn);
  return policy === undefined ? '{"Statement":{"Effect":"Deny","Action":"*","Resource":"*"}}' : defaultDocument(policy);
}

function identityDocument(text: string): PolicyDocument {
  return parseDocument(text, 'identity');
}
