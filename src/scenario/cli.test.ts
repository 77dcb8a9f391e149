import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { kebab, translate } from './cli.ts';
import { parseShorthand } from './shorthand.ts';
import { splitWords } from './words.ts';

function inputOf(command: string) {
  const words = splitWords(command);
  assert.ok(typeof words !== 'string', String(words));
  const { service, ...call } = translate(
    words.map(({ text }) => text),
    (name) => `text of ${name}`,
  );
  return { service: service.name, ...call };
}

describe('names as the CLI derives them', () => {
  for (const [name, expected] of [
    ['CreateVpcEndpoint', 'create-vpc-endpoint'],
    ['LoadBalancerArns', 'load-balancer-arns'],
    ['Ipv6CidrBlock', 'ipv6-cidr-block'],
    ['VPCId', 'vpc-id'],
    ['TargetARNs', 'target-arns'],
    ['DBInstanceIdentifier', 'db-instance-identifier'],
  ] as const) {
    it(name, () => assert.equal(kebab(name), expected));
  }
});

describe('commands', () => {
  const rows: readonly (readonly [command: string, expected: object])[] = [
    [
      'ec2 create-vpc --cidr-block 10.0.0.0/16 --no-dry-run --region eu-west-1',
      {
        service: 'ec2',
        operation: 'CreateVpc',
        region: 'eu-west-1',
        input: { CidrBlock: '10.0.0.0/16', DryRun: false },
      },
    ],
    ['ec2 modify-vpc-attribute --enable-dns-support', { input: { EnableDnsSupport: { Value: true } } }],
    ['ec2 modify-vpc-attribute --no-enable-dns-support', { input: { EnableDnsSupport: { Value: false } } }],
    ['ec2 modify-vpc-attribute --enable-dns-support Value=false', { input: { EnableDnsSupport: { Value: false } } }],
    ['ec2 describe-vpcs --vpc-ids vpc-1 vpc-2', { region: null, input: { VpcIds: ['vpc-1', 'vpc-2'] } }],
    [
      'ec2 describe-vpcs --filters Name=state,Values=a,b Name=cidr,Values=c',
      {
        input: {
          Filters: [
            { Name: 'state', Values: ['a', 'b'] },
            { Name: 'cidr', Values: ['c'] },
          ],
        },
      },
    ],
    [
      's3api put-object --bucket b --key k --body f.txt',
      { input: { Bucket: 'b', Body: Buffer.from('text of f.txt') } },
    ],
    ['s3api get-object --bucket b --key k out.txt', { service: 's3', input: { Bucket: 'b', Key: 'k' } }],
    ['sqs list-queues --endpoint-url https://a.b', { endpoint: 'https://a.b', input: {} }],
    [
      'cloudwatch list-metrics --namespace AWS/PrivateLinkEndpoints --dimensions Name=VPC\\ Id,Value=vpc-1',
      {
        service: 'monitoring',
        operation: 'ListMetrics',
        input: { Namespace: 'AWS/PrivateLinkEndpoints', Dimensions: [{ Name: 'VPC Id', Value: 'vpc-1' }] },
      },
    ],
    ['cloudtrail lookup-events --max-results 5', { service: 'cloudtrail', input: { MaxResults: 5 } }],
    ['logs describe-log-groups', { service: 'logs', operation: 'DescribeLogGroups' }],
    [
      'elbv2 modify-listener --default-actions \'[{"Type": "forward", "Order": 2}]\' --port 80',
      {
        service: 'elasticloadbalancing',
        input: { DefaultActions: [{ Type: 'forward', Order: 2 }], Port: 80 },
      },
    ],
    [
      'ec2 run-instances --image-id ami-1 --count 2 --user-data hello --security-group-ids sg-1 sg-2',
      {
        input: {
          ImageId: 'ami-1',
          MinCount: 2,
          MaxCount: 2,
          UserData: 'aGVsbG8=',
          SecurityGroupIds: ['sg-1', 'sg-2'],
        },
      },
    ],
    [
      'ec2 run-instances --image-id ami-1 --subnet-id subnet-1 --security-group-ids sg-1 --associate-public-ip-address',
      {
        input: {
          ImageId: 'ami-1',
          MinCount: 1,
          MaxCount: 1,
          NetworkInterfaces: [
            { DeviceIndex: 0, AssociatePublicIpAddress: true, SubnetId: 'subnet-1', Groups: ['sg-1'] },
          ],
        },
      },
    ],
    [
      'ec2 authorize-security-group-ingress --group-id sg-1 --protocol tcp --port 80-90 --cidr 10.0.0.0/8',
      {
        input: {
          GroupId: 'sg-1',
          IpPermissions: [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 90, IpRanges: [{ CidrIp: '10.0.0.0/8' }] }],
        },
      },
    ],
    [
      'ec2 authorize-security-group-egress --group-id sg-1 --protocol icmp --port -1 --source-group sg-2',
      {
        input: {
          GroupId: 'sg-1',
          IpPermissions: [{ IpProtocol: 'icmp', FromPort: -1, ToPort: -1, UserIdGroupPairs: [{ GroupId: 'sg-2' }] }],
        },
      },
    ],
    [
      'ec2 create-network-acl-entry --protocol udp --port-range From=1,To=2 --ingress',
      { input: { Protocol: '17', PortRange: { From: 1, To: 2 }, Egress: false } },
    ],
    [
      'iam create-role --role-name a --assume-role-policy-document file://p.json',
      { input: { RoleName: 'a', AssumeRolePolicyDocument: 'text of p.json' } },
    ],
    [
      'sqs create-queue --queue-name q --attributes A=1,B=2',
      { input: { QueueName: 'q', Attributes: { A: '1', B: '2' } } },
    ],
    [
      'sns subscribe --topic-arn a --protocol sqs --notification-endpoint b',
      { input: { TopicArn: 'a', Protocol: 'sqs', Endpoint: 'b' } },
    ],
    ['s3api create-bucket --bucket b', { service: 's3', input: { Bucket: 'b' } }],
  ];
  for (const [command, expected] of rows) it(command, () => assert.partialDeepStrictEqual(inputOf(command), expected));
});

describe('what there is not is refused by name', () => {
  for (const [command, sentence] of [
    ['athena list', /no aws athena/],
    ['elasticloadbalancing describe-load-balancers', /no aws elasticloadbalancing/],
    ['ec2 describe-nothing', /no operation describe-nothing/],
    ['ec2 create-vpc --cidr 10.0.0.0/8', /no option --cidr/],
    ['ec2 create-vpc --no-cidr-block', /no option --no-cidr-block/],
    ['ec2 create-vpc 10.0.0.0/8', /option is missing before/],
    ['ec2 create-vpc --cidr-block a --cidr-block b', /twice/],
    ['ec2 create-vpc --cidr-block a b', /one value/],
    ['ec2 create-vpc --cidr-block', /no value/],
    ['elbv2 modify-listener --port x', /is a number/],
    ['ec2 create-vpc --dry-run maybe', /true or false/],
    ['ec2 describe-vpcs --filters Nome=a', /has no Nome/],
    ['ec2 describe-vpcs --filters state', /a key/],
  ] as const) {
    it(command, () => assert.throws(() => inputOf(command), sentence));
  }
});

test('shorthand', () => {
  assert.deepEqual(parseShorthand('A=1,B=x,y,C={D=2,E=[p,q]},F="a,b",G='), {
    A: '1',
    B: ['x', 'y'],
    C: { D: '2', E: ['p', 'q'] },
    F: 'a,b',
    G: '',
  });
  assert.throws(() => parseShorthand('A={B=1'), /missing/);
});
