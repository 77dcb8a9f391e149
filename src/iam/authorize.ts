/**
 * May this principal do that? AWS's evaluation of all policies that have a word in one request: an explicit deny anywhere
 * decides; else the endpoint's policy must allow, and the caller's own policies within its boundary and session, or (inside one
 * account) the resource's policy. Pure. Service and resource control policies do not exist here.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
 * Texts: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
 */
import { Refusal } from '../model/refusal.ts';
import type { Grants } from './credentials.ts';
import { type PolicyDocument, parseDocument, type Statement } from './document.ts';
import { evaluate, type Found, type Request } from './evaluate.ts';
import type { Principal } from './principal.ts';
import { accountNames, directNames, matchesBlock, roleNames } from './principal-names.ts';

/** Policies beside the caller's own. */
export interface Others {
  /** Whose the resource is. */
  readonly owner: string;
  /** The resource's policy; null: it has none. */
  readonly resource: string | null;
  /** Of the endpoint that the request came through; null: none, or one that allows all. */
  readonly endpoint: EndpointPolicy | null;
}

export interface EndpointPolicy {
  /** In a gateway endpoint's policy an account stands for its root alone. */
  readonly kind: 'interface' | 'gateway';
  readonly document: string;
}

/** null: yes. Else why not, as AWS says it: what follows "is not authorized to perform: ACTION on resource: ARN ". */
export function authorize(request: Request, grants: Grants | undefined, others: Others): string | null {
  return decide(request, grants, others).reason;
}

/** What came of a request, and of what. */
export interface Decision {
  /** As authorize says it. */
  readonly reason: string | null;
  /** Each kind of policy that has a word in it, in the order in which a deny is told. */
  readonly words: readonly Word[];
  /** The kind whose deny or lack decided; null: it is allowed. */
  readonly against: PolicyKind | null;
}

export type PolicyKind =
  | 'VPC endpoint policy'
  | 'resource-based policy'
  | 'identity-based policy'
  | 'permissions boundary'
  | 'session policy';

/** What the policies of one kind say, and which statement of them. */
export interface Word extends Found {
  readonly kind: PolicyKind;
  /** Their texts. */
  readonly texts: readonly string[];
  /** Whom statements may name for it to be this caller; empty where they name nobody. */
  readonly names: readonly string[];
}

export function decide(request: Request, grants: Grants | undefined, others: Others): Decision {
  const { principal, action } = request;
  const words = wordsOn(request, grants, others);
  const denying = words.find(({ verdict }) => verdict === 'deny');
  if (denying !== undefined) return { reason: deniedBy(denying.kind), words, against: denying.kind };
  const allows = (kind: PolicyKind) => words.every((each) => each.kind !== kind || each.verdict === 'allow');
  const lacks = (kind: PolicyKind) => ({ reason: lackingIn(kind, action), words, against: kind });
  const allowed = { reason: null, words, against: null };
  if (!allows('VPC endpoint policy')) return lacks('VPC endpoint policy');

  const own = principal.kind === 'root' || allows('identity-based policy');
  const isForeign = others.owner !== principal.account;
  const given = grantOf(request, others.resource, isForeign);
  if (isForeign && given === null) return lacks('resource-based policy');
  if (!isForeign && given === 'direct') return allowed;
  if (!own && (isForeign || given !== 'role')) return lacks('identity-based policy');
  if (!allows('permissions boundary')) return lacks('permissions boundary');
  return allows('session policy') ? allowed : lacks('session policy');
}

export function deniedBy(kind: PolicyKind): string {
  return `with an explicit deny in ${kind === 'identity-based policy' ? 'an' : 'a'} ${kind}`;
}

export function lackingIn(kind: PolicyKind, action: string): string {
  return `because no ${kind} allows the ${action} action`;
}

/** In the order in which a deny is told. */
function wordsOn(request: Request, grants: Grants | undefined, { resource, endpoint }: Others): readonly Word[] {
  const { principal } = request;
  const words: Word[] = [];
  if (resource !== null) {
    words.push(naming('resource-based policy', resource, request, everyName(principal)));
  }
  if (endpoint !== null) {
    const isNarrow = endpoint.kind === 'gateway' && principal.kind !== 'root';
    const names = isNarrow ? directOrRole(principal) : everyName(principal);
    words.push(naming('VPC endpoint policy', endpoint.document, request, names));
  }
  if (principal.kind === 'root') return words;
  words.push(ofAll('identity-based policy', grants?.policies ?? [], request));
  if (grants !== undefined && grants.boundary !== null) {
    words.push(ofAll('permissions boundary', [grants.boundary], request));
  }
  if (principal.kind === 'session' && principal.policies.length > 0) {
    words.push(ofAll('session policy', principal.policies, request));
  }
  return words;
}

/**
 * What the resource's policy gives. direct: to the user, the session or everybody by name, whatever their own policies leave out.
 * role: to the role, within its boundary and the session's policies. account: to the account, which decides by its own policies.
 */
function grantOf(request: Request, resource: string | null, isForeign: boolean): 'direct' | 'role' | 'account' | null {
  if (resource === null) return null;
  const { principal } = request;
  const allows = (names: readonly string[]) => named(resource, request, names).verdict === 'allow';
  // Whom NotPrincipal leaves out by any name, fewer names must not bring back in.
  if (!allows(everyName(principal))) return null;
  if (allows(directNames(principal))) return 'direct';
  if (allows(directOrRole(principal))) return 'role';
  return isForeign ? 'account' : null;
}

function naming(kind: PolicyKind, text: string, request: Request, names: readonly string[]): Word {
  return { kind, texts: [text], names, ...named(text, request, names) };
}

/** A text that is no policy denies, by no statement. */
const UNREADABLE: Found = { verdict: 'deny', at: null };

function named(text: string, request: Request, names: readonly string[]): Found {
  const document = readPolicy(text, 'resource');
  if (document === null) return UNREADABLE;
  return evaluate([document], request, matching(names));
}

/** Whether a statement of a policy that names principals names one of these. */
export function matching(names: readonly string[]): (statement: Statement) => boolean {
  return ({ principals }) => principals !== null && matchesBlock(principals, names);
}

function ofAll(kind: PolicyKind, texts: readonly string[], request: Request): Word {
  const documents = texts.map((text) => readPolicy(text, 'identity'));
  const found = documents.includes(null) ? UNREADABLE : evaluate(documents.filter(isThere), request);
  return { kind, texts, names: [], ...found };
}

function isThere(document: PolicyDocument | null): document is PolicyDocument {
  return document !== null;
}

function directOrRole(principal: Principal): readonly string[] {
  return [...directNames(principal), ...roleNames(principal)];
}

function everyName(principal: Principal): readonly string[] {
  return [...directOrRole(principal), ...accountNames(principal)];
}

/** Texts repeat from call to call. */
const MAX_PARSED = 4_096;
const known = new Map<string, PolicyDocument | null>();

/** null: it is no policy. Kept when less was asked of one, it denies all: what it meant to deny cannot be told. */
export function readPolicy(text: string, use: 'identity' | 'resource'): PolicyDocument | null {
  const key = `${use} ${text}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const document = readDocument(text, use);
  if (known.size >= MAX_PARSED) known.clear();
  known.set(key, document);
  return document;
}

function readDocument(text: string, use: 'identity' | 'resource'): PolicyDocument | null {
  try {
    return parseDocument(text, use);
  } catch (error) {
    if (error instanceof Refusal) return null;
    throw error;
  }
}
