/** IAM's actions: what they keep, what they refuse and in which words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, EC2_TRUST, root, testAccount } from './test-account.ts';

const SQS = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';
const ACCOUNT = '111122223333';

function withRole() {
  const account = testAccount();
  account.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: EC2_TRUST });
  return account;
}

test('a role: created, read, listed, changed, deleted', () => {
  const iam = testAccount();
  const { Role } = iam.call('CreateRole', {
    RoleName: 'web',
    Path: '/app/',
    AssumeRolePolicyDocument: EC2_TRUST,
    Description: 'd',
    MaxSessionDuration: 7200,
    Tags: [{ Key: 'k', Value: 'v' }],
  });
  assert.match(Role?.RoleId ?? '', /^AROA[A-Z2-7]{17}$/);
  assert.equal(Role?.Arn, `arn:aws:iam::${ACCOUNT}:role/app/web`);
  assert.deepEqual(Role?.Tags, [{ Key: 'k', Value: 'v' }]);
  assert.equal(decodeURIComponent(Role?.AssumeRolePolicyDocument ?? ''), EC2_TRUST);
  assert.doesNotMatch(Role?.AssumeRolePolicyDocument ?? '', /[{"]/);
  assert.deepEqual(iam.call('GetRole', { RoleName: 'web' }).Role, Role);
  iam.call('UpdateRole', { RoleName: 'web', Description: 'new', MaxSessionDuration: 3600 });
  assert.equal(iam.call('GetRole', { RoleName: 'web' }).Role?.Description, 'new');
  iam.call('UpdateAssumeRolePolicy', { RoleName: 'web', PolicyDocument: EC2_TRUST.replace('ec2', 'lambda') });
  assert.match(iam.call('GetRole', { RoleName: 'web' }).Role?.AssumeRolePolicyDocument ?? '', /lambda/);
  assert.deepEqual(iam.call('ListRoles', { PathPrefix: '/other/' }).Roles, []);
  for (const list of ['ListRoles', 'ListUsers', 'ListInstanceProfiles', 'ListPolicies'] as const) {
    assert.match(iam.refusal(list, { PathPrefix: 'app' }), /^ValidationError: The specified value for path/);
  }
  assert.equal(iam.call('ListRoles', { PathPrefix: '/app/' }).Roles?.[0]?.RoleName, 'web');
  iam.call('DeleteRole', { RoleName: 'web' });
  assert.equal(iam.refusal('GetRole', { RoleName: 'web' }), 'NoSuchEntity: The role with name web cannot be found.');
});

test('names are unique whatever their capitals, within an account', () => {
  const iam = withRole();
  const again = { RoleName: 'R', AssumeRolePolicyDocument: EC2_TRUST };
  assert.equal(iam.refusal('CreateRole', again), 'EntityAlreadyExists: Role with name R already exists.');
  iam.as(root('999900001111')).call('CreateRole', { ...again, RoleName: 'r' });
  assert.equal(iam.call('ListRoles', {}).Roles?.length, 1);
  assert.match(iam.refusal('GetRole', { RoleName: 'R' }), /^NoSuchEntity/);
});

const BAD_ROLES: readonly (readonly [object, RegExp])[] = [
  [{ RoleName: 'a b' }, /^ValidationError: The specified value for roleName is invalid\. It must contain only/],
  [{ RoleName: '' }, /^ValidationError: .*greater than or equal to 1/],
  [{ RoleName: 'x'.repeat(65) }, /^ValidationError: .*less than or equal to 64/],
  [{ Path: 'app' }, /^ValidationError: The specified value for path is invalid/],
  [{ MaxSessionDuration: 60 }, /^ValidationError: .*'maxSessionDuration'.*greater than or equal to 3600/],
  [{ MaxSessionDuration: 50_000 }, /less than or equal to 43200/],
  [{ AssumeRolePolicyDocument: '{' }, /^MalformedPolicyDocument: This policy contains invalid Json$/],
  [{ AssumeRolePolicyDocument: allow('sts:AssumeRole') }, /^MalformedPolicyDocument: Has prohibited field Resource$/],
  [
    { AssumeRolePolicyDocument: EC2_TRUST.replace('sts:AssumeRole', 's3:Get*') },
    /may only specify STS AssumeRole actions/,
  ],
  [{ AssumeRolePolicyDocument: EC2_TRUST.replace('Service', 'AWS') }, /Invalid principal in policy: "AWS":"ec2/],
  [{ AssumeRolePolicyDocument: EC2_TRUST.replace(/"Principal":\{[^}]*\},/, '') }, /Missing required field Principal/],
  [
    { AssumeRolePolicyDocument: EC2_TRUST.replace('2012-10-17', '2020-01-01') },
    /must be version 2012-10-17 or greater/,
  ],
  [
    { AssumeRolePolicyDocument: EC2_TRUST.replace('ec2', 'e'.repeat(2050)) },
    /^LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048$/,
  ],
  [{ PermissionsBoundary: `arn:aws:iam::${ACCOUNT}:policy/none` }, /^NoSuchEntity/],
  [
    {
      Tags: [
        { Key: 'k', Value: '1' },
        { Key: 'K', Value: '2' },
      ],
    },
    /^InvalidInput: Duplicate tag keys/,
  ],
  [{ Tags: [{ Key: 'aws:x', Value: '1' }] }, /^InvalidInput/],
  [{ Tags: Array.from({ length: 51 }, (_, i) => ({ Key: `k${i}`, Value: '' })) }, /^LimitExceeded/],
];
for (const [change, expected] of BAD_ROLES) {
  test(`CreateRole is refused: ${JSON.stringify(change).slice(0, 60)}`, () => {
    const iam = testAccount();
    const input = { RoleName: 'r', AssumeRolePolicyDocument: EC2_TRUST, ...change };
    assert.match(iam.refusal('CreateRole', input as never), expected);
    assert.deepEqual(iam.call('ListRoles', {}).Roles, []);
  });
}

test('a role is not deleted while something holds it', () => {
  const iam = withRole();
  iam.call('AttachRolePolicy', { RoleName: 'r', PolicyArn: SQS });
  iam.call('PutRolePolicy', { RoleName: 'r', PolicyName: 'p', PolicyDocument: allow('sqs:*') });
  iam.call('CreateInstanceProfile', { InstanceProfileName: 'ip' });
  iam.call('AddRoleToInstanceProfile', { InstanceProfileName: 'ip', RoleName: 'r' });
  const conflict = () => iam.refusal('DeleteRole', { RoleName: 'r' });
  assert.equal(conflict(), 'DeleteConflict: Cannot delete entity, must remove roles from instance profile first.');
  assert.match(iam.refusal('DeleteInstanceProfile', { InstanceProfileName: 'ip' }), /^DeleteConflict/);
  iam.call('RemoveRoleFromInstanceProfile', { InstanceProfileName: 'ip', RoleName: 'r' });
  assert.equal(conflict(), 'DeleteConflict: Cannot delete entity, must detach all policies first.');
  iam.call('DetachRolePolicy', { RoleName: 'r', PolicyArn: SQS });
  assert.equal(conflict(), 'DeleteConflict: Cannot delete entity, must delete policies first.');
  iam.call('DeleteRolePolicy', { RoleName: 'r', PolicyName: 'p' });
  iam.call('DeleteRole', { RoleName: 'r' });
  iam.call('DeleteInstanceProfile', { InstanceProfileName: 'ip' });
});

test('managed policies on a role', () => {
  const iam = withRole();
  iam.call('AttachRolePolicy', { RoleName: 'r', PolicyArn: SQS });
  iam.call('AttachRolePolicy', { RoleName: 'r', PolicyArn: SQS });
  assert.deepEqual(iam.call('ListAttachedRolePolicies', { RoleName: 'r' }), {
    AttachedPolicies: [{ PolicyName: 'AmazonSQSFullAccess', PolicyArn: SQS }],
    IsTruncated: false,
  });
  assert.equal(iam.call('GetPolicy', { PolicyArn: SQS }).Policy?.AttachmentCount, 1);
  const unknown = { RoleName: 'r', PolicyArn: `${SQS}x` };
  assert.equal(
    iam.refusal('AttachRolePolicy', unknown),
    `NoSuchEntity: Policy ${SQS}x does not exist or is not attachable.`,
  );
  assert.match(
    iam.refusal('AttachRolePolicy', { RoleName: 'r', PolicyArn: 'x' }),
    /^ValidationError: ARN x is not valid/,
  );
  assert.match(iam.refusal('DetachRolePolicy', unknown), /^NoSuchEntity/);
  for (let i = 1; i < 10; i++) {
    const { Policy } = iam.call('CreatePolicy', { PolicyName: `p${i}`, PolicyDocument: allow('sqs:*') });
    iam.call('AttachRolePolicy', { RoleName: 'r', PolicyArn: Policy?.Arn ?? '' });
  }
  const eleventh = { RoleName: 'r', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' };
  assert.equal(iam.refusal('AttachRolePolicy', eleventh), 'LimitExceeded: Cannot exceed quota for PoliciesPerRole: 10');
});

test("another account's policy cannot be seen or attached", () => {
  const iam = withRole();
  const other = iam.as(root('999900001111'));
  const { Policy } = other.call('CreatePolicy', { PolicyName: 'secret', PolicyDocument: allow('*') });
  const PolicyArn = Policy?.Arn ?? '';
  assert.match(iam.refusal('GetPolicy', { PolicyArn }), /^NoSuchEntity/);
  assert.match(iam.refusal('AttachRolePolicy', { RoleName: 'r', PolicyArn }), /^NoSuchEntity/);
  assert.match(iam.refusal('DeletePolicy', { PolicyArn }), /^NoSuchEntity/);
  assert.match(iam.refusal('DeletePolicy', { PolicyArn: SQS }), /^AccessDenied/);
});

test('inline policies', () => {
  const iam = withRole();
  iam.call('PutRolePolicy', { RoleName: 'r', PolicyName: 'b', PolicyDocument: allow('sqs:*') });
  iam.call('PutRolePolicy', { RoleName: 'r', PolicyName: 'a', PolicyDocument: allow('s3:*') });
  assert.deepEqual(iam.call('ListRolePolicies', { RoleName: 'r' }).PolicyNames, ['a', 'b']);
  const got = iam.call('GetRolePolicy', { RoleName: 'r', PolicyName: 'a' });
  assert.equal(decodeURIComponent(got.PolicyDocument ?? ''), allow('s3:*'));
  assert.match(
    iam.refusal('GetRolePolicy', { RoleName: 'r', PolicyName: 'x' }),
    /^NoSuchEntity: The role policy with name x cannot be found\.$/,
  );
  assert.match(iam.refusal('GetRolePolicy', { RoleName: 'r', PolicyName: 'constructor' }), /^NoSuchEntity/);
  const long = allow(`sqs:${'a'.repeat(10_300)}`);
  assert.match(
    iam.refusal('PutRolePolicy', { RoleName: 'r', PolicyName: 'x', PolicyDocument: long }),
    /^LimitExceeded: Maximum policy size of 10240/,
  );
  assert.match(
    iam.refusal('PutRolePolicy', { RoleName: 'r', PolicyName: 'x', PolicyDocument: EC2_TRUST }),
    /should not specify a principal/,
  );
});

test('a policy and its versions', () => {
  const iam = testAccount();
  const { Policy } = iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: allow('sqs:*'), Description: 'd' });
  const PolicyArn = Policy?.Arn ?? '';
  assert.equal(PolicyArn, `arn:aws:iam::${ACCOUNT}:policy/p`);
  const again = { PolicyName: 'P', PolicyDocument: allow('*') };
  assert.equal(
    iam.refusal('CreatePolicy', again),
    'EntityAlreadyExists: A policy called P already exists. Duplicate names are not allowed.',
  );
  for (const expected of ['v2', 'v3', 'v4', 'v5']) {
    const made: { PolicyVersion?: { VersionId?: string | undefined } | undefined } = iam.call('CreatePolicyVersion', {
      PolicyArn,
      PolicyDocument: allow('s3:*'),
      SetAsDefault: expected === 'v3',
    });
    assert.equal(made.PolicyVersion?.VersionId, expected);
  }
  const sixth = { PolicyArn, PolicyDocument: allow('*') };
  assert.match(
    iam.refusal('CreatePolicyVersion', sixth),
    /^LimitExceeded: A managed policy can have up to 5 versions\./,
  );
  assert.equal(iam.call('GetPolicy', { PolicyArn }).Policy?.DefaultVersionId, 'v3');
  assert.equal(
    iam.refusal('DeletePolicyVersion', { PolicyArn, VersionId: 'v3' }),
    'DeleteConflict: Cannot delete the default version of a policy.',
  );
  iam.call('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v1' });
  assert.match(iam.refusal('DeletePolicy', { PolicyArn }), /^DeleteConflict: This policy has more than one version\./);
  iam.call('DeletePolicyVersion', { PolicyArn, VersionId: 'v5' });
  const sixthNow = iam.call('CreatePolicyVersion', sixth).PolicyVersion?.VersionId;
  assert.equal(sixthNow, 'v6', 'numbers are not given twice');
  const listed = iam.call('ListPolicyVersions', { PolicyArn }).Versions?.map((version) => version.VersionId);
  assert.deepEqual(listed, ['v6', 'v4', 'v3', 'v2', 'v1']);
  const document = iam.call('GetPolicyVersion', { PolicyArn, VersionId: 'v1' }).PolicyVersion?.Document ?? '';
  assert.equal(decodeURIComponent(document), allow('sqs:*'));
  for (const VersionId of ['v2', 'v3', 'v4', 'v6']) iam.call('DeletePolicyVersion', { PolicyArn, VersionId });
  iam.call('DeletePolicy', { PolicyArn });
  assert.equal(iam.refusal('GetPolicy', { PolicyArn }), `NoSuchEntity: Policy ${PolicyArn} was not found.`);
});

test('an attached policy is not deleted', () => {
  const iam = withRole();
  const PolicyArn = iam.call('CreatePolicy', { PolicyName: 'p', PolicyDocument: allow('*') }).Policy?.Arn ?? '';
  iam.call('AttachRolePolicy', { RoleName: 'r', PolicyArn });
  assert.equal(
    iam.refusal('DeletePolicy', { PolicyArn }),
    'DeleteConflict: Cannot delete a policy attached to entities.',
  );
});

test('whom a trust policy names is there: not a role that is being made, nor one by another path', () => {
  const iam = withRole();
  iam.call('CreateUser', { UserName: 'u', Path: '/ops/' });
  const trusting = (who: string) => EC2_TRUST.replace('"Service":"ec2.amazonaws.com"', `"AWS":"${who}"`);
  const arn = (name: string, account = ACCOUNT) => `arn:aws:iam::${account}:${name}`;
  for (const who of ['user/u', 'user/ops/no', 'role/ops/r', 'role/new', 'role/*']
    .map((name) => arn(name))
    .concat(arn('role/r', '444455556666'))) {
    const expected = `MalformedPolicyDocument: Invalid principal in policy: "AWS":"${who}"`;
    assert.equal(iam.refusal('CreateRole', { RoleName: 'new', AssumeRolePolicyDocument: trusting(who) }), expected);
    assert.equal(iam.refusal('UpdateAssumeRolePolicy', { RoleName: 'r', PolicyDocument: trusting(who) }), expected);
  }
  for (const who of ['user/ops/u', 'role/r', 'root'].map((name) => arn(name)).concat(arn('root', '444455556666'))) {
    iam.call('UpdateAssumeRolePolicy', { RoleName: 'r', PolicyDocument: trusting(who) });
  }
});

const BAD_DOCUMENTS: readonly (readonly [string, RegExp])[] = [
  ['', /invalid Json/],
  ['[]', /Syntax errors in policy\./],
  ['{}', /Syntax errors/],
  ['{"Statement":[]}', /Syntax errors/],
  ['{"Statement":{"Effect":"allow","Action":"*","Resource":"*"}}', /Syntax errors/],
  ['{"Statement":{"Effect":"Allow","Resource":"*"}}', /must contain actions/],
  ['{"Statement":{"Effect":"Allow","Action":"*"}}', /must contain resources/],
  ['{"Statement":{"Effect":"Allow","Action":"SendMessage","Resource":"*"}}', /must be prefaced by a vendor/],
  [
    '{"Statement":{"Effect":"Allow","Action":"ec2:ec2:*","Resource":"*"}}',
    /: Actions\/Condition can contain only one colon\.$/,
  ],
  ['{"Statement":{"Effect":"Allow","Action":"*","Resource":"queue"}}', /must be in ARN format or "\*"/],
  ['{"Statement":{"Effect":"Allow","Action":"*","NotAction":"*","Resource":"*"}}', /Syntax errors/],
  ['{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Extra":1}}', /Syntax errors/],
  [
    '{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"StringSame":{"a:b":"c"}}}}',
    /Syntax errors/,
  ],
  [
    withSids('of-the-queue'),
    /: Statement IDs \(SID\) must be alpha-numeric\. Check that your input satisfies .* \[0-9A-Za-z\]\*$/,
  ],
  [withSids('Send', 'Read', 'Send'), /: Statement IDs \(SID\) in a single policy must be unique\.$/],
];
for (const [document, expected] of BAD_DOCUMENTS) {
  test(`malformed: ${document}`, () => {
    const iam = withRole();
    for (const refused of [
      iam.refusal('CreatePolicy', { PolicyName: 'p', PolicyDocument: document }),
      iam.refusal('PutRolePolicy', { RoleName: 'r', PolicyName: 'p', PolicyDocument: document }),
    ]) {
      assert.match(refused, /^MalformedPolicyDocument/);
      assert.match(refused, expected);
    }
  });
}

test('Sids that are empty need not be unique', () => {
  const PolicyDocument = withSids('', '', 'Send');
  assert.ok(testAccount().call('CreatePolicy', { PolicyName: 'p', PolicyDocument }).Policy);
});

function withSids(...sids: readonly string[]): string {
  return JSON.stringify({ Statement: sids.map((Sid) => ({ Sid, Effect: 'Allow', Action: '*', Resource: '*' })) });
}

test('instance profiles hold one role', () => {
  const iam = withRole();
  const { InstanceProfile } = iam.call('CreateInstanceProfile', { InstanceProfileName: 'ip', Path: '/x/' });
  assert.match(InstanceProfile?.InstanceProfileId ?? '', /^AIPA/);
  assert.deepEqual(InstanceProfile?.Roles, []);
  assert.equal(
    iam.refusal('CreateInstanceProfile', { InstanceProfileName: 'ip' }),
    'EntityAlreadyExists: Instance Profile ip already exists.',
  );
  iam.call('AddRoleToInstanceProfile', { InstanceProfileName: 'ip', RoleName: 'r' });
  const second = { InstanceProfileName: 'ip', RoleName: 'r' };
  assert.equal(
    iam.refusal('AddRoleToInstanceProfile', second),
    'LimitExceeded: Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1',
  );
  assert.equal(
    iam.call('GetInstanceProfile', { InstanceProfileName: 'ip' }).InstanceProfile?.Roles?.[0]?.RoleName,
    'r',
  );
  assert.equal(iam.call('ListInstanceProfilesForRole', { RoleName: 'r' }).InstanceProfiles?.length, 1);
  assert.equal(
    iam.refusal('GetInstanceProfile', { InstanceProfileName: 'no' }),
    'NoSuchEntity: Instance Profile no cannot be found.',
  );
});

test('users and their keys', () => {
  const iam = testAccount();
  const { User } = iam.call('CreateUser', { UserName: 'u', Path: '/p/' });
  assert.equal(User?.Arn, `arn:aws:iam::${ACCOUNT}:user/p/u`);
  const self = iam.as({ kind: 'user', account: ACCOUNT, userName: 'u', userId: User?.UserId ?? '', path: '/p/' });
  assert.equal(self.call('GetUser', {}).User?.UserName, 'u');
  assert.deepEqual(iam.call('ListGroupsForUser', { UserName: 'u' }), { Groups: [], IsTruncated: false });
  assert.match(iam.refusal('ListGroupsForUser', { UserName: 'nobody' }), /^NoSuchEntity/);
  const { AccessKey } = self.call('CreateAccessKey', {});
  assert.match(AccessKey?.AccessKeyId ?? '', /^AKIA[A-Z2-7]{16}$/);
  assert.match(AccessKey?.SecretAccessKey ?? '', /^[A-Za-z0-9+/]{40}$/);
  assert.equal(AccessKey?.UserName, 'u');
  iam.call('CreateAccessKey', { UserName: 'u' });
  assert.equal(
    iam.refusal('CreateAccessKey', { UserName: 'u' }),
    'LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2',
  );
  const listed = iam.call('ListAccessKeys', { UserName: 'u' }).AccessKeyMetadata;
  assert.equal(listed?.length, 2);
  assert.ok(!JSON.stringify(listed).includes(AccessKey?.SecretAccessKey ?? ''));
  const AccessKeyId = AccessKey?.AccessKeyId ?? '';
  iam.call('UpdateAccessKey', { UserName: 'u', AccessKeyId, Status: 'Inactive' });
  assert.equal(iam.intent.table('accessKey').get(AccessKeyId)?.active, false);
  assert.match(iam.refusal('DeleteAccessKey', { AccessKeyId }), /^NoSuchEntity/, 'the root has no such key');
  assert.equal(
    iam.refusal('DeleteUser', { UserName: 'u' }),
    'DeleteConflict: Cannot delete entity, must delete access keys first.',
  );
  for (const key of listed ?? []) iam.call('DeleteAccessKey', { UserName: 'u', AccessKeyId: key.AccessKeyId ?? '' });
  iam.call('AttachUserPolicy', { UserName: 'u', PolicyArn: SQS });
  assert.match(iam.refusal('DeleteUser', { UserName: 'u' }), /must detach all policies first/);
  iam.call('DetachUserPolicy', { UserName: 'u', PolicyArn: SQS });
  iam.call('PutUserPolicy', { UserName: 'u', PolicyName: 'p', PolicyDocument: allow('*') });
  assert.match(iam.refusal('DeleteUser', { UserName: 'u' }), /must delete policies first/);
  iam.call('DeleteUserPolicy', { UserName: 'u', PolicyName: 'p' });
  iam.call('DeleteUser', { UserName: 'u' });
  assert.equal(iam.refusal('GetUser', { UserName: 'u' }), 'NoSuchEntity: The user with name u cannot be found.');
});

test('pages: every item once, in order, also when items go in between', () => {
  const iam = testAccount();
  for (let i = 10; i < 35; i++) iam.call('CreateRole', { RoleName: `r${i}`, AssumeRolePolicyDocument: EC2_TRUST });
  const seen: string[] = [];
  let Marker: string | undefined;
  do {
    const page = iam.call('ListRoles', { MaxItems: 10, ...(Marker === undefined ? {} : { Marker }) });
    seen.push(...(page.Roles ?? []).map((role) => role.RoleName ?? ''));
    assert.equal(page.IsTruncated, page.Marker !== undefined);
    if (Marker === undefined) iam.call('DeleteRole', { RoleName: 'r19' });
    Marker = page.Marker;
  } while (Marker !== undefined);
  assert.deepEqual(
    seen,
    Array.from({ length: 25 }, (_, i) => `r${i + 10}`),
  );
  assert.match(iam.refusal('ListRoles', { Marker: 'nonsense' }), /^ValidationError: Invalid Marker/);
  assert.match(iam.refusal('ListRoles', { MaxItems: 0 }), /^ValidationError: .*'maxItems'.*greater than or equal to 1/);
  assert.match(iam.refusal('ListRoles', { MaxItems: 1001 }), /less than or equal to 1000/);
});

test('tags', () => {
  const iam = withRole();
  iam.call('TagRole', {
    RoleName: 'r',
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ],
  });
  iam.call('TagRole', { RoleName: 'r', Tags: [{ Key: 'A', Value: '3' }] });
  for (const key of ['', '*', 'x'.repeat(129)]) {
    assert.match(iam.refusal('UntagRole', { RoleName: 'r', TagKeys: ['b', key] }), /^ValidationError/);
  }
  iam.call('UntagRole', { RoleName: 'r', TagKeys: ['b', 'none'] });
  assert.deepEqual(iam.call('ListRoleTags', { RoleName: 'r' }), {
    Tags: [{ Key: 'A', Value: '3' }],
    IsTruncated: false,
  });
});

test('policies are listed by scope', () => {
  const iam = testAccount();
  iam.call('CreatePolicy', { PolicyName: 'mine', PolicyDocument: allow('*') });
  const names = (input: object) => iam.call('ListPolicies', input).Policies?.map((policy) => policy.PolicyName);
  assert.deepEqual(names({ Scope: 'Local' }), ['mine']);
  assert.ok(names({ Scope: 'AWS' })?.includes('AmazonSQSFullAccess'));
  assert.deepEqual(names({ OnlyAttached: true }), []);
});

test('an action that is not there is refused by name', () => {
  const iam = testAccount();
  assert.match(iam.refusal('CreateLoginProfile' as never, {} as never), /CreateLoginProfile/);
});

test('who has a policy', () => {
  const iam = withRole();
  iam.call('CreateUser', { UserName: 'u', Path: '/people/', PermissionsBoundary: SQS });
  iam.call('CreateUser', { UserName: 'other' });
  iam.call('AttachRolePolicy', { RoleName: 'r', PolicyArn: SQS });
  const names = (filters: object) => {
    const { PolicyRoles, PolicyUsers } = iam.call('ListEntitiesForPolicy', { PolicyArn: SQS, ...filters });
    return [...(PolicyRoles ?? []).map((role) => role.RoleName), ...(PolicyUsers ?? []).map((user) => user.UserName)];
  };
  assert.deepEqual(names({}), ['r', 'u']);
  assert.deepEqual(names({ EntityFilter: 'Role' }), ['r']);
  assert.deepEqual(names({ EntityFilter: 'Group' }), []);
  assert.deepEqual(names({ PolicyUsageFilter: 'PermissionsPolicy' }), ['r']);
  assert.deepEqual(names({ PolicyUsageFilter: 'PermissionsBoundary' }), ['u']);
  assert.deepEqual(names({ PathPrefix: '/people/' }), ['u']);
  assert.equal(iam.call('ListEntitiesForPolicy', { PolicyArn: SQS, MaxItems: 1 }).IsTruncated, true);
  assert.match(
    iam.refusal('ListEntitiesForPolicy', { PolicyArn: `arn:aws:iam::${ACCOUNT}:policy/none` }),
    /^NoSuchEntity/,
  );
});

test('permissions boundaries: given, replaced, taken away, of users and roles', () => {
  const iam = testAccount();
  const [sqs, sns] = ['AmazonSQSFullAccess', 'AmazonSNSFullAccess'].map((name) => `arn:aws:iam::aws:policy/${name}`);
  const [first = '', second = ''] = [sqs, sns];
  iam.call('CreateUser', { UserName: 'u' });
  iam.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: EC2_TRUST });
  const ofUser = () => iam.call('GetUser', { UserName: 'u' }).User?.PermissionsBoundary?.PermissionsBoundaryArn;
  const ofRole = () => iam.call('GetRole', { RoleName: 'r' }).Role?.PermissionsBoundary?.PermissionsBoundaryArn;
  for (const PermissionsBoundary of [first, second]) {
    iam.call('PutUserPermissionsBoundary', { UserName: 'u', PermissionsBoundary });
    iam.call('PutRolePermissionsBoundary', { RoleName: 'r', PermissionsBoundary });
    assert.deepEqual([ofUser(), ofRole()], [PermissionsBoundary, PermissionsBoundary]);
  }
  const none = `${first}Not`;
  assert.equal(
    iam.refusal('PutUserPermissionsBoundary', { UserName: 'u', PermissionsBoundary: none }),
    `NoSuchEntity: Scope ARN: ${none} does not exist or is not attachable.`,
  );
  iam.call('DeleteUserPermissionsBoundary', { UserName: 'u' });
  iam.call('DeleteRolePermissionsBoundary', { RoleName: 'r' });
  assert.deepEqual([ofUser(), ofRole()], [undefined, undefined]);
  assert.match(iam.refusal('DeleteUserPermissionsBoundary', { UserName: 'u' }), /^NoSuchEntity: /);
  assert.match(
    iam.refusal('PutRolePermissionsBoundary', { RoleName: 'x', PermissionsBoundary: first }),
    /^NoSuchEntity: /,
  );
});
