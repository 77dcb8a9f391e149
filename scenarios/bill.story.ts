/**
 * The sixth lab: what goes through an endpoint, a NAT gateway, a peering connection and a gateway endpoint is metered, byte by byte, and
 * what AWS would ask for it. https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-cloudwatch-metrics.html
 */
import type * as CloudWatch from '@aws-sdk/client-cloudwatch';
import * as EC2 from '@aws-sdk/client-ec2';
import * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Comparison } from '../src/bill/compare.ts';
import type { Cost } from '../src/bill/cost.ts';
import { id, made, terminate, untilReady } from './parts/lab.ts';
import { endpointIn, offer, type Place, peer, place, type Service } from './parts/ways.ts';
import type { Actor, Stage } from './stage.ts';
import type { Story } from './story.ts';

const REGION = 'ap-south-1';
const ZONES = ['aps1-az1'];
const CONSUMER = '222222222222';
/** What is fetched each way. */
const FILE_BYTES = { endpoint: 5_000_000, nat: 3_000_000, peering: 2_000_000 } as const;
/** Headers of packets, and what opens and ends connections: of full packets a thirtieth. */
const MOST_OVERHEAD = 0.1;

export const story: Story = {
  title: 'What goes through is metered, and what AWS would ask for it',
  region: REGION,
  async play(stage) {
    const lab = await places(stage);
    const ways = await open(stage, lab);
    await send(stage, lab, ways);
    await meters(stage, ways);
    await bill(stage, ways);
    await clear(stage, lab, ways);
  },
};

interface Lab {
  readonly provider: Place;
  readonly consumer: Place;
  readonly service: Service;
}

interface Ways {
  /** The web server's, in the internet. */
  readonly publicAddress: string;
  readonly endpointName: string;
  readonly endpoint: string;
  readonly nat: string;
  readonly peering: string;
  readonly gatewayEndpoint: string;
  /** What else is to be deleted in the end. */
  readonly allocations: readonly string[];
  readonly gateways: readonly (readonly [gateway: string, vpc: string])[];
  readonly publicSubnet: string;
  readonly publicTable: string;
}

// ── 1 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function places(stage: Stage): Promise<Lab> {
  let lab: Lab | undefined;
  await stage.step('A web server behind an endpoint service, and a consumer of another account', async () => {
    const provider = await place(stage, stage, 'web', '10.0.0.0/16', ZONES);
    const consumer = await place(stage, stage.as(CONSUMER), 'client', '10.1.0.0/16', ZONES);
    for (const { actor, machine } of [provider, consumer]) await untilReady(stage, actor, [machine]);
    const files = Object.entries(FILE_BYTES).map(([name, bytes]) => `head -c ${bytes} /dev/urandom > /srv/${name}`);
    await stage.inside(
      provider.machine,
      `${files.join('; ')}; systemd-run --quiet python3 -m http.server 80 --directory /srv`,
    );
    lab = { provider, consumer, service: await offer(stage, provider) };
  });
  return made(lab);
}

// ── 2 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function open(stage: Stage, { provider, consumer, service }: Lab): Promise<Ways> {
  let ways: Ways | undefined;
  await stage.step('Four ways: an endpoint, a NAT gateway, a peering connection, a gateway endpoint', async () => {
    const endpointName = await endpointIn(stage, consumer, service.name);
    const publicly = await stage.js(
      'ec2.createInternetGateway({ … }), ec2.associateAddress({ web })',
      () => publish(provider),
      ({ publicAddress }) => publicAddress,
    );
    const translated = await translate(stage, consumer);
    const peering = await peer(stage, provider, consumer, CONSUMER);
    const ec2 = new EC2.EC2(consumer.actor.sdk);
    const { VpcEndpoint } = await consumer.actor.aws<EC2.CreateVpcEndpointResult>(
      [
        ...['ec2', 'create-vpc-endpoint', '--vpc-id', consumer.network.vpc],
        ...['--service-name', `com.amazonaws.${REGION}.s3`, '--route-table-ids', consumer.network.table],
      ],
      (output) => output.VpcEndpoint?.VpcEndpointId ?? '',
    );
    const { VpcEndpoints = [] } = await ec2.describeVpcEndpoints({});
    ways = {
      ...{ endpointName, peering, gatewayEndpoint: id(VpcEndpoint?.VpcEndpointId), nat: translated.nat },
      endpoint: id(VpcEndpoints.find(({ VpcEndpointType }) => VpcEndpointType === 'Interface')?.VpcEndpointId),
      publicAddress: publicly.publicAddress,
      allocations: [publicly.allocation, translated.allocation],
      gateways: [
        [publicly.gateway, provider.network.vpc],
        [translated.gateway, consumer.network.vpc],
      ],
      ...{ publicSubnet: translated.subnet, publicTable: translated.table },
    };
  });
  return made(ways);
}

/** The web server, in the internet. */
async function publish({ actor, network, machine }: Place) {
  const ec2 = new EC2.EC2(actor.sdk);
  const gateway = await internetGateway(ec2, network.vpc, network.table);
  const { AllocationId, PublicIp } = await ec2.allocateAddress({});
  await ec2.associateAddress({ AllocationId, InstanceId: machine.id });
  return { gateway, allocation: id(AllocationId), publicAddress: id(PublicIp) };
}

async function internetGateway(ec2: EC2.EC2, VpcId: string, RouteTableId: string): Promise<string> {
  const { InternetGateway } = await ec2.createInternetGateway({});
  const InternetGatewayId = id(InternetGateway?.InternetGatewayId);
  await ec2.attachInternetGateway({ VpcId, InternetGatewayId });
  await ec2.createRoute({ RouteTableId, DestinationCidrBlock: '0.0.0.0/0', GatewayId: InternetGatewayId });
  return InternetGatewayId;
}

/** A NAT gateway in a public subnet of its own, once it is available, and the way there. */
async function translate(stage: Stage, { actor, network }: Place) {
  const ec2 = new EC2.EC2(actor.sdk);
  const VpcId = network.vpc;
  const found = await stage.js(
    'ec2.createSubnet({ public }), ec2.createInternetGateway({ … }), ec2.createNatGateway({ … })',
    async () => {
      const { Subnet } = await ec2.createSubnet({
        ...{ VpcId, CidrBlock: '10.1.0.0/24', AvailabilityZoneId: ZONES[0] },
      });
      const subnet = id(Subnet?.SubnetId);
      const table = id((await ec2.createRouteTable({ VpcId })).RouteTable?.RouteTableId);
      await ec2.associateRouteTable({ RouteTableId: table, SubnetId: subnet });
      const gateway = await internetGateway(ec2, VpcId, table);
      const { AllocationId } = await ec2.allocateAddress({});
      const { NatGateway } = await ec2.createNatGateway({ SubnetId: subnet, AllocationId });
      return { subnet, table, gateway, allocation: id(AllocationId), nat: id(NatGateway?.NatGatewayId) };
    },
    ({ nat }) => nat,
  );
  await stage.until('ec2.describeNatGateways({ … }) until it is available', async () => {
    const { NatGateways = [] } = await ec2.describeNatGateways({ NatGatewayIds: [found.nat] });
    return NatGateways.find(({ State }) => State === 'available');
  });
  const route = { RouteTableId: network.table, DestinationCidrBlock: '0.0.0.0/0', NatGatewayId: found.nat };
  await stage.js('ec2.createRoute({ 0.0.0.0/0 to the NAT gateway })', () => ec2.createRoute(route));
  return found;
}

// ── 3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function send(stage: Stage, { provider, consumer }: Lab, ways: Ways): Promise<void> {
  await stage.step('So many bytes through each of them', async () => {
    const fetch = (host: string, file: keyof typeof FILE_BYTES) =>
      stage.inside(
        consumer.machine,
        `curl -sS --connect-timeout 5 -o /dev/null -w '%{size_download} bytes' http://${host}/${file}`,
        new RegExp(`^${FILE_BYTES[file]} bytes`),
      );
    await fetch(ways.endpointName, 'endpoint');
    await fetch(ways.publicAddress, 'nat');
    await fetch(provider.address, 'peering');
    const s3 = `curl -sS --connect-timeout 5 -o /dev/null -w '%{http_code}' https://s3.${REGION}.amazonaws.com/nobodys`;
    await stage.inside(consumer.machine, s3, /^403/);
  });
}

// ── 4 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function meters(stage: Stage, ways: Ways): Promise<void> {
  await stage.step('CloudWatch: each side sees its own', async () => {
    // Whoever asks for the bill has all read that was counted up to then.
    await billed(stage);
    const consumer = stage.as(CONSUMER);
    const range = ['--start-time', minutesFromNow(-30), '--end-time', minutesFromNow(1), '--period', '1860'];
    const { Metrics = [] } = await consumer.aws<CloudWatch.ListMetricsOutput>(
      ['cloudwatch', 'list-metrics', '--namespace', 'AWS/PrivateLinkEndpoints'],
      ({ Metrics: found = [] }) => `${found.length} metrics`,
    );
    const whole = Metrics.find(
      ({ MetricName, Dimensions = [] }) => MetricName === 'BytesProcessed' && Dimensions.length === 4,
    );
    const dimensions = (whole?.Dimensions ?? []).map(({ Name, Value }) => `Name=${Name},Value=${Value}`);
    const asked = ['cloudwatch', 'get-metric-statistics', '--namespace', 'AWS/PrivateLinkEndpoints'];
    const { Datapoints = [] } = await consumer.aws<CloudWatch.GetMetricStatisticsOutput>(
      [...asked, '--metric-name', 'BytesProcessed', '--dimensions', ...dimensions, '--statistics', 'Sum', ...range],
      ({ Datapoints: [point] = [] }) => `${point?.Sum} bytes`,
    );
    within(stage, 'the endpoint', Datapoints[0]?.Sum, FILE_BYTES.endpoint);
    const nat = await sumOf(consumer, 'AWS/NATGateway', 'BytesInFromDestination', 'NatGatewayId', ways.nat);
    within(stage, 'the NAT gateway', nat, FILE_BYTES.nat);
  });
}

/** By GetMetricData. */
function sumOf(actor: Actor, Namespace: string, MetricName: string, Name: string, Value: string) {
  const Metric = { Namespace, MetricName, Dimensions: [{ Name, Value }] };
  const query = { Id: 'bytes', MetricStat: { Metric, Period: 1860, Stat: 'Sum' } };
  return actor
    .aws<CloudWatch.GetMetricDataOutput>(
      [
        ...['cloudwatch', 'get-metric-data', '--metric-data-queries', JSON.stringify([query])],
        ...['--start-time', minutesFromNow(-30), '--end-time', minutesFromNow(1)],
      ],
      ({ MetricDataResults: [found] = [] }) => `${found?.Values?.[0]} bytes`,
    )
    .then(({ MetricDataResults: [found] = [] }) => found?.Values?.[0]);
}

function minutesFromNow(minutes: number): string {
  return new Date(Date.now() + minutes * 60_000).toISOString();
}

function within(stage: Stage, what: string, seen: number | undefined, sent: number): void {
  const most = Math.round(sent * (1 + MOST_OVERHEAD));
  stage.check(
    `through ${what} went ${sent} bytes and what carries them`,
    seen !== undefined && seen >= sent && seen <= most,
    `${seen}`,
  );
}

async function billed(stage: Stage, ...more: readonly string[]): Promise<Cost> {
  const told = await stage.culvert(['cost', ...more, '--json'], (text) => {
    const { soFarUsd, aheadUsd, aheadHours } = JSON.parse(text) as Cost;
    return `${soFarUsd.toFixed(2)} dollars so far, ${aheadUsd.toFixed(2)} in ${aheadHours} hours`;
  });
  return JSON.parse(told) as Cost;
}

// ── 5 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function bill(stage: Stage, ways: Ways): Promise<void> {
  await stage.step('The bill: so far, in a month of 730 hours, and another way', async () => {
    const found = await billed(stage);
    const row = (of: string, rate: string) => found.rows.find((each) => each.id === of && each.rate === rate);
    const bytes = (of: string, rate: string) => (row(of, rate)?.soFar.quantity ?? 0) * 1024 ** 3;
    within(stage, 'the endpoint, as the bill has it,', bytes(ways.endpoint, 'endpointGigabyte'), FILE_BYTES.endpoint);
    within(stage, 'the NAT gateway, as the bill has it,', bytes(ways.nat, 'natGatewayGigabyte'), FILE_BYTES.nat);
    within(stage, 'the peering connection, as the bill has it,', bytes(ways.peering, 'free'), FILE_BYTES.peering);
    const hour = row(ways.endpoint, 'endpointHour');
    stage.check(
      'an endpoint in one zone is 0.013 dollars for the hour that began, and 9.49 for a month',
      hour?.soFar.usd === 0.013 && hour.ahead.usd.toFixed(2) === '9.49',
      `${hour?.soFar.usd} ${hour?.ahead.usd}`,
    );
    stage.table([
      ['', 'so far', '$', 'in 730 h', '$'],
      ...found.rows.map(({ id: of, rate, unit, soFar, ahead }) => [
        `${of.split('/').at(-1)} ${rate}`,
        `${soFar.quantity.toPrecision(3)} ${unit}`,
        soFar.usd.toPrecision(3),
        `${ahead.quantity.toPrecision(3)} ${unit}`,
        ahead.usd.toFixed(2),
      ]),
    ]);
    const day = await billed(stage, '--hours', '24');
    const hourly = (cost: Cost) =>
      cost.rows.find(({ id: of, rate }) => of === ways.nat && rate === 'natGatewayHour')?.ahead.quantity;
    stage.check('a what-if of 24 hours has 24', hourly(day) === 24 && hourly(found) === 730);
    const told = await stage.culvert(['cost', '--compare', '--json'], (text) => `${JSON.parse(text).length} ways`);
    const compared = JSON.parse(told) as Comparison[];
    const ofService = compared.find((each) => each.id === ways.endpoint);
    stage.check(
      'the service could be peered, and is in no gateway endpoint',
      ofService?.options.peering.usd !== null && ofService?.options['gateway endpoint'].usd === null,
    );
    stage.table([
      ['$ in 730 h', 'PrivateLink', 'NAT gateway', 'peering', 'gateway endpoint'],
      ...compared.map(({ id: of, options }) => [
        of,
        ...Object.values(options).map(({ usd, note }) => (usd === null ? `not possible: ${note}` : usd.toFixed(2))),
      ]),
    ]);
  });
}

// ── 6 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function clear(stage: Stage, { provider, consumer, service }: Lab, ways: Ways): Promise<void> {
  const ec2 = new EC2.EC2(stage.sdk);
  const elb = new ELB.ElasticLoadBalancingV2(stage.sdk);
  const own = new EC2.EC2(consumer.actor.sdk);
  await stage.step('Everything is deleted', async () => {
    await terminate(stage, provider.actor, [provider.machine]);
    await terminate(stage, consumer.actor, [consumer.machine]);
    await stage.js(
      'ec2.deleteVpcEndpoints({ … }), ec2.deleteNatGateway({ … }), elbv2.deleteLoadBalancer({ … }) …',
      async () => {
        await own.deleteVpcEndpoints({ VpcEndpointIds: [ways.endpoint, ways.gatewayEndpoint] });
        await own.deleteNatGateway({ NatGatewayId: ways.nat });
        await ec2.deleteVpcPeeringConnection({ VpcPeeringConnectionId: ways.peering });
        await ec2.deleteVpcEndpointServiceConfigurations({ ServiceIds: [service.id] });
        await elb.deleteLoadBalancer({ LoadBalancerArn: service.balancer });
        await elb.deleteTargetGroup({ TargetGroupArn: service.group });
      },
    );
    await stage.until('until the endpoint and the NAT gateway are deleted', async () => {
      const { NatGateways = [] } = await own.describeNatGateways({ NatGatewayIds: [ways.nat] });
      const { VpcEndpoints = [] } = await own.describeVpcEndpoints({});
      const isGone = (state: string | undefined) => state?.toLowerCase() === 'deleted';
      return NatGateways.every(({ State }) => isGone(State)) && VpcEndpoints.every(({ State }) => isGone(State))
        ? true
        : undefined;
    });
    await stage.js('ec2.releaseAddress({ … }), ec2.deleteSubnet({ … }) …, ec2.deleteVpc({ … }) × 2', async () => {
      for (const [at, owner] of [ec2, own].entries()) {
        await owner.releaseAddress({ AllocationId: ways.allocations[at] });
        const [InternetGatewayId, VpcId] = ways.gateways[at] ?? [];
        await owner.detachInternetGateway({ InternetGatewayId, VpcId });
        await owner.deleteInternetGateway({ InternetGatewayId });
      }
      await own.deleteSubnet({ SubnetId: ways.publicSubnet });
      await own.deleteRouteTable({ RouteTableId: ways.publicTable });
      for (const { actor, network } of [provider, consumer]) {
        const owner = new EC2.EC2(actor.sdk);
        for (const SubnetId of network.subnets) await owner.deleteSubnet({ SubnetId });
        await owner.deleteRouteTable({ RouteTableId: network.table });
        await owner.deleteSecurityGroup({ GroupId: network.group });
        await owner.deleteVpc({ VpcId: network.vpc });
      }
    });
    const { rows } = await billed(stage);
    stage.check(
      'what is gone stands on the bill of the month, and costs nothing more',
      rows.every(({ ahead }) => ahead.usd === 0),
    );
  });
}
