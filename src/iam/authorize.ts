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
import { type PolicyDocument, parseDocument } from './document.ts';
import { evaluate, type Request, type Verdict } from './evaluate.ts';
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
  const { principal, action } = request;
  const all = sourcesOf(request, grants, others);
  const denying = all.find(({ verdict }) => verdict === 'deny');
  if (denying !== undefined) return `with an explicit deny in ${denying.article} ${denying.name}`;
  const allows = (name: Source['name']) => all.every((each) => each.name !== name || each.verdict === 'allow');
  const lacks = (name: Source['name']) => `because no ${name} allows the ${action} action`;
  if (!allows('VPC endpoint policy')) return lacks('VPC endpoint policy');

  const own = principal.kind === 'root' || allows('identity-based policy');
  const isForeign = others.owner !== principal.account;
  const given = grantOf(request, others.resource, isForeign);
  if (isForeign && given === null) return lacks('resource-based policy');
  if (!isForeign && given === 'direct') return null;
  if (!own && (isForeign || given !== 'role')) return lacks('identity-based policy');
  if (!allows('permissions boundary')) return lacks('permissions boundary');
  return allows('session policy') ? null : lacks('session policy');
}

interface Source {
  readonly article: 'a' | 'an';
  readonly name:
    | 'VPC endpoint policy'
    | 'resource-based policy'
    | 'identity-based policy'
    | 'permissions boundary'
    | 'session policy';
  readonly verdict: Verdict;
}

/** In the order in which a deny is told. */
function sourcesOf(request: Request, grants: Grants | undefined, { resource, endpoint }: Others): readonly Source[] {
  const { principal } = request;
  const sources: Source[] = [];
  if (resource !== null) {
    const verdict = named(resource, request, everyName(principal));
    sources.push({ article: 'a', name: 'resource-based policy', verdict });
  }
  if (endpoint !== null) {
    const isNarrow = endpoint.kind === 'gateway' && principal.kind !== 'root';
    const names = isNarrow ? directOrRole(principal) : everyName(principal);
    sources.push({ article: 'a', name: 'VPC endpoint policy', verdict: named(endpoint.document, request, names) });
  }
  if (principal.kind === 'root') return sources;
  sources.push({ article: 'an', name: 'identity-based policy', verdict: ofAll(grants?.policies ?? [], request) });
  if (grants !== undefined && grants.boundary !== null) {
    const verdict = ofAll([grants.boundary], request);
    sources.push({ article: 'a', name: 'permissions boundary', verdict });
  }
  if (principal.kind === 'session' && principal.policies.length > 0) {
    sources.push({ article: 'a', name: 'session policy', verdict: ofAll(principal.policies, request) });
  }
  return sources;
}

/**
 * What the resource's policy gives. direct: to the user, the session or everybody by name, whatever their own policies leave out.
 * role: to the role, within its boundary and the session's policies. account: to the account, which decides by its own policies.
 */
function grantOf(request: Request, resource: string | null, isForeign: boolean): 'direct' | 'role' | 'account' | null {
  if (resource === null) return null;
  const { principal } = request;
  const allows = (names: readonly string[]) => named(resource, request, names) === 'allow';
  // Whom NotPrincipal leaves out by any name, fewer names must not bring back in.
  if (!allows(everyName(principal))) return null;
  if (allows(directNames(principal))) return 'direct';
  if (allows(directOrRole(principal))) return 'role';
  return isForeign ? 'account' : null;
}

function named(text: string, request: Request, names: readonly string[]): Verdict {
  const document = parsed(text, 'resource');
  if (document === null) return 'deny';
  return evaluate([document], request, ({ principals }) => principals !== null && matchesBlock(principals, names));
}

function ofAll(texts: readonly string[], request: Request): Verdict {
  const documents = texts.map((text) => parsed(text, 'identity'));
  return documents.includes(null) ? 'deny' : evaluate(documents.filter(isThere), request);
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
function parsed(text: string, use: 'identity' | 'resource'): PolicyDocument | null {
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
