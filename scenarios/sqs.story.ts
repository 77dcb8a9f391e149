/**
 * The first lab: a private instance sends a message to an SQS queue through an interface endpoint.
 * AWS's own version: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-creating-interface-vpc-endpoint-sqs.html
 */
import * as EC2 from '@aws-sdk/client-ec2';
import * as IAM from '@aws-sdk/client-iam';
import * as SQS from '@aws-sdk/client-sqs';
import { id, made, untilReady } from './parts/lab.ts';
import type { At, Stage } from './stage.ts';
import type { Story } from './story.ts';

const REGION = 'ap-south-1';
const SERVICE = `com.amazonaws.${REGION}.sqs`;
const HOST = `sqs.${REGION}.amazonaws.com`;

/** One try, and not long: that nothing answers need not take a minute to see. */
const ONE_TRY = 'AWS_MAX_ATTEMPTS=1';
const SHORT = '--cli-connect-timeout 2';
const TIMEOUT = /Connect timeout on endpoint URL/;

/** IMDSv2: a token first, then the role that the instance has. */
const METADATA =
  'T=$(curl -sX PUT -H "X-aws-ec2-metadata-token-ttl-seconds: 60" 169.254.169.254/latest/api/token); ' +
  'curl -sH "X-aws-ec2-metadata-token: $T" 169.254.169.254/latest/meta-data/iam/security-credentials/';

export const story: Story = {
  title: 'A private instance sends an SQS message through an interface endpoint',
  region: REGION,
  async play(stage) {
    const lab = await network(stage);
    const machines = await instances(stage, lab);
    const queue = await withoutEndpoint(stage, machines);
    const endpoint = await createEndpoint(stage, lab);
    await throughEndpoint(stage, machines, queue, endpoint);
    await changes(stage, lab, machines, queue, endpoint);
    await deleteAll(stage, lab, machines, queue, endpoint);
  },
};

interface Lab {
  readonly vpc: string;
  readonly gateway: string;
  readonly publicSubnets: readonly string[];
  readonly privateSubnets: readonly string[];
  readonly publicTable: string;
  readonly privateTable: string;
  readonly instanceGroup: string;
  readonly endpointGroup: string;
}

interface Machines {
  readonly public: At;
  readonly private: At;
}

interface Queue {
  readonly url: string;
}

interface Endpoint {
  readonly id: string;
  readonly addresses: readonly string[];
  readonly names: readonly string[];
}

const PUBLIC_BLOCKS = ['10.0.0.0/24', '10.0.1.0/24'];
const PRIVATE_BLOCKS = ['10.0.10.0/24', '10.0.11.0/24'];
const ZONES = [`${REGION}a`, `${REGION}b`];

// ── 1 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function network(stage: Stage): Promise<Lab> {
  const ec2 = new EC2.EC2(stage.sdk);
  let lab: Lab | undefined;
  await stage.step('A VPC with a public and a private subnet in each of two zones', async () => {
    const { Vpc } = await stage.aws<EC2.CreateVpcResult>(
      ['ec2', 'create-vpc', '--cidr-block', '10.0.0.0/16', '--region', REGION],
      ({ Vpc }) => `${Vpc?.VpcId} ${Vpc?.State}`,
    );
    const vpc = id(Vpc?.VpcId);
    await stage.aws(['ec2', 'modify-vpc-attribute', '--vpc-id', vpc, '--enable-dns-hostnames']);
    const { EnableDnsSupport } = await stage.js('ec2.describeVpcAttribute({ Attribute: "enableDnsSupport" })', () =>
      ec2.describeVpcAttribute({ VpcId: vpc, Attribute: 'enableDnsSupport' }),
    );
    stage.check('DNS support is on from the beginning', EnableDnsSupport?.Value === true);

    const subnet = (block: string, zone: string) =>
      stage.js(
        `ec2.createSubnet({ CidrBlock: "${block}", AvailabilityZone: "${zone}" })`,
        async () =>
          id((await ec2.createSubnet({ VpcId: vpc, CidrBlock: block, AvailabilityZone: zone })).Subnet?.SubnetId),
        (subnetId) => subnetId,
      );
    const publicSubnets: string[] = [];
    const privateSubnets: string[] = [];
    for (const [at, zone] of ZONES.entries()) {
      publicSubnets.push(await subnet(PUBLIC_BLOCKS[at] as string, zone));
      privateSubnets.push(await subnet(PRIVATE_BLOCKS[at] as string, zone));
    }

    const gateway = await stage.js(
      'ec2.createInternetGateway({}), ec2.attachInternetGateway({ … })',
      async () => {
        const gatewayId = id((await ec2.createInternetGateway({})).InternetGateway?.InternetGatewayId);
        await ec2.attachInternetGateway({ InternetGatewayId: gatewayId, VpcId: vpc });
        return gatewayId;
      },
      (gatewayId) => gatewayId,
    );
    const table = async (subnets: readonly string[], viaGateway: boolean) => {
      const tableId = id((await ec2.createRouteTable({ VpcId: vpc })).RouteTable?.RouteTableId);
      if (viaGateway) {
        await ec2.createRoute({ RouteTableId: tableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: gateway });
      }
      for (const SubnetId of subnets) await ec2.associateRouteTable({ RouteTableId: tableId, SubnetId });
      return tableId;
    };
    const publicTable = await stage.js(
      'ec2.createRouteTable({ … }), ec2.createRoute({ 0.0.0.0/0 → the gateway }), ec2.associateRouteTable({ … }) × 2',
      () => table(publicSubnets, true),
      (tableId) => `${tableId} for the public subnets`,
    );
    const privateTable = await stage.js(
      'ec2.createRouteTable({ … }), ec2.associateRouteTable({ … }) × 2',
      () => table(privateSubnets, false),
      (tableId) => `${tableId} for the private subnets: the local route only`,
    );

    const group = (name: string, description: string) =>
      stage.js(
        `ec2.createSecurityGroup({ GroupName: "${name}" })`,
        async () =>
          id((await ec2.createSecurityGroup({ VpcId: vpc, GroupName: name, Description: description })).GroupId),
        (groupId) => groupId,
      );
    const instanceGroup = await group('instances', 'nothing in, everything out');
    const endpointGroup = await group('endpoint', 'HTTPS from the VPC');
    await stage.aws([
      ...['ec2', 'authorize-security-group-ingress', '--group-id', endpointGroup],
      ...['--protocol', 'tcp', '--port', '443', '--cidr', '10.0.0.0/16'],
    ]);
    lab = { vpc, gateway, publicSubnets, privateSubnets, publicTable, privateTable, instanceGroup, endpointGroup };
  });
  return made(lab);
}

// ── 2 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const ROLE = 'sqs-sender';
const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
const SQS_FULL_ACCESS = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';

async function instances(stage: Stage, lab: Lab): Promise<Machines> {
  const ec2 = new EC2.EC2(stage.sdk);
  const iam = new IAM.IAM(stage.sdk);
  let machines: Machines | undefined;
  await stage.step('A role for instances, and two instances: one public, one private', async () => {
    await stage.aws<IAM.CreateRoleResponse>(
      ['iam', 'create-role', '--role-name', ROLE, '--assume-role-policy-document', JSON.stringify(TRUST)],
      ({ Role }) => Role?.Arn ?? '',
    );
    await stage.aws(['iam', 'attach-role-policy', '--role-name', ROLE, '--policy-arn', SQS_FULL_ACCESS]);
    await stage.js('iam.createInstanceProfile({ … }), iam.addRoleToInstanceProfile({ … })', async () => {
      await iam.createInstanceProfile({ InstanceProfileName: ROLE });
      await iam.addRoleToInstanceProfile({ InstanceProfileName: ROLE, RoleName: ROLE });
    });
    const image = await stage.js(
      'ec2.describeImages({ Owners: ["amazon"] })',
      async () => (await ec2.describeImages({ Owners: ['amazon'] })).Images?.[0],
      (found) => `${found?.ImageId} ${found?.Name}`,
    );
    const common = [
      '--image-id',
      id(image?.ImageId),
      '--instance-type',
      't3.micro',
      '--iam-instance-profile',
      `Name=${ROLE}`,
    ];
    const launch = (name: string, subnet: string, more: readonly string[]) =>
      stage.aws<EC2.Reservation>(
        [
          ...[
            'ec2',
            'run-instances',
            ...common,
            '--subnet-id',
            subnet,
            '--security-group-ids',
            lab.instanceGroup,
            ...more,
          ],
          ...['--tag-specifications', `ResourceType=instance,Tags=[{Key=Name,Value=${name}}]`],
        ],
        ({ Instances }) =>
          `${Instances?.[0]?.InstanceId} ${Instances?.[0]?.PrivateIpAddress} ${Instances?.[0]?.State?.Name}`,
      );
    const outside = await launch('public', id(lab.publicSubnets[0]), ['--associate-public-ip-address']);
    const inside = await launch('private', id(lab.privateSubnets[0]), []);
    machines = {
      public: { name: 'public', id: id(outside.Instances?.[0]?.InstanceId) },
      private: { name: 'private', id: id(inside.Instances?.[0]?.InstanceId) },
    };
    await untilReady(stage, stage, [machines.public, machines.private]);
    await stage.inside(machines.private, 'hostname; ps -p 1 -o comm=', /^ip-10-0-10-\d+\s+systemd$/m);
    await stage.inside(machines.private, METADATA, new RegExp(`^${ROLE}$`));
  });
  return made(machines);
}

// ── 3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function withoutEndpoint(stage: Stage, machines: Machines): Promise<Queue> {
  let queue: Queue | undefined;
  await stage.step('A queue: reached from the public instance, not from the private one', async () => {
    const { QueueUrl } = await stage.aws<SQS.CreateQueueResult>(
      ['sqs', 'create-queue', '--queue-name', 'orders'],
      (output) => output.QueueUrl ?? '',
    );
    const url = id(QueueUrl);
    stage.check(`the queue's URL has the service's own name`, url.startsWith(`https://${HOST}/`), url);
    queue = { url };
    await stage.inside(machines.private, `dig +short ${HOST}`, /^198\.19\./);
    await stage.insideFails(machines.private, send(url, 'nobody hears this', `${ONE_TRY} `), TIMEOUT);
    await stage.inside(machines.public, send(url, 'through the internet gateway'), /MessageId/, messageId);
    await receive(stage, url, 'through the internet gateway');
  });
  return made(queue);
}

function send(url: string, body: string, variables = ''): string {
  const patience = variables === '' ? '' : ` ${SHORT}`;
  return `${variables}aws sqs send-message --queue-url ${url} --message-body '${body}'${patience}`;
}

function messageId(stdout: string): string {
  return `MessageId ${(JSON.parse(stdout) as SQS.SendMessageResult).MessageId}`;
}

/** On the other side: what was sent is there, is taken, and is all there is. */
async function receive(stage: Stage, url: string, body: string): Promise<void> {
  const sqs = new SQS.SQS(stage.sdk);
  await stage.js(
    'sqs.receiveMessage({ … }), sqs.deleteMessage({ … })',
    async () => {
      const { Messages = [] } = await sqs.receiveMessage({
        QueueUrl: url,
        MaxNumberOfMessages: 10,
        WaitTimeSeconds: 1,
      });
      const bodies = Messages.map(({ Body }) => Body);
      if (bodies.length !== 1 || bodies[0] !== body) throw new Error(`received ${JSON.stringify(bodies)}`);
      await sqs.deleteMessage({ QueueUrl: url, ReceiptHandle: id(Messages[0]?.ReceiptHandle) });
    },
    () => `received "${body}"`,
  );
}

// ── 4 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const ALLOW_ALL = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }],
};

async function createEndpoint(stage: Stage, lab: Lab): Promise<Endpoint> {
  const ec2 = new EC2.EC2(stage.sdk);
  let endpoint: Endpoint | undefined;
  await stage.step('An interface endpoint for SQS in the private subnets of both zones', async () => {
    const { VpcEndpoint: asked } = await stage.aws<EC2.CreateVpcEndpointResult>(
      [
        ...['ec2', 'create-vpc-endpoint', '--vpc-endpoint-type', 'Interface', '--vpc-id', lab.vpc],
        ...['--service-name', SERVICE, '--subnet-ids', ...lab.privateSubnets],
        ...['--security-group-ids', lab.endpointGroup, '--private-dns-enabled'],
        ...['--policy-document', JSON.stringify(ALLOW_ALL)],
      ],
      ({ VpcEndpoint }) => `${VpcEndpoint?.VpcEndpointId} ${VpcEndpoint?.State}`,
    );
    stage.check('it begins as pending', asked?.State?.toLowerCase() === 'pending', asked?.State);
    const endpointId = id(asked?.VpcEndpointId);
    const found = await stage.until(
      'ec2.describeVpcEndpoints({ … }) until it is available',
      async () => {
        const { VpcEndpoints = [] } = await ec2.describeVpcEndpoints({ VpcEndpointIds: [endpointId] });
        return VpcEndpoints.find(({ State }) => State?.toLowerCase() === 'available');
      },
      ({ State }) => `${State}: the kernel has it`,
    );
    const names = (found.DnsEntries ?? []).map(({ DnsName }) => DnsName ?? '');
    const addresses = await stage.js(
      'ec2.describeNetworkInterfaces({ NetworkInterfaceIds: … })',
      async () => {
        const { NetworkInterfaces = [] } = await ec2.describeNetworkInterfaces({
          NetworkInterfaceIds: found.NetworkInterfaceIds ?? [],
        });
        return NetworkInterfaces.map(({ PrivateIpAddress }) => PrivateIpAddress ?? '').sort();
      },
      (all) => `its interfaces have ${all.join(' and ')}`,
    );
    stage.check(
      'one address in each of the two subnets',
      addresses.length === 2 &&
        addresses.some((a) => a.startsWith('10.0.10.')) &&
        addresses.some((a) => a.startsWith('10.0.11.')),
      addresses.join(' '),
    );
    endpoint = { id: endpointId, addresses, names };
  });
  return made(endpoint);
}

// ── 5 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function throughEndpoint(stage: Stage, machines: Machines, queue: Queue, endpoint: Endpoint): Promise<void> {
  await stage.step('From the private instance: names, credentials, TLS and a message', async () => {
    await digs(stage, machines.private, HOST, endpoint.addresses);
    const [regional = '', ...others] = endpoint.names;
    const zonal = others.find((name) => name.includes(`-${ZONES[0]}.`)) ?? '';
    stage.check(
      'its names are as AWS makes them',
      NAMES.every((form) => endpoint.names.some((name) => form.test(name))),
      endpoint.names.join(' '),
    );
    await digs(stage, machines.private, regional, endpoint.addresses);
    await digs(
      stage,
      machines.private,
      zonal,
      endpoint.addresses.filter((address) => address.startsWith('10.0.10.')),
    );
    await stage.inside(machines.private, "aws configure list | grep -E 'access_key|region'", /iam-role[\s\S]*imds/);
    await stage.inside(
      machines.private,
      `curl -sSv https://${HOST}/ 2>&1 | grep -E 'subject:|SSL certificate verify|Connected to'`,
      /SSL certificate verify ok/,
    );
    await stage.inside(machines.private, send(queue.url, 'through the endpoint'), /MessageId/, messageId);
    await receive(stage, queue.url, 'through the endpoint');
  });
}

const NAMES = [
  /^vpce-0[0-9a-f]{16}-[0-9a-z]{8}\.sqs\.ap-south-1\.vpce\.amazonaws\.com$/,
  /^vpce-0[0-9a-f]{16}-[0-9a-z]{8}-ap-south-1a\.sqs\.ap-south-1\.vpce\.amazonaws\.com$/,
  /^vpce-0[0-9a-f]{16}-[0-9a-z]{8}-ap-south-1b\.sqs\.ap-south-1\.vpce\.amazonaws\.com$/,
  /^sqs\.ap-south-1\.amazonaws\.com$/,
];

/** The name must have these addresses and no other. */
async function digs(stage: Stage, at: At, name: string, addresses: readonly string[]): Promise<void> {
  const answer = await stage.inside(at, `dig +short ${name} | sort`);
  const same = answer.split('\n').join(' ') === [...addresses].sort().join(' ');
  stage.check(
    `these are the endpoint's addresses${addresses.length === 1 ? ' in that zone' : ''}, and only these`,
    same,
    `${answer} is not ${addresses.join(' ')}`,
  );
}

// ── 6 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function changes(stage: Stage, lab: Lab, machines: Machines, queue: Queue, endpoint: Endpoint): Promise<void> {
  const ec2 = new EC2.EC2(stage.sdk);
  const https = ['--group-id', lab.endpointGroup, '--protocol', 'tcp', '--port', '443', '--cidr', '10.0.0.0/16'];
  await stage.step('A security group and DNS settings change what packets and names do', async () => {
    await stage.aws(['ec2', 'revoke-security-group-ingress', ...https]);
    await stage.insideFails(machines.private, send(queue.url, 'nobody hears this', `${ONE_TRY} `), TIMEOUT);
    await stage.aws(['ec2', 'authorize-security-group-ingress', ...https]);
    await stage.inside(machines.private, send(queue.url, 'and again'), /MessageId/, messageId);
    await receive(stage, queue.url, 'and again');

    await stage.aws(['ec2', 'modify-vpc-endpoint', '--vpc-endpoint-id', endpoint.id, '--no-private-dns-enabled']);
    await available(stage, ec2, endpoint);
    await stage.inside(machines.private, `dig +short ${HOST}`, /^198\.19\.[\d.]+\s*$/);
    await digs(stage, machines.private, endpoint.names[0] ?? '', endpoint.addresses);
    await stage.js('ec2.modifyVpcEndpoint({ PrivateDnsEnabled: true })', () =>
      ec2.modifyVpcEndpoint({ VpcEndpointId: endpoint.id, PrivateDnsEnabled: true }),
    );
    await available(stage, ec2, endpoint);
    await digs(stage, machines.private, HOST, endpoint.addresses);

    await stage.js('ec2.modifyVpcAttribute({ EnableDnsSupport: { Value: false } })', () =>
      ec2.modifyVpcAttribute({ VpcId: lab.vpc, EnableDnsSupport: { Value: false } }),
    );
    await stage.insideFails(
      machines.private,
      `dig +time=1 +tries=1 +short ${HOST}`,
      /timed out|no servers could be reached|connection refused/,
    );
    await stage.js('ec2.modifyVpcAttribute({ EnableDnsSupport: { Value: true } })', () =>
      ec2.modifyVpcAttribute({ VpcId: lab.vpc, EnableDnsSupport: { Value: true } }),
    );
    await digs(stage, machines.private, HOST, endpoint.addresses);
  });
}

async function available(stage: Stage, ec2: EC2.EC2, endpoint: Endpoint): Promise<void> {
  await stage.until('ec2.describeVpcEndpoints({ … }) until it is available again', async () => {
    const { VpcEndpoints = [] } = await ec2.describeVpcEndpoints({ VpcEndpointIds: [endpoint.id] });
    return VpcEndpoints.find(({ State }) => State?.toLowerCase() === 'available');
  });
}

// ── 7 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function deleteAll(stage: Stage, lab: Lab, machines: Machines, queue: Queue, endpoint: Endpoint): Promise<void> {
  const ec2 = new EC2.EC2(stage.sdk);
  const iam = new IAM.IAM(stage.sdk);
  const sqs = new SQS.SQS(stage.sdk);
  const ids = [machines.public.id, machines.private.id];
  await stage.step('Everything is deleted, and in the wrong order refused', async () => {
    await stage.awsRefused(['ec2', 'delete-vpc', '--vpc-id', lab.vpc], /DependencyViolation/);
    await stage.jsRefused(
      "ec2.deleteSubnet({ the private instance's })",
      () => ec2.deleteSubnet({ SubnetId: id(lab.privateSubnets[0]) }),
      'DependencyViolation',
    );
    await stage.jsRefused(
      "ec2.deleteSecurityGroup({ the endpoint's })",
      () => ec2.deleteSecurityGroup({ GroupId: lab.endpointGroup }),
      'DependencyViolation',
    );
    await stage.jsRefused(
      'ec2.detachInternetGateway({ while the public instance has its address })',
      () => ec2.detachInternetGateway({ InternetGatewayId: lab.gateway, VpcId: lab.vpc }),
      'DependencyViolation',
    );
    await stage.jsRefused('iam.deleteRole({ … })', () => iam.deleteRole({ RoleName: ROLE }), 'DeleteConflictException');

    await stage.aws(['ec2', 'delete-vpc-endpoints', '--vpc-endpoint-ids', endpoint.id]);
    await stage.js('ec2.terminateInstances({ both })', () => ec2.terminateInstances({ InstanceIds: ids }));
    await stage.until(
      'ec2.describeInstances({ … }) until both are terminated, ec2.describeVpcEndpoints({ … }) until it is deleted',
      async () => {
        const { Reservations = [] } = await ec2.describeInstances({ InstanceIds: ids });
        const states = Reservations.flatMap(({ Instances = [] }) => Instances.map(({ State }) => State?.Name));
        const { VpcEndpoints = [] } = await ec2.describeVpcEndpoints({
          Filters: [{ Name: 'vpc-endpoint-id', Values: [endpoint.id] }],
        });
        const gone = VpcEndpoints.every(({ State }) => State?.toLowerCase() === 'deleted');
        return gone && states.every((state) => state === 'terminated') ? states : undefined;
      },
      () => 'terminated; deleted',
      60_000,
    );
    await stage.js('sqs.deleteQueue({ … })', () => sqs.deleteQueue({ QueueUrl: queue.url }));
    await stage.js('ec2.deleteSecurityGroup({ … }) × 2', async () => {
      for (const GroupId of [lab.endpointGroup, lab.instanceGroup]) await ec2.deleteSecurityGroup({ GroupId });
    });
    await stage.js('ec2.deleteSubnet({ … }) × 4, ec2.deleteRouteTable({ … }) × 2', async () => {
      for (const SubnetId of [...lab.publicSubnets, ...lab.privateSubnets]) await ec2.deleteSubnet({ SubnetId });
      for (const RouteTableId of [lab.publicTable, lab.privateTable]) await ec2.deleteRouteTable({ RouteTableId });
    });
    await stage.js('ec2.detachInternetGateway({ … }), ec2.deleteInternetGateway({ … })', async () => {
      await ec2.detachInternetGateway({ InternetGatewayId: lab.gateway, VpcId: lab.vpc });
      await ec2.deleteInternetGateway({ InternetGatewayId: lab.gateway });
    });
    await stage.aws(['ec2', 'delete-vpc', '--vpc-id', lab.vpc]);
    await stage.js(
      'iam.removeRoleFromInstanceProfile, deleteInstanceProfile, detachRolePolicy, deleteRole',
      async () => {
        await iam.removeRoleFromInstanceProfile({ InstanceProfileName: ROLE, RoleName: ROLE });
        await iam.deleteInstanceProfile({ InstanceProfileName: ROLE });
        await iam.detachRolePolicy({ RoleName: ROLE, PolicyArn: SQS_FULL_ACCESS });
        await iam.deleteRole({ RoleName: ROLE });
      },
    );
    await stage.until(
      "ip netns: until the VPC's and the instances' namespaces are gone",
      async () => (stage.namespaces().some((name) => [lab.vpc, ...ids].includes(name)) ? undefined : true),
      () => 'gone',
    );
  });
}
