/**
 * Policy documents: parsed once, checked against IAM's grammar, and held in one form (lists where JSON allows one or many).
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
 */
import { refuse } from '../model/refusal.ts';
import { isConditionOperator } from './conditions.ts';

export interface PolicyDocument {
  readonly version: '2008-10-17' | '2012-10-17';
  readonly statements: readonly Statement[];
}

export interface Statement {
  /** null: it has none. */
  readonly sid: string | null;
  readonly effect: 'Allow' | 'Deny';
  /** null: the statement has none (a policy of an identity). */
  readonly principals: PrincipalBlock | null;
  readonly actions: { readonly not: boolean; readonly patterns: readonly string[] };
  /** null: the statement has none (a trust policy). */
  readonly resources: { readonly not: boolean; readonly patterns: readonly string[] } | null;
  /** Operator, key, values. */
  readonly conditions: readonly (readonly [string, string, readonly string[]])[];
}

export interface PrincipalBlock {
  readonly not: boolean;
  /** "AWS", "Service", "Federated", "CanonicalUser" to values; "*" stands under AWS. */
  readonly values: Readonly<Record<string, readonly string[]>>;
}

/** What the policy is put on decides what must and must not stand in it. */
export type DocumentUse = 'identity' | 'trust' | 'resource';

const TOP = new Set(['Version', 'Id', 'Statement']);
const FIELDS = new Set([
  'Sid',
  'Effect',
  'Principal',
  'NotPrincipal',
  'Action',
  'NotAction',
  'Resource',
  'NotResource',
  'Condition',
]);
const PRINCIPALS = new Set(['AWS', 'Service', 'Federated', 'CanonicalUser']);

/** The document, or AWS's MalformedPolicyDocument. */
export function parseDocument(text: string, use: DocumentUse): PolicyDocument {
  const raw = object(json(text), SYNTAX);
  for (const name of Object.keys(raw)) if (!TOP.has(name)) malformed(SYNTAX);
  const version = raw.Version ?? '2008-10-17';
  if (version !== '2012-10-17' && version !== '2008-10-17') {
    malformed('Policy document must be version 2012-10-17 or greater.');
  }
  const given = raw.Statement === undefined ? [] : Array.isArray(raw.Statement) ? raw.Statement : [raw.Statement];
  if (given.length === 0) malformed(SYNTAX);
  return { version, statements: given.map((item) => statement(object(item, SYNTAX), use)) };
}

/**
 * Refuses what cannot be put on an identity: what is no policy there, then Sids that IAM does not take. What an identity has from
 * before is read by `parseDocument`, so that it goes on to hold.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_sid.html
 */
export function checkIdentityDocument(text: string): void {
  const { statements } = parseDocument(text, 'identity');
  const sids = statements.flatMap(({ sid }) => (sid === null || sid === '' ? [] : [sid]));
  if (!sids.every((sid) => /^[0-9A-Za-z]+$/.test(sid))) {
    malformed(
      'Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression [0-9A-Za-z]*',
    );
  }
  if (new Set(sids).size < sids.length) malformed('Statement IDs (SID) in a single policy must be unique.');
}

const SYNTAX = 'Syntax errors in policy.';

function malformed(message: string): never {
  refuse('MalformedPolicyDocument', message);
}

function json(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return malformed('This policy contains invalid Json');
  }
}

function object(value: unknown, otherwise: string): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : malformed(otherwise);
}

function strings(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  return list.every((item) => typeof item === 'string') && list.length > 0 ? (list as string[]) : malformed(SYNTAX);
}

function either(raw: Record<string, unknown>, name: string): { not: boolean; patterns: readonly string[] } | null {
  const not = raw[`Not${name}`];
  const is = raw[name];
  if (is !== undefined && not !== undefined) malformed(SYNTAX);
  if (is !== undefined) return { not: false, patterns: strings(is) };
  return not === undefined ? null : { not: true, patterns: strings(not) };
}

function statement(raw: Record<string, unknown>, use: DocumentUse): Statement {
  for (const name of Object.keys(raw)) if (!FIELDS.has(name)) malformed(SYNTAX);
  const effect = raw.Effect;
  if (effect !== 'Allow' && effect !== 'Deny') malformed(SYNTAX);
  if (raw.Sid !== undefined && typeof raw.Sid !== 'string') malformed(SYNTAX);
  const actions = either(raw, 'Action') ?? malformed('Policy statement must contain actions.');
  for (const action of actions.patterns) checkAction(action, use);
  const resources = either(raw, 'Resource');
  for (const resource of resources?.patterns ?? []) checkResource(resource);
  const principals = principalBlock(raw);
  if (use === 'identity') {
    if (principals !== null) malformed('Policy document should not specify a principal.');
    if (resources === null) malformed('Policy statement must contain resources.');
  } else {
    if (use === 'trust' && resources !== null) malformed('Has prohibited field Resource');
    if (use === 'resource' && resources === null) malformed('Missing required field Resource');
    if (principals === null) malformed('Missing required field Principal');
  }
  const sid = raw.Sid ?? null;
  return { sid, effect, principals, actions, resources, conditions: conditions(raw.Condition) };
}

function checkAction(action: string, use: DocumentUse): void {
  if (action.split(':').length > 2) malformed('Actions/Condition can contain only one colon.');
  if (action !== '*' && !/^[\w*?-]+:[\w*?]+$/.test(action)) {
    malformed('Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.');
  }
  if (use === 'trust' && !/^sts:/i.test(action)) {
    malformed('AssumeRole policy may only specify STS AssumeRole actions.');
  }
}

function checkResource(resource: string): void {
  if (resource !== '*' && !/^(arn|\*)/.test(resource)) {
    malformed(`Resource ${resource} must be in ARN format or "*".`);
  }
}

function principalBlock(raw: Record<string, unknown>): PrincipalBlock | null {
  if (raw.Principal !== undefined && raw.NotPrincipal !== undefined) malformed(SYNTAX);
  const not = raw.NotPrincipal !== undefined;
  const given = not ? raw.NotPrincipal : raw.Principal;
  if (given === undefined) return null;
  if (given === '*') return { not, values: { AWS: ['*'] } };
  const block = object(given, 'Invalid principal in policy.');
  const values = Object.entries(block).map(([kind, value]) => {
    if (!PRINCIPALS.has(kind)) malformed(`Invalid principal in policy: "${kind}"`);
    for (const principal of strings(value)) checkPrincipal(kind, principal);
    return [kind, strings(value)] as const;
  });
  if (values.length === 0) malformed(SYNTAX);
  return { not, values: Object.fromEntries(values) };
}

const AWS_PRINCIPAL =
  /^(\*|\d{12}|A(RO|ID)A[A-Z2-7]{17}|arn:aws:iam::\d{12}:(root|user\/.+|role\/.+)|arn:aws:sts::\d{12}:assumed-role\/[^/]+\/[^/]+)$/;

function checkPrincipal(kind: string, principal: string): void {
  const fits = kind === 'AWS' ? AWS_PRINCIPAL.test(principal) : kind !== 'Service' || /^[a-z0-9.-]+$/.test(principal);
  if (!fits) refusePrincipal(kind, principal);
}

export function refusePrincipal(kind: string, principal: string): never {
  malformed(`Invalid principal in policy: "${kind}":"${principal}"`);
}

function conditions(given: unknown): Statement['conditions'] {
  if (given === undefined) return [];
  return Object.entries(object(given, SYNTAX)).flatMap(([operator, keys]) => {
    if (!isConditionOperator(operator)) malformed(SYNTAX);
    return Object.entries(object(keys, SYNTAX)).map(([key, value]) => [operator, key, conditionValues(value)] as const);
  });
}

function conditionValues(value: unknown): readonly string[] {
  const list = Array.isArray(value) ? value : [value];
  if (!list.every((item) => ['string', 'number', 'boolean'].includes(typeof item))) malformed(SYNTAX);
  return list.map(String);
}
