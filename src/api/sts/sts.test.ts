/** Who may assume a role, for how long, and what a caller is told of itself. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '../../iam/principal.ts';
import { allow, EC2_TRUST, root, type TestAccount, testAccount } from '../iam/test-account.ts';

const A = '111122223333';
const B = '444455556666';
const ROLE = `arn:aws:iam::${A}:role/r`;

function trust(principal: object | string, extra: object = {}): string {
  const statement = { Effect: 'Allow', Principal: principal, Action: 'sts:AssumeRole', ...extra };
  return JSON.stringify({ Version: '2012-10-17', Statement: [statement] });
}

function user(iam: TestAccount, account: string, name: string, ...policies: string[]): Principal {
  const admin = iam.as(root(account));
  const { User } = admin.call('CreateUser', { UserName: name });
  for (const [index, PolicyDocument] of policies.entries()) {
    admin.call('PutUserPolicy', { UserName: name, PolicyName: `p${index}`, PolicyDocument });
  }
  return { kind: 'user', account, userName: name, userId: User?.UserId ?? '', path: '/' };
}

const ASSUME = { RoleArn: ROLE, RoleSessionName: 'sess' };
const MAY = allow('sts:AssumeRole', ROLE);

/** [trust policy's principal, account of the user, policies of the user, may it?] */
const CASES: readonly (readonly [string, object | string, string, readonly string[], boolean])[] = [
  ['a service is trusted, no user', { Service: 'ec2.amazonaws.com' }, A, [MAY], false],
  ['named user of the account, no policy of its own', { AWS: `arn:aws:iam::${A}:user/u` }, A, [], true],
  ['another user is named', { AWS: `arn:aws:iam::${A}:user/other` }, A, [MAY], false],
  ['account root, no policy of its own', { AWS: `arn:aws:iam::${A}:root` }, A, [], false],
  ['account root, its own policy allows', { AWS: `arn:aws:iam::${A}:root` }, A, [MAY], true],
  ['account number is the root', { AWS: A }, A, [MAY], true],
  ['its own policy allows another role only', { AWS: A }, A, [allow('sts:AssumeRole', `${ROLE}x`)], false],
  ['its own policy denies', { AWS: `arn:aws:iam::${A}:user/u` }, A, [MAY.replace('Allow', 'Deny')], false],
  ['cross-account, named, no policy of its own', { AWS: `arn:aws:iam::${B}:user/u` }, B, [], false],
  ['cross-account, named, its own policy allows', { AWS: `arn:aws:iam::${B}:user/u` }, B, [MAY], true],
  ['cross-account, account named', { AWS: [B] }, B, [allow('*')], true],
  ['cross-account, not named', { AWS: A }, B, [allow('*')], false],
  ['everyone', '*', B, [MAY], true],
];
for (const [name, principal, account, policies, expected] of CASES) {
  test(`AssumeRole: ${name}: ${expected ? 'allowed' : 'denied'}`, () => {
    const iam = testAccount(A);
    const caller = iam.as(user(iam, account, 'u', ...policies));
    user(iam, A, 'other');
    iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust(principal) });
    if (!expected) {
      assert.equal(
        caller.refusal('AssumeRole', ASSUME),
        `AccessDenied: User: arn:aws:iam::${account}:user/u is not authorized to perform: sts:AssumeRole on resource: ${ROLE}`,
      );
      assert.equal(iam.issued.length, 0);
      return;
    }
    const output = caller.call('AssumeRole', ASSUME);
    assert.equal(output.AssumedRoleUser?.Arn, `arn:aws:sts::${A}:assumed-role/r/sess`);
    const session = iam.issued.at(-1);
    assert.equal(session?.seconds, 3600);
    assert.equal(session?.principal.kind === 'session' && session.principal.roleName, 'r');
    assert.equal(session?.principal.account, A);
  });
}

test('conditions: ExternalId and session name', () => {
  const iam = testAccount(A);
  const Condition = { StringEquals: { 'sts:ExternalId': ['e1', 'e2'] }, StringLike: { 'sts:RoleSessionName': 'ci-*' } };
  iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust({ AWS: B }, { Condition }) });
  const caller = iam.as(root(B));
  assert.match(caller.refusal('AssumeRole', ASSUME), /^AccessDenied/);
  assert.match(caller.refusal('AssumeRole', { ...ASSUME, ExternalId: 'e1' }), /^AccessDenied/);
  assert.match(caller.refusal('AssumeRole', { ...ASSUME, RoleSessionName: 'ci-1' }), /^AccessDenied/);
  caller.call('AssumeRole', { ...ASSUME, RoleSessionName: 'ci-1', ExternalId: 'e2' });
});

test('a deny in the trust policy wins', () => {
  const iam = testAccount(A);
  const document = JSON.stringify({
    Statement: [
      { Effect: 'Allow', Principal: '*', Action: 'sts:*' },
      { Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${A}:user/u` }, Action: 'sts:AssumeRole' },
    ],
  });
  const denied = user(iam, A, 'u', allow('*'));
  iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: document });
  assert.match(iam.as(denied).refusal('AssumeRole', ASSUME), /^AccessDenied/);
  iam.as(user(iam, A, 'v', allow('*'))).call('AssumeRole', ASSUME);
});

test('a role that does not exist is denied in the same words', () => {
  const iam = testAccount(A);
  assert.equal(
    iam.refusal('AssumeRole', { ...ASSUME, RoleArn: `${ROLE}x` }),
    `AccessDenied: User: arn:aws:iam::${A}:root is not authorized to perform: sts:AssumeRole on resource: ${ROLE}x`,
  );
  assert.equal(iam.refusal('AssumeRole', { ...ASSUME, RoleArn: 'r' }), 'ValidationError: r is invalid');
});

test('roles by path, chained roles, durations', () => {
  const iam = testAccount(A);
  const any = trust({ AWS: A });
  iam.call('CreateRole', { RoleName: 'r', Path: '/p/', AssumeRolePolicyDocument: any, MaxSessionDuration: 7200 });
  assert.match(iam.refusal('AssumeRole', ASSUME), /^AccessDenied/, 'the path is part of the ARN');
  const input = { ...ASSUME, RoleArn: `arn:aws:iam::${A}:role/p/r` };
  iam.call('AssumeRole', { ...input, DurationSeconds: 7200 });
  assert.match(
    iam.refusal('AssumeRole', { ...input, DurationSeconds: 7201 }),
    /exceeds the MaxSessionDuration set for this role\.$/,
  );
  assert.match(
    iam.refusal('AssumeRole', { ...input, DurationSeconds: 899 }),
    /'durationSeconds'.*greater than or equal to 900/,
  );
  assert.match(iam.refusal('AssumeRole', { ...input, DurationSeconds: 43_201 }), /less than or equal to 43200/);
  iam.call('PutRolePolicy', { RoleName: 'r', PolicyName: 'p', PolicyDocument: allow('sts:AssumeRole') });
  iam.call('CreateRole', { RoleName: 'second', AssumeRolePolicyDocument: any, MaxSessionDuration: 7200 });
  iam.call('AssumeRole', input);
  const session = iam.issued.at(-1)?.principal as Principal;
  const second = { ...ASSUME, RoleArn: `arn:aws:iam::${A}:role/second` };
  iam.as(session).call('AssumeRole', second);
  assert.match(iam.as(session).refusal('AssumeRole', { ...second, DurationSeconds: 3601 }), /role chaining$/);
  iam.call('DeleteRolePolicy', { RoleName: 'r', PolicyName: 'p' });
  assert.match(
    iam.as(session).refusal('AssumeRole', second),
    /^AccessDenied: User: arn:aws:sts::111122223333:assumed-role\/r\/sess is not/,
  );
});

test('session policies limit what a session may do', () => {
  const iam = testAccount(A);
  iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust({ AWS: A }) });
  iam.call('PutRolePolicy', { RoleName: 'r', PolicyName: 'p', PolicyDocument: allow('*') });
  iam.call('CreateRole', { RoleName: 'second', AssumeRolePolicyDocument: trust({ AWS: A }) });
  const second = { ...ASSUME, RoleArn: `arn:aws:iam::${A}:role/second` };
  iam.call('AssumeRole', { ...ASSUME, Policy: allow('sqs:*') });
  const limited = iam.issued.at(-1)?.principal as Principal;
  assert.match(iam.as(limited).refusal('AssumeRole', second), /^AccessDenied/);
  iam.call('AssumeRole', { ...ASSUME, PolicyArns: [{ arn: 'arn:aws:iam::aws:policy/AdministratorAccess' }] });
  iam.as(iam.issued.at(-1)?.principal as Principal).call('AssumeRole', second);
  assert.match(iam.refusal('AssumeRole', { ...ASSUME, Policy: '{' }), /^MalformedPolicyDocument/);
});

test('what is not supported is refused by name', () => {
  const iam = testAccount(A);
  iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust({ AWS: A }) });
  assert.match(iam.refusal('AssumeRole', { ...ASSUME, SourceIdentity: 'me' }), /SourceIdentity/);
  assert.match(iam.refusal('AssumeRole', { ...ASSUME, RoleSessionName: 'a b' }), /'roleSessionName'/);
});

test('GetCallerIdentity', () => {
  const iam = testAccount(A);
  assert.deepEqual(iam.call('GetCallerIdentity', {}), { UserId: A, Account: A, Arn: `arn:aws:iam::${A}:root` });
  const caller = user(iam, A, 'u');
  const identity = iam.as(caller).call('GetCallerIdentity', {});
  assert.deepEqual(identity, {
    UserId: caller.kind === 'user' && caller.userId,
    Account: A,
    Arn: `arn:aws:iam::${A}:user/u`,
  });
  iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust({ AWS: A }) });
  iam.call('AssumeRole', ASSUME);
  const session = iam.as(iam.issued.at(-1)?.principal as Principal).call('GetCallerIdentity', {});
  assert.match(session.UserId ?? '', /^AROA[A-Z2-7]{17}:sess$/);
  assert.equal(session.Arn, `arn:aws:sts::${A}:assumed-role/r/sess`);
});

test('GetSessionToken', () => {
  const iam = testAccount(A);
  iam.as(user(iam, A, 'u')).call('GetSessionToken', {});
  assert.equal(iam.issued.at(-1)?.seconds, 43_200);
  iam.call('GetSessionToken', {});
  assert.equal(iam.issued.at(-1)?.seconds, 3600);
  iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: EC2_TRUST });
  const session: Principal = {
    kind: 'session',
    account: A,
    roleName: 'r',
    roleId: 'AROA',
    path: '/',
    sessionName: 's',
    policies: [],
  };
  assert.match(iam.as(session).refusal('GetSessionToken', {}), /^AccessDenied: Cannot call GetSessionToken/);
});
