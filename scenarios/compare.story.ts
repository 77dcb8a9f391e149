/**
 * The fourth lab: VPC peering and PrivateLink side by side, each difference as an experiment, and in the end as a table.
 * https://docs.aws.amazon.com/whitepapers/latest/aws-privatelink/aws-privatelink.html
 */
import * as EC2 from '@aws-sdk/client-ec2';
import * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import { id, made, terminate, untilReady } from './parts/lab.ts';
import { endpointIn, offer, type Place, peer, place, route, type Service } from './parts/ways.ts';
import type { Stage } from './stage.ts';
import type { Story } from './story.ts';

const REGION = 'ap-south-1';
const ZONES = ['aps1-az1'];
const TWIN = '222222222222';
const NEIGHBOUR = '333333333333';
/** AWS lets nobody have more active peering connections of one VPC. */
const MOST_PEERINGS = 125;
/** Of the web server's, beside the one that the service has. */
const OTHER_PORT = 8080;
/** Of the web server: nobody in the VPC with equal addresses has it. */
const WEB = '10.0.10.80';
const CURL = 'curl -sS --connect-timeout 2 -o /dev/null -w "HTTP %{http_code} from %{remote_ip}"';
const TIMEOUT = /timed out|Timeout was reached/;

export const story: Story = {
  title: 'VPC peering and PrivateLink: what is alike, what is not, by experiment',
  region: REGION,
  async play(stage) {
    const lab = await places(stage);
    const rows = [
      await overlap(stage, lab),
      await whoBegins(stage, lab),
      await reach(stage, lab),
      await transit(stage, lab),
      await scale(stage, lab),
    ];
    await tellAndDelete(stage, lab, rows);
  },
};

/** What was asked, and what came of it each way. */
interface Row {
  readonly question: string;
  readonly peering: string;
  readonly privateLink: string;
}

interface Lab {
  readonly provider: Place;
  /** The same addresses as the provider's. */
  readonly twin: Place;
  readonly neighbour: Place;
  /** Joined to the neighbour alone. */
  readonly third: Place;
  readonly service: Service;
  /** Filled in by the experiments: a name that leads into the service. */
  readonly endpoints: { twin: string; neighbour: string };
}

// ── 1 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function places(stage: Stage): Promise<Lab> {
  let lab: Lab | undefined;
  await stage.step('A provider with a web server, and three VPCs that want to reach it', async () => {
    const provider = await place(stage, stage, 'web', '10.0.0.0/16', ZONES, WEB);
    const twin = await place(stage, stage.as(TWIN), 'twin', '10.0.0.0/16', ZONES);
    const neighbour = await place(stage, stage.as(NEIGHBOUR), 'neighbour', '10.1.0.0/16', ZONES);
    const third = await place(stage, stage.as(NEIGHBOUR), 'third', '10.2.0.0/16', ZONES);
    for (const { actor, machine } of [provider, twin, neighbour]) await untilReady(stage, actor, [machine]);
    await untilReady(stage, third.actor, [third.machine]);
    for (const [{ machine }, port] of [
      [provider, 80],
      [provider, OTHER_PORT],
      [neighbour, 80],
    ] as const) {
      await stage.inside(machine, `systemd-run --quiet python3 -m http.server ${port} --directory /srv`);
    }
    lab = {
      provider,
      twin,
      neighbour,
      third,
      service: await offer(stage, provider),
      endpoints: { twin: '', neighbour: '' },
    };
  });
  return made(lab);
}

const fetches = (stage: Stage, { machine }: Place, host: string) =>
  stage.inside(machine, `${CURL} http://${host}/`, /^HTTP 200 from/);
const ways = ({ machine }: Place, address: string) => `${machine.name} → ${address}:80`;
const cannotFetch = (stage: Stage, { machine }: Place, host: string) =>
  stage.insideFails(machine, `${CURL} http://${host}/`, TIMEOUT);

// ── 2 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function overlap(stage: Stage, lab: Lab): Promise<Row> {
  const { provider, twin, service } = lab;
  const ec2 = new EC2.EC2(stage.sdk);
  let row: Row | undefined;
  await stage.step('Equal addresses: a peering connection fails, an endpoint does not care', async () => {
    const { VpcPeeringConnection } = await stage.aws<EC2.CreateVpcPeeringConnectionResult>(
      [
        ...['ec2', 'create-vpc-peering-connection', '--vpc-id', provider.network.vpc],
        ...['--peer-vpc-id', twin.network.vpc, '--peer-owner-id', TWIN],
      ],
      (output) => output.VpcPeeringConnection?.Status?.Code ?? '',
    );
    const failed = await stage.until(
      'ec2.describeVpcPeeringConnections({ … }) until it is failed',
      async () => {
        const VpcPeeringConnectionIds = [id(VpcPeeringConnection?.VpcPeeringConnectionId)];
        const { VpcPeeringConnections } = await ec2.describeVpcPeeringConnections({ VpcPeeringConnectionIds });
        return VpcPeeringConnections?.find(({ Status }) => Status?.Code === 'failed')?.Status;
      },
      (status) => status.Message ?? '',
    );
    const dropped = await stage.dropped(twin.machine, provider.address, 80, 'route', 'CULVERT_ADDRESS_NOT_IN_USE');
    lab.endpoints.twin = await endpointIn(stage, twin, service.name);
    const told = await fetches(stage, twin, lab.endpoints.twin);
    row = {
      question: 'equal addresses',
      peering: `refused: ${failed.Message}; ${ways(twin, provider.address)} stays in its own VPC: ${dropped}`,
      privateLink: `works: ${twin.network.block} on both sides, twin → its endpoint: ${told}`,
    };
  });
  return made(row);
}

// ── 3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function whoBegins(stage: Stage, lab: Lab): Promise<Row> {
  const { provider, neighbour, service } = lab;
  let row: Row | undefined;
  await stage.step('Who may begin: both sides of a peering connection, only the consumer of an endpoint', async () => {
    lab.endpoints.neighbour = await endpointIn(stage, neighbour, service.name);
    await fetches(stage, neighbour, lab.endpoints.neighbour);
    await cannotFetch(stage, provider, neighbour.address);
    const cannot = await stage.dropped(provider.machine, neighbour.address, 80, 'route', 'NO_ROUTE_TO_DESTINATION');
    await peer(stage, provider, neighbour, NEIGHBOUR);
    const out = await fetches(stage, neighbour, provider.address);
    const back = await fetches(stage, provider, neighbour.address);
    row = {
      question: 'the provider begins',
      peering: `passes: ${ways(provider, neighbour.address)}: ${back} (and the other way: ${out})`,
      privateLink: `cannot: ${ways(provider, neighbour.address)}: ${cannot}, though the neighbour's endpoint is open`,
    };
  });
  return made(row);
}

// ── 4 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function reach(stage: Stage, { provider, neighbour, endpoints }: Lab): Promise<Row> {
  let row: Row | undefined;
  await stage.step('How far: a whole network, or one port', async () => {
    const other = await fetches(stage, neighbour, `${provider.address}:${OTHER_PORT}`);
    const { NetworkInterfaces } = await new EC2.EC2(stage.sdk).describeNetworkInterfaces({
      Filters: [{ Name: 'interface-type', Values: ['network_load_balancer'] }],
    });
    const second = await fetches(stage, neighbour, id(NetworkInterfaces?.[0]?.PrivateIpAddress));
    await cannotFetch(stage, neighbour, `${endpoints.neighbour}:${OTHER_PORT}`);
    const dropped = await stage.dropped(
      neighbour.machine,
      endpoints.neighbour,
      OTHER_PORT,
      'cross',
      'ELBV2_LISTENERS_MISMATCH',
    );
    const told = await fetches(stage, neighbour, endpoints.neighbour);
    row = {
      question: 'what is reached',
      peering: `the whole network: port ${OTHER_PORT} too: ${other}; the load balancer too: ${second}`,
      privateLink: `one port: 80: ${told}; ${OTHER_PORT}: ${dropped}`,
    };
  });
  return made(row);
}

// ── 5 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function transit(stage: Stage, { provider, neighbour, third, endpoints }: Lab): Promise<Row> {
  let row: Row | undefined;
  await stage.step('Through a neighbour: not to what it is peered with, but to its endpoints', async () => {
    const connection = await peer(stage, neighbour, third, NEIGHBOUR);
    await fetches(stage, third, neighbour.address);
    await stage.js('ec2.createRoute({ to the provider, through the neighbour })', () =>
      route(third, provider.network.block, connection),
    );
    await cannotFetch(stage, third, provider.address);
    const reason = 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR';
    const dropped = await stage.dropped(third.machine, provider.address, 80, 'link', reason);
    const told = await fetches(stage, third, endpoints.neighbour);
    row = {
      question: 'through a third VPC',
      peering: `cannot: ${ways(third, provider.address)}: ${dropped}`,
      privateLink: `works: third → the neighbour's endpoint: ${told}, an address of the neighbour's own`,
    };
  });
  return made(row);
}

// ── 6 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function scale(stage: Stage, { neighbour, provider, twin, service }: Lab): Promise<Row> {
  const ec2 = new EC2.EC2(stage.sdk);
  const consumer = new EC2.EC2(twin.actor.sdk);
  let row: Row | undefined;
  await stage.step(`How many, with quotas raised: ${MOST_PEERINGS + 1} of each`, async () => {
    await stage.culvert(['quota', 'set', 'L-7E9ECCDB', String(MOST_PEERINGS)]);
    await stage.culvert(['quota', 'set', 'L-29B6F2EB', '1000', '--account', TWIN]);
    /** Default VPCs of as many accounts; all of them are 172.31.0.0/16, which does not matter to the provider's. */
    const ask = async (at: number) => {
      const owner = String(400_000_000_000 + at);
      const peer = new EC2.EC2(stage.as(owner).sdk);
      const { Vpcs } = await peer.describeVpcs({});
      const { VpcPeeringConnection } = await ec2.createVpcPeeringConnection({
        ...{ VpcId: provider.network.vpc, PeerVpcId: id(Vpcs?.[0]?.VpcId), PeerOwnerId: owner },
      });
      const VpcPeeringConnectionId = id(VpcPeeringConnection?.VpcPeeringConnectionId);
      await peer.acceptVpcPeeringConnection({ VpcPeeringConnectionId });
    };
    await stage.js(
      'ec2.createVpcPeeringConnection({ … }), ec2.acceptVpcPeeringConnection({ … }) until there are 125',
      async () => {
        for (let at = 1; at < MOST_PEERINGS; at++) await ask(at);
      },
      () => `${MOST_PEERINGS}, with the neighbour's`,
    );
    const refusal = 'ActiveVpcPeeringConnectionPerVpcLimitExceeded';
    await stage.jsRefused('ec2.createVpcPeeringConnection({ the 126th })', () => ask(MOST_PEERINGS), refusal);
    await fetches(stage, neighbour, provider.address);
    const last = await stage.js(
      `ec2.createVpcEndpoint({ … }) × ${MOST_PEERINGS} more in one VPC`,
      async () => {
        let entry: string | undefined;
        for (let at = 1; at <= MOST_PEERINGS; at++) {
          const { VpcEndpoint } = await consumer.createVpcEndpoint({
            ...{ VpcEndpointType: 'Interface', VpcId: twin.network.vpc, ServiceName: service.name },
            ...{ SubnetIds: [...twin.network.subnets], SecurityGroupIds: [twin.network.group] },
          });
          entry = VpcEndpoint?.DnsEntries?.[0]?.DnsName;
        }
        return id(entry);
      },
      (name) => `the 126th is ${name}`,
    );
    const told = await fetches(stage, twin, last);
    row = {
      question: 'the 126th of one VPC',
      peering: `refused: ${refusal}`,
      privateLink: `works: twin → it: ${told}`,
    };
  });
  return made(row);
}

// ── 7 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function tellAndDelete(stage: Stage, lab: Lab, rows: readonly Row[]): Promise<void> {
  const ec2 = new EC2.EC2(stage.sdk);
  const elb = new ELB.ElasticLoadBalancingV2(stage.sdk);
  const all = [lab.provider, lab.twin, lab.neighbour, lab.third];
  await stage.step('What was seen, and everything is deleted', async () => {
    stage.table([
      ['', 'VPC peering', 'PrivateLink'],
      ...rows.map(({ question, peering, privateLink }) => [question, peering, privateLink]),
    ]);
    stage.check(
      'each cell has its evidence',
      rows.every(({ peering, privateLink }) => peering !== '' && privateLink !== ''),
    );
    for (const { actor, machine } of all) await terminate(stage, actor, [machine]);
    await stage.js('ec2.deleteVpcEndpoints({ … }), ec2.deleteVpcEndpointServiceConfigurations({ … }) …', async () => {
      for (const { actor } of [lab.twin, lab.neighbour]) {
        const consumer = new EC2.EC2(actor.sdk);
        const { VpcEndpoints = [] } = await consumer.describeVpcEndpoints({});
        const ids = VpcEndpoints.map(({ VpcEndpointId }) => id(VpcEndpointId));
        for (let at = 0; at < ids.length; at += 25) {
          await consumer.deleteVpcEndpoints({ VpcEndpointIds: ids.slice(at, at + 25) });
        }
      }
      await ec2.deleteVpcEndpointServiceConfigurations({ ServiceIds: [lab.service.id] });
      await elb.deleteLoadBalancer({ LoadBalancerArn: lab.service.balancer });
      await elb.deleteTargetGroup({ TargetGroupArn: lab.service.group });
    });
    for (const { actor, network } of all) {
      const { vpc, subnets, table, group } = network;
      const own = new EC2.EC2(actor.sdk);
      await stage.until(`ec2.deleteSubnet({ … }), ec2.deleteVpc({ ${vpc} }): its connections go with it`, async () => {
        const { VpcEndpoints = [] } = await own.describeVpcEndpoints({ Filters: [{ Name: 'vpc-id', Values: [vpc] }] });
        if (VpcEndpoints.some(({ State }) => State?.toLowerCase() !== 'deleted')) return undefined;
        for (const SubnetId of subnets) await own.deleteSubnet({ SubnetId });
        await own.deleteRouteTable({ RouteTableId: table });
        await own.deleteSecurityGroup({ GroupId: group });
        await own.deleteVpc({ VpcId: vpc });
        return true;
      });
    }
  });
}
