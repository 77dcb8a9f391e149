/** Which statement is told, and what it lacks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decide, type Others } from './authorize.ts';
import type { Request } from './evaluate.ts';
import { tell } from './explain.ts';

const ACCOUNT = '111122223333';
const request: Request = {
  principal: { kind: 'user', account: ACCOUNT, userName: 'ann', userId: 'AIDAANN', path: '/' },
  action: 's3:GetObject',
  resource: 'arn:aws:s3:::b/k',
  context: { 'aws:sourcevpce': ['vpce-1'] },
};
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const statement = (more: object = {}) => ({ Effect: 'Allow', Action: 's3:*', Resource: '*', ...more });

/** What is told of each kind of policy. */
function told(policies: readonly string[], others: Partial<Others> = {}): readonly string[] {
  const { words } = decide(
    request,
    { policies, boundary: null, tags: {} },
    { owner: ACCOUNT, resource: null, endpoint: null, ...others },
  );
  return words.map(
    (word) =>
      tell(
        word,
        request,
        word.texts.map((_, at) => `P${at}`),
      ).sentence,
  );
}

const ROWS: readonly (readonly [it: string, policies: readonly string[], says: string])[] = [
  ['the statement that allows, by its Sid', [policy(statement({ Sid: 'All' }))], 'statement "All" of P0 allows it'],
  [
    'or by its place',
    [policy(statement({ Action: 'sqs:*' })), policy(statement({ Action: 'sqs:*' }), statement())],
    'Statement[1] of P1 allows it',
  ],
  [
    'a deny before all that allows, with the condition that holds',
    [
      policy(statement()),
      policy(
        statement({ Effect: 'Deny', Sid: 'Here', Condition: { StringNotEquals: { 'aws:SourceVpce': 'vpce-2' } } }),
      ),
    ],
    'statement "Here" of P1 denies it: StringNotEquals aws:SourceVpce vpce-2 (the request has vpce-1)',
  ],
  [
    'none: what comes closest lacks a condition only',
    [
      policy(
        statement({ Resource: 'arn:aws:s3:::c/*' }),
        statement({ Condition: { StringEquals: { 'aws:SourceVpce': ['vpce-2', 'vpce-3'], 'aws:UserAgent': 'x' } } }),
      ),
    ],
    'Statement[1] of P0 would allow it, but asks for StringEquals aws:SourceVpce vpce-2 or vpce-3 (the request has vpce-1); StringEquals aws:UserAgent x (the request has none)',
  ],
  [
    'or is for another thing',
    [policy(statement({ Sid: 'Other', NotResource: 'arn:aws:s3:::b/*', Resource: undefined }))],
    'statement "Other" of P0 would allow it, but is for all but arn:aws:s3:::b/*',
  ],
  [
    'a deny that does not cover it is none',
    [policy(statement({ Effect: 'Deny', Resource: 'arn:aws:s3:::c' }))],
    'no statement of P0 is about s3:GetObject',
  ],
  [
    'none is about it',
    [policy(statement({ Action: 'sqs:*' })), policy(statement({ Action: 'sns:*' }))],
    'none of P0, P1 is about s3:GetObject',
  ],
  ['there is no policy', [], 'there is none'],
  ['what is no policy', ['{"Statement":[]}'], 'P0 cannot be read as a policy, and so denies all'],
];

for (const [it, policies, says] of ROWS) test(it, () => assert.deepEqual(told(policies), [says]));

test('of policies that name principals: whom they are for', () => {
  const resource = policy(statement({ Principal: { AWS: `arn:aws:iam::${ACCOUNT}:user/bob` } }));
  const document = policy(statement({ Principal: '*', Sid: 'Door' }));
  assert.deepEqual(told([policy(statement())], { resource, endpoint: { kind: 'interface', document } }), [
    `Statement[0] of P0 would allow it, but is for arn:aws:iam::${ACCOUNT}:user/bob`,
    'statement "Door" of P0 allows it',
    'Statement[0] of P0 allows it',
  ]);
});
