/**
 * The second lab: a provider offers a web server behind a network load balancer; a consumer in another account, with the very
 * same addresses, reaches it through an interface endpoint, and only that way round.
 * AWS's own version: https://docs.aws.amazon.com/vpc/latest/privatelink/create-endpoint-service.html
 */
import * as EC2 from '@aws-sdk/client-ec2';
import * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import { makeImage, PAGE } from './parts/ami.ts';
import {
  deleteNetwork,
  id,
  made,
  type PrivateNetwork,
  privateNetwork,
  tagged,
  terminate,
  untilReady,
} from './parts/lab.ts';
import type { Actor, At, Stage } from './stage.ts';
import type { Story } from './story.ts';

const REGION = 'ap-south-1';
const CONSUMER = '222222222222';
const BLOCK = '10.0.0.0/16';
/** The same places for both accounts; each has its own names for them. */
const ZONES = ['aps1-az1', 'aps1-az2'];

/** One that nobody has at the provider's, where the range is the same. */
const CLIENT_ADDRESS = '10.0.10.77';

const SHORT = 'curl -sS --connect-timeout 2 --max-time 4';
const TIMEOUT = /timed out|Connection timeout|timeout/i;
const SERVED = new RegExp(`^${PAGE}$`, 'm');

export const story: Story = {
  title: 'A service behind PrivateLink: two accounts, one range of addresses, one way',
  region: REGION,
  async play(stage) {
    const consumer = stage.as(CONSUMER);
    const image = await makeImage(stage, CONSUMER);
    const provider = await offer(stage, image);
    const service = await publish(stage, consumer, provider);
    const client = await consume(stage, consumer, service);
    await oneWay(stage, consumer, provider, service, client);
    const endpoint = await health(stage, consumer, provider, service, client);
    await deleteAll(stage, consumer, provider, service, client, endpoint, image);
  },
};

interface Provider {
  readonly network: PrivateNetwork;
  readonly targets: readonly At[];
  readonly balancer: string;
  readonly listener: string;
  readonly targetGroup: string;
}

interface Service {
  readonly id: string;
  readonly name: string;
}

interface Client {
  readonly network: PrivateNetwork;
  readonly machine: At;
}

interface Endpoint {
  readonly id: string;
  readonly regional: string;
  /** By the zone's place in ZONES. */
  readonly zonal: readonly string[];
}

// ── 2 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function offer(stage: Stage, image: string): Promise<Provider> {
  const ec2 = new EC2.EC2(stage.sdk);
  const elb = new ELB.ElasticLoadBalancingV2(stage.sdk);
  let provider: Provider | undefined;
  await stage.step('The provider: instances from the AMI behind a network load balancer, all private', async () => {
    const network = await privateNetwork(stage, stage, 'provider', BLOCK, ZONES, 80);
    const targets: At[] = [];
    for (const [at, SubnetId] of network.subnets.entries()) {
      const name = `web-${at + 1}`;
      const { Instances } = await stage.aws<EC2.Reservation>(
        [
          ...['ec2', 'run-instances', '--image-id', image, '--instance-type', 't3.micro', '--subnet-id', SubnetId],
          ...['--security-group-ids', network.group, ...tagged('instance', name)],
        ],
        (made) => `${made.Instances?.[0]?.InstanceId} ${made.Instances?.[0]?.PrivateIpAddress}`,
      );
      targets.push({ name, id: id(Instances?.[0]?.InstanceId) });
    }
    await untilReady(stage, stage, targets);
    const { LoadBalancers } = await stage.aws<ELB.CreateLoadBalancerOutput>(
      [
        ...['elbv2', 'create-load-balancer', '--type', 'network', '--scheme', 'internal', '--name', 'web'],
        ...['--subnets', ...network.subnets],
      ],
      (made) => `${made.LoadBalancers?.[0]?.DNSName} ${made.LoadBalancers?.[0]?.State?.Code}`,
    );
    const balancer = id(LoadBalancers?.[0]?.LoadBalancerArn);
    const targetGroup = await stage.js(
      'elbv2.createTargetGroup({ TCP 80, HTTP health check every 5 s }), elbv2.registerTargets({ both })',
      async () => {
        const { TargetGroups } = await elb.createTargetGroup({
          ...{ Name: 'web', Protocol: 'TCP', Port: 80, VpcId: network.vpc, TargetType: 'instance' },
          ...{ HealthCheckProtocol: 'HTTP', HealthCheckPath: '/', HealthCheckIntervalSeconds: 5 },
          ...{ HealthCheckTimeoutSeconds: 2, HealthyThresholdCount: 2, UnhealthyThresholdCount: 2 },
        });
        const arn = id(TargetGroups?.[0]?.TargetGroupArn);
        await elb.registerTargets({ TargetGroupArn: arn, Targets: targets.map(({ id: Id }) => ({ Id })) });
        return arn;
      },
    );
    const { Listeners } = await stage.aws<ELB.CreateListenerOutput>([
      ...['elbv2', 'create-listener', '--load-balancer-arn', balancer, '--protocol', 'TCP', '--port', '80'],
      ...['--default-actions', `Type=forward,TargetGroupArn=${targetGroup}`],
    ]);
    provider = { network, targets, balancer, listener: id(Listeners?.[0]?.ListenerArn), targetGroup };
    await untilHealth(stage, provider, ['healthy', 'healthy']);
    const { Reservations } = await ec2.describeInstances({ InstanceIds: targets.map((target) => target.id) });
    const publics = (Reservations ?? []).flatMap((each) => each.Instances ?? []).filter((each) => each.PublicIpAddress);
    stage.check('no instance has a public address', publics.length === 0);
  });
  return made(provider);
}

/** The targets' states, in the order of `provider.targets`. */
async function untilHealth(stage: Stage, provider: Provider, wanted: readonly string[]): Promise<void> {
  const elb = new ELB.ElasticLoadBalancingV2(stage.sdk);
  await stage.until(
    `elbv2.describeTargetHealth({ … }) until ${wanted.join(', ')}`,
    async () => {
      const { TargetHealthDescriptions = [] } = await elb.describeTargetHealth({
        TargetGroupArn: provider.targetGroup,
      });
      const states = provider.targets.map(
        (target) => TargetHealthDescriptions.find((each) => each.Target?.Id === target.id)?.TargetHealth?.State,
      );
      return states.join() === wanted.join() ? states : undefined;
    },
    (states) => states.join(', '),
    60_000,
  );
}

// ── 3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function publish(stage: Stage, consumer: Actor, provider: Provider): Promise<Service> {
  let service: Service | undefined;
  await stage.step('An endpoint service, unseen by the consumer until its account is allowed', async () => {
    const { ServiceConfiguration } = await stage.aws<EC2.CreateVpcEndpointServiceConfigurationResult>(
      [
        ...['ec2', 'create-vpc-endpoint-service-configuration', '--acceptance-required'],
        ...['--network-load-balancer-arns', provider.balancer],
      ],
      (made) => `${made.ServiceConfiguration?.ServiceName} ${made.ServiceConfiguration?.ServiceState}`,
    );
    service = { id: id(ServiceConfiguration?.ServiceId), name: id(ServiceConfiguration?.ServiceName) };
    stage.check('its name is as AWS makes it', service.name === `com.amazonaws.vpce.${REGION}.${service.id}`);
    const look = ['ec2', 'describe-vpc-endpoint-services', '--service-names', service.name];
    await consumer.awsRefused(look, /InvalidServiceName/);
    await stage.aws([
      ...['ec2', 'modify-vpc-endpoint-service-permissions', '--service-id', service.id],
      ...['--add-allowed-principals', `arn:aws:iam::${CONSUMER}:root`],
    ]);
    await consumer.aws<EC2.DescribeVpcEndpointServicesResult>(look, ({ ServiceDetails }) => {
      const detail = ServiceDetails?.[0];
      return `${detail?.ServiceId}, owner ${detail?.Owner}, acceptance required: ${detail?.AcceptanceRequired}`;
    });
  });
  return made(service);
}

// ── 4 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function consume(stage: Stage, consumer: Actor, service: Service): Promise<Client> {
  const ec2 = new EC2.EC2(consumer.sdk);
  let client: Client | undefined;
  await stage.step(`The consumer, also ${BLOCK}: an endpoint waits, is rejected, another is accepted`, async () => {
    const network = await privateNetwork(stage, consumer, 'consumer', BLOCK, ZONES, 80);
    const base = id((await ec2.describeImages({ Owners: ['amazon'] })).Images?.[0]?.ImageId);
    const { Instances } = await consumer.aws<EC2.Reservation>(
      [
        ...['ec2', 'run-instances', '--image-id', base, '--instance-type', 't3.micro'],
        ...['--subnet-id', id(network.subnets[0]), '--private-ip-address', CLIENT_ADDRESS],
        ...['--security-group-ids', network.group, ...tagged('instance', 'client')],
      ],
      (made) => `${made.Instances?.[0]?.InstanceId} ${made.Instances?.[0]?.PrivateIpAddress}`,
    );
    const machine = { name: 'client', id: id(Instances?.[0]?.InstanceId) };
    client = { network, machine };
    await untilReady(stage, consumer, [machine]);

    const first = await createEndpoint(stage, consumer, service, network);
    await state(stage, ec2, first, 'pendingAcceptance');
    await stage.insideFails(machine, `${SHORT} http://${first.regional}/`, TIMEOUT);
    await answer(stage, 'reject', service, first);
    await state(stage, ec2, first, 'rejected');
    await stage.insideFails(machine, `${SHORT} http://${first.regional}/`, TIMEOUT);
    await consumer.aws(['ec2', 'delete-vpc-endpoints', '--vpc-endpoint-ids', first.id]);

    const second = await createEndpoint(stage, consumer, service, network);
    await answer(stage, 'accept', service, second);
    await state(stage, ec2, second, 'available');
    await stage.inside(machine, `curl -sS http://${second.regional}/`, SERVED);
  });
  return made(client);
}

async function createEndpoint(
  stage: Stage,
  consumer: Actor,
  service: Service,
  network: PrivateNetwork,
): Promise<Endpoint> {
  const ec2 = new EC2.EC2(consumer.sdk);
  const { VpcEndpoint } = await consumer.aws<EC2.CreateVpcEndpointResult>(
    [
      ...['ec2', 'create-vpc-endpoint', '--vpc-endpoint-type', 'Interface', '--vpc-id', network.vpc],
      ...['--service-name', service.name, '--subnet-ids', ...network.subnets],
      ...['--security-group-ids', network.group, '--no-private-dns-enabled'],
    ],
    (made) => `${made.VpcEndpoint?.VpcEndpointId} ${made.VpcEndpoint?.State}`,
  );
  const names = (VpcEndpoint?.DnsEntries ?? []).map(({ DnsName }) => DnsName ?? '');
  const zonal = await stage.js(
    'ec2.describeAvailabilityZones({ … })',
    async () => {
      const { AvailabilityZones = [] } = await ec2.describeAvailabilityZones({ ZoneIds: [...ZONES] });
      return ZONES.map((zone) => {
        const name = AvailabilityZones.find((each) => each.ZoneId === zone)?.ZoneName;
        return id(names.find((each) => each.includes(`-${name}.`)));
      });
    },
    (found) => `${found.length} zonal names`,
  );
  return { id: id(VpcEndpoint?.VpcEndpointId), regional: id(names[0]), zonal };
}

async function answer(stage: Stage, verb: 'accept' | 'reject', service: Service, endpoint: Endpoint): Promise<void> {
  await stage.aws([
    ...['ec2', `${verb}-vpc-endpoint-connections`, '--service-id', service.id, '--vpc-endpoint-ids', endpoint.id],
  ]);
}

async function state(stage: Stage, ec2: EC2.EC2, endpoint: Endpoint, wanted: string): Promise<void> {
  await stage.until(
    `ec2.describeVpcEndpoints({ … }) until it is ${wanted}`,
    async () => {
      const { VpcEndpoints = [] } = await ec2.describeVpcEndpoints({ VpcEndpointIds: [endpoint.id] });
      return VpcEndpoints.find(({ State }) => State === wanted);
    },
    ({ State }) => `${State}`,
  );
}

// ── 5 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function oneWay(
  stage: Stage,
  consumer: Actor,
  provider: Provider,
  service: Service,
  { machine, network }: Client,
): Promise<void> {
  const ec2 = new EC2.EC2(consumer.sdk);
  const theirs = new EC2.EC2(stage.sdk);
  await stage.step('One way only; the provider may change its mind', async () => {
    const { VpcEndpoints = [] } = await ec2.describeVpcEndpoints({
      Filters: [{ Name: 'vpc-endpoint-state', Values: ['available'] }],
    });
    const endpoint: Endpoint = {
      id: id(VpcEndpoints[0]?.VpcEndpointId),
      regional: id(VpcEndpoints[0]?.DnsEntries?.[0]?.DnsName),
      zonal: [],
    };
    const [web] = provider.targets;
    const addresses = await stage.js(
      "ec2.describeNetworkInterfaces({ … }): the consumer's addresses that the provider has not itself",
      async () => {
        const { NetworkInterfaces: all = [] } = await ec2.describeNetworkInterfaces({});
        const { NetworkInterfaces: own = [] } = await theirs.describeNetworkInterfaces({});
        const has = new Set(own.map(({ PrivateIpAddress }) => PrivateIpAddress));
        return all.flatMap(({ PrivateIpAddress: address = '' }) => (has.has(address) ? [] : [address])).sort();
      },
      (found) => found.join(' '),
    );
    stage.check("the client's is one of them", addresses.includes(CLIENT_ADDRESS), addresses.join(' '));
    for (const address of addresses) await stage.insideFails(web as At, `${SHORT} http://${address}/`, TIMEOUT);
    await stage.aws([
      ...['ec2', 'modify-vpc-endpoint-service-permissions', '--service-id', service.id],
      ...['--remove-allowed-principals', `arn:aws:iam::${CONSUMER}:root`],
    ]);
    await stage.inside(machine, `curl -sS http://${endpoint.regional}/`, SERVED);
    await consumer.awsRefused(
      [
        ...['ec2', 'create-vpc-endpoint', '--vpc-endpoint-type', 'Interface', '--vpc-id', network.vpc],
        ...['--service-name', service.name, '--subnet-ids', ...network.subnets],
      ],
      /InvalidServiceName/,
    );
    await answer(stage, 'reject', service, endpoint);
    await state(stage, ec2, endpoint, 'rejected');
    await stage.insideFails(machine, `${SHORT} http://${endpoint.regional}/`, TIMEOUT);
    await consumer.aws(['ec2', 'delete-vpc-endpoints', '--vpc-endpoint-ids', endpoint.id]);
    await stage.js('ec2.modifyVpcEndpointServicePermissions({ AddAllowedPrincipals: ["*"] })', () =>
      theirs.modifyVpcEndpointServicePermissions({ ServiceId: service.id, AddAllowedPrincipals: ['*'] }),
    );
  });
}

// ── 6 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function health(
  stage: Stage,
  consumer: Actor,
  provider: Provider,
  service: Service,
  { machine, network }: Client,
): Promise<Endpoint> {
  const ec2 = new EC2.EC2(consumer.sdk);
  const [first, second] = provider.targets as [At, At];
  let endpoint: Endpoint | undefined;
  await stage.step(
    'Targets die: their zone leaves the name; cross-zone brings it back; all dead is fail-open',
    async () => {
      endpoint = await createEndpoint(stage, consumer, service, network);
      const { regional, zonal } = endpoint;
      await answer(stage, 'accept', service, endpoint);
      await state(stage, ec2, endpoint, 'available');
      await answers(stage, machine, regional, 2);

      await stage.inside(first, 'systemctl stop httpd; systemctl is-active httpd || true', /inactive/);
      await untilHealth(stage, provider, ['unhealthy', 'healthy']);
      await answers(stage, machine, regional, 1);
      await answers(stage, machine, id(zonal[0]), 1);
      await stage.inside(machine, `curl -sS http://${regional}/`, SERVED);
      await stage.inside(machine, `curl -sS http://${zonal[1]}/`, SERVED);

      await stage.aws([
        ...['elbv2', 'modify-load-balancer-attributes', '--load-balancer-arn', provider.balancer],
        ...['--attributes', 'Key=load_balancing.cross_zone.enabled,Value=true'],
      ]);
      await answers(stage, machine, regional, 2);
      await stage.inside(machine, `curl -sS http://${zonal[0]}/`, SERVED);

      await stage.inside(second, 'systemctl stop httpd; systemctl is-active httpd || true', /inactive/);
      await untilHealth(stage, provider, ['unhealthy', 'unhealthy']);
      await answers(stage, machine, regional, 2);
      // Fail-open: packets reach the targets, whose kernels refuse: nobody listens there.
      await stage.insideFails(machine, `${SHORT} http://${regional}/`, /refused|reset|Couldn't connect/i);
      await stage.inside(second, 'systemctl start httpd && systemctl is-active httpd', /^active$/m);
      await untilHealth(stage, provider, ['unhealthy', 'healthy']);
      await stage.inside(machine, `curl -sS http://${regional}/`, SERVED);
    },
  );
  return made(endpoint);
}

/** Names follow health within moments: the answer must come to have that many addresses. */
async function answers(stage: Stage, at: At, name: string, count: number): Promise<void> {
  await stage.inside(
    at,
    `for i in $(seq 20); do test $(dig +short ${name} | wc -l) = ${count} && break; sleep 0.5; done; dig +short ${name} | sort`,
    new RegExp(`^(10\\.0\\.\\d+\\.\\d+\\s*){${count}}$`),
  );
}

// ── 7 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function deleteAll(
  stage: Stage,
  consumer: Actor,
  provider: Provider,
  service: Service,
  client: Client,
  endpoint: Endpoint,
  image: string,
): Promise<void> {
  const ec2 = new EC2.EC2(stage.sdk);
  const elb = new ELB.ElasticLoadBalancingV2(stage.sdk);
  const theirs = new EC2.EC2(consumer.sdk);
  await stage.step('Everything is deleted, and in the wrong order refused', async () => {
    await stage.js(
      'ec2.deleteVpcEndpointServiceConfigurations({ with a live connection })',
      async () => {
        const { Unsuccessful } = await ec2.deleteVpcEndpointServiceConfigurations({ ServiceIds: [service.id] });
        const code = Unsuccessful?.[0]?.Error?.Code;
        if (code !== 'ExistingVpcEndpointConnections') throw new Error(`answered ${code}`);
        return code;
      },
      (code) => `refused, as it must be: ${code}`,
    );
    await stage.jsRefused(
      'elbv2.deleteLoadBalancer({ of a service })',
      () => elb.deleteLoadBalancer({ LoadBalancerArn: provider.balancer }),
      'ResourceInUseException',
    );
    await consumer.aws(['ec2', 'delete-vpc-endpoints', '--vpc-endpoint-ids', endpoint.id]);
    await stage.until('ec2.describeVpcEndpoints({ … }) until it is deleted', async () => {
      const { VpcEndpoints = [] } = await theirs.describeVpcEndpoints({
        Filters: [{ Name: 'vpc-endpoint-id', Values: [endpoint.id] }],
      });
      return VpcEndpoints.every(({ State }) => String(State) === 'deleted') ? true : undefined;
    });
    await stage.aws(['ec2', 'delete-vpc-endpoint-service-configurations', '--service-ids', service.id]);
    await stage.js('elbv2.deleteListener, deleteLoadBalancer, deleteTargetGroup', async () => {
      await elb.deleteListener({ ListenerArn: provider.listener });
      await elb.deleteLoadBalancer({ LoadBalancerArn: provider.balancer });
      await elb.deleteTargetGroup({ TargetGroupArn: provider.targetGroup });
    });
    await terminate(stage, stage, provider.targets);
    await terminate(stage, consumer, [client.machine]);
    await deleteNetwork(stage, stage, provider.network);
    await deleteNetwork(stage, consumer, client.network);
    await stage.js('ec2.deregisterImage({ … })', () => ec2.deregisterImage({ ImageId: image }));
  });
}
