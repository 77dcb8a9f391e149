/** Groups: their users, their policies, and what a user may do by being in one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { grantsOf, identityVerdict } from '../../iam/evaluate.ts';
import type { Principal } from '../../iam/principal.ts';
import type { User } from '../../model/resources.ts';
import { checkCall } from '../authority/check-call.ts';
import { type TestAccount, testAccount } from './test-account.ts';

const ACCOUNT = '111122223333';
const SQS = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';
const document = (Effect: string, Action: string) => JSON.stringify({ Statement: { Effect, Action, Resource: '*' } });

function userOf(iam: TestAccount, name: string): User {
  const [user] = iam.intent.table('user').by('name', name);
  assert.ok(user);
  return user;
}

function principalOf({ id, name, path }: User): Principal {
  return { kind: 'user', account: ACCOUNT, userName: name, userId: id, path };
}

function verdict(iam: TestAccount, name: string, action: string) {
  const request = { principal: principalOf(userOf(iam, name)), action, resource: 'arn:aws:x', context: {} };
  return identityVerdict(iam.intent, request);
}

test('a group: its id, its ARN, its name once whatever the capitals', () => {
  const iam = testAccount();
  const { Group } = iam.call('CreateGroup', { GroupName: 'ops', Path: '/team/' });
  assert.match(Group?.GroupId ?? '', /^AGPA[A-Z2-7]{17}$/);
  assert.equal(Group?.Arn, `arn:aws:iam::${ACCOUNT}:group/team/ops`);
  assert.equal(
    iam.refusal('CreateGroup', { GroupName: 'OPS' }),
    'EntityAlreadyExists: Group with name OPS already exists.',
  );
  assert.match(iam.refusal('CreateGroup', { GroupName: 'a b' }), /^ValidationError: .*groupName is invalid/);
  assert.match(iam.refusal('CreateGroup', { GroupName: 'x'.repeat(129) }), /^ValidationError/);
  assert.equal(
    iam.refusal('GetGroup', { GroupName: 'none' }),
    'NoSuchEntity: The group with name none cannot be found.',
  );
  iam.call('CreateGroup', { GroupName: 'dev' });
  const names = (input: { PathPrefix?: string; MaxItems?: number; Marker?: string }) =>
    iam.call('ListGroups', input).Groups?.map(({ GroupName }) => GroupName);
  assert.deepEqual(names({}), ['dev', 'ops']);
  assert.deepEqual(names({ PathPrefix: '/team/' }), ['ops']);
  const { Marker = '' } = iam.call('ListGroups', { MaxItems: 1 });
  assert.deepEqual(names({ Marker }), ['ops']);
  assert.equal(iam.call('GetAccountSummary', {}).SummaryMap?.Groups, 2);
});

test('users come and go, and neither they nor their group are deleted meanwhile', () => {
  const iam = testAccount();
  iam.call('CreateGroup', { GroupName: 'ops' });
  for (const UserName of ['bob', 'ann']) {
    iam.call('CreateUser', { UserName });
    iam.call('AddUserToGroup', { GroupName: 'ops', UserName });
    iam.call('AddUserToGroup', { GroupName: 'ops', UserName });
  }
  const { Users = [], Group } = iam.call('GetGroup', { GroupName: 'ops' });
  assert.equal(Group?.GroupName, 'ops');
  assert.deepEqual(
    Users.map(({ UserName }) => UserName),
    ['ann', 'bob'],
  );
  assert.equal(iam.call('ListGroupsForUser', { UserName: 'ann' }).Groups?.[0]?.GroupName, 'ops');
  const inUse = 'DeleteConflict: Cannot delete entity, must remove users from group first.';
  assert.equal(iam.refusal('DeleteGroup', { GroupName: 'ops' }), inUse);
  assert.equal(iam.refusal('DeleteUser', { UserName: 'ann' }), inUse);
  assert.match(iam.refusal('AddUserToGroup', { GroupName: 'ops', UserName: 'eve' }), /^NoSuchEntity: The user/);
  assert.match(iam.refusal('AddUserToGroup', { GroupName: 'x', UserName: 'ann' }), /^NoSuchEntity: The group/);
  for (const UserName of ['ann', 'bob']) iam.call('RemoveUserFromGroup', { GroupName: 'ops', UserName });
  assert.match(iam.refusal('RemoveUserFromGroup', { GroupName: 'ops', UserName: 'ann' }), /^NoSuchEntity/);
  iam.call('DeleteUser', { UserName: 'ann' });
  iam.call('PutGroupPolicy', { GroupName: 'ops', PolicyName: 'p', PolicyDocument: document('Allow', 's3:*') });
  iam.call('AttachGroupPolicy', { GroupName: 'ops', PolicyArn: SQS });
  assert.match(iam.refusal('DeleteGroup', { GroupName: 'ops' }), /must detach all policies first/);
  iam.call('DetachGroupPolicy', { GroupName: 'ops', PolicyArn: SQS });
  assert.match(iam.refusal('DeleteGroup', { GroupName: 'ops' }), /must delete policies first/);
  iam.call('DeleteGroupPolicy', { GroupName: 'ops', PolicyName: 'p' });
  iam.call('DeleteGroup', { GroupName: 'ops' });
  assert.deepEqual(iam.call('ListGroups', {}).Groups, []);
});

test('quotas: 300 groups, a user in 10 of them, 10 managed policies, 5,120 characters inline', () => {
  const iam = testAccount();
  iam.call('CreateUser', { UserName: 'ann' });
  for (let at = 0; at < 300; at++) iam.call('CreateGroup', { GroupName: `g${at}` });
  assert.match(iam.refusal('CreateGroup', { GroupName: 'more' }), /^LimitExceeded: .*GroupsPerAccount: 300/);
  for (let at = 0; at < 10; at++) iam.call('AddUserToGroup', { GroupName: `g${at}`, UserName: 'ann' });
  const eleventh = iam.refusal('AddUserToGroup', { GroupName: 'g10', UserName: 'ann' });
  assert.equal(eleventh, 'LimitExceeded: Cannot exceed quota for GroupsPerUser: 10');
  const PolicyDocument = document('Allow', `s3:${'x'.repeat(5120)}`);
  assert.match(
    iam.refusal('PutGroupPolicy', { GroupName: 'g0', PolicyName: 'p', PolicyDocument }),
    /Maximum policy size of 5120 bytes exceeded for group g0/,
  );
});

test('policies of a group: inline and managed, listed, read, and told of by the policy', () => {
  const iam = testAccount();
  iam.call('CreateGroup', { GroupName: 'ops' });
  const PolicyDocument = document('Allow', 'sqs:*');
  iam.call('PutGroupPolicy', { GroupName: 'ops', PolicyName: 'p', PolicyDocument });
  const got = iam.call('GetGroupPolicy', { GroupName: 'ops', PolicyName: 'p' });
  assert.equal(decodeURIComponent(got.PolicyDocument ?? ''), PolicyDocument);
  assert.deepEqual(iam.call('ListGroupPolicies', { GroupName: 'ops' }).PolicyNames, ['p']);
  assert.equal(
    iam.refusal('GetGroupPolicy', { GroupName: 'ops', PolicyName: 'q' }),
    'NoSuchEntity: The group policy with name q cannot be found.',
  );
  const { Policy } = iam.call('CreatePolicy', { PolicyName: 'own', PolicyDocument });
  const PolicyArn = Policy?.Arn ?? '';
  iam.call('AttachGroupPolicy', { GroupName: 'ops', PolicyArn });
  const attached = iam.call('ListAttachedGroupPolicies', { GroupName: 'ops' }).AttachedPolicies;
  assert.deepEqual(attached, [{ PolicyName: 'own', PolicyArn }]);
  const entities = iam.call('ListEntitiesForPolicy', { PolicyArn });
  assert.deepEqual(
    entities.PolicyGroups?.map(({ GroupName }) => GroupName),
    ['ops'],
  );
  assert.deepEqual(iam.call('ListEntitiesForPolicy', { PolicyArn, EntityFilter: 'User' }).PolicyGroups, []);
  assert.equal(iam.call('GetPolicy', { PolicyArn }).Policy?.AttachmentCount, 1);
  assert.match(iam.refusal('DeletePolicy', { PolicyArn }), /^DeleteConflict/);
});

test('a user may do what its groups allow, as long as it is in them; a deny of one wins; a boundary bounds all', () => {
  const iam = testAccount();
  iam.call('CreateUser', { UserName: 'ann' });
  for (const GroupName of ['ops', 'no']) iam.call('CreateGroup', { GroupName });
  iam.call('AttachGroupPolicy', { GroupName: 'ops', PolicyArn: SQS });
  assert.equal(verdict(iam, 'ann', 'sqs:SendMessage'), 'none');
  iam.call('AddUserToGroup', { GroupName: 'ops', UserName: 'ann' });
  assert.equal(verdict(iam, 'ann', 'sqs:SendMessage'), 'allow');
  assert.equal(verdict(iam, 'ann', 'sns:Publish'), 'none');
  const deny = document('Deny', 'sqs:Send*');
  iam.call('PutGroupPolicy', { GroupName: 'no', PolicyName: 'p', PolicyDocument: deny });
  iam.call('AddUserToGroup', { GroupName: 'no', UserName: 'ann' });
  assert.equal(verdict(iam, 'ann', 'sqs:SendMessage'), 'deny');
  assert.equal(verdict(iam, 'ann', 'sqs:ReceiveMessage'), 'allow');
  assert.equal(grantsOf(iam.intent, userOf(iam, 'ann')).policies.length, 2);
  iam.call('RemoveUserFromGroup', { GroupName: 'no', UserName: 'ann' });
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/AmazonEC2FullAccess';
  iam.call('PutUserPermissionsBoundary', { UserName: 'ann', PermissionsBoundary });
  assert.equal(verdict(iam, 'ann', 'sqs:SendMessage'), 'none');
  iam.call('DeleteUserPermissionsBoundary', { UserName: 'ann' });
  iam.call('RemoveUserFromGroup', { GroupName: 'ops', UserName: 'ann' });
  assert.equal(verdict(iam, 'ann', 'sqs:SendMessage'), 'none');
});

test('calls about a group are allowed on its ARN', () => {
  const iam = testAccount();
  iam.call('CreateUser', { UserName: 'ann' });
  iam.call('CreateGroup', { GroupName: 'ops', Path: '/team/' });
  iam.call('AddUserToGroup', { GroupName: 'ops', UserName: 'ann' });
  const allow = (resource: string) => {
    const PolicyDocument = JSON.stringify({
      Statement: { Effect: 'Allow', Action: 'iam:GetGroup', Resource: `arn:aws:iam::${ACCOUNT}:group${resource}` },
    });
    iam.call('PutGroupPolicy', { GroupName: 'ops', PolicyName: 'p', PolicyDocument });
  };
  const way = {
    ...{ now: new Date(0), region: 'us-east-1', isSecure: true, endpoint: null, clientAddress: '203.0.113.7' },
  };
  const asked = () =>
    checkCall(
      { service: 'iam', operation: 'GetGroup', input: { GroupName: 'ops' } },
      { principal: principalOf(userOf(iam, 'ann')), intent: iam.intent, way, endpointPolicy: null },
    );
  allow('/other/*');
  assert.throws(
    asked,
    /is not authorized to perform: iam:GetGroup on resource: arn:aws:iam::111122223333:group\/team\/ops/,
  );
  allow('/team/*');
  asked();
});
