/**
 * One call: find the action, answer a repeated ClientToken, decide, and turn a dry run's success into AWS's refusal.
 * Pure: the caller commits the edits and only then replies. A replayed answer has no edits.
 * https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-idempotency.html
 */
import { type Edit, put, remove } from '../../model/edit.ts';
import { notImplemented, refuse } from '../../model/refusal.ts';
import type { ClientTokenUse } from '../../model/resources.ts';
import type { ActionTable, Context, Decision } from '../action.ts';
import { canonicalJson, freeze, thaw } from './canonical.ts';
import type { DeclaredAction } from './declare.ts';
import { invalidValue } from './input.ts';

/** AWS's guarantee is 24 hours for tokens that are not bound to a resource's life. */
const TOKEN_LIFE_MS = 24 * 60 * 60 * 1000;
const MAX_TOKEN_LENGTH = 64;
/** Each stored token drops up to this many expired ones, so that the table cannot grow without bound. */
const SWEEP = 4;

export function invoke(table: ActionTable, operation: string, input: object, context: Context): Decision<unknown> {
  const act = Object.hasOwn(table, operation) ? table[operation] : undefined;
  if (act === undefined) throw notImplemented(operation);
  const { ClientToken, DryRun: dryRun, ...rest } = input as { ClientToken?: string; DryRun?: boolean };
  // Empty, it is none: two calls without a token are two calls.
  const token = ClientToken === '' ? undefined : ClientToken;
  const known = token === undefined ? undefined : tokenUse(token, operation, context);
  const digest = token === undefined ? '' : canonicalJson(rest);
  if (known !== undefined) {
    if (known.inputDigest !== digest) {
      refuse(
        'IdempotentParameterMismatch',
        'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
      );
    }
    const output = thaw(known.output);
    const { again } = act as DeclaredAction<unknown, unknown>;
    return { edits: [], output: again === undefined ? output : again(output, context) };
  }
  const decision = act(input, context) as Decision<unknown>;
  if (dryRun) refuse('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412);
  if (token === undefined) return decision;
  const use: ClientTokenUse = {
    kind: 'clientTokenUse',
    id: tokenId(token, operation, context),
    account: context.account,
    region: context.region,
    tags: {},
    createdAt: context.now,
    inputDigest: digest,
    output: freeze(decision.output),
  };
  return { edits: [...decision.edits, ...expiredUses(context), put(use)], output: decision.output };
}

function tokenId(token: string, operation: string, context: Context): string {
  return `${context.account}/${context.region}/${operation}/${token}`;
}

function tokenUse(token: string, operation: string, context: Context): ClientTokenUse | undefined {
  if (token.length > MAX_TOKEN_LENGTH) {
    invalidValue(token, 'clientToken', `Must be at most ${MAX_TOKEN_LENGTH} characters.`);
  }
  const use = context.intent.table('clientTokenUse').get(tokenId(token, operation, context));
  return use === undefined || isExpired(use, context) ? undefined : use;
}

/** The oldest stand first, so looking stops at the first that still counts. */
function expiredUses(context: Context): readonly Edit[] {
  const edits: Edit[] = [];
  for (const use of context.intent.table('clientTokenUse').all()) {
    if (edits.length === SWEEP || !isExpired(use, context)) break;
    edits.push(remove(use));
  }
  return edits;
}

function isExpired(use: ClientTokenUse, context: Context): boolean {
  return Date.parse(context.now) - Date.parse(use.createdAt) > TOKEN_LIFE_MS;
}
