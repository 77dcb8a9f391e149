/** What each call asks for, and what its caller's and its endpoint's policies say to that. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Principal } from '../../iam/principal.ts';
import { Refusal } from '../../model/refusal.ts';
import { ec2Actions } from '../ec2/index.ts';
import { describe, launch, network } from '../ec2/instance/fixture.ts';
import { iamActions } from '../iam/index.ts';
import { ACTIONS } from '../services.ts';
import { ACCOUNT, type Harness, harness, REGION } from '../testing.ts';
import { asksOf } from './asks.ts';
import { checkCall } from './check-call.ts';
import { policyPrefix, referenceOf } from './reference.ts';

const ANN: Principal = { kind: 'user', account: ACCOUNT, userName: 'ann', userId: 'AIDAANN', path: '/' };
const OTHER = '444455556666';
const EC2 = `arn:aws:ec2:${REGION}:${ACCOUNT}`;
const SQS = `com.amazonaws.${REGION}.sqs`;

type Statement = Readonly<Record<string, unknown>>;

function document(...Statement: Statement[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

function allow(Action: string | string[], rest: Statement = {}): Statement {
  return { Effect: 'Allow', Action, Resource: '*', ...rest };
}

function world() {
  const h = harness({ ...ec2Actions, ...iamActions });
  const vpc = h.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }) as { Vpc: { VpcId: string } };
  const { VpcId } = vpc.Vpc;
  const { Subnet } = h.call('CreateSubnet', { VpcId, CidrBlock: '10.0.0.0/24' }) as { Subnet: { SubnetId: string } };
  h.call('CreateTags', { Resources: [VpcId], Tags: [{ Key: 'Team', Value: 'red' }] });
  return { h, VpcId, SubnetId: Subnet.SubnetId };
}

function asked(h: Harness, service: string, operation: string, input: object): readonly string[] {
  const namer = { intent: h.intent, account: ACCOUNT, region: REGION };
  const asks = asksOf({ service, operation, input: input as Statement }, ANN, namer);
  return asks.map(({ action, resource }) => `${action} ${resource}`);
}

/** null: allowed; else "Code: message". */
function outcome(
  h: Harness,
  statements: readonly Statement[],
  operation: string,
  input: object,
  { service = 'ec2', principal = ANN, endpoint = null as string | null, boundary = null as string | null } = {},
): string | null {
  const table = h.intent.table('user');
  const at = '2026-01-01T00:00:00Z';
  const base = {
    account: ACCOUNT,
    region: '',
    tags: { dept: 'net' },
    createdAt: at,
    path: '/',
    attachedPolicyArns: [],
  };
  if (table.get('AIDAANN') !== undefined) h.intent.apply([{ op: 'delete', kind: 'user', id: 'AIDAANN' }]);
  const inlinePolicies = { p: document(...statements) };
  const user = {
    ...base,
    kind: 'user',
    id: 'AIDAANN',
    name: 'ann',
    inlinePolicies,
    permissionsBoundaryArn: boundary,
  } as const;
  h.intent.apply([{ op: 'put', resource: user }]);
  try {
    checkCall(
      { service, operation, input: input as Statement },
      {
        principal,
        intent: h.intent,
        way: { now: new Date(at), region: REGION, isSecure: true, endpoint: null, clientAddress: '203.0.113.7' },
        endpointPolicy: endpoint === null ? null : { kind: 'interface', document: endpoint },
      },
    );
    return null;
  } catch (error) {
    if (error instanceof Refusal) return `${error.code}: ${error.message}`;
    throw error;
  }
}

test('every action is in AWS’s service authorisation reference', () => {
  for (const [service, table] of Object.entries(ACTIONS)) {
    for (const operation of Object.keys(table)) {
      assert.notEqual(
        referenceOf(policyPrefix(service), operation),
        null,
        `${service}:${operation} has no authorisation data: it is allowed on * only. \`npm run gen:authority\` with a newer reference, and name its service there.`,
      );
    }
  }
});

test('an action that the reference lacks is asked by its name on *', () => {
  assert.deepEqual(asked(harness(), 'ec2', 'InventedCall', { VpcId: 'vpc-0123456789abcdef0' }), ['ec2:InventedCall *']);
  assert.deepEqual(asked(harness(), 'invented', 'Call', {}), ['invented:Call *']);
});

test('an attachment names its interface and its instance, to whoever lets go of it', () => {
  const n = network();
  const InstanceId = launch(n);
  const { NetworkInterfaceId, Attachment } = describe(n, InstanceId).NetworkInterfaces[0];
  const both = [`${EC2}:network-interface/${NetworkInterfaceId}`, `${EC2}:instance/${InstanceId}`];
  const of = (operation: string, input: object) =>
    asked(n.h, 'ec2', operation, input)
      .map((each) => each.split(' ')[1])
      .sort();
  const { AttachmentId } = Attachment;
  assert.deepEqual(of('DetachNetworkInterface', { AttachmentId }), both.toSorted());
  assert.deepEqual(of('AttachNetworkInterface', { NetworkInterfaceId, InstanceId, DeviceIndex: 1 }), both.toSorted());
  const red = allow('ec2:DetachNetworkInterface', { Resource: `${EC2}:instance/i-0123456789abcdef0` });
  assert.match(outcome(n.h, [red], 'DetachNetworkInterface', { AttachmentId }) ?? '', /^UnauthorizedOperation/);
  assert.equal(
    outcome(n.h, [allow('ec2:DetachNetworkInterface', { Resource: both })], 'DetachNetworkInterface', { AttachmentId }),
    null,
  );
});

test('resources: named ones, those to be made, those behind an association or a name', () => {
  const { h, VpcId, SubnetId } = world();
  const { SecurityGroups } = h.call('DescribeSecurityGroups', {
    Filters: [{ Name: 'vpc-id', Values: [VpcId] }],
  }) as { SecurityGroups: { GroupId: string }[] };
  const GroupId = SecurityGroups[0]?.GroupId ?? '';
  const { RouteTable } = h.call('CreateRouteTable', { VpcId }) as { RouteTable: { RouteTableId: string } };
  const { RouteTableId } = RouteTable;
  const { AssociationId } = h.call('AssociateRouteTable', { RouteTableId, SubnetId }) as { AssociationId: string };
  const address = h.call('AllocateAddress', {}) as { PublicIp: string; AllocationId: string };
  const { AllocationId } = address;
  const port = h.call('CreateNetworkInterface', { SubnetId }) as { NetworkInterface: { NetworkInterfaceId: string } };
  const { InternetGatewayId } = (
    h.call('CreateInternetGateway', {}) as { InternetGateway: { InternetGatewayId: string } }
  ).InternetGateway;
  h.call('AttachInternetGateway', { VpcId, InternetGatewayId });
  const held = h.call('AssociateAddress', {
    ...{ AllocationId, NetworkInterfaceId: port.NetworkInterface.NetworkInterfaceId },
  }) as { AssociationId: string };
  const inDefault = h.call('CreateSecurityGroup', { GroupName: 'web', Description: 'of the default VPC' }) as {
    GroupId: string;
  };
  h.call('CreateKeyPair', { KeyName: 'k' });
  const zone = 'Z0123456789ABC';
  const nlb = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/net/n/0123456789abcdef`;
  const group = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/g/0123456789abcdef`;
  const cases: readonly [string, string, object, readonly string[]][] = [
    ['ec2', 'DescribeVpcs', { VpcIds: [VpcId] }, ['*']],
    ['ec2', 'DeleteVpc', { VpcId }, [`${EC2}:vpc/${VpcId}`]],
    ['ec2', 'CreateVpc', { CidrBlock: '10.1.0.0/16' }, [`${EC2}:vpc/*`]],
    ['ec2', 'CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }, [`${EC2}:vpc/${VpcId}`, `${EC2}:subnet/*`]],
    [
      'ec2',
      'CreateVpcEndpoint',
      { VpcId, ServiceName: SQS, SubnetIds: [SubnetId], SecurityGroupIds: [GroupId] },
      [`${EC2}:vpc/${VpcId}`, `${EC2}:subnet/${SubnetId}`, `${EC2}:security-group/${GroupId}`, `${EC2}:vpc-endpoint/*`],
    ],
    ['ec2', 'CreateRoute', { RouteTableId, GatewayId: 'igw-01234567' }, [`${EC2}:route-table/${RouteTableId}`]],
    [
      'ec2',
      'DisassociateRouteTable',
      { AssociationId },
      [`${EC2}:route-table/${RouteTableId}`, `${EC2}:subnet/${SubnetId}`],
    ],
    ['ec2', 'ReleaseAddress', { PublicIp: address.PublicIp }, [`${EC2}:elastic-ip/${address.AllocationId}`]],
    ['ec2', 'DisassociateAddress', { AssociationId: held.AssociationId }, [`${EC2}:elastic-ip/${AllocationId}`]],
    ['ec2', 'DeleteSecurityGroup', { GroupName: 'web' }, [`${EC2}:security-group/${inDefault.GroupId}`]],
    [
      'ec2',
      'CreateSecurityGroup',
      { GroupName: 'web', Description: inDefault.GroupId, VpcId },
      [`${EC2}:vpc/${VpcId}`, `${EC2}:security-group/*`],
    ],
    ['ec2', 'DeleteKeyPair', { KeyName: 'k' }, [`${EC2}:key-pair/k`]],
    [
      'ec2',
      'AuthorizeSecurityGroupIngress',
      { GroupId, IpPermissions: [{ UserIdGroupPairs: [{ GroupId: 'sg-0123456789abcdef0' }] }] },
      [`${EC2}:security-group/${GroupId}`],
    ],
    [
      'ec2',
      'DeregisterImage',
      { ImageId: 'ami-0123456789abcdef0' },
      [`arn:aws:ec2:${REGION}::image/ami-0123456789abcdef0`],
    ],
    ['ec2', 'CreateTags', { Resources: [VpcId, SubnetId] }, [`${EC2}:vpc/${VpcId}`, `${EC2}:subnet/${SubnetId}`]],
    ['elasticloadbalancing', 'DescribeLoadBalancers', { LoadBalancerArns: [nlb] }, ['*']],
    [
      'elasticloadbalancing',
      'CreateLoadBalancer',
      { Name: 'n', Subnets: [SubnetId] },
      [`arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:loadbalancer/net/n/*`],
    ],
    [
      'elasticloadbalancing',
      'CreateListener',
      { LoadBalancerArn: nlb, DefaultActions: [{ TargetGroupArn: group }] },
      [nlb],
    ],
    ['elasticloadbalancing', 'RegisterTargets', { TargetGroupArn: group }, [group]],
    ['elasticloadbalancing', 'AddTags', { ResourceArns: [group] }, [group]],
    ['iam', 'CreateUser', { UserName: 'bob', Path: '/ops/' }, [`arn:aws:iam::${ACCOUNT}:user/ops/bob`]],
    ['iam', 'GetUser', {}, [`arn:aws:iam::${ACCOUNT}:user/ann`]],
    ['iam', 'GetPolicy', { PolicyArn: 'arn:aws:iam::aws:policy/ReadOnly' }, ['arn:aws:iam::aws:policy/ReadOnly']],
    ['iam', 'PutUserPolicy', { UserName: 'bob', PolicyName: 'p' }, [`arn:aws:iam::${ACCOUNT}:user/bob`]],
    [
      'route53',
      'ChangeResourceRecordSets',
      { HostedZoneId: `/hostedzone/${zone}` },
      [`arn:aws:route53:::hostedzone/${zone}`],
    ],
    ['route53', 'CreateHostedZone', { Name: 'corp.test' }, ['*']],
    [
      'route53resolver',
      'GetResolverRule',
      { ResolverRuleId: 'rslvr-rr-0123456789abcdef0' },
      [`arn:aws:route53resolver:${REGION}:${ACCOUNT}:resolver-rule/rslvr-rr-0123456789abcdef0`],
    ],
    [
      'servicequotas',
      'RequestServiceQuotaIncrease',
      { ServiceCode: 'vpc', QuotaCode: 'L-F678F1CE', DesiredValue: 6 },
      [`arn:aws:servicequotas:${REGION}:${ACCOUNT}:vpc/L-F678F1CE`],
    ],
    [
      'events',
      'PutTargets',
      { Rule: 'r', Targets: [{ Id: 'q', Arn: `arn:aws:sqs:${REGION}:${ACCOUNT}:q` }] },
      [`arn:aws:events:${REGION}:${ACCOUNT}:rule/r`],
    ],
    [
      'events',
      'PutEvents',
      { Entries: [{ Source: 'app', DetailType: 'Name', Detail: '{}' }] },
      [`arn:aws:events:${REGION}:${ACCOUNT}:event-bus/default`],
    ],
    ['events', 'ListRules', {}, ['*']],
    ['servicequotas', 'ListServiceQuotas', { ServiceCode: 'vpc' }, ['*']],
    ['acm', 'ImportCertificate', {}, [`arn:aws:acm:${REGION}:${ACCOUNT}:certificate/*`]],
  ];
  for (const [service, operation, input, resources] of cases) {
    const wanted = resources.map((resource) => `${service}:${operation} ${resource}`);
    assert.deepEqual([...asked(h, service, operation, input)].sort(), [...wanted].sort(), operation);
  }
});

test('words and codes', () => {
  const { h, VpcId } = world();
  const user = `User: arn:aws:iam::${ACCOUNT}:user/ann is not authorized to perform:`;
  assert.equal(
    outcome(h, [allow('sqs:*')], 'DescribeVpcs', {}),
    `UnauthorizedOperation: You are not authorized to perform this operation. ${user} ec2:DescribeVpcs because no identity-based policy allows the ec2:DescribeVpcs action`,
  );
  assert.equal(
    outcome(h, [allow('*'), { Effect: 'Deny', Action: 'ec2:Delete*', Resource: '*' }], 'DeleteVpc', { VpcId }),
    `UnauthorizedOperation: You are not authorized to perform this operation. ${user} ec2:DeleteVpc on resource: ${EC2}:vpc/${VpcId} with an explicit deny in an identity-based policy`,
  );
  assert.match(
    outcome(h, [allow('sqs:*')], 'ListUsers', {}, { service: 'iam' }) ?? '',
    /^AccessDenied: User: .* iam:ListUsers because no/,
  );
  assert.match(
    outcome(h, [allow('sqs:*')], 'ListCertificates', {}, { service: 'acm' }) ?? '',
    /^AccessDeniedException: User: /,
  );
});

test('conditions: region, tags that are there and tags that are given, where a service is', () => {
  const { h, VpcId, SubnetId } = world();
  const when = (Condition: object, Action = '*') => [allow(Action, { Condition })];
  const equals = (key: string, value: string | string[]) => when({ StringEquals: { [key]: value } });
  const tagged = (Value: string) => ({
    CidrBlock: '10.2.0.0/16',
    TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'Team', Value }] }],
  });
  const endpoint = { VpcId, ServiceName: SQS, SubnetIds: [SubnetId] };
  const others = allow('ec2:CreateVpcEndpoint', { Resource: [`${EC2}:vpc/*`, `${EC2}:subnet/*`] });
  const sqsOnly = (service: string) => [
    others,
    allow('ec2:CreateVpcEndpoint', {
      Resource: `${EC2}:vpc-endpoint/*`,
      Condition: { StringEquals: { 'ec2:VpceServiceName': service, 'ec2:VpceServiceOwner': 'amazon' } },
    }),
  ];
  const tagging = (action: string) => [
    allow('ec2:CreateVpc'),
    allow('ec2:CreateTags', { Condition: { StringEquals: { 'ec2:CreateAction': action } } }),
  ];
  const cases: readonly [string, readonly Statement[], string, object, boolean][] = [
    ['region', equals('aws:RequestedRegion', REGION), 'DescribeVpcs', {}, true],
    ['another region', equals('aws:RequestedRegion', 'eu-west-1'), 'DescribeVpcs', {}, false],
    ['ec2:Region', equals('ec2:Region', REGION), 'DescribeVpcs', {}, true],
    ['address', when({ IpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }), 'DescribeVpcs', {}, true],
    ['another address', when({ NotIpAddress: { 'aws:SourceIp': '203.0.113.0/24' } }), 'DescribeVpcs', {}, false],
    ['who', equals('aws:PrincipalArn', `arn:aws:iam::${ACCOUNT}:user/ann`), 'DescribeVpcs', {}, true],
    ['of which account', equals('aws:PrincipalAccount', OTHER), 'DescribeVpcs', {}, false],
    ['tag of the caller', equals('aws:PrincipalTag/dept', 'net'), 'DescribeVpcs', {}, true],
    ['tag of the resource', equals('aws:ResourceTag/Team', 'red'), 'DeleteVpc', { VpcId }, true],
    ['the older name', equals('ec2:ResourceTag/Team', 'red'), 'DeleteVpc', { VpcId }, true],
    ['another value', equals('aws:ResourceTag/Team', 'blue'), 'DeleteVpc', { VpcId }, false],
    ['no tag', equals('aws:ResourceTag/Team', 'red'), 'DeleteSubnet', { SubnetId }, false],
    ['an id', equals('ec2:VpcID', VpcId), 'DeleteVpc', { VpcId }, true],
    ['in a VPC', when({ ArnEquals: { 'ec2:Vpc': `${EC2}:vpc/${VpcId}` } }), 'DeleteSubnet', { SubnetId }, true],
    ['in another', when({ ArnEquals: { 'ec2:Vpc': `${EC2}:vpc/vpc-01234567` } }), 'DeleteSubnet', { SubnetId }, false],
    ['tag given', equals('aws:RequestTag/Team', 'red'), 'CreateVpc', tagged('red'), true],
    ['another given', equals('aws:RequestTag/Team', 'red'), 'CreateVpc', tagged('blue'), false],
    ['keys given', when({ 'ForAllValues:StringEquals': { 'aws:TagKeys': ['Team'] } }), 'CreateVpc', tagged('x'), true],
    ['other keys', when({ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['Cost'] } }), 'CreateVpc', tagged('x'), false],
    ['tagging what one makes', tagging('CreateVpc'), 'CreateVpc', tagged('x'), true],
    ['tagging something else', tagging('RunInstances'), 'CreateVpc', tagged('x'), false],
    ['making without tags', [allow('ec2:CreateVpc')], 'CreateVpc', { CidrBlock: '10.2.0.0/16' }, true],
    ['making with tags', [allow('ec2:CreateVpc')], 'CreateVpc', tagged('x'), false],
    ['an endpoint to SQS', sqsOnly(SQS), 'CreateVpcEndpoint', endpoint, true],
    ['not to others', sqsOnly(`com.amazonaws.${REGION}.sns`), 'CreateVpcEndpoint', endpoint, false],
    ['the VPC has no service name', equals('ec2:VpceServiceName', SQS), 'CreateVpcEndpoint', endpoint, false],
    ['a key of nobody', equals('ec2:Invented', 'x'), 'DescribeVpcs', {}, false],
    ['its negation', when({ StringNotEquals: { 'ec2:Invented': 'x' } }), 'DescribeVpcs', {}, true],
  ];
  for (const [name, statements, operation, input, expected] of cases) {
    assert.equal(outcome(h, statements, operation, input) === null, expected, name);
  }
});

test('a role is passed only by who may pass it, to whom they may', () => {
  const { h } = world();
  const trust = document({ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' });
  h.call('CreateRole', { RoleName: 'app', AssumeRolePolicyDocument: trust });
  h.call('CreateInstanceProfile', { InstanceProfileName: 'app' });
  h.call('AddRoleToInstanceProfile', { InstanceProfileName: 'app', RoleName: 'app' });
  const input = { ImageId: 'ami-01234567', IamInstanceProfile: { Name: 'app' } };
  const pass = (service: string) =>
    allow('iam:PassRole', { Condition: { StringEquals: { 'iam:PassedToService': service } } });
  assert.match(
    outcome(h, [allow('ec2:*')], 'RunInstances', input) ?? '',
    /iam:PassRole on resource: .*:role\/app because no/,
  );
  assert.match(outcome(h, [allow('ec2:*'), pass('ecs.amazonaws.com')], 'RunInstances', input) ?? '', /iam:PassRole/);
  assert.equal(outcome(h, [allow('ec2:*'), pass('ec2.amazonaws.com')], 'RunInstances', input), null);
  const log = { ResourceType: 'VPC', ResourceIds: [], DeliverLogsPermissionArn: `arn:aws:iam::${ACCOUNT}:role/app` };
  assert.match(outcome(h, [allow('ec2:*'), pass('ec2.amazonaws.com')], 'CreateFlowLogs', log) ?? '', /iam:PassRole/);
  assert.equal(outcome(h, [allow('ec2:*'), pass('vpc-flow-logs.amazonaws.com')], 'CreateFlowLogs', log), null);
});

test('who may give boundaries may give only those that the policy says, whatever was there before', () => {
  const { h } = world();
  const [sqs, admin] = ['AmazonSQSFullAccess', 'AdministratorAccess'].map((name) => `arn:aws:iam::aws:policy/${name}`);
  h.call('CreateUser', { UserName: 'bob', PermissionsBoundary: sqs });
  const may = allow('iam:*', { Condition: { StringEquals: { 'iam:PermissionsBoundary': sqs } } });
  const put = (PermissionsBoundary: string | undefined) =>
    outcome(h, [may], 'PutUserPermissionsBoundary', { UserName: 'bob', PermissionsBoundary }, { service: 'iam' });
  assert.equal(put(sqs), null);
  assert.match(put(admin) ?? '', /^AccessDenied: /);
  const attach = { UserName: 'bob', PolicyArn: admin };
  assert.equal(outcome(h, [may], 'AttachUserPolicy', attach, { service: 'iam' }), null, 'bob has that boundary');
  h.call('DeleteUserPermissionsBoundary', { UserName: 'bob' });
  assert.match(outcome(h, [may], 'AttachUserPolicy', attach, { service: 'iam' }) ?? '', /^AccessDenied: /);
});

test('boundaries, session policies and the endpoint’s policy limit; who one is may always be asked', () => {
  const { h } = world();
  const boundary = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';
  assert.match(
    outcome(h, [allow('*')], 'DescribeVpcs', {}, { boundary }) ?? '',
    /because no permissions boundary allows/,
  );
  const trust = document({ Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' });
  const { Role } = h.call('CreateRole', { RoleName: 'r', AssumeRolePolicyDocument: trust }) as {
    Role: { RoleId: string };
  };
  h.call('PutRolePolicy', { RoleName: 'r', PolicyName: 'p', PolicyDocument: document(allow('ec2:*')) });
  const session = (...policies: string[]): Principal => ({
    kind: 'session',
    account: ACCOUNT,
    roleName: 'r',
    roleId: Role.RoleId,
    path: '/',
    sessionName: 's',
    policies,
  });
  assert.equal(outcome(h, [], 'DescribeVpcs', {}, { principal: session() }), null);
  const limited = session(document(allow('ec2:CreateVpc')));
  assert.match(outcome(h, [], 'DescribeVpcs', {}, { principal: limited }) ?? '', /because no session policy allows/);
  const endpoint = document(allow('ec2:CreateVpc', { Principal: '*' }));
  const root: Principal = { kind: 'root', account: ACCOUNT };
  for (const principal of [root, ANN]) {
    const found = outcome(h, [allow('*')], 'DescribeVpcs', {}, { endpoint, principal });
    assert.match(found ?? '', /because no VPC endpoint policy allows the ec2:DescribeVpcs action$/);
  }
  assert.equal(outcome(h, [], 'DescribeVpcs', {}, { principal: root }), null);
  assert.equal(outcome(h, [], 'GetCallerIdentity', {}, { service: 'sts' }), null);
  assert.equal(outcome(h, [], 'GetCallerIdentity', {}, { service: 'sts', principal: limited }), null);
  assert.match(outcome(h, [], 'GetCallerIdentity', {}, { service: 'sts', endpoint }) ?? '', /no VPC endpoint policy/);
});
