/**
 * The third lab, the hub of the multi-VPC whitepaper: one VPC has the endpoints, spokes over peering and a transit gateway use
 * them, and an office over VPN, whose names come from an inbound resolver endpoint.
 * https://docs.aws.amazon.com/whitepapers/latest/building-scalable-secure-multi-vpc-network-infrastructure/centralized-access-to-vpc-private-endpoints.html
 */
import * as EC2 from '@aws-sdk/client-ec2';
import * as IAM from '@aws-sdk/client-iam';
import * as Route53 from '@aws-sdk/client-route-53';
import * as SQS from '@aws-sdk/client-sqs';
import { deleteNetwork, id, made, type PrivateNetwork, privateNetwork, terminate, untilReady } from './parts/lab.ts';
import type { At, Stage } from './stage.ts';
import type { Story } from './story.ts';

const REGION = 'ap-south-1';
const HOST = `sqs.${REGION}.amazonaws.com`;
const ZONES = ['aps1-az1', 'aps1-az3'];
const OFFICE = '192.168.0.0/16';
const ALL = '10.0.0.0/8';
const NAME = 'hub-sender';
const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};
const SQS_FULL_ACCESS = 'arn:aws:iam::aws:policy/AmazonSQSFullAccess';
const TIMEOUT = /Connect timeout on endpoint URL|Could not connect|timed out/;

export const story: Story = {
  title: 'One VPC has the endpoints; two spokes and an office send SQS messages through it',
  region: REGION,
  async play(stage) {
    const hub = await sharedServices(stage);
    const spokes = await twoSpokes(stage);
    const peering = await overPeering(stage, hub, spokes);
    const transit = await overTransit(stage, hub, spokes);
    const office = await fromTheOffice(stage, hub, transit);
    await whatDoesNotPass(stage, hub, spokes, peering, transit, office);
    await deleteAll(stage, hub, spokes, peering, transit, office);
  },
};

interface Hub {
  readonly network: PrivateNetwork;
  readonly endpoint: string;
  readonly addresses: readonly string[];
  readonly zone: string;
  readonly queue: string;
  /** Of each message: who sent it, over which way, and what arrived. */
  readonly seen: string[][];
}

interface Spokes {
  readonly networks: readonly [PrivateNetwork, PrivateNetwork];
  readonly machines: readonly [At, At];
}

interface Transit {
  readonly gateway: string;
  /** Its default route table. */
  readonly table: string;
  /** The hub's, then the spoke's. */
  readonly attachments: readonly string[];
}

interface Office {
  readonly at: At;
  readonly vpn: string;
  readonly customerGateway: string;
  readonly inbound: string;
  readonly variables: string;
}

// ── 1 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function sharedServices(stage: Stage): Promise<Hub> {
  const ec2 = new EC2.EC2(stage.sdk);
  const route53 = new Route53.Route53(stage.sdk);
  let hub: Hub | undefined;
  await stage.step('The hub: an interface endpoint for SQS, and a private hosted zone in its name', async () => {
    const network = await privateNetwork(stage, stage, 'hub', '10.0.0.0/16', ZONES, 443);
    await stage.js('ec2.authorizeSecurityGroupIngress({ HTTPS and DNS from the spokes and the office })', () =>
      ec2.authorizeSecurityGroupIngress({
        GroupId: network.group,
        IpPermissions: [
          {
            IpProtocol: 'tcp',
            FromPort: 443,
            ToPort: 443,
            IpRanges: ['10.1.0.0/16', '10.2.0.0/16', OFFICE].map(cidrIp),
          },
          { IpProtocol: 'udp', FromPort: 53, ToPort: 53, IpRanges: [cidrIp(OFFICE)] },
          { IpProtocol: 'tcp', FromPort: 53, ToPort: 53, IpRanges: [cidrIp(OFFICE)] },
        ],
      }),
    );
    const { VpcEndpoint } = await stage.aws<EC2.CreateVpcEndpointResult>(
      [
        ...['ec2', 'create-vpc-endpoint', '--vpc-endpoint-type', 'Interface', '--vpc-id', network.vpc],
        ...['--service-name', `com.amazonaws.${REGION}.sqs`, '--subnet-ids', ...network.subnets],
        ...['--security-group-ids', network.group, '--no-private-dns-enabled'],
      ],
      ({ VpcEndpoint }) =>
        `${VpcEndpoint?.VpcEndpointId} ${VpcEndpoint?.State}, without private DNS: that would answer in the hub alone`,
    );
    const endpoint = id(VpcEndpoint?.VpcEndpointId);
    const addresses = await stage.js(
      'ec2.describeNetworkInterfaces({ … })',
      async () => {
        const NetworkInterfaceIds = VpcEndpoint?.NetworkInterfaceIds ?? [];
        const { NetworkInterfaces = [] } = await ec2.describeNetworkInterfaces({ NetworkInterfaceIds });
        return NetworkInterfaces.map(({ PrivateIpAddress }) => PrivateIpAddress ?? '').sort();
      },
      (all) => all.join(' and '),
    );
    const [regional] = VpcEndpoint?.DnsEntries ?? [];
    const { HostedZone } = await stage.aws<Route53.CreateHostedZoneResponse>(
      [
        ...['route53', 'create-hosted-zone', '--name', HOST, '--caller-reference', 'hub'],
        ...['--vpc', `VPCRegion=${REGION},VPCId=${network.vpc}`],
      ],
      ({ HostedZone }) => HostedZone?.Id ?? '',
    );
    const zone = id(HostedZone?.Id);
    await stage.js(`route53.changeResourceRecordSets({ ${HOST} → alias of the endpoint })`, () =>
      route53.changeResourceRecordSets({ HostedZoneId: zone, ChangeBatch: { Changes: [alias('CREATE', regional)] } }),
    );
    const { QueueUrl } = await stage.aws<SQS.CreateQueueResult>(
      ['sqs', 'create-queue', '--queue-name', 'orders'],
      (output) => output.QueueUrl ?? '',
    );
    hub = { network, endpoint, addresses, zone, queue: id(QueueUrl), seen: [] };
  });
  return made(hub);
}

const cidrIp = (CidrIp: string) => ({ CidrIp });

function alias(Action: 'CREATE' | 'DELETE', entry: EC2.DnsEntry | undefined): Route53.Change {
  const AliasTarget = {
    DNSName: id(entry?.DnsName),
    HostedZoneId: id(entry?.HostedZoneId),
    EvaluateTargetHealth: false,
  };
  return { Action, ResourceRecordSet: { Name: HOST, Type: 'A', AliasTarget } };
}

// ── 2 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function twoSpokes(stage: Stage): Promise<Spokes> {
  const ec2 = new EC2.EC2(stage.sdk);
  const iam = new IAM.IAM(stage.sdk);
  let spokes: Spokes | undefined;
  await stage.step('Two spokes without endpoints of their own, and an instance in each', async () => {
    const first = await privateNetwork(stage, stage, 'spoke-1', '10.1.0.0/16', ZONES, 443);
    const second = await privateNetwork(stage, stage, 'spoke-2', '10.2.0.0/16', ZONES, 443);
    await stage.js(
      'iam.createRole({ … }), iam.attachRolePolicy({ … }), iam.createInstanceProfile({ … }) …',
      async () => {
        await iam.createRole({ RoleName: NAME, AssumeRolePolicyDocument: JSON.stringify(TRUST) });
        await iam.attachRolePolicy({ RoleName: NAME, PolicyArn: SQS_FULL_ACCESS });
        await iam.createInstanceProfile({ InstanceProfileName: NAME });
        await iam.addRoleToInstanceProfile({ InstanceProfileName: NAME, RoleName: NAME });
      },
    );
    const { Images } = await ec2.describeImages({ Owners: ['amazon'] });
    const launch = async (name: string, network: PrivateNetwork): Promise<At> => {
      const { Instances } = await stage.aws<EC2.Reservation>(
        [
          ...['ec2', 'run-instances', '--image-id', id(Images?.[0]?.ImageId), '--instance-type', 't3.micro'],
          ...['--iam-instance-profile', `Name=${NAME}`, '--subnet-id', id(network.subnets[0])],
          ...['--security-group-ids', network.group],
        ],
        ({ Instances }) => `${Instances?.[0]?.InstanceId} ${Instances?.[0]?.PrivateIpAddress}`,
      );
      return { name, id: id(Instances?.[0]?.InstanceId) };
    };
    const machines = [await launch('spoke-1', first), await launch('spoke-2', second)] as const;
    await untilReady(stage, stage, machines);
    spokes = { networks: [first, second], machines };
  });
  return made(spokes);
}

// ── 3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function overPeering(stage: Stage, hub: Hub, { networks: [spoke], machines: [at] }: Spokes): Promise<string> {
  const ec2 = new EC2.EC2(stage.sdk);
  let peering: string | undefined;
  await stage.step('The first spoke over VPC peering: a route, then a name, then a message', async () => {
    const { VpcPeeringConnection } = await stage.aws<EC2.CreateVpcPeeringConnectionResult>(
      ['ec2', 'create-vpc-peering-connection', '--vpc-id', spoke.vpc, '--peer-vpc-id', hub.network.vpc],
      (output) => output.VpcPeeringConnection?.VpcPeeringConnectionId ?? '',
    );
    peering = id(VpcPeeringConnection?.VpcPeeringConnectionId);
    await stage.aws(['ec2', 'accept-vpc-peering-connection', '--vpc-peering-connection-id', peering]);
    const to = { VpcPeeringConnectionId: peering };
    await stage.js(
      'ec2.createRoute({ … }) on both sides',
      async () => {
        await ec2.createRoute({ RouteTableId: spoke.table, DestinationCidrBlock: hub.network.block, ...to });
        await ec2.createRoute({ RouteTableId: hub.network.table, DestinationCidrBlock: spoke.block, ...to });
      },
      () => `from the spoke to ${hub.network.block}, from the hub to ${spoke.block}, by the connection`,
    );
    await stage.inside(
      at,
      `dig +short ${HOST}`,
      /^198\.19\./,
      (address) => `${address.trim()}, the public address still`,
    );
    await stage.insideFails(at, send(hub, 'nobody hears this', 'AWS_MAX_ATTEMPTS=1 '), TIMEOUT);
    await associate(stage, hub, spoke);
    await digs(stage, at, hub);
    await sends(stage, at, hub, 'VPC peering', 'from the first spoke');
  });
  return made(peering);
}

async function associate(stage: Stage, { zone }: Hub, { vpc }: PrivateNetwork): Promise<void> {
  await stage.aws([
    ...['route53', 'associate-vpc-with-hosted-zone', '--hosted-zone-id', zone],
    ...['--vpc', `VPCRegion=${REGION},VPCId=${vpc}`],
  ]);
}

async function digs(stage: Stage, at: At, { addresses }: Hub): Promise<void> {
  const answer = await stage.inside(at, `dig +short ${HOST} | sort`);
  stage.check(`these are the endpoint's addresses`, answer.split('\n').join() === addresses.join(), answer);
}

function send({ queue }: Hub, body: string, variables = ''): string {
  const patience = variables.includes('MAX_ATTEMPTS') ? ' --cli-connect-timeout 2' : '';
  return `${variables}aws sqs send-message --queue-url ${queue} --message-body '${body}'${patience}`;
}

async function sends(stage: Stage, at: At, hub: Hub, way: string, body: string, variables = ''): Promise<void> {
  const sqs = new SQS.SQS(stage.sdk);
  await stage.inside(
    at,
    send(hub, body, variables),
    /MessageId/,
    (stdout) => `MessageId ${JSON.parse(stdout).MessageId}`,
  );
  await stage.js(
    'sqs.receiveMessage({ … }), sqs.deleteMessage({ … })',
    async () => {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl: hub.queue, WaitTimeSeconds: 1 });
      if (Messages[0]?.Body !== body) throw new Error(`received ${JSON.stringify(Messages)}`);
      await sqs.deleteMessage({ QueueUrl: hub.queue, ReceiptHandle: id(Messages[0].ReceiptHandle) });
    },
    () => `received "${body}"`,
  );
  hub.seen.push([at.name, way, `"${body}"`]);
}

// ── 4 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function overTransit(
  stage: Stage,
  hub: Hub,
  { networks: [, spoke], machines: [, at] }: Spokes,
): Promise<Transit> {
  const ec2 = new EC2.EC2(stage.sdk);
  let transit: Transit | undefined;
  await stage.step('The second spoke over a transit gateway', async () => {
    const { TransitGateway } = await stage.aws<EC2.CreateTransitGatewayResult>(
      ['ec2', 'create-transit-gateway', '--description', 'hub'],
      (output) => `${output.TransitGateway?.TransitGatewayId} ${output.TransitGateway?.State}`,
    );
    const gateway = id(TransitGateway?.TransitGatewayId);
    const table = id(TransitGateway?.Options?.AssociationDefaultRouteTableId);
    await stage.until('ec2.describeTransitGateways({ … }) until it is available', async () => {
      const { TransitGateways = [] } = await ec2.describeTransitGateways({ TransitGatewayIds: [gateway] });
      return TransitGateways.find(({ State }) => State === 'available');
    });
    const attachments: string[] = [];
    for (const network of [hub.network, spoke]) {
      const { TransitGatewayVpcAttachment: made } = await stage.aws<EC2.CreateTransitGatewayVpcAttachmentResult>(
        [
          ...['ec2', 'create-transit-gateway-vpc-attachment', '--transit-gateway-id', gateway],
          ...['--vpc-id', network.vpc, '--subnet-ids', ...network.subnets],
        ],
        (output) => output.TransitGatewayVpcAttachment?.TransitGatewayAttachmentId ?? '',
      );
      attachments.push(id(made?.TransitGatewayAttachmentId));
    }
    await stage.js(
      'ec2.createRoute({ … }) on both sides',
      async () => {
        const route = (RouteTableId: string, DestinationCidrBlock: string) =>
          ec2.createRoute({ RouteTableId, DestinationCidrBlock, TransitGatewayId: gateway });
        await route(spoke.table, ALL);
        await route(hub.network.table, spoke.block);
        await route(hub.network.table, OFFICE);
      },
      () => `from the spoke to ${ALL}, from the hub to ${spoke.block} and ${OFFICE}, by the transit gateway`,
    );
    await associate(stage, hub, spoke);
    await digs(stage, at, hub);
    await sends(stage, at, hub, 'transit gateway', 'from the second spoke');
    transit = { gateway, table, attachments };
  });
  return made(transit);
}

// ── 5 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function fromTheOffice(stage: Stage, hub: Hub, { gateway }: Transit): Promise<Office> {
  const ec2 = new EC2.EC2(stage.sdk);
  const iam = new IAM.IAM(stage.sdk);
  const at = { name: 'office', id: 'office' };
  let office: Office | undefined;
  await stage.step('An office: a VPN, an inbound resolver endpoint, and its own DNS server', async () => {
    const created = await stage.culvert(['site', 'create', 'office', OFFICE, '--dns', 'dnsmasq']);
    const address = /public address is ([\d.]+)/.exec(created)?.[1] ?? '';
    const { CustomerGateway } = await stage.aws<EC2.CreateCustomerGatewayResult>(
      ['ec2', 'create-customer-gateway', '--type', 'ipsec.1', '--bgp-asn', '65000', '--ip-address', address],
      (output) => output.CustomerGateway?.CustomerGatewayId ?? '',
    );
    const customerGateway = id(CustomerGateway?.CustomerGatewayId);
    const { VpnConnection } = await stage.aws<EC2.CreateVpnConnectionResult>(
      [
        ...['ec2', 'create-vpn-connection', '--type', 'ipsec.1', '--customer-gateway-id', customerGateway],
        ...['--transit-gateway-id', gateway],
      ],
      (output) => `${output.VpnConnection?.VpnConnectionId} ${output.VpnConnection?.State}`,
    );
    const vpn = id(VpnConnection?.VpnConnectionId);
    await stage.until(
      'ec2.describeVpnConnections({ … }) until its tunnel is up',
      async () => {
        const { VpnConnections = [] } = await ec2.describeVpnConnections({ VpnConnectionIds: [vpn] });
        return VpnConnections[0]?.VgwTelemetry?.some(({ Status }) => Status === 'UP') ? VpnConnections[0] : undefined;
      },
      ({ VgwTelemetry }) => `UP: ${VgwTelemetry?.[0]?.StatusMessage}`,
    );
    const subnets = hub.network.subnets.map((subnet) => `SubnetId=${subnet}`);
    const { ResolverEndpoint } = await stage.aws<{ ResolverEndpoint?: { Id?: string } }>(
      [
        ...['route53resolver', 'create-resolver-endpoint', '--creator-request-id', 'hub', '--direction', 'INBOUND'],
        ...['--security-group-ids', hub.network.group, '--ip-addresses', ...subnets],
      ],
      (output) => output.ResolverEndpoint?.Id ?? '',
    );
    const inbound = id(ResolverEndpoint?.Id);
    const { IpAddresses } = await stage.aws<{ IpAddresses: { Ip: string }[] }>(
      ['route53resolver', 'list-resolver-endpoint-ip-addresses', '--resolver-endpoint-id', inbound],
      (output) => output.IpAddresses.map(({ Ip }) => Ip).join(' and '),
    );
    const status = `dig +time=2 +tries=1 ${HOST} | grep -o 'status: [A-Z]*'`;
    await stage.inside(at, status, /REFUSED/, (told) => `${told.trim()}: its server asks nobody yet`);
    await stage.culvert(['site', 'forward', 'office', 'amazonaws.com', ...IpAddresses.map(({ Ip }) => Ip)]);
    await digs(stage, at, hub);
    const key = await stage.js(
      'iam.createUser({ UserName: "office" }), iam.attachUserPolicy({ … }), iam.createAccessKey({ … })',
      async () => {
        await iam.createUser({ UserName: 'office' });
        await iam.attachUserPolicy({ UserName: 'office', PolicyArn: SQS_FULL_ACCESS });
        const { AccessKey } = await iam.createAccessKey({ UserName: 'office' });
        stage.secret(id(AccessKey?.SecretAccessKey));
        return AccessKey;
      },
      (made) => made?.AccessKeyId ?? '',
    );
    const variables = `AWS_ACCESS_KEY_ID=${id(key?.AccessKeyId)} AWS_SECRET_ACCESS_KEY=${id(key?.SecretAccessKey)} AWS_DEFAULT_REGION=${REGION} `;
    office = { at, vpn, customerGateway, inbound, variables };
    await sends(stage, at, hub, 'VPN, transit gateway', 'from the office', variables);
  });
  return made(office);
}

// ── 6 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function whatDoesNotPass(
  stage: Stage,
  hub: Hub,
  spokes: Spokes,
  peering: string,
  { gateway, table, attachments: [attachment = ''] }: Transit,
  office: Office,
): Promise<void> {
  const ec2 = new EC2.EC2(stage.sdk);
  const [first, second] = spokes.machines;
  const [one, two] = spokes.networks;
  await stage.step(
    'What the hub does not do: open other ports, join its spokes, lend its gateway endpoint',
    async () => {
      await cannotFetch(stage, first, `http://${HOST}/`);
      await stage.dropped(first, HOST, 80, 'group_in', 'ENI_SG_RULES_MISMATCH');

      const address = await stage.inside(second, 'hostname -I');
      await cannotFetch(stage, first, `http://${address}/`);
      await stage.dropped(first, address, 80, 'route', 'NO_ROUTE_TO_DESTINATION');
      const hop = { DestinationCidrBlock: two.block, VpcPeeringConnectionId: peering };
      await stage.js(`ec2.createRoute({ ${two.block} by the peering connection with the hub })`, () =>
        ec2.createRoute({ RouteTableId: one.table, ...hop }),
      );
      await stage.dropped(first, address, 80, 'link', 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR');
      // It is peered with the hub, and attached to nothing that the office comes through.
      const peered = await stage.inside(first, 'hostname -I');
      await stage.dropped(office.at, peered, 80, 'route', 'NO_ROUTE_TO_DESTINATION');

      await stage.aws([
        ...['ec2', 'create-vpc-endpoint', '--vpc-endpoint-type', 'Gateway', '--vpc-id', hub.network.vpc],
        ...['--service-name', `com.amazonaws.${REGION}.s3`, '--route-table-ids', hub.network.table],
      ]);
      const s3 = `s3.${REGION}.amazonaws.com`;
      const bucket = await stage.inside(second, `dig +short ${s3}`);
      await stage.dropped(second, s3, 443, 'route', 'NO_ROUTE_TO_DESTINATION');
      await stage.js(
        'ec2.createRoute({ all to the transit gateway }), ec2.createTransitGatewayRoute({ all to the hub })',
        async () => {
          const all = { DestinationCidrBlock: '0.0.0.0/0' };
          await ec2.createRoute({ RouteTableId: two.table, ...all, TransitGatewayId: gateway });
          const to = { TransitGatewayRouteTableId: table, TransitGatewayAttachmentId: attachment };
          await ec2.createTransitGatewayRoute({ ...all, ...to });
        },
      );
      await cannotFetch(stage, second, `https://${s3}/`);
      await stage.dropped(second, s3, 443, 'cross', 'GATEWAY_REJECTS_SPOOFED_TRAFFIC');
      await stage.dropped(office.at, bucket, 443, 'cross', 'GATEWAY_REJECTS_SPOOFED_TRAFFIC');

      await stage.aws([
        ...['ec2', 'revoke-security-group-ingress', '--group-id', hub.network.group],
        ...['--protocol', 'tcp', '--port', '443', '--cidr', OFFICE],
      ]);
      const impatient = `${office.variables}AWS_MAX_ATTEMPTS=1 `;
      await stage.insideFails(office.at, send(hub, 'nobody hears this', impatient), TIMEOUT);
      await stage.dropped(office.at, id(hub.addresses[0]), 443, 'group_in', 'ENI_SG_RULES_MISMATCH');
      await sends(stage, second, hub, 'transit gateway', 'the spokes are as before');
      stage.table([['from', 'over', 'arrived through the hub'], ...hub.seen]);
    },
  );
}

const cannotFetch = (stage: Stage, at: At, url: string) =>
  stage.insideFails(at, `curl -sS --connect-timeout 2 ${url}`, /timed out|Timeout/);

// ── 7 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function deleteAll(
  stage: Stage,
  hub: Hub,
  spokes: Spokes,
  peering: string,
  transit: Transit,
  office: Office,
): Promise<void> {
  const ec2 = new EC2.EC2(stage.sdk);
  const iam = new IAM.IAM(stage.sdk);
  const route53 = new Route53.Route53(stage.sdk);
  const sqs = new SQS.SQS(stage.sdk);
  await stage.step('Everything is deleted, and in the wrong order refused', async () => {
    const { gateway, attachments } = transit;
    await stage.awsRefused(['ec2', 'delete-transit-gateway', '--transit-gateway-id', gateway], /IncorrectState/);
    await stage.aws(['ec2', 'delete-vpn-connection', '--vpn-connection-id', office.vpn]);
    await stage.insideFails(office.at, `dig +short +time=1 +tries=1 ${HOST}`, /timed out|no servers/);
    await stage.aws(['ec2', 'delete-customer-gateway', '--customer-gateway-id', office.customerGateway]);
    await stage.culvert(['site', 'delete', 'office']);
    await stage.aws(['route53resolver', 'delete-resolver-endpoint', '--resolver-endpoint-id', office.inbound]);
    await terminate(stage, stage, spokes.machines);
    await stage.js('ec2.deleteTransitGatewayVpcAttachment({ … }) × 2, ec2.deleteTransitGateway({ … })', async () => {
      for (const TransitGatewayAttachmentId of attachments) {
        await ec2.deleteTransitGatewayVpcAttachment({ TransitGatewayAttachmentId });
      }
      await ec2.deleteTransitGateway({ TransitGatewayId: gateway });
    });
    await stage.aws(['ec2', 'delete-vpc-peering-connection', '--vpc-peering-connection-id', peering]);
    await stage.until('ec2.deleteVpcEndpoints({ … }), ec2.describeVpcEndpoints({ … }) until all are gone', async () => {
      const Filters = [{ Name: 'vpc-id', Values: [hub.network.vpc] }];
      const { VpcEndpoints = [] } = await ec2.describeVpcEndpoints({ Filters });
      const left = VpcEndpoints.filter(({ State }) => State?.toLowerCase() !== 'deleted');
      if (left.length === 0) return true;
      await ec2.deleteVpcEndpoints({ VpcEndpointIds: left.map(({ VpcEndpointId }) => id(VpcEndpointId)) });
      return undefined;
    });
    await stage.js('route53.changeResourceRecordSets({ … }), route53.deleteHostedZone({ … })', async () => {
      const { ResourceRecordSets = [] } = await route53.listResourceRecordSets({ HostedZoneId: hub.zone });
      const own = ResourceRecordSets.filter(({ AliasTarget }) => AliasTarget !== undefined);
      const Changes = own.map((ResourceRecordSet) => ({ Action: 'DELETE' as const, ResourceRecordSet }));
      await route53.changeResourceRecordSets({ HostedZoneId: hub.zone, ChangeBatch: { Changes } });
      await route53.deleteHostedZone({ Id: hub.zone });
    });
    await stage.js('sqs.deleteQueue({ … }), iam.deleteUser({ … }), iam.deleteRole({ … }) …', async () => {
      await sqs.deleteQueue({ QueueUrl: hub.queue });
      const { AccessKeyMetadata = [] } = await iam.listAccessKeys({ UserName: 'office' });
      for (const { AccessKeyId } of AccessKeyMetadata) {
        await iam.deleteAccessKey({ UserName: 'office', AccessKeyId: id(AccessKeyId) });
      }
      await iam.detachUserPolicy({ UserName: 'office', PolicyArn: SQS_FULL_ACCESS });
      await iam.deleteUser({ UserName: 'office' });
      await iam.removeRoleFromInstanceProfile({ InstanceProfileName: NAME, RoleName: NAME });
      await iam.deleteInstanceProfile({ InstanceProfileName: NAME });
      await iam.detachRolePolicy({ RoleName: NAME, PolicyArn: SQS_FULL_ACCESS });
      await iam.deleteRole({ RoleName: NAME });
    });
    for (const network of [hub.network, ...spokes.networks]) await deleteNetwork(stage, stage, network);
    const gone = [hub.network, ...spokes.networks].map(({ vpc }) => vpc);
    await stage.until(
      "ip netns: until the VPCs', the gateway's and the office's namespaces are gone",
      async () =>
        stage.namespaces().some((name) => [...gone, gateway, 'office', 'site-office'].includes(name))
          ? undefined
          : true,
      () => 'gone',
    );
  });
}
