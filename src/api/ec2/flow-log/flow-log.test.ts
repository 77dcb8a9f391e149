/** Flow logs: what is asked for, in AWS's shapes, texts and states. What comes of it: test/flow-logs.kernel.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DEFAULT_FORMAT, formatOf } from '../../../model/flow-log-fields.ts';
import { compile } from '../../../plan/compile.ts';
import { iamActions } from '../../iam/index.ts';
import { ACCOUNT, harness, REGION } from '../../testing.ts';
import { ec2Actions } from '../index.ts';

const TRUST = document('sts:AssumeRole', { Principal: { Service: 'vpc-flow-logs.amazonaws.com' } });
const GROUP = `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/flows`;
const TO_BUCKET = { LogDestinationType: 's3', LogDestination: 'arn:aws:s3:::logs-of-ours/net' } as const;

// biome-ignore lint/suspicious/noExplicitAny: answers are read as they are told
type Told = any;

function document(Action: string | string[], rest: object = {}): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: { Effect: 'Allow', Action, ...rest } });
}

function place() {
  const h = harness({ ...ec2Actions, ...iamActions });
  const call = (name: string, input: object = {}) => h.call(name, input) as Told;
  const vpc: string = call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId;
  const subnet: string = call('CreateSubnet', { VpcId: vpc, CidrBlock: '10.0.0.0/24' }).Subnet.SubnetId;
  const port: string = call('CreateNetworkInterface', { SubnetId: subnet }).NetworkInterface.NetworkInterfaceId;
  const role: string = call('CreateRole', { RoleName: 'flows', AssumeRolePolicyDocument: TRUST }).Role.Arn;
  const allow = (Action: string | string[], Resource = '*') =>
    call('PutRolePolicy', { RoleName: 'flows', PolicyName: 'p', PolicyDocument: document(Action, { Resource }) });
  allow(['logs:CreateLogGroup', 'logs:CreateLogStream', 'logs:PutLogEvents']);
  const ofVpc = { ResourceType: 'VPC', ResourceIds: [vpc], TrafficType: 'ALL' };
  const toGroup = { LogGroupName: '/flows', DeliverLogsPermissionArn: role };
  const create = (wish: object): string[] => call('CreateFlowLogs', { ...ofVpc, ...wish }).FlowLogIds;
  const refused = (wish: object) => h.refusal('CreateFlowLogs', { ...ofVpc, ...wish } as Told);
  const told = (wish: object = {}): Told[] => call('DescribeFlowLogs', wish).FlowLogs;
  const plan = () => compile(h.intent, h.facts).flowLogs;
  return { h, call, vpc, subnet, port, role, allow, ofVpc, toGroup, create, refused, told, plan };
}

test('a log to a log group, told as it was asked for, with AWS’s defaults', () => {
  const { call, vpc, role, ofVpc, toGroup, told, plan } = place();
  const tags = { TagSpecifications: [{ ResourceType: 'vpc-flow-log', Tags: [{ Key: 'a', Value: 'b' }] }] };
  const made = call('CreateFlowLogs', { ...ofVpc, ...toGroup, ...tags, ClientToken: 'once' });
  const [id] = made.FlowLogIds;
  assert.match(id, /^fl-[0-9a-f]{17}$/);
  assert.deepEqual(made, { FlowLogIds: [id], Unsuccessful: [], ClientToken: 'once' });
  assert.deepEqual(call('CreateFlowLogs', { ...ofVpc, ...toGroup, ...tags, ClientToken: 'once' }), made);
  const [{ CreationTime, ...rest }] = told();
  assert.ok(CreationTime instanceof Date);
  assert.deepEqual(rest, {
    DeliverLogsPermissionArn: role,
    DeliverLogsStatus: 'SUCCESS',
    FlowLogId: id,
    FlowLogStatus: 'ACTIVE',
    LogGroupName: '/flows',
    ResourceId: vpc,
    TrafficType: 'ALL',
    LogDestinationType: 'cloud-watch-logs',
    LogFormat: DEFAULT_FORMAT,
    Tags: [{ Key: 'a', Value: 'b' }],
    MaxAggregationInterval: 600,
  });
  assert.deepEqual(plan()[0]?.destination, { kind: 'logGroup', name: '/flows' });
  call('DeleteTags', { Resources: [id], Tags: [{ Key: 'a' }] });
  assert.deepEqual(told()[0].Tags, []);
});

test('logs of subnets and interfaces, to a bucket, in a format of one’s own', () => {
  const { call, subnet, port, told, plan } = place();
  const LogFormat = formatOf(['traffic-path', 'dstaddr']);
  const DestinationOptions = { FileFormat: 'plain-text', HiveCompatiblePartitions: true, PerHourPartition: true };
  const wish = { ...TO_BUCKET, TrafficType: 'REJECT', LogFormat, MaxAggregationInterval: 60, DestinationOptions };
  call('CreateFlowLogs', { ResourceType: 'Subnet', ResourceIds: [subnet, subnet], ...wish });
  call('CreateFlowLogs', { ResourceType: 'NetworkInterface', ResourceIds: [port], ...wish });
  const [ofSubnet, ofPort] = told();
  assert.deepEqual([ofSubnet.ResourceId, ofPort.ResourceId], [subnet, port]);
  assert.deepEqual(
    [ofPort.LogDestinationType, ofPort.LogDestination, ofPort.LogFormat, ofPort.MaxAggregationInterval],
    ['s3', TO_BUCKET.LogDestination, LogFormat, 60],
  );
  assert.deepEqual(ofPort.DestinationOptions, DestinationOptions);
  assert.equal(ofPort.LogGroupName, undefined);
  const row = plan().find(({ covers }) => covers === port);
  assert.deepEqual(row?.fields, ['traffic-path', 'dstaddr']);
  assert.deepEqual(row?.destination, { kind: 'bucket', bucket: 'logs-of-ours', prefix: 'net/' });
  assert.deepEqual([row?.traffic, row?.intervalSeconds, row?.hivePrefixes, row?.hourly], ['REJECT', 60, true, true]);
});

test('what cannot be, in AWS’s words', () => {
  const { refused, toGroup, role, subnet, h, ofVpc } = place();
  const { LogGroupName } = toGroup;
  const rows: readonly (readonly [object, RegExp])[] = [
    [{ ...toGroup, ResourceIds: [] }, /^MissingParameter: .*ResourceIds/],
    [{ ...toGroup, ResourceType: undefined }, /^MissingParameter: .*ResourceType/],
    [{ ...toGroup, TrafficType: undefined }, /^MissingParameter: .*TrafficType/],
    [{ ...toGroup, ResourceType: 'TransitGateway' }, /^UnsupportedOperation: .*'TransitGateway'/],
    [{ ...toGroup, LogDestinationType: 'kinesis-data-firehose' }, /^UnsupportedOperation: .*'kinesis-data-firehose'/],
    [{ ...TO_BUCKET, DestinationOptions: { FileFormat: 'parquet' } }, /^UnsupportedOperation: .*'parquet'/],
    [{ ...toGroup, DeliverCrossAccountRole: role }, /^UnsupportedOperation: .*DeliverCrossAccountRole/],
    [{}, /^InvalidParameter: LogDestination can't be empty if LogGroupName is not provided\./],
    [{ ...toGroup, LogDestination: GROUP }, /^InvalidParameter: Please only provide/],
    [{ LogDestinationType: 's3', LogGroupName }, /^InvalidParameter: LogDestination type must be cloud-watch-logs/],
    [{ LogGroupName }, /^InvalidParameter: DeliverLogsPermissionArn can't be empty if LogDestinationType is/],
    [{ ...TO_BUCKET, DeliverLogsPermissionArn: role }, /: DeliverLogsPermissionArn is not applicable for s3 delivery$/],
    [{ ...toGroup, DeliverLogsPermissionArn: 'arn:aws:iam::444455556666:role/x' }, /Invalid DeliverLogsPermissionArn/],
    [{ ...toGroup, LogGroupName: 'a b' }, /^InvalidParameter: Invalid LogGroupName/],
    [{ ...TO_BUCKET, LogDestination: GROUP }, /^InvalidParameter: Invalid LogDestination for s3/],
    [{ LogDestination: GROUP.replace(ACCOUNT, '444455556666') }, /^InvalidParameter: Invalid LogDestination/],
    [{ ...TO_BUCKET, LogDestination: 'arn:aws:s3:::logs-of-ours/AWSLogs/' }, /: AWSLogs is a reserved term/],
    [{ ...toGroup, DestinationOptions: { PerHourPartition: true } }, /^InvalidParameter: DestinationOptions/],
    [{ ...toGroup, MaxAggregationInterval: 300 }, /^InvalidParameter: Invalid Flow Log Max Aggregation Interval/],
    [{ ...toGroup, LogFormat: 'srcaddr' }, /^InvalidParameter: Invalid LogFormat/],
    [{ ...toGroup, LogFormat: '' }, /^InvalidParameter: Invalid LogFormat/],
    [{ ...toGroup, LogFormat: formatOf(['srcaddr', 'ecs-task-id']) }, /: Unknown fields provided: \$\{ecs-task-id\}/],
    [{ ...toGroup, ResourceIds: ['vpc-00000000000000000'] }, /^InvalidVpcID\.NotFound/],
    [{ ...toGroup, ResourceIds: [subnet] }, /^InvalidVpcID\.NotFound/],
  ];
  for (const [wish, text] of rows) assert.match(refused(wish), text);
  const strangers = h.as('444455556666').refusal('CreateFlowLogs', { ...ofVpc, ...TO_BUCKET } as Told);
  assert.match(strangers, /^InvalidVpcID\.NotFound/);
});

test('one of a kind to one destination, two for one resource', () => {
  const { create, refused, subnet, toGroup } = place();
  create(toGroup);
  assert.match(refused(toGroup), /^FlowLogAlreadyExists: Error\. There is an existing Flow Log/);
  create({ ...toGroup, TrafficType: 'REJECT' });
  assert.match(refused(TO_BUCKET), /^FlowLogsLimitExceeded: /);
  create({ ...TO_BUCKET, ResourceType: 'Subnet', ResourceIds: [subnet] });
});

test('how delivery fares follows from the role, and from what came of the last records', () => {
  const { call, h, create, allow, toGroup, told } = place();
  const [id = ''] = create(toGroup);
  const fault = () => [told()[0].DeliverLogsStatus, told()[0].DeliverLogsErrorMessage];
  assert.deepEqual(fault(), ['SUCCESS', undefined]);
  h.facts.logFaults.set(id, 'Unknown error');
  assert.deepEqual(fault(), ['FAILED', 'Unknown error']);
  h.facts.logFaults.clear();
  allow(['logs:CreateLogStream', 'logs:PutLogEvents'], `${GROUP}:*`);
  assert.deepEqual(fault(), ['SUCCESS', undefined]);
  allow('logs:CreateLogStream');
  assert.deepEqual(fault(), ['FAILED', 'Access error']);
  allow('logs:*');
  const trust = (Service: string, Condition: object = {}) =>
    call('UpdateAssumeRolePolicy', {
      RoleName: 'flows',
      PolicyDocument: document('sts:AssumeRole', { Principal: { Service }, Condition }),
    });
  trust('ec2.amazonaws.com');
  assert.deepEqual(fault(), ['FAILED', 'Access error']);
  trust('vpc-flow-logs.amazonaws.com', { StringEquals: { 'aws:SourceAccount': ACCOUNT } });
  assert.deepEqual(fault(), ['SUCCESS', undefined]);
  trust('vpc-flow-logs.amazonaws.com', { StringEquals: { 'aws:SourceAccount': '444455556666' } });
  assert.deepEqual(fault(), ['FAILED', 'Access error']);
  create({ ...toGroup, DeliverLogsPermissionArn: `arn:aws:iam::${ACCOUNT}:role/nobody`, TrafficType: 'ACCEPT' });
  const filtered = (status: string) => told({ Filter: [{ Name: 'deliver-log-status', Values: [status] }] }).length;
  assert.deepEqual([filtered('FAILED'), filtered('SUCCESS')], [2, 0]);
});

test('logs are found by ids and filters, page by page', () => {
  const { create, told, call, subnet, toGroup, vpc } = place();
  const [one = ''] = create({ ...toGroup, TrafficType: 'ACCEPT' });
  const [two = ''] = create({ ...TO_BUCKET, ResourceType: 'Subnet', ResourceIds: [subnet] });
  const ids = (wish: object) => told(wish).map(({ FlowLogId }) => FlowLogId);
  const by = (Name: string, ...Values: string[]) => ids({ Filter: [{ Name, Values }] });
  assert.deepEqual(ids({ FlowLogIds: [two, 'fl-00000000000000000'] }), [two]);
  assert.deepEqual(by('resource-id', vpc), [one]);
  assert.deepEqual(by('traffic-type', 'ALL'), [two]);
  assert.deepEqual(by('log-destination-type', 's3'), [two]);
  assert.deepEqual(by('log-group-name', '/flows'), [one]);
  assert.deepEqual(by('flow-log-id', one, two), [one, two]);
  for (let count = 0; count < 4; count++) call('CreateSubnet', { VpcId: vpc, CidrBlock: `10.0.${count + 1}.0/24` });
  const inVpc = { Filters: [{ Name: 'vpc-id', Values: [vpc] }] };
  const subnets = call('DescribeSubnets', inVpc).Subnets.map(({ SubnetId }: Told) => SubnetId);
  create({ ...toGroup, ResourceType: 'Subnet', ResourceIds: subnets });
  const first = call('DescribeFlowLogs', { MaxResults: 5 });
  const second = call('DescribeFlowLogs', { MaxResults: 5, NextToken: first.NextToken });
  assert.deepEqual([first.FlowLogs.length, second.FlowLogs.length, second.NextToken], [5, 2, undefined]);
});

test('a log ends when it is deleted; of several all or none; one whose resource went is told, and does nothing', () => {
  const { h, call, create, told, plan, port, toGroup } = place();
  const [id = ''] = create(toGroup);
  const [ofPort = ''] = create({ ...TO_BUCKET, ResourceType: 'NetworkInterface', ResourceIds: [port] });
  const missing = 'fl-00000000000000000';
  assert.match(
    h.refusal('DeleteFlowLogs', { FlowLogIds: [id, missing] }),
    /^InvalidFlowLogId\.NotFound: These flow log ids in the input list are not found: \[TotalCount: 1\] fl-0{17}$/,
  );
  assert.equal(told().length, 2);
  call('DeleteNetworkInterface', { NetworkInterfaceId: port });
  assert.deepEqual([told().length, plan().map((each) => each.id)], [2, [id]]);
  assert.deepEqual(call('DeleteFlowLogs', { FlowLogIds: [id, ofPort] }), { Unsuccessful: [] });
  assert.deepEqual([told(), plan()], [[], []]);
  assert.match(h.refusal('DeleteFlowLogs', { FlowLogIds: [id] }), /^InvalidFlowLogId\.NotFound/);
  assert.match(h.as('444455556666').refusal('DeleteFlowLogs', { FlowLogIds: [id] }), /NotFound/);
});
