/** Patterns, conditions, statements: what a policy lets through. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import fc from 'fast-check';
import { createIntent } from '../model/intent.ts';
import type { Role, User } from '../model/resources.ts';
import { policyByArn } from './arn.ts';
import { conditionHolds, isConditionOperator, type RequestContext } from './conditions.ts';
import { parseDocument } from './document.ts';
import { evaluate, identityVerdict, type Request } from './evaluate.ts';
import { managedPolicies, managedPolicy } from './managed-policies.ts';
import { matchesPattern } from './pattern.ts';
import { serviceMayAssume } from './trust.ts';

test('patterns match as the regular expressions that they stand for', () => {
  const part = fc.constantFrom('a', 'b', '*', '?', ':', '.');
  const text = fc.array(fc.constantFrom('a', 'b', ':', '.'), { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(fc.array(part, { maxLength: 8 }), text, (parts, given) => {
      const regular: Record<string, string> = { '*': '.*', '?': '.', '.': '\\.' };
      const expression = parts.map((each) => regular[each] ?? each).join('');
      assert.equal(matchesPattern(parts.join(''), given), new RegExp(`^${expression}$`).test(given));
    }),
    { numRuns: 2000, seed: 1 },
  );
});

test('a pattern made to be slow is not', () => {
  const start = performance.now();
  assert.equal(matchesPattern(`${'*a'.repeat(200)}b`, 'a'.repeat(5000)), false);
  assert.ok(performance.now() - start < 1000);
});

const CONTEXT: RequestContext = {
  'a:one': ['x'],
  'a:many': ['x', 'y'],
  'a:number': ['5'],
  'a:time': ['2026-01-01T00:00:00Z'],
  'a:arn': ['arn:aws:iam::1:role/p/r'],
};
const CONDITIONS: readonly (readonly [string, string, readonly string[], boolean])[] = [
  ['StringEquals', 'A:One', ['y', 'x'], true],
  ['StringEquals', 'a:one', ['X'], false],
  ['StringEquals', 'a:none', ['x'], false],
  ['StringEqualsIfExists', 'a:none', ['x'], true],
  ['StringEqualsIfExists', 'a:one', ['y'], false],
  ['StringNotEquals', 'a:one', ['x', 'y'], false],
  ['StringNotEquals', 'a:one', ['y', 'z'], true],
  ['StringNotEquals', 'a:none', ['x'], true],
  ['StringEqualsIgnoreCase', 'a:one', ['X'], true],
  ['StringLike', 'a:one', ['?'], true],
  ['StringNotLike', 'a:one', ['?'], false],
  ['Bool', 'a:none', ['false'], false],
  ['NumericLessThan', 'a:number', ['10'], true],
  ['NumericGreaterThanEquals', 'a:number', ['6'], false],
  ['NumericEquals', 'a:one', ['x'], false],
  ['DateLessThan', 'a:time', ['2027-01-01T00:00:00Z'], true],
  ['DateGreaterThan', 'a:time', ['1767225600'], false],
  ['ArnLike', 'a:arn', ['arn:aws:iam::*:role/p/*'], true],
  ['ArnLike', 'a:arn', ['arn:aws:*:role/p/r'], false],
  ['Null', 'a:none', ['true'], true],
  ['Null', 'a:one', ['true'], false],
  ['Null', 'a:one', ['false'], true],
  ['ForAllValues:StringEquals', 'a:many', ['x'], false],
  ['ForAllValues:StringEquals', 'a:many', ['x', 'y', 'z'], true],
  ['ForAllValues:StringEquals', 'a:none', ['x'], true],
  ['ForAnyValue:StringEquals', 'a:many', ['y'], true],
  ['ForAnyValue:StringEquals', 'a:none', ['y'], false],
  ['ForAnyValue:StringNotEquals', 'a:none', ['y'], false],
  ['ForAnyValue:StringNotEqualsIfExists', 'a:none', ['y'], true],
  ['ForAllValues:StringNotEquals', 'a:none', ['y'], true],
];
for (const [operator, key, values, expected] of CONDITIONS) {
  test(`${operator} ${key} ${values} is ${expected}`, () => {
    assert.equal(conditionHolds(operator, key, values, CONTEXT), expected);
  });
}

test('operators that are not known are not taken into a document', () => {
  for (const text of ['StringSame', 'BinaryEquals', 'NullIfExists', 'ForAllValues:', 'constructor', '']) {
    assert.equal(isConditionOperator(text), false, text);
  }
});

const REQUEST: Request = {
  principal: { kind: 'root', account: '1' },
  action: 'sqs:SendMessage',
  resource: 'arn:aws:sqs:r:1:q',
  context: {},
};

/** [statements, verdict] */
const STATEMENTS: readonly (readonly [object[], string])[] = [
  [[{ Effect: 'Allow', Action: '*', Resource: '*' }], 'allow'],
  [[{ Effect: 'Allow', Action: 'SQS:send*', Resource: '*' }], 'allow'],
  [[{ Effect: 'Allow', Action: 'sqs:Receive*', Resource: '*' }], 'none'],
  [[{ Effect: 'Allow', Action: 'sqs:*', Resource: 'arn:aws:sqs:r:1:Q' }], 'none'],
  [[{ Effect: 'Allow', NotAction: 'sqs:Send*', Resource: '*' }], 'none'],
  [[{ Effect: 'Allow', NotAction: 'sns:*', Resource: '*' }], 'allow'],
  [[{ Effect: 'Allow', Action: '*', NotResource: 'arn:aws:sqs:r:1:*' }], 'none'],
  [
    [
      { Effect: 'Deny', Action: 'sqs:*', Resource: '*' },
      { Effect: 'Allow', Action: '*', Resource: '*' },
    ],
    'deny',
  ],
  [
    [{ Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringEquals: { 'aws:PrincipalAccount': '1' } } }],
    'allow',
  ],
  [
    [{ Effect: 'Allow', Action: '*', Resource: '*', Condition: { StringEquals: { 'aws:PrincipalAccount': '2' } } }],
    'none',
  ],
  [[{ Effect: 'Deny', Action: '*', Resource: '*', Condition: { StringNotEquals: { 'aws:SourceVpce': 'v' } } }], 'deny'],
];
for (const [statements, expected] of STATEMENTS) {
  test(`${JSON.stringify(statements)} says ${expected}`, () => {
    const documents = [parseDocument(JSON.stringify({ Statement: statements }), 'identity')];
    assert.equal(evaluate(documents, REQUEST).verdict, expected);
  });
}

const BASE = { account: '111122223333', region: '', tags: {}, createdAt: '2026-01-01T00:00:00Z', path: '/' };

test("an identity's verdict: attached, inline, boundary", () => {
  const user: User = {
    ...BASE,
    kind: 'user',
    id: 'AIDA1',
    name: 'u',
    attachedPolicyArns: ['arn:aws:iam::aws:policy/AmazonSQSFullAccess'],
    inlinePolicies: {},
    permissionsBoundaryArn: null,
  };
  const principal = { kind: 'user', account: BASE.account, userName: 'u', userId: 'AIDA1', path: '/' } as const;
  const verdict = (changed: Partial<User>) =>
    identityVerdict(createIntent([{ ...user, ...changed }]), { ...REQUEST, principal });
  assert.equal(verdict({}), 'allow');
  assert.equal(verdict({ attachedPolicyArns: [] }), 'none');
  assert.equal(verdict({ attachedPolicyArns: ['arn:aws:iam::aws:policy/AmazonSNSFullAccess'] }), 'none');
  assert.equal(verdict({ permissionsBoundaryArn: 'arn:aws:iam::aws:policy/AmazonEC2FullAccess' }), 'none');
  assert.equal(verdict({ permissionsBoundaryArn: `arn:aws:iam::${BASE.account}:policy/gone` }), 'deny');
  const deny = '{"Statement":{"Effect":"Deny","Action":"sqs:Send*","Resource":"*"}}';
  assert.equal(verdict({ inlinePolicies: { p: deny } }), 'deny');
  assert.equal(identityVerdict(createIntent(), { ...REQUEST, principal }), 'none', 'a user that is gone');
});

test('a service may assume what trusts it', () => {
  const role: Role = {
    ...BASE,
    kind: 'role',
    id: 'AROA1',
    name: 'r',
    description: null,
    trustPolicy:
      '{"Statement":{"Effect":"Allow","Principal":{"Service":["ec2.amazonaws.com"]},"Action":"sts:AssumeRole"}}',
    maxSessionSeconds: 3600,
    attachedPolicyArns: [],
    inlinePolicies: {},
    permissionsBoundaryArn: null,
  };
  assert.equal(serviceMayAssume(role, 'ec2.amazonaws.com'), true);
  assert.equal(serviceMayAssume(role, 'lambda.amazonaws.com'), false);
});

test('docs/managed-policies.md names every one of them, and no other', () => {
  const page = readFileSync(new URL('../../docs/managed-policies.md', import.meta.url), 'utf8');
  const told = [...page.matchAll(/^\| (\w+) \| (v\d+) \|$/gm)].map(([, name, version]) => `${name} ${version}`);
  const here = [...managedPolicies()].map(({ name, defaultVersionId }) => `${name} ${defaultVersionId}`);
  assert.deepEqual(told, here.sort());
});

test("AWS's own policies are documents and are found by their ARNs", () => {
  const all = [...managedPolicies()];
  assert.equal(all.length, 32);
  assert.equal(new Set(all.map(({ id }) => id)).size, 32);
  for (const policy of all) {
    parseDocument(policy.versions[0]?.document ?? '', 'identity');
    assert.equal(policyByArn(createIntent(), `arn:aws:iam::aws:policy/${policy.name}`), policy);
  }
});

test("what AWS's own policies for meters, records, certificates and Direct Connect let through, and what not", () => {
  for (const [name, allowed, others] of [
    ['CloudWatchFullAccess', ['cloudwatch:PutMetricData', 'logs:DeleteLogGroup'], ['ec2:DescribeVpcs']],
    ['CloudWatchReadOnlyAccess', ['cloudwatch:GetMetricData', 'logs:FilterLogEvents'], ['cloudwatch:PutMetricData']],
    ['CloudWatchLogsFullAccess', ['logs:DeleteLogGroup'], ['cloudwatch:GetMetricData']],
    ['CloudWatchLogsReadOnlyAccess', ['logs:DescribeLogGroups', 'logs:FilterLogEvents'], ['logs:PutLogEvents']],
    [
      'AWSCloudTrail_FullAccess',
      ['cloudtrail:CreateTrail', 's3:ListAllMyBuckets'],
      ['s3:CreateBucket', 'iam:PassRole'],
    ],
    ['AWSCloudTrail_ReadOnlyAccess', ['cloudtrail:LookupEvents'], ['cloudtrail:CreateTrail']],
    ['AWSCertificateManagerFullAccess', ['acm:DeleteCertificate'], ['iam:CreateServiceLinkedRole']],
    ['AWSCertificateManagerReadOnly', ['acm:DescribeCertificate'], ['acm:DeleteCertificate']],
    ['AWSDirectConnectFullAccess', ['directconnect:CreateConnection'], ['ec2:CreateVpnGateway']],
    ['AWSDirectConnectReadOnlyAccess', ['directconnect:DescribeConnections'], ['directconnect:CreateConnection']],
    ['ReadOnlyAccess', ['servicequotas:ListServiceQuotas', 'directconnect:DescribeTags'], ['logs:PutLogEvents']],
  ] as const) {
    const text = managedPolicy(name)?.versions[0]?.document ?? '';
    const verdict = (action: string) =>
      evaluate([parseDocument(text, 'identity')], { ...REQUEST, action, resource: '*' }).verdict;
    for (const action of allowed) assert.equal(verdict(action), 'allow', `${name} ${action}`);
    for (const action of others) assert.equal(verdict(action), 'none', `${name} ${action}`);
  }
});
