import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACM } from '@aws-sdk/client-acm';
import { CloudTrail } from '@aws-sdk/client-cloudtrail';
import { CloudWatch } from '@aws-sdk/client-cloudwatch';
import { EC2 } from '@aws-sdk/client-ec2';
import { ElasticLoadBalancingV2 as ELB } from '@aws-sdk/client-elastic-load-balancing-v2';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { IAM } from '@aws-sdk/client-iam';
import { S3 } from '@aws-sdk/client-s3';
import { STS } from '@aws-sdk/client-sts';
import { ARRIVAL_HEADER } from '../host/arrival-header.ts';
import { selfSigned } from '../host/test-certificates.ts';
import type { Door } from './arrival.ts';
import { identitiesOf } from './keys.ts';
import { DEFAULTS, type Settings } from './settings.ts';
import { apiFolder, startApi } from './test-api.ts';

const ACCOUNT = DEFAULTS.defaultAccount;

const folder = apiFolder();
const api = (name: string, auth: Settings['auth'], door: Door = 'api') => startApi(folder, name, { auth, door });

test('a change is committed and told; a read is neither; a restart remembers', async () => {
  const first = await api('restart', 'strict');
  const ec2 = new EC2(first.rootClient);
  const { Vpc } = await ec2.createVpc({ CidrBlock: '10.0.0.0/16' });
  const told = first.changes();
  assert.ok(told > 0);
  await ec2.describeVpcs({});
  assert.equal(first.changes(), told);
  await first.close();
  const again = await api('restart', 'strict');
  const { Vpcs } = await new EC2(again.rootClient).describeVpcs({ VpcIds: [Vpc?.VpcId ?? ''] });
  assert.equal(Vpcs?.[0]?.CidrBlock, '10.0.0.0/16');
});

test("lenient is for the host only: an instance's call is verified", async () => {
  const { client, rootClient } = await api('door', 'lenient', 'edge');
  for (const key of ['111122223333', 'AKIANOBODY']) {
    await assert.rejects(new STS(client(key, 'any')).getCallerIdentity({}), {
      name: 'InvalidClientTokenId',
    });
  }
  const { Account } = await new STS(rootClient).getCallerIdentity({});
  assert.equal(Account, ACCOUNT);
});

test('strict: unknown keys, wrong secrets and made-up tokens are refused, and nothing is changed', async () => {
  const { client, rootClient, store, changes } = await api('strict', 'strict');
  const before = store.intent.revision;
  for (const identity of [
    client('111122223333', 'test'),
    client('AKIAIOSFODNN7EXAMPLE', 'test'),
    client(rootClient.credentials.accessKeyId, 'wrong'),
    client('ASIAIOSFODNN7EXAMPLE', 'test', 'bm90IGEgdG9rZW4='),
  ]) {
    await assert.rejects(new EC2(identity).createVpc({ CidrBlock: '10.0.0.0/16' }), { name: 'AuthFailure' });
  }
  assert.equal(store.intent.revision, before);
  assert.equal(changes(), 0);
});

test('lenient: a 12-digit key is that account, any other the default one; a known key is still verified', async () => {
  const { client, rootClient } = await api('lenient', 'lenient');
  const account = async (...key: [string, string]) => (await new STS(client(...key)).getCallerIdentity({})).Account;
  assert.equal(await account('111122223333', 'x'), '111122223333');
  assert.equal(await account('test', 'test'), ACCOUNT);
  await assert.rejects(account(rootClient.credentials.accessKeyId, 'wrong'), { name: 'SignatureDoesNotMatch' });
});

test('lenient: a 12-digit key may do all in its account without any policy, and hands out what it has', async () => {
  const { client } = await api('first-try', 'lenient');
  const root = client('111122223333', 'any');
  const iam = new IAM(root);
  await new EC2(root).createVpc({ CidrBlock: '10.0.0.0/16' });
  await iam.createUser({ UserName: 'ada' });
  const { AccessKey } = await iam.createAccessKey({ UserName: 'ada' });
  const ada = new EC2(client(AccessKey?.AccessKeyId ?? '', AccessKey?.SecretAccessKey ?? ''));
  await assert.rejects(ada.describeVpcs({}), { name: 'UnauthorizedOperation' });
  for (const name of ['AmazonEC2ReadOnlyAccess', 'AdministratorAccess', 'PowerUserAccess']) {
    const PolicyArn = `arn:aws:iam::aws:policy/${name}`;
    await iam.attachUserPolicy({ UserName: 'ada', PolicyArn });
    assert.equal((await ada.describeVpcs({})).Vpcs?.filter(({ IsDefault }) => !IsDefault).length, 1, name);
    await iam.detachUserPolicy({ UserName: 'ada', PolicyArn });
  }
  // No policy of its account's people is in its way.
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Deny', Action: '*', Resource: '*' },
  });
  await iam.putUserPolicy({ UserName: 'ada', PolicyName: 'no', PolicyDocument });
  await new EC2(root).describeVpcs({});
});

test('lenient: a key that was deleted is nobody, and not the default account', async () => {
  const { client, rootClient, store } = await api('deleted', 'lenient');
  const iam = new IAM(rootClient);
  await iam.createUser({ UserName: 'ada' });
  const { AccessKey } = await iam.createAccessKey({ UserName: 'ada' });
  const id = AccessKey?.AccessKeyId ?? '';
  await iam.deleteAccessKey({ UserName: 'ada', AccessKeyId: id });
  await iam.deleteUser({ UserName: 'ada' });
  const ada = new STS(client(id, AccessKey?.SecretAccessKey ?? ''));
  await assert.rejects(ada.getCallerIdentity({}), { name: 'InvalidClientTokenId' });
  assert.equal(identitiesOf(store.intent).accessKeys[id]?.active, false);
});

test('keys of users and sessions of roles are who they say', async () => {
  const { client, rootClient } = await api('identities', 'strict');
  const iam = new IAM(rootClient);
  await iam.createUser({ UserName: 'ada' });
  const { AccessKey } = await iam.createAccessKey({ UserName: 'ada' });
  const ada = client(AccessKey?.AccessKeyId ?? '', AccessKey?.SecretAccessKey ?? '');
  assert.equal((await new STS(ada).getCallerIdentity({})).Arn, `arn:aws:iam::${ACCOUNT}:user/ada`);
  await iam.updateAccessKey({ UserName: 'ada', AccessKeyId: AccessKey?.AccessKeyId, Status: 'Inactive' });
  await assert.rejects(new STS(ada).getCallerIdentity({}), { name: 'InvalidClientTokenId' });

  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${ACCOUNT}:root` }, Action: 'sts:AssumeRole' };
  await iam.createRole({
    RoleName: 'reader',
    AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  });
  await iam.createUser({ UserName: 'bob' });
  await iam.attachUserPolicy({ UserName: 'bob', PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess' });
  const key = (await iam.createAccessKey({ UserName: 'bob' })).AccessKey;
  const bob = client(key?.AccessKeyId ?? '', key?.SecretAccessKey ?? '');
  const { Credentials } = await new STS(bob).assumeRole({
    RoleArn: `arn:aws:iam::${ACCOUNT}:role/reader`,
    RoleSessionName: 'now',
  });
  const session = (id: string) => client(id, Credentials?.SecretAccessKey ?? '', Credentials?.SessionToken);
  const identity = await new STS(session(Credentials?.AccessKeyId ?? '')).getCallerIdentity({});
  assert.equal(identity.Arn, `arn:aws:sts::${ACCOUNT}:assumed-role/reader/now`);
  await assert.rejects(new STS(session('ASIAAAAAAAAAAAAAAAAA')).getCallerIdentity({}), {
    name: 'InvalidClientTokenId',
  });
});

test('policies decide: what a user may, what it may not, and a dry run tells which', async () => {
  const { client, rootClient, store } = await api('policies', 'lenient');
  const iam = new IAM(rootClient);
  await iam.createUser({ UserName: 'eve' });
  const Statement = { Effect: 'Allow', Action: ['ec2:CreateVpc', 'ec2:Describe*'], Resource: '*' };
  await iam.putUserPolicy({ UserName: 'eve', PolicyName: 'p', PolicyDocument: JSON.stringify({ Statement }) });
  const { AccessKey } = await iam.createAccessKey({ UserName: 'eve' });
  const ec2 = new EC2(client(AccessKey?.AccessKeyId ?? '', AccessKey?.SecretAccessKey ?? ''));
  await assert.rejects(ec2.createVpc({ CidrBlock: '10.0.0.0/16', DryRun: true }), { name: 'DryRunOperation' });
  const { Vpc } = await ec2.createVpc({ CidrBlock: '10.0.0.0/16' });
  const before = store.intent.revision;
  for (const DryRun of [true, false]) {
    await assert.rejects(ec2.deleteVpc({ VpcId: Vpc?.VpcId ?? '', DryRun }), {
      name: 'UnauthorizedOperation',
      message: new RegExp(
        `^You are not authorized to perform this operation\\. User: arn:aws:iam::${ACCOUNT}:user/eve is not authorized to ` +
          `perform: ec2:DeleteVpc on resource: arn:aws:ec2:ap-south-1:${ACCOUNT}:vpc/${Vpc?.VpcId} because no identity-based policy`,
      ),
    });
  }
  const eve = client(AccessKey?.AccessKeyId ?? '', AccessKey?.SecretAccessKey ?? '');
  await assert.rejects(new IAM(eve).listUsers({}), { name: 'AccessDenied' });
  await assert.rejects(new ACM(eve).listCertificates({}), { name: 'AccessDeniedException' });
  assert.equal(store.intent.revision, before);
});

test('an endpoint that a call crossed, as the edge tells it, has a word; what a client tells has none', async () => {
  const told = async (door: Door) => {
    const { rootClient, store } = await api(`crossed-${door}`, 'strict', door);
    const ec2 = new EC2(rootClient);
    const { Vpc } = await ec2.createVpc({ CidrBlock: '10.0.0.0/16' });
    const Statement = { Effect: 'Allow', Principal: '*', Action: 'ec2:DescribeSubnets', Resource: '*' };
    const { VpcEndpoint } = await ec2.createVpcEndpoint({
      VpcId: Vpc?.VpcId ?? '',
      VpcEndpointType: 'Interface',
      ServiceName: 'com.amazonaws.ap-south-1.ec2',
      PrivateDnsEnabled: false,
      PolicyDocument: JSON.stringify({ Statement }),
    });
    const header = { vpcEndpointId: VpcEndpoint?.VpcEndpointId ?? '', clientAddress: '10.0.0.9' };
    ec2.middlewareStack.add(
      (next) => (args) => {
        (args.request as { headers: Record<string, string> }).headers[ARRIVAL_HEADER] = JSON.stringify(header);
        return next(args);
      },
      { step: 'finalizeRequest', priority: 'low' },
    );
    assert.ok(store.intent.table('vpcEndpoint').get(header.vpcEndpointId));
    await ec2.describeSubnets({});
    return ec2.describeVpcs({});
  };
  await assert.rejects(told('edge'), {
    name: 'UnauthorizedOperation',
    message: /because no VPC endpoint policy allows/,
  });
  assert.equal((await told('api')).Vpcs?.length, 2);
});

test('services: an edge that is not there, one without a backend, none at all', async () => {
  const { rootClient, endpoint } = await api('services', 'strict');
  await assert.rejects(new S3({ ...rootClient, forcePathStyle: true }).listBuckets({}), { name: 'ServiceUnavailable' });
  const { accessKeyId } = rootClient.credentials;
  const call = (headers: Record<string, string>, body: string) => fetch(endpoint, { method: 'POST', headers, body });
  const athena = await call(
    {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AmazonAthena.ListWorkGroups',
      authorization: `AWS4-HMAC-SHA256 Credential=${accessKeyId}/20260101/ap-south-1/athena/aws4_request, SignedHeaders=host, Signature=0`,
    },
    '{}',
  );
  // The signature is wrong: who cannot be known is told nothing about services.
  assert.equal(athena.status, 400);
  assert.doesNotMatch(await athena.text(), /attach/);
  const nothing = await call({ 'content-type': 'text/plain' }, 'hello');
  assert.ok(nothing.status >= 400 && nothing.status < 500);
});

test('a body over the limit is refused in the service’s own shape, and the connection goes', async () => {
  const { endpoint, rootClient } = await api('bodies', 'lenient');
  const { accessKeyId } = rootClient.credentials;
  const answer = await fetch(endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-www-form-urlencoded',
      authorization: `AWS4-HMAC-SHA256 Credential=x${accessKeyId}/20260101/ap-south-1/ec2/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: `Action=DescribeVpcs&Version=2016-11-15&Filler=${'x'.repeat(2 * 1024 * 1024)}`,
  }).catch((error: Error) => error);
  if (answer instanceof Error) throw answer;
  assert.match(await answer.text(), /<Response><Errors><Error><Code>\w+/);
  assert.equal(answer.headers.get('connection'), 'close');
});

test('an action that is not here is refused as that, whatever its parameters; one that AWS does not have is not', async () => {
  const { rootClient } = await api('lacking', 'strict');
  const lacking = { name: 'UnsupportedOperation', message: /CreateVolume is not supported by Culvert/ };
  await assert.rejects(new EC2(rootClient).createVolume({} as never), lacking);
  await assert.rejects(new IAM(rootClient).createVirtualMFADevice({} as never), { name: 'UnsupportedOperation' });
  await assert.rejects(new EC2(rootClient).deleteVpc({} as never), { name: 'MissingParameter' });
});

test('a refusal that repeats a control character can be read', async () => {
  const { rootClient } = await api('control', 'strict');
  await assert.rejects(new EC2(rootClient).describeVpcs({ VpcIds: ['\u0001'] }), {
    name: 'InvalidParameterValue',
    message: /Value \(\ufffd\)/,
  });
});

test('with a role or a user go the sessions of it, lenient or not', async () => {
  for (const mode of ['strict', 'lenient'] as const) {
    const { client, rootClient } = await api(`gone-${mode}`, mode);
    const iam = new IAM(rootClient);
    const trust = { Effect: 'Allow', Principal: { AWS: ACCOUNT }, Action: 'sts:AssumeRole' };
    const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
    await iam.createRole({ RoleName: 'brief', AssumeRolePolicyDocument });
    const { Credentials: given } = await new STS(rootClient).assumeRole({
      RoleArn: `arn:aws:iam::${ACCOUNT}:role/brief`,
      RoleSessionName: 'now',
    });
    const session = client(given?.AccessKeyId ?? '', given?.SecretAccessKey ?? '', given?.SessionToken);
    await new STS(session).getCallerIdentity({});
    await iam.deleteRole({ RoleName: 'brief' });
    await iam.createRole({ RoleName: 'brief', AssumeRolePolicyDocument });
    await assert.rejects(new STS(session).getCallerIdentity({}), { name: 'InvalidClientTokenId' });
    await assert.rejects(new EC2(session).describeVpcs({}), { name: 'AuthFailure' });
  }
});

test('load balancing and certificates: the SDK’s clients, with their own errors', async () => {
  const { rootClient, store } = await api('balancing', 'strict');
  const [ec2, elb, acm] = [new EC2(rootClient), new ELB(rootClient), new ACM(rootClient)];
  const VpcId = (await ec2.createVpc({ CidrBlock: '10.0.0.0/16' })).Vpc?.VpcId ?? '';
  const subnet = (await ec2.createSubnet({ VpcId, CidrBlock: '10.0.0.0/24' })).Subnet?.SubnetId ?? '';
  const wish = { Name: 'front', Type: 'network', Scheme: 'internal', Subnets: [subnet] } as const;
  const made = (await elb.createLoadBalancer({ ...wish, Subnets: [subnet], Tags: [{ Key: 'a', Value: 'b c/é' }] }))
    .LoadBalancers?.[0];
  assert.equal(made?.State?.Code, 'provisioning');
  assert.ok(made.CreatedTime instanceof Date);
  assert.equal(made.AvailabilityZones?.[0]?.SubnetId, subnet);
  const LoadBalancerArn = made.LoadBalancerArn ?? '';
  const { TargetGroups } = await elb.createTargetGroup({
    Name: 'web',
    Protocol: 'TCP',
    Port: 80,
    VpcId,
    TargetType: 'ip',
    HealthCheckProtocol: 'HTTP',
    Matcher: { HttpCode: '200-299' },
  });
  const TargetGroupArn = TargetGroups?.[0]?.TargetGroupArn ?? '';
  assert.equal(TargetGroups?.[0]?.Matcher?.HttpCode, '200-299');
  await elb.registerTargets({ TargetGroupArn, Targets: [{ Id: '10.0.0.9' }, { Id: '10.0.0.9', Port: 81 }] });
  const { certificate, key } = await selfSigned('CN=example.com', { rsa: 2048 });
  const { CertificateArn = '' } = await acm.importCertificate({
    Certificate: Buffer.from(certificate),
    PrivateKey: Buffer.from(key),
  });
  const listener = await elb.createListener({
    LoadBalancerArn,
    Protocol: 'TLS',
    Port: 443,
    Certificates: [{ CertificateArn }],
    DefaultActions: [{ Type: 'forward', TargetGroupArn }],
  });
  assert.deepEqual(listener.Listeners?.[0]?.Certificates, [{ CertificateArn }]);
  const { TargetHealthDescriptions } = await elb.describeTargetHealth({ TargetGroupArn });
  assert.deepEqual(
    TargetHealthDescriptions?.map(({ Target, TargetHealth }) => [Target?.Port, TargetHealth?.Reason]),
    [
      [80, 'Elb.RegistrationInProgress'],
      [81, 'Elb.RegistrationInProgress'],
    ],
  );
  const attributes = [{ Key: 'load_balancing.cross_zone.enabled', Value: 'true' }];
  await elb.modifyLoadBalancerAttributes({ LoadBalancerArn, Attributes: attributes });
  const { TagDescriptions } = await elb.describeTags({ ResourceArns: [LoadBalancerArn] });
  assert.deepEqual(TagDescriptions?.[0]?.Tags, [{ Key: 'a', Value: 'b c/é' }]);
  const { Certificate } = await acm.describeCertificate({ CertificateArn });
  assert.deepEqual([Certificate?.DomainName, Certificate?.InUseBy], ['example.com', [LoadBalancerArn]]);
  assert.ok(Certificate?.NotAfter instanceof Date);

  const before = store.intent.revision;
  await assert.rejects(elb.createLoadBalancer({ ...wish, Subnets: [subnet], Scheme: 'internet-facing' }), {
    name: 'DuplicateLoadBalancerNameException',
    message: "A load balancer with the same name 'front' exists, but with different settings",
  });
  await assert.rejects(elb.deleteTargetGroup({ TargetGroupArn }), { name: 'ResourceInUseException' });
  await assert.rejects(elb.createTargetGroup({} as never), { name: 'ValidationError' });
  await assert.rejects(elb.createRule({} as never), { name: 'UnsupportedOperation' });
  await assert.rejects(acm.deleteCertificate({ CertificateArn }), { name: 'ResourceInUseException' });
  await assert.rejects(acm.getCertificate({} as never), { name: 'ValidationException' });
  await assert.rejects(acm.requestCertificate({ DomainName: 'x' }), { name: 'UnsupportedOperation' });
  assert.equal(store.intent.revision, before);
  await elb.deleteLoadBalancer({ LoadBalancerArn });
  await acm.deleteCertificate({ CertificateArn });
  await ec2.deleteSubnet({ SubnetId: subnet });
});

test('every call is in the trail: who, what, and what came of it; looked up by attribute, page by page', async () => {
  const here = await api('trail', 'strict');
  const [ec2, iam, trail] = [new EC2(here.rootClient), new IAM(here.rootClient), new CloudTrail(here.rootClient)];
  const { Vpc } = await ec2.createVpc({ CidrBlock: '10.0.0.0/16' });
  await ec2.describeVpcs({});
  await iam.createUser({ UserName: 'ann' });
  const { AccessKey: key } = await iam.createAccessKey({ UserName: 'ann' });
  const ann = here.client(key?.AccessKeyId ?? '', key?.SecretAccessKey ?? '');
  await assert.rejects(new EC2(ann).deleteVpc({ VpcId: Vpc?.VpcId }), { name: 'UnauthorizedOperation' });
  const found = async (
    AttributeKey: 'EventName' | 'Username' | 'ResourceName' | 'ReadOnly',
    AttributeValue: string,
  ) => {
    const { Events = [] } = await trail.lookupEvents({ LookupAttributes: [{ AttributeKey, AttributeValue }] });
    return Events.map(({ EventName }) => EventName);
  };
  assert.deepEqual(await found('Username', 'ann'), ['DeleteVpc']);
  assert.deepEqual(await found('ResourceName', Vpc?.VpcId ?? ''), ['DeleteVpc', 'CreateVpc']);
  assert.deepEqual(await found('EventName', 'DescribeVpcs'), ['DescribeVpcs']);
  const { Events: [denied] = [] } = await trail.lookupEvents({
    LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'DeleteVpc' }],
  });
  assert.equal(denied?.AccessKeyId, key?.AccessKeyId);
  assert.equal(denied?.EventSource, 'ec2.amazonaws.com');
  const record = JSON.parse(denied?.CloudTrailEvent ?? '');
  assert.equal(record.errorCode, 'Client.UnauthorizedOperation');
  assert.equal(record.userIdentity.userName, 'ann');
  assert.equal(record.sourceIPAddress, '127.0.0.1');
  assert.deepEqual(record.requestParameters, { vpcId: Vpc?.VpcId });
  const global = new CloudTrail({ ...here.rootClient, region: 'us-east-1' });
  const { Events: ofIam = [] } = await global.lookupEvents({});
  assert.deepEqual(
    ofIam.map(({ EventName }) => EventName),
    ['CreateAccessKey', 'CreateUser'],
  );
  assert.ok(!JSON.stringify(ofIam).includes(key?.SecretAccessKey ?? ''), 'no secret is in it');
  const secrets = { OldPassword: 'not-to-be-read', NewPassword: 'nor-this' };
  await assert.rejects(iam.changePassword(secrets), /ChangePassword/);
  const { Events: [lacking] = [] } = await global.lookupEvents({});
  assert.equal(lacking?.EventName, 'ChangePassword');
  assert.equal(JSON.parse(lacking?.CloudTrailEvent ?? '').requestParameters, null, 'of an action that is not here');
  const first = await trail.lookupEvents({ MaxResults: 2 });
  const second = await trail.lookupEvents({ MaxResults: 2, NextToken: first.NextToken });
  const times = [...(first.Events ?? []), ...(second.Events ?? [])].map(({ EventId }) => EventId);
  assert.equal(new Set(times).size, 4);
  await assert.rejects(trail.lookupEvents({ NextToken: 'x' }), { name: 'InvalidNextTokenException' });
  await assert.rejects(trail.lookupEvents({ MaxResults: 51 }), { name: 'InvalidMaxResultsException' });
  const range = { StartTime: new Date(2000), EndTime: new Date(1000) };
  await assert.rejects(trail.lookupEvents(range), { name: 'InvalidTimeRangeException' });
  const none = await trail.lookupEvents({ EndTime: new Date(1000) });
  assert.deepEqual(none.Events, []);
  await assert.rejects(trail.describeTrails({}), /DescribeTrails is not supported/);
});

test('a call that changes something is an event, a refused one too; one that reads is none', async () => {
  const here = await api('events', 'strict');
  const ec2 = new EC2(here.rootClient);
  const iam = new IAM(here.rootClient);
  const { Vpc } = await ec2.createVpc({ CidrBlock: '10.0.0.0/16' });
  await ec2.describeVpcs({});
  await assert.rejects(ec2.deleteVpc({ VpcId: 'vpc-0123456789abcdef0' }), { name: 'InvalidVpcID.NotFound' });
  await iam.createUser({ UserName: 'ann' });
  const { AccessKey } = await iam.createAccessKey({ UserName: 'ann' });
  // Told before they were answered: nothing is waited for.
  const everything = { account: null, region: null, source: null, detailType: null, since: null };
  const { events } = await here.store.events(everything, 0, 100);
  const told = events.filter(({ detailType }) => detailType === 'AWS API Call via CloudTrail');
  assert.deepEqual(
    told.map(({ source, region, detail }) => {
      const { eventName, errorCode } = detail as { eventName: string; errorCode?: string };
      return [source, region, eventName, errorCode];
    }),
    [
      ['aws.ec2', 'ap-south-1', 'CreateVpc', undefined],
      ['aws.ec2', 'ap-south-1', 'DeleteVpc', 'Client.InvalidVpcID.NotFound'],
      ['aws.iam', 'us-east-1', 'CreateUser', undefined],
      ['aws.iam', 'us-east-1', 'CreateAccessKey', undefined],
    ],
  );
  const [first] = told;
  const detail = first?.detail as Record<string, unknown>;
  assert.deepEqual([first?.account, first?.resources], [ACCOUNT, []]);
  assert.deepEqual([detail.eventType, detail.awsRegion, detail.readOnly], ['AwsApiCall', 'ap-south-1', false]);
  assert.deepEqual(detail.requestParameters, { cidrBlock: '10.0.0.0/16' });
  const text = JSON.stringify(events);
  assert.ok(!text.includes(AccessKey?.SecretAccessKey ?? ''));
  assert.ok(Vpc?.VpcId);
  const trail = new CloudTrail(here.rootClient);
  const { Events = [] } = await trail.lookupEvents({
    LookupAttributes: [{ AttributeKey: 'EventName', AttributeValue: 'CreateVpc' }],
  });
  assert.deepEqual(JSON.parse(Events[0]?.CloudTrailEvent ?? ''), detail);
});

test('EventBridge answers the SDK: a rule waits for events, whom policies let puts them, and they are no calls', async () => {
  const here = await api('rules', 'strict');
  const bridge = new EventBridge(here.rootClient);
  const iam = new IAM(here.rootClient);
  const { RuleArn } = await bridge.putRule({ Name: 'orders', EventPattern: '{"detail":{"id":[1]}}' });
  const Arn = `arn:aws:sqs:ap-south-1:${ACCOUNT}:orders`;
  const { FailedEntryCount } = await bridge.putTargets({ Rule: 'orders', Targets: [{ Id: 'q', Arn }] });
  assert.equal(FailedEntryCount, 0);
  await iam.createUser({ UserName: 'ann' });
  const allow = (Action: string, Resource: string) =>
    iam.putUserPolicy({
      UserName: 'ann',
      PolicyName: 'p',
      PolicyDocument: JSON.stringify({ Statement: { Effect: 'Allow', Action, Resource } }),
    });
  const { AccessKey: key } = await iam.createAccessKey({ UserName: 'ann' });
  const ann = new EventBridge(here.client(key?.AccessKeyId ?? '', key?.SecretAccessKey ?? ''));
  const entry = { Source: 'app', DetailType: 'Order', Detail: '{"id":1}' };
  await assert.rejects(ann.putEvents({ Entries: [entry] }), {
    name: 'AccessDeniedException',
    message: /not authorized to perform: events:PutEvents on resource: .*:event-bus\/default because no identity-based/,
  });
  await allow('events:PutEvents', `arn:aws:events:ap-south-1:${ACCOUNT}:event-bus/default`);
  const { Entries = [] } = await ann.putEvents({ Entries: [entry, { ...entry, Detail: '{"id":2}' }] });
  await assert.rejects(ann.describeRule({ Name: 'orders' }), { name: 'AccessDeniedException' });
  await allow('events:DescribeRule', RuleArn ?? '');
  assert.equal((await ann.describeRule({ Name: 'orders' })).State, 'ENABLED');
  await assert.rejects(bridge.describeRule({ Name: 'none' }), { name: 'ResourceNotFoundException' });
  await assert.rejects(
    bridge.createArchive({ ArchiveName: 'a', EventSourceArn: 'b' }),
    /CreateArchive is not supported/,
  );
  const everything = { account: null, region: null, source: null, detailType: null, since: null };
  const { events } = await here.store.events({ ...everything, source: 'app' }, 0, 10);
  assert.deepEqual(
    events.map(({ id }) => id),
    Entries.map(({ EventId }) => EventId),
  );
  const sent = [...here.store.intent.table('pendingEvent').all()];
  assert.deepEqual(
    sent.map(({ destination, message }) => [destination, JSON.parse(message).id]),
    [[Arn, Entries[0]?.EventId]],
  );
  const { events: calls } = await here.store.events({ ...everything, source: 'aws.events' }, 0, 10);
  assert.deepEqual(
    calls.map(({ detail }) => (detail as { eventName: string }).eventName),
    ['PutRule', 'PutTargets', 'CreateArchive'],
  );
  // A call that a rule matches is committed as the revision that it was decided as; what is sent comes after it.
  await bridge.putRule({ Name: 'calls', EventPattern: '{"detail":{"eventName":["CreateTransitGateway"]}}' });
  await bridge.putTargets({ Rule: 'calls', Targets: [{ Id: 'q', Arn }] });
  const { TransitGateway } = await new EC2(here.rootClient).createTransitGateway({});
  const { intent } = here.store;
  assert.equal(intent.table('pendingEvent').size, 2);
  assert.equal(
    intent.table('transitGateway').get(TransitGateway?.TransitGatewayId ?? '')?.changedRevision,
    intent.revision - 1,
  );
});

test('CloudWatch answers the SDK, and whom policies let', async () => {
  const { metrics, rootClient, client } = await api('metrics', 'strict');
  const subject = { kind: 'nat', natGatewayId: 'nat-1' } as const;
  const metered = { key: 'nat-1', account: ACCOUNT, region: 'ap-south-1', subject };
  metrics.write([{ ...metered, values: { forwardBytes: 1234 } }], [], Date.now());
  const watch = new CloudWatch(rootClient);
  const metric = { Namespace: 'AWS/NATGateway', MetricName: 'BytesInFromSource' };
  const { Metrics: [found] = [] } = await watch.listMetrics(metric);
  assert.deepEqual(found, { ...metric, Dimensions: [{ Name: 'NatGatewayId', Value: 'nat-1' }] });
  const range = { StartTime: new Date(Date.now() - 600_000), EndTime: new Date(Date.now() + 60_000) };
  const query = { Id: 'a', MetricStat: { Metric: found, Period: 60, Stat: 'Sum' } };
  const { MetricDataResults: [data] = [] } = await watch.getMetricData({ MetricDataQueries: [query], ...range });
  assert.deepEqual(data?.Values, [1234]);
  const statistics = { ...found, ...range, Period: 660, Statistics: ['Average' as const] };
  const { Datapoints: [point] = [] } = await watch.getMetricStatistics({
    ...statistics,
    MetricName: metric.MetricName,
    Namespace: metric.Namespace,
  });
  assert.equal(point?.Average, 1234);
  const late = { MetricDataQueries: [query], StartTime: range.EndTime, EndTime: range.StartTime };
  await assert.rejects(watch.getMetricData(late), { name: 'InvalidParameterValueException' });
  await assert.rejects(watch.putMetricData({ Namespace: 'own' }), /PutMetricData is not supported/);
  const iam = new IAM(rootClient);
  await iam.createUser({ UserName: 'ann' });
  const { AccessKey: key } = await iam.createAccessKey({ UserName: 'ann' });
  const ann = new CloudWatch(client(key?.AccessKeyId ?? '', key?.SecretAccessKey ?? ''));
  await assert.rejects(ann.listMetrics({}), /not authorized to perform: cloudwatch:ListMetrics/);
  const statement = { Effect: 'Allow', Action: 'cloudwatch:ListMetrics', Resource: '*' };
  const PolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: statement });
  await iam.putUserPolicy({ UserName: 'ann', PolicyName: 'see', PolicyDocument });
  assert.equal((await ann.listMetrics(metric)).Metrics?.length, 1);
});
