/** Which policies let a request through, and how AWS words it when they do not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { authorize, type Others } from './authorize.ts';
import type { Grants } from './credentials.ts';
import type { Request } from './evaluate.ts';
import type { Principal } from './principal.ts';

const ACCOUNT = '111122223333';
const STRANGER = '444455556666';
const root: Principal = { kind: 'root', account: ACCOUNT };
const ann: Principal = { kind: 'user', account: ACCOUNT, userName: 'ann', userId: 'AIDAANN', path: '/' };
const app: Principal = {
  kind: 'session',
  account: ACCOUNT,
  roleName: 'app',
  roleId: 'AROAAPP',
  path: '/',
  sessionName: 'i-1',
  policies: [],
};

const statement = (Effect: 'Allow' | 'Deny', more: object = {}) => ({ Effect, Action: 's3:*', Resource: '*', ...more });
const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const ALLOW = policy(statement('Allow'));
const DENY = policy(statement('Deny'));
const NOTHING = policy(statement('Allow', { Action: 'sqs:*' }));
const to = (AWS: string | '*', Effect: 'Allow' | 'Deny' = 'Allow') =>
  policy(statement(Effect, { Principal: AWS === '*' ? '*' : { AWS } }));
const grants = (policies: readonly string[], boundary: string | null = null): Grants => ({
  policies,
  boundary,
  tags: {},
});

interface Case {
  readonly it: string;
  readonly as: Principal;
  readonly own?: Grants;
  readonly others?: Partial<Others>;
  readonly context?: Request['context'];
  /** null: allowed. */
  readonly says: string | null;
}

const lacks = (name: string) => `because no ${name} allows the s3:GetObject action`;
const ANN = `arn:aws:iam::${ACCOUNT}:user/ann`;
const ROLE = `arn:aws:iam::${ACCOUNT}:role/app`;
const SESSION = `arn:aws:sts::${ACCOUNT}:assumed-role/app/i-1`;
const all = (document: string) => ({ kind: 'interface', document }) as const;

const CASES: readonly Case[] = [
  { it: 'the root of the account may', as: root, says: null },
  { it: 'a user without policies may not', as: ann, says: lacks('identity-based policy') },
  { it: 'a user with one may', as: ann, own: grants([ALLOW]), says: null },
  {
    it: 'an explicit deny wins',
    as: ann,
    own: grants([ALLOW, DENY]),
    says: 'with an explicit deny in an identity-based policy',
  },
  {
    it: 'a text that is no policy denies all, whatever it meant to deny',
    as: ann,
    own: grants([ALLOW, policy({ ...statement('Deny'), Colour: 'red' })]),
    says: 'with an explicit deny in an identity-based policy',
  },
  {
    it: 'so it does on an endpoint',
    as: root,
    others: { endpoint: all('{"Statement":[]}') },
    says: 'with an explicit deny in a VPC endpoint policy',
  },
  { it: 'a boundary limits', as: ann, own: grants([ALLOW], NOTHING), says: lacks('permissions boundary') },
  {
    it: 'a boundary denies',
    as: ann,
    own: grants([ALLOW], DENY),
    says: 'with an explicit deny in a permissions boundary',
  },
  { it: 'a boundary alone gives nothing', as: ann, own: grants([], ALLOW), says: lacks('identity-based policy') },
  {
    it: 'a session policy limits',
    as: { ...app, policies: [NOTHING] },
    own: grants([ALLOW]),
    says: lacks('session policy'),
  },
  {
    it: 'a session policy denies',
    as: { ...app, policies: [DENY] },
    own: grants([ALLOW]),
    says: 'with an explicit deny in a session policy',
  },
  { it: 'a session within both may', as: { ...app, policies: [ALLOW] }, own: grants([ALLOW]), says: null },

  { it: 'the resource’s policy lets a user of the account in', as: ann, others: { resource: to(ANN) }, says: null },
  { it: 'even past a boundary', as: ann, own: grants([], NOTHING), others: { resource: to(ANN) }, says: null },
  {
    it: 'and a session past its policies',
    as: { ...app, policies: [NOTHING] },
    others: { resource: to(SESSION) },
    says: null,
  },
  {
    it: 'a role by name, but within its boundary',
    as: app,
    own: grants([], NOTHING),
    others: { resource: to(ROLE) },
    says: lacks('permissions boundary'),
  },
  { it: 'a role by name without one', as: app, others: { resource: to(ROLE) }, says: null },
  {
    it: 'to name the account leaves it to the account',
    as: ann,
    others: { resource: to(ACCOUNT) },
    says: lacks('identity-based policy'),
  },
  {
    it: 'NotPrincipal with its account lets nobody of the account in',
    as: ann,
    others: { resource: policy(statement('Allow', { NotPrincipal: { AWS: ACCOUNT } })) },
    says: lacks('identity-based policy'),
  },
  {
    it: 'nor with its role a session',
    as: app,
    others: { resource: policy(statement('Allow', { NotPrincipal: { AWS: ROLE } })) },
    says: lacks('identity-based policy'),
  },
  {
    it: 'nor with its account a stranger',
    as: ann,
    own: grants([ALLOW]),
    others: { owner: STRANGER, resource: policy(statement('Allow', { NotPrincipal: { AWS: ACCOUNT } })) },
    says: lacks('resource-based policy'),
  },
  {
    it: 'its deny wins over the root',
    as: root,
    others: { resource: to('*', 'Deny') },
    says: 'with an explicit deny in a resource-based policy',
  },
  {
    it: 'its deny for others concerns nobody else',
    as: ann,
    own: grants([ALLOW]),
    others: { resource: to(SESSION, 'Deny') },
    says: null,
  },

  {
    it: 'another account needs the resource’s policy',
    as: ann,
    own: grants([ALLOW]),
    others: { owner: STRANGER },
    says: lacks('resource-based policy'),
  },
  { it: 'and its own', as: ann, others: { owner: STRANGER, resource: to(ANN) }, says: lacks('identity-based policy') },
  { it: 'and has both', as: ann, own: grants([ALLOW]), others: { owner: STRANGER, resource: to(ACCOUNT) }, says: null },
  {
    it: 'the root of another account is let in by its number',
    as: root,
    others: { owner: STRANGER, resource: to(ACCOUNT) },
    says: null,
  },

  {
    it: 'the endpoint’s policy must allow, of the root too',
    as: root,
    others: { endpoint: all(to(STRANGER)) },
    says: lacks('VPC endpoint policy'),
  },
  {
    it: 'the endpoint’s policy denies',
    as: root,
    others: { endpoint: all(to('*', 'Deny')) },
    says: 'with an explicit deny in a VPC endpoint policy',
  },
  {
    it: 'the endpoint’s policy gives nothing',
    as: ann,
    others: { endpoint: all(to('*')) },
    says: lacks('identity-based policy'),
  },
  {
    it: 'an account in the endpoint’s policy is everybody of it',
    as: ann,
    own: grants([ALLOW]),
    others: { endpoint: all(to(ACCOUNT)) },
    says: null,
  },
  {
    it: 'but of a gateway’s only its root',
    as: ann,
    own: grants([ALLOW]),
    others: { endpoint: { kind: 'gateway', document: to(ACCOUNT) } },
    says: lacks('VPC endpoint policy'),
  },
  { it: 'which it is', as: root, others: { endpoint: { kind: 'gateway', document: to(ACCOUNT) } }, says: null },
];

for (const { it, as, own, others, context = {}, says } of CASES) {
  test(it, () => {
    const request: Request = { principal: as, action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', context };
    assert.equal(authorize(request, own, { owner: ACCOUNT, resource: null, endpoint: null, ...others }), says);
  });
}

/** Conditions on how a request came. */
const WAYS: readonly (readonly [string, object, Request['context'], boolean])[] = [
  ['from this endpoint', { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } }, { 'aws:sourcevpce': ['vpce-1'] }, true],
  ['from another', { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } }, { 'aws:sourcevpce': ['vpce-2'] }, false],
  ['from none', { StringNotEquals: { 'aws:SourceVpce': 'vpce-1' } }, { 'aws:sourceip': ['198.18.0.20'] }, false],
  [
    'from none, if it is asked of those that have one',
    { StringNotEqualsIfExists: { 'aws:SourceVpce': 'vpce-1' } },
    {},
    false,
  ],
  ['from the block', { NotIpAddress: { 'aws:VpcSourceIp': '10.0.0.0/16' } }, { 'aws:vpcsourceip': ['10.0.9.1'] }, true],
  [
    'from outside',
    { NotIpAddress: { 'aws:VpcSourceIp': ['10.0.0.0/16'] } },
    { 'aws:vpcsourceip': ['10.1.9.1'] },
    false,
  ],
  ['from one address', { NotIpAddress: { 'aws:SourceIp': '198.18.0.20' } }, { 'aws:sourceip': ['198.18.0.20'] }, true],
  [
    'in another region',
    { StringNotEquals: { 'aws:RequestedRegion': 'eu-west-1' } },
    { 'aws:requestedregion': ['us-east-1'] },
    false,
  ],
  ['by a role of a path', { ArnNotLike: { 'aws:PrincipalArn': 'arn:aws:iam::*:role/*' } }, {}, false],
];
for (const [way, Condition, context, isAllowed] of WAYS) {
  test(`a deny unless it comes ${way}: ${isAllowed ? 'passes' : 'denied'}`, () => {
    const resource = policy(statement('Deny', { Principal: '*', Condition }));
    const request: Request = { principal: ann, action: 's3:GetObject', resource: 'arn:aws:s3:::b/k', context };
    const reason = authorize(request, grants([ALLOW]), { owner: ACCOUNT, resource, endpoint: null });
    assert.equal(reason, isAllowed ? null : 'with an explicit deny in a resource-based policy');
  });
}

test('variables stand for what the request has, and never for a pattern', () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a policy variable.
  const home = grants([policy(statement('Allow', { Resource: 'arn:aws:s3:::b/${aws:username}/*' }))]);
  const ask = (resource: string, userName = 'ann') =>
    authorize({ principal: { ...ann, userName }, action: 's3:GetObject', resource, context: {} }, home, {
      owner: ACCOUNT,
      resource: null,
      endpoint: null,
    });
  assert.equal(ask('arn:aws:s3:::b/ann/x'), null);
  assert.notEqual(ask('arn:aws:s3:::b/bob/x'), null);
  assert.notEqual(ask('arn:aws:s3:::b/bob/x', '*'), null);
});
