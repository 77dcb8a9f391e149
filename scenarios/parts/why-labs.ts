/**
 * The first two labs in little, for breaking: a private instance with an endpoint for SQS, and a service of another account's behind
 * a load balancer, with a client in a VPC of the same range. All instances boot at once.
 */
import * as EC2 from '@aws-sdk/client-ec2';
import * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import * as IAM from '@aws-sdk/client-iam';
import * as SQS from '@aws-sdk/client-sqs';
import type { Actor, At, Stage } from '../stage.ts';
import { id, launch, made, type PrivateNetwork, privateNetwork, untilReady } from './lab.ts';

export const REGION = 'ap-south-1';
export const HOST = `sqs.${REGION}.amazonaws.com`;
export const CONSUMER = '222222222222';
export const PAGE = 'a page behind PrivateLink';
/** One that nobody has in the consumer's VPC, where the range is the same. */
export const WEB_ADDRESS = '10.0.10.80';
/** Of the consumer's, where the service is not. */
export const OTHER_ZONE = 'aps1-az2';
const ZONE = 'aps1-az1';
const BLOCK = '10.0.0.0/16';
const ROLE = 'sender';

/** A web server of one page. */
const WEB = `#!/bin/bash
mkdir -p /srv/www
echo '${PAGE}' > /srv/www/index.html
systemd-run --unit=web python3 -m http.server 80 --directory /srv/www
`;

export interface SqsLab {
  readonly network: PrivateNetwork;
  readonly machine: At;
  readonly endpoint: string;
  /** Of the endpoint in the zone that the instance is not in. */
  readonly farName: string;
  readonly queue: string;
  /** A resolver rule that sends the service's name to a server that does not answer; it holds nowhere yet. */
  readonly rule: string;
  /** A VPC with a gateway endpoint for S3. */
  readonly hub: PrivateNetwork;
}

export interface ServiceLab {
  readonly consumer: Actor;
  readonly provider: PrivateNetwork;
  readonly network: PrivateNetwork;
  readonly client: At;
  readonly web: At;
  /** Serves too, and is no target. */
  readonly spare: At;
  readonly balancer: string;
  readonly targetGroup: string;
  readonly service: { readonly id: string; readonly name: string };
}

export async function buildLabs(stage: Stage): Promise<{ readonly first: SqsLab; readonly second: ServiceLab }> {
  const consumer = stage.as(CONSUMER);
  let labs: { first: SqsLab; second: ServiceLab } | undefined;
  await stage.step('Two labs: SQS through an endpoint, and a service of another account', async () => {
    const [private_, provider, network] = [
      await privateNetwork(stage, stage, 'private', BLOCK, [ZONE, OTHER_ZONE], 443),
      await privateNetwork(stage, stage, 'provider', BLOCK, [ZONE], 80),
      await privateNetwork(stage, consumer, 'consumer', BLOCK, [ZONE, OTHER_ZONE], 80),
    ];
    await makeRole(stage);
    const profile = { IamInstanceProfile: { Name: ROLE } };
    const machine = await launch(stage, stage, 'private', private_, profile);
    const web = await launch(stage, stage, 'web', provider, { UserData: btoa(WEB), PrivateIpAddress: WEB_ADDRESS });
    const spare = await launch(stage, stage, 'spare', provider, { UserData: btoa(WEB) });
    const client = await launch(stage, consumer, 'client', network, {});
    const endpoint = await sqsEndpoint(stage, private_);
    // What does not run yet is no target.
    await untilReady(stage, stage, [machine, web, spare]);
    await untilReady(stage, consumer, [client]);
    const balancing = await balance(stage, provider, web);
    const service = await offer(stage, balancing.balancer);
    const rule = await forwardElsewhere(stage, private_);
    const hub = await hubWithGateway(stage);
    labs = {
      first: { network: private_, machine, ...endpoint, rule, hub },
      second: { consumer, provider, network, client, web, spare, ...balancing, service },
    };
    await untilHealth(stage, labs.second, web, 'healthy');
  });
  return made(labs);
}

/** The state of one target. */
export async function untilHealth(stage: Stage, { targetGroup }: ServiceLab, at: At, wanted: string): Promise<void> {
  const elb = new ELB.ElasticLoadBalancingV2(stage.sdk);
  await stage.until(
    `elbv2.describeTargetHealth({ ${at.name} }) until it is ${wanted}`,
    async () => {
      const { TargetHealthDescriptions = [] } = await elb.describeTargetHealth({ TargetGroupArn: targetGroup });
      const found = TargetHealthDescriptions.find(({ Target }) => Target?.Id === at.id);
      return found?.TargetHealth?.State === wanted ? wanted : undefined;
    },
    (state) => state,
    60_000,
  );
}

const TRUST = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
};

async function makeRole(stage: Stage): Promise<void> {
  const iam = new IAM.IAM(stage.sdk);
  await stage.js('iam.createRole({ sender }), iam.attachRolePolicy({ AmazonSQSFullAccess }) …', async () => {
    await iam.createRole({ RoleName: ROLE, AssumeRolePolicyDocument: JSON.stringify(TRUST) });
    await iam.attachRolePolicy({ RoleName: ROLE, PolicyArn: 'arn:aws:iam::aws:policy/AmazonSQSFullAccess' });
    await iam.createInstanceProfile({ InstanceProfileName: ROLE });
    await iam.addRoleToInstanceProfile({ InstanceProfileName: ROLE, RoleName: ROLE });
  });
}

async function sqsEndpoint(
  stage: Stage,
  { vpc, subnets, group }: PrivateNetwork,
): Promise<Pick<SqsLab, 'endpoint' | 'farName' | 'queue'>> {
  const ec2 = new EC2.EC2(stage.sdk);
  return stage.js(
    'sqs.createQueue({ … }), ec2.createVpcEndpoint({ for SQS, in both zones, with private DNS })',
    async () => {
      const { QueueUrl } = await new SQS.SQS(stage.sdk).createQueue({ QueueName: 'orders' });
      const { VpcEndpoint } = await ec2.createVpcEndpoint({
        ...{ VpcId: vpc, VpcEndpointType: 'Interface', ServiceName: `com.amazonaws.${REGION}.sqs` },
        ...{ SubnetIds: [...subnets], SecurityGroupIds: [group], PrivateDnsEnabled: true },
      });
      const { AvailabilityZones } = await ec2.describeAvailabilityZones({ ZoneIds: [OTHER_ZONE] });
      const names = (VpcEndpoint?.DnsEntries ?? []).map(({ DnsName }) => DnsName ?? '');
      const farName = id(names.find((each) => each.includes(`-${AvailabilityZones?.[0]?.ZoneName}.`)));
      return { endpoint: id(VpcEndpoint?.VpcEndpointId), farName, queue: id(QueueUrl) };
    },
    ({ endpoint }) => endpoint,
  );
}

async function forwardElsewhere(stage: Stage, { subnets, group }: PrivateNetwork): Promise<string> {
  const { ResolverEndpoint } = await stage.aws<{ ResolverEndpoint: { Id: string } }>(
    [
      ...['route53resolver', 'create-resolver-endpoint', '--creator-request-id', 'out', '--direction', 'OUTBOUND'],
      ...['--security-group-ids', group, '--ip-addresses', ...subnets.map((subnet) => `SubnetId=${subnet}`)],
    ],
    (made) => made.ResolverEndpoint.Id,
  );
  const { ResolverRule } = await stage.aws<{ ResolverRule: { Id: string } }>(
    [
      ...['route53resolver', 'create-resolver-rule', '--creator-request-id', 'rule', '--rule-type', 'FORWARD'],
      ...['--domain-name', HOST, '--resolver-endpoint-id', ResolverEndpoint.Id, '--target-ips', 'Ip=10.0.10.53'],
    ],
    (made) => made.ResolverRule.Id,
  );
  return ResolverRule.Id;
}

async function hubWithGateway(stage: Stage): Promise<PrivateNetwork> {
  const hub = await privateNetwork(stage, stage, 'hub', '10.9.0.0/16', [ZONE], 443);
  await stage.js('ec2.createVpcEndpoint({ a gateway endpoint for S3 there })', () =>
    new EC2.EC2(stage.sdk).createVpcEndpoint({
      ...{ VpcId: hub.vpc, VpcEndpointType: 'Gateway', ServiceName: `com.amazonaws.${REGION}.s3` },
      RouteTableIds: [hub.table],
    }),
  );
  return hub;
}

async function balance(
  stage: Stage,
  { vpc, subnets }: PrivateNetwork,
  web: At,
): Promise<Pick<ServiceLab, 'balancer' | 'targetGroup'>> {
  const elb = new ELB.ElasticLoadBalancingV2(stage.sdk);
  return stage.js(
    'elbv2.createLoadBalancer({ internal }), elbv2.createTargetGroup({ … }), elbv2.createListener({ TCP 80 }) …',
    async () => {
      const { LoadBalancers } = await elb.createLoadBalancer({
        ...{ Name: 'web', Type: 'network', Scheme: 'internal', Subnets: [...subnets] },
      });
      const { TargetGroups } = await elb.createTargetGroup({
        ...{ Name: 'web', Protocol: 'TCP', Port: 80, VpcId: vpc, TargetType: 'instance' },
        ...{ HealthCheckIntervalSeconds: 5, HealthCheckTimeoutSeconds: 2, UnhealthyThresholdCount: 2 },
      });
      const [balancer, targetGroup] = [id(LoadBalancers?.[0]?.LoadBalancerArn), id(TargetGroups?.[0]?.TargetGroupArn)];
      await elb.registerTargets({ TargetGroupArn: targetGroup, Targets: [{ Id: web.id }] });
      await elb.createListener({
        ...{ LoadBalancerArn: balancer, Protocol: 'TCP', Port: 80 },
        DefaultActions: [{ Type: 'forward', TargetGroupArn: targetGroup }],
      });
      return { balancer, targetGroup };
    },
  );
}

async function offer(stage: Stage, balancer: string): Promise<ServiceLab['service']> {
  return stage.js(
    'ec2.createVpcEndpointServiceConfiguration({ with acceptance, for nobody yet })',
    async () => {
      const { ServiceConfiguration } = await new EC2.EC2(stage.sdk).createVpcEndpointServiceConfiguration({
        ...{ NetworkLoadBalancerArns: [balancer], AcceptanceRequired: true },
      });
      return { id: id(ServiceConfiguration?.ServiceId), name: id(ServiceConfiguration?.ServiceName) };
    },
    ({ name }) => name,
  );
}
