/**
 * Endpoint policies: what is accepted, and the text that stands for "none given". What a policy allows is decided where
 * requests arrive (the service's edge), not here.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-endpoints-access.html
 */
import { parseDocument } from '../../../iam/document.ts';
import { Refusal, refuse } from '../../../model/refusal.ts';
import type { Offer } from './offer.ts';

/** Counted with white space. */
const MAX_POLICY_LENGTH = 20_480;

/** What AWS tells of a gateway endpoint without a policy of its own. */
export const DEFAULT_GATEWAY_POLICY =
  '{"Version":"2008-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}]}';

/** What AWS tells of an interface endpoint without a policy of its own, with its spaces at the ends of lines. */
export const DEFAULT_POLICY = [
  '{',
  '  "Statement": [',
  '    {',
  '      "Action": "*", ',
  '      "Effect": "Allow", ',
  '      "Principal": "*", ',
  '      "Resource": "*"',
  '    }',
  '  ]',
  '}',
].join('\n');

/** The text as it came, if the service takes a policy and this is one. Where it takes none, full access may still be spelled out. */
export function policyFor(service: Offer, text: string): string | null {
  if (!service.policySupported) {
    if (isFullAccess(text)) return null;
    refuse('InvalidParameter', `The service ${service.name} does not support endpoint policies.`);
  }
  return checkedPolicy(text);
}

function isFullAccess(text: string): boolean {
  const statements = statementsOf(text) ?? [];
  return statements.length === 1 && statements.every((each) => isObject(each) && allowsAll(each));
}

function allowsAll({ Effect, Principal, Action, Resource, ...others }: Record<string, unknown>): boolean {
  const isAll = (value: unknown) => value === '*' || (Array.isArray(value) && value.length === 1 && value[0] === '*');
  const unsaid = Object.keys(others).every((name) => name === 'Sid');
  return Effect === 'Allow' && Principal === '*' && isAll(Action) && isAll(Resource) && unsaid;
}

function checkedPolicy(text: string): string {
  if (text.length > MAX_POLICY_LENGTH) {
    refuse('InvalidPolicyDocument', `The policy document is longer than ${MAX_POLICY_LENGTH} characters.`);
  }
  const statements = statementsOf(text);
  if (statements === undefined || statements.length === 0) {
    refuse('InvalidPolicyDocument', 'The specified policy document is not a valid JSON policy document.');
  }
  for (const statement of statements) {
    if (!isObject(statement) || !('Principal' in statement || 'NotPrincipal' in statement)) {
      refuse('InvalidPolicyDocument', 'Each statement of a VPC endpoint policy must contain a Principal.');
    }
    if (statement.Effect !== 'Allow' && statement.Effect !== 'Deny') {
      refuse('InvalidPolicyDocument', 'The Effect of a statement must be Allow or Deny.');
    }
  }
  try {
    parseDocument(text, 'resource');
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    refuse('InvalidPolicyDocument', error.message);
  }
  return text;
}

function statementsOf(text: string): readonly unknown[] | undefined {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!isObject(document)) return undefined;
  const { Statement: statement } = document;
  return Array.isArray(statement) ? statement : isObject(statement) ? [statement] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
