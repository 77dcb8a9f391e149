/** What no Plan says; that each is mended by what is advised, scenarios/why shows. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotAsked } from '../../analyse/why.ts';
import { type Facts, NO_FACTS } from '../../model/facts.ts';
import type { Role, Subnet, VpcEndpoint } from '../../model/resources.ts';
import type { TrailEvent } from '../../model/trail.ts';
import { compile } from '../../plan/compile.ts';
import { healthOf } from '../../plan/testing/balancing.ts';
import { CONSUMER_ACCOUNT, tellServiceStory } from '../../plan/testing/service-story.ts';
import { tellStory } from '../../plan/testing/story.ts';
import type { World } from '../../plan/testing/world.ts';
import { privateZone, record } from '../../plan/testing/zones.ts';
import { explainWhy, type Known, type WholeQuestion } from './advise.ts';

const SQS = 'sqs.ap-south-1.amazonaws.com';

function ask(world: World, from: string, to: string, more: Partial<WholeQuestion> = {}, facts: Facts = NO_FACTS) {
  const intent = world.intent();
  return explainWhy(
    { intent, facts, plan: compile(intent, facts) },
    { from, to, protocol: '6', port: 443, tls: true, ...more },
  );
}

const policy = (...Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const allow = (Action: string, more: object = {}) => ({
  Effect: 'Allow',
  Principal: '*',
  Action,
  Resource: '*',
  ...more,
});

test('all is well: what the analyser says, and nothing beside it', () => {
  const { world, privateEni } = tellStory();
  const found = ask(world, privateEni.id, SQS);
  assert.deepEqual([found.outcome, found.top, found.hints], ['delivered', null, []]);
});

test('a name of the customer’s own: off, waiting for the provider, rejected', () => {
  const { world, client, endpoint } = tellServiceStory();
  const codes = (more: Partial<VpcEndpoint>) => {
    world.put({ ...endpoint, ...more });
    return ask(world, client.id, 'shop.example.com', { port: 80 }).hints.map(({ code }) => code);
  };
  assert.deepEqual(codes({}), []);
  assert.deepEqual(codes({ privateDns: false }), ['CULVERT_PRIVATE_DNS_OFF']);
  assert.deepEqual(codes({ acceptance: 'pending' }), ['BAD_STATE']);
  assert.deepEqual(codes({ acceptance: 'rejected' }), ['BAD_STATE']);
});

test('DNS hostnames and private DNS are both off: both are told, the VPC’s first', () => {
  const { world, vpc, endpoint, privateEni } = tellStory();
  world.put({ ...vpc, dnsHostnames: false });
  world.put({ ...endpoint, privateDns: false });
  const { hints, top } = ask(world, privateEni.id, SQS);
  assert.deepEqual(
    hints.map(({ code }) => code),
    ['CULVERT_DNS_HOSTNAMES_OFF', 'CULVERT_PRIVATE_DNS_OFF'],
  );
  assert.equal(top, hints[0]);
});

test('a hosted zone that leads to the endpoint: what drops its packets is the cause, not its private DNS', () => {
  const { world, vpc, endpoint, endpointInterfaces, endpointRule, privateEni } = tellStory();
  world.put({ ...endpoint, privateDns: false });
  const zone = privateZone(world, vpc, SQS);
  record(world, zone, SQS, { values: endpointInterfaces.flatMap(({ addresses }) => addresses) });
  assert.equal(ask(world, privateEni.id, SQS).outcome, 'delivered');
  world.remove(endpointRule);
  const found = ask(world, privateEni.id, SQS);
  assert.deepEqual([found.top?.code, found.hints], ['SG_HAS_NO_RULES', []]);
});

test('a service by its name: a stranger’s, one that is not there, one of another zone', () => {
  const { world, service, endpoint, client, consumer } = tellServiceStory();
  for (const each of world.intent().table('networkInterface').by('vpcEndpointId', endpoint.id)) world.remove(each);
  world.remove(endpoint);
  const name = endpoint.serviceName;
  const codes = () => ask(world, client.id, name, { port: 80 }).hints.map(({ code }) => code);
  assert.deepEqual(codes(), ['CULVERT_PRINCIPAL_NOT_ALLOWED']);
  const permission = { ...world.resource('vpce-svc-perm'), kind: 'servicePermission', serviceId: service.id } as const;
  const allowed = (principal: string) => world.put({ ...permission, principal });
  allowed('arn:aws:iam::999999999999:root');
  assert.deepEqual(codes(), ['CULVERT_PRINCIPAL_NOT_ALLOWED']);
  allowed(`arn:aws:iam::${CONSUMER_ACCOUNT}:role/network`);
  assert.deepEqual(codes(), ['CULVERT_NO_ENDPOINT']);
  const [, second = ''] = service.zoneIds;
  world.put({ ...service, zoneIds: [second] });
  const [hint] = ask(world, client.id, name, { port: 80 }).hints;
  assert.equal(hint?.code, 'VPCE_SERVICE_NOT_INSTALLED_IN_AZ');
  const there = [...world.intent().table('subnet').by('vpcId', consumer.id)].find(({ zoneId }) => zoneId === second);
  assert.match(hint?.fixes[0] ?? '', new RegExp(`--subnet-ids ${there?.id}$`));
  world.put({ ...service, zoneIds: ['aps1-az9'] });
  assert.match(
    ask(world, client.id, name, { port: 80 }).top?.fixes[0] ?? '',
    /create-subnet .*--cidr-block 10\.0\.\d+\.0\/\d+ .* aps1-az9 .*; aws ec2 create-vpc-endpoint .* "\$SUBNET"$/,
  );
  world.put({ ...service, deletedRevision: 1 });
  assert.deepEqual(codes(), ['CULVERT_NO_SUCH_SERVICE']);
  assert.deepEqual(
    ask(world, client.id, 'com.amazonaws.ap-south-1.nothing').hints.map(({ code }) => code),
    ['CULVERT_NO_SUCH_SERVICE'],
  );
});

test('fail-open is told where nobody is healthy, not where one is', () => {
  const { world, client, targets, endpoint } = tellServiceStory();
  const found = (facts: Facts) => ask(world, client.id, endpoint.id, { port: 80, tls: false }, facts);
  assert.equal(found(healthOf(targets)).outcome, 'delivered');
  const all = found(healthOf([], targets));
  assert.equal(all.outcome, 'depends');
  assert.equal(all.hints.length, 2);
  assert.match(all.headline, /fail-open.*Target\.FailedHealthChecks/);
  const one = found(healthOf([targets[0]], [targets[1]]));
  assert.deepEqual([one.outcome, one.hints.map(({ components }) => components[1])], ['depends', [targets[1].targetId]]);
});

test('the certificate of a service is for its own names', () => {
  const { world, endpoint, privateEni } = tellStory();
  const address = '10.0.10.5';
  assert.equal(ask(world, privateEni.id, address, { tls: false }).outcome, 'delivered');
  const found = ask(world, privateEni.id, address);
  assert.deepEqual([found.outcome, found.top?.code], ['refused', 'CULVERT_TLS_NAME_MISMATCH']);
  assert.deepEqual(found.top?.fixes, [`aws sqs … --endpoint-url https://${SQS}`]);
  // An id is asked for by people, not by clients.
  assert.equal(ask(world, privateEni.id, endpoint.id).outcome, 'delivered');
});

test('a policy that lets nothing, some or all of it through; what the role may not do itself', () => {
  const { world, endpoint, privateEni } = tellStory();
  const found = (document: string, more: Partial<WholeQuestion> = {}) => {
    world.put({ ...endpoint, policy: document });
    return ask(world, privateEni.id, SQS, more);
  };
  assert.equal(found(policy(allow('*'))).outcome, 'delivered');
  assert.equal(found(policy(allow('sqs:*'))).outcome, 'delivered');
  const some = found(policy(allow('sqs:SendMessage')));
  assert.deepEqual([some.outcome, some.top?.code], ['depends', 'CULVERT_ENDPOINT_POLICY']);
  const none = found(policy(allow('s3:*')));
  assert.deepEqual([none.outcome, none.top?.code], ['refused', 'CULVERT_ENDPOINT_POLICY']);
  assert.match(some.headline, /does not let sender do sqs:\*/);
  assert.equal(found(policy(allow('sqs:SendMessage')), { action: 'sqs:SendMessage' }).outcome, 'delivered');
  const other = policy(allow('sqs:*', { Condition: { StringEquals: { 'aws:SourceVpc': 'vpc-other' } } }));
  assert.equal(found(other, { action: 'sqs:SendMessage' }).top?.code, 'CULVERT_ENDPOINT_POLICY');
  assert.equal(found(policy(allow('*')), { action: 's3:GetObject' }).top?.code, 'CULVERT_IDENTITY_POLICY');
});

test('a port that a service does not take: no group is to be opened for it', () => {
  const { world, privateEni } = tellStory();
  const { top, paths } = ask(world, privateEni.id, SQS, { port: 81, tls: false });
  assert.deepEqual([top?.code, top?.fixes], ['CULVERT_PORT_NOT_SERVED', []]);
  assert.equal(paths[0]?.advice[0]?.code, 'ENI_SG_RULES_MISMATCH');
});

test('a deny is not taken back for everybody: the role alone is exempted from it', () => {
  const { world, endpoint, privateEni } = tellStory();
  const found = (document: string) => {
    world.put({ ...endpoint, policy: document });
    return ask(world, privateEni.id, SQS, { action: 'sqs:SendMessage' });
  };
  const other = 'arn:aws:iam::111122223333:role/other';
  const deny = allow('sqs:*', { Effect: 'Deny', Condition: { ArnNotEquals: { 'aws:principalarn': other } } });
  const before = found(policy(allow('*', { Sid: "it's" }), deny));
  assert.deepEqual([before.outcome, before.top?.code], ['refused', 'CULVERT_ENDPOINT_POLICY']);
  const [, document = ''] = /--policy-document '([^']+)'$/.exec(before.top?.fixes[0] ?? '') ?? [];
  const [, denying, ...more] = JSON.parse(document).Statement;
  const exempted = [other, 'arn:aws:iam::111122223333:role/sender'];
  assert.deepEqual([denying, more], [{ ...deny, Condition: { ArnNotEquals: { 'aws:principalarn': exempted } } }, []]);
  assert.equal(found(document).outcome, 'delivered');
});

test('a gateway endpoint’s policy is widened for the role by a condition, as it knows no role by its name', () => {
  const { world, vpc, privateEni, privateSubnets } = tellStory();
  const table = world.routeTable(vpc, [], privateSubnets);
  const gateway = world.gatewayEndpoint(vpc, 's3', [table]);
  world.put({ ...gateway, policy: policy(allow('s3:ListBucket')) });
  const role = [...world.intent().table('role').all()][0] as Role;
  world.put({ ...role, inlinePolicies: { get: policy({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' }) } });
  const name = 's3.ap-south-1.amazonaws.com';
  const { top } = ask(world, privateEni.id, name);
  assert.equal(top?.code, 'CULVERT_ENDPOINT_POLICY');
  const [, document = ''] = /--policy-document '(.+)'$/.exec(top?.fixes[0] ?? '') ?? [];
  assert.match(document, /"aws:PrincipalArn":"arn:aws:iam::111122223333:role\/sender"/);
  world.put({ ...gateway, policy: document });
  assert.equal(ask(world, privateEni.id, name).outcome, 'delivered');
});

test('a named call: each policy that stands in its way is told, the caller’s own first, with what is least', () => {
  const { world, endpoint, privateEni } = tellStory();
  const [queue, account] = ['arn:aws:sqs:ap-south-1:111122223333:orders', '111122223333'];
  const call = { action: 'sqs:SendMessage', resource: queue };
  const found = (kept?: { owner: string; policy: string | null; tags: Record<string, string> }) =>
    explain(world, privateEni.id, { ...call }, kept);
  world.put({ ...endpoint, policy: policy(allow('sqs:ReceiveMessage', { Sid: 'Read' })) });
  const [role] = [...world.intent().table('role').all()];
  assert.ok(role !== undefined);
  const guard = policy({ Sid: 'Quiet', Effect: 'Deny', Action: ['sqs:Send*'], Resource: '*' });
  world.put({ ...role, inlinePolicies: { ...role.inlinePolicies, guard } });
  const deny = policy(allow('sqs:*', { Effect: 'Deny', Sid: 'Nobody' }));
  const { hints, top, policies, outcome } = found({ owner: account, policy: deny, tags: {} });
  assert.deepEqual(
    hints.map(({ code, components }) => [code, components[0]]),
    [
      ['CULVERT_IDENTITY_POLICY', `arn:aws:iam::${account}:role/sender`],
      ['CULVERT_RESOURCE_POLICY', queue],
      ['CULVERT_ENDPOINT_POLICY', endpoint.id],
    ],
  );
  assert.deepEqual([outcome, top], ['refused', hints[0]]);
  assert.deepEqual(
    policies.map(({ kind, verdict, statement }) => [kind, verdict, statement]),
    [
      ['resource-based policy', 'deny', 'statement "Nobody"'],
      ['VPC endpoint policy', 'none', null],
      ['identity-based policy', 'deny', 'statement "Quiet"'],
    ],
  );
  // The deny is of more than this action: it stays for others who have the policy.
  assert.match(
    hints[0]?.fixes[0] ?? '',
    /put-role-policy .* guard .*"ArnNotEquals":\{"aws:PrincipalArn":\["arn:aws:iam::/,
  );
  assert.match(
    hints[1]?.fixes[0] ?? '',
    /set-queue-attributes --queue-url https:\/\/sqs.ap-south-1.amazonaws.com\/111122223333\/orders /,
  );
  assert.doesNotMatch(hints[2]?.fixes[0] ?? '', /ArnNotEquals/);
});

test('what the question names stands in a command as one word of a shell', () => {
  const { world, privateEni } = tellStory();
  const resource = "arn:aws:sns:ap-south-1:111122223333:it's;id";
  const kept = { owner: '111122223333', policy: policy({ ...allow('*'), Effect: 'Deny' }), tags: {} };
  const { top } = explain(world, privateEni.id, { action: 'sqs:SendMessage', resource }, kept);
  assert.equal(top?.code, 'CULVERT_RESOURCE_POLICY');
  assert.ok(top.fixes[0]?.includes(`--topic-arn 'arn:aws:sns:ap-south-1:111122223333:it'\\''s;id' --attribute-name`));
});

test('a named call that nothing stands in the way of: the statements that allow it', () => {
  const { world, privateEni } = tellStory();
  const { top, headline, policies } = explain(world, privateEni.id, { action: 'sqs:SendMessage' });
  assert.deepEqual([top, policies.length], [null, 1]);
  assert.match(
    headline,
    /arrive, and answers come back; Statement\[0\] of arn:aws:iam::aws:policy\/AmazonSQSFullAccess allows it$/,
  );
});

test('a command that is the provider’s to run is told to be, and where another region is meant that stands in it', () => {
  const { world, client, endpoint, service } = tellServiceStory();
  world.put({ ...endpoint, acceptance: 'pending' });
  const found = () => ask(world, client.id, endpoint.id, { port: 80, tls: false });
  const { top, menders } = found();
  const notes = found().notes.flatMap(({ fixes }) => fixes);
  assert.deepEqual(menders, Object.fromEntries([top?.fixes[0] ?? '', ...notes].map((fix) => [fix, service.account])));
  assert.doesNotMatch(top?.fixes[0] ?? '', /--region/);
  world.put({ ...service, region: 'eu-west-1' });
  assert.match(found().top?.fixes[0] ?? '', /^aws ec2 accept-vpc-endpoint-connections --region eu-west-1 /);
});

test('a session is asked by its ARN, with the policies that the trail has it begun with', () => {
  const { world, privateEni } = tellStory();
  const [role] = [...world.intent().table('role').all()];
  assert.ok(role !== undefined);
  const [account, managed] = [role.account, 'arn:aws:iam::aws:policy/AmazonSQSReadOnlyAccess'];
  const begun = (roleSessionName: string, more: object, error: TrailEvent['error'] = null) => {
    const roleArn = `arn:aws:iam::${account}:role/sender`;
    return {
      name: 'AssumeRole',
      error,
      parameters: JSON.stringify({ roleArn, roleSessionName, ...more }),
    } as TrailEvent;
  };
  const own = (Effect: string, Action: string) => policy({ Effect, Action, Resource: '*' });
  const looking = { policy: own('Allow', 'sqs:Get*') };
  const trail = () => [
    begun('narrow', { policy: own('Allow', '*') }),
    begun('narrow', { ...looking, policyArns: [{ arn: managed }] }),
    begun('narrow', { policy: own('Allow', '*') }, { code: 'AccessDenied', message: 'no' }),
    begun('denied', { policy: own('Deny', 'sqs:*') }),
    begun('unread', { policy: '{}' }),
  ];
  const found = (as: string, action = 'sqs:SendMessage') => {
    const intent = world.intent();
    const known = { intent, facts: NO_FACTS, plan: compile(intent, NO_FACTS), trail };
    return explainWhy(known, { from: privateEni.id, to: SQS, protocol: '6', port: 443, action, as });
  };
  const session = (name: string) => `arn:aws:sts::${account}:assumed-role/sender/${name}`;
  const narrow = found(session('narrow'));
  assert.deepEqual(
    [narrow.outcome, narrow.top?.code, narrow.top?.components[0]],
    [...['refused', 'CULVERT_SESSION_POLICY', session('narrow')]],
  );
  assert.match(
    narrow.headline,
    /none of arn:aws:iam::aws:policy\/AmazonSQSReadOnlyAccess, the policy of session narrow is about/,
  );
  assert.match(
    narrow.top?.fixes[0] ?? '',
    /^aws sts assume-role .* --policy-arns arn=arn:aws:iam::aws:policy\/AmazonSQSReadOnlyAccess --policy '.*"sqs:Get\*".*"sqs:SendMessage".*'$/,
  );
  assert.equal(found(session('narrow'), 'sqs:GetQueueUrl').outcome, 'delivered');
  assert.match(found(session('denied')).top?.fixes[0] ?? '', /ArnNotEquals/);
  assert.deepEqual(found(session('unread')).top?.fixes, []);
  assert.equal(found(`arn:aws:iam::${account}:role/sender`).outcome, 'delivered');
  const who = privateEni.attachment?.instanceId ?? '';
  assert.equal(found(session(who)).outcome, 'delivered', 'the instance’s own');
  assert.throws(() => found(session('stranger')), /culvert trail has no AssumeRole of that name/);
  assert.throws(() => found(`arn:aws:iam::${account}:role/nobody`), NotAsked);
  assert.throws(() => found('sender'), NotAsked);
});

test('a named call of EC2 on a resource of ours: its tags, and what else conditions ask of it', () => {
  const { world, vpc, privateSubnets, endpointGroup, privateEni } = tellStory();
  const subnet = privateSubnets[0] as Subnet;
  world.endpoint(vpc, 'ec2', [subnet], [endpointGroup]);
  const [role] = [...world.intent().table('role').all()];
  assert.ok(role !== undefined);
  const when = (key: string, value: string) => ({ Condition: { StringEquals: { [key]: value } } });
  const told = (Action: string, id: string, condition: object) => {
    const own = policy({ Sid: 'Ours', Effect: 'Allow', Action, Resource: '*', ...condition });
    world.put({ ...role, attachedPolicyArns: [], inlinePolicies: { own } });
    const resource = `arn:aws:ec2:ap-south-1:111122223333:${id.split('-')[0]}/${id}`;
    const question = { to: 'ec2.ap-south-1.amazonaws.com', action: Action, resource };
    return explain(world, privateEni.id, question).policies.map(({ verdict, sentence }) => `${verdict} ${sentence}`);
  };
  const lacks = (key: string) =>
    `none statement "Ours" of inline policy own would allow it, but asks for StringEquals ${key} red`;
  for (const key of ['aws:ResourceTag/Team', 'ec2:ResourceTag/Team']) {
    world.put(vpc);
    assert.deepEqual(told('ec2:DeleteVpc', vpc.id, when(key, 'red')), [`${lacks(key)} (the request has none)`]);
    world.put({ ...vpc, tags: { Team: 'blue' } });
    assert.deepEqual(told('ec2:DeleteVpc', vpc.id, when(key, 'red')), [`${lacks(key)} (the request has blue)`]);
    world.put({ ...vpc, tags: { Team: 'red' } });
    assert.match(told('ec2:DeleteVpc', vpc.id, when(key, 'red'))[0] ?? '', /^allow /);
  }
  const inVpc = when('ec2:Vpc', `arn:aws:ec2:ap-south-1:111122223333:vpc/${vpc.id}`);
  assert.match(told('ec2:DeleteSubnet', subnet.id, inVpc)[0] ?? '', /^allow /);
  assert.match(
    told('ec2:DeleteVpc', 'vpc-0123456789abcdef0', when('aws:ResourceTag/Team', 'red'))[0] ?? '',
    /has none/,
  );
});

function explain(world: World, from: string, more: Partial<WholeQuestion>, kept?: Known['kept']) {
  const intent = world.intent();
  const question = { from, to: SQS, protocol: '6', port: 443, tls: true, ...more };
  return explainWhy({ intent, facts: NO_FACTS, plan: compile(intent, NO_FACTS), ...(kept && { kept }) }, question);
}

test('notes: the listener of a provider in another account is its own to set, and nobody’s where other regions reach it', () => {
  const { world, client, endpoint, listener, service } = tellServiceStory();
  const idle = () => {
    const { notes, menders } = ask(world, client.id, endpoint.id, { port: 80, tls: false });
    const found = notes.find(({ code }) => code === 'CULVERT_IDLE_TIMEOUT');
    return [found?.components[0], found?.fixes.map((fix) => menders[fix])];
  };
  assert.deepEqual(idle(), [listener.id, [listener.account]]);
  world.put({ ...service, supportedRegions: ['eu-west-1'] });
  assert.deepEqual(idle(), [listener.id, []]);
});

test('notes are of the way that packets take, not of one that another name’s answer would make', () => {
  const { world, client, endpoint } = tellServiceStory();
  assert.equal(ask(world, client.id, 'shop.example.com', { port: 80, tls: false }).notes.length, 3);
  world.put({ ...endpoint, acceptance: 'pending' });
  assert.equal(ask(world, client.id, endpoint.id, { port: 80, tls: false }).notes.length, 3);
  assert.deepEqual(ask(world, client.id, 'shop.example.com', { port: 80, tls: false }).notes, []);
});
