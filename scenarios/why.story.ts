/**
 * The first two labs broken in fifteen ways: how it fails, what `culvert why` says first, its command run as it stands, and the
 * packet that then passes. scenarios/why tells each at more length.
 */
import * as ACM from '@aws-sdk/client-acm';
import * as EC2 from '@aws-sdk/client-ec2';
import * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import * as Route53 from '@aws-sdk/client-route-53';
import { id } from './parts/lab.ts';
import {
  buildLabs,
  HOST,
  OTHER_ZONE,
  PAGE,
  REGION,
  type ServiceLab,
  type SqsLab,
  untilHealth,
  WEB_ADDRESS,
} from './parts/why-labs.ts';
import type { Actor, At, Stage } from './stage.ts';
import type { Story } from './story.ts';

const CURL = 'curl -sS --connect-timeout 1 --max-time 4';
const LOST = /timed out|timeout|No route to host|unreachable/i;
const STATUS = "-o /dev/null -w '%{http_code}'";
const ANSWERED = /^[1-5]\d\d$/;
const SERVED = new RegExp(PAGE);

/** What is tried, before and after. */
interface Try {
  readonly at: At;
  readonly command: string;
  readonly fails: RegExp;
  readonly passes: RegExp;
}

interface Diagnosis {
  /** Who asks; as a rule who tries. */
  readonly from?: At;
  /** A URL, a name or an id. */
  readonly to: string;
  readonly options?: Readonly<Record<string, string>>;
  readonly code: string;
}

export const story: Story = {
  title: 'Fifteen ways in which it does not work, and what mends each',
  region: REGION,
  async play(stage) {
    const { first, second } = await buildLabs(stage);
    await breakNames(stage, first);
    await breakPackets(stage, first);
    await breakCalls(stage, first);
    await breakService(stage, second);
  },
};

/** One failure: `breaks` it, shows that it fails, asks why, runs the first command of the answer as `mender`, tries again. */
function failure(
  stage: Stage,
  title: string,
  breaks: () => Promise<unknown>,
  tried: Try,
  { from = tried.at, to, options, code }: Diagnosis,
  { mender = stage, more = async () => {} }: { mender?: Actor; more?: (output: unknown) => Promise<unknown> } = {},
): Promise<void> {
  return stage.step(title, async () => {
    await breaks();
    await stage.insideFails(tried.at, tried.command, tried.fails);
    const output = await mender.aws<unknown>(await stage.why(from, to, code, options));
    await more(output);
    await stage.inside(tried.at, tried.command, tried.passes);
  });
}

// ── names ──────────────────────────────────────────────────────────────────────────────────────────────────────────

async function breakNames(stage: Stage, { network, machine, endpoint, rule }: SqsLab): Promise<void> {
  const ec2 = new EC2.EC2(stage.sdk);
  const route53 = new Route53.Route53(stage.sdk);
  const [to, at] = [`https://${HOST}`, machine];
  const call: Try = { at, command: `${CURL} ${STATUS} ${to}/`, fails: LOST, passes: ANSWERED };
  const dig: Try = {
    ...{ at, command: `dig +time=1 +tries=1 +short ${HOST}` },
    ...{ fails: /timed out|no servers could be reached|refused/, passes: /^10\.0\.1[01]\./ },
  };
  const privateDns = (PrivateDnsEnabled: boolean) => () =>
    stage.js(`ec2.modifyVpcEndpoint({ PrivateDnsEnabled: ${PrivateDnsEnabled} })`, () =>
      ec2.modifyVpcEndpoint({ VpcEndpointId: endpoint, PrivateDnsEnabled }),
    );
  await failure(stage, 'Private DNS of the endpoint is off', privateDns(false), call, {
    ...{ to, code: 'CULVERT_PRIVATE_DNS_OFF' },
  });
  const support = () =>
    stage.js('ec2.modifyVpcAttribute({ EnableDnsSupport: { Value: false } })', () =>
      ec2.modifyVpcAttribute({ VpcId: network.vpc, EnableDnsSupport: { Value: false } }),
    );
  await failure(stage, 'A DNS attribute of the VPC is off', support, dig, { to, code: 'CULVERT_DNS_SUPPORT_OFF' });
  const associate = () =>
    stage.aws([...['route53resolver', 'associate-resolver-rule', '--resolver-rule-id', rule, '--vpc-id', network.vpc]]);
  await failure(stage, 'A resolver rule hides the name', associate, dig, {
    ...{ to, code: 'CULVERT_RULE_SHADOWS' },
  });
  const zone = async () => {
    await privateDns(false)();
    await stage.js(`route53.createHostedZone({ ${HOST} }) with the address of an endpoint that is gone`, async () => {
      const { HostedZone } = await route53.createHostedZone({
        ...{ Name: HOST, CallerReference: 'left', VPC: { VPCId: network.vpc, VPCRegion: REGION } },
      });
      const record: Route53.ResourceRecordSet = {
        Name: HOST,
        Type: 'A',
        TTL: 60,
        ResourceRecords: [{ Value: '10.0.10.99' }],
      };
      await route53.changeResourceRecordSets({
        HostedZoneId: HostedZone?.Id,
        ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: record }] },
      });
    });
  };
  await failure(stage, 'A hosted zone holds the name instead', zone, call, { to, code: 'CULVERT_ZONE_SHADOWS' });
}

// ── packets ────────────────────────────────────────────────────────────────────────────────────────────────────────

async function breakPackets(stage: Stage, lab: SqsLab): Promise<void> {
  const { network, machine, farName } = lab;
  const ec2 = new EC2.EC2(stage.sdk);
  const https = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: network.block }] };
  const far = `https://${farName}`;
  const call = (to: string): Try => ({
    at: machine,
    command: `${CURL} ${STATUS} ${to}/`,
    fails: LOST,
    passes: ANSWERED,
  });
  const revoke = () =>
    stage.js('ec2.revokeSecurityGroupIngress({ HTTPS from the VPC })', () =>
      ec2.revokeSecurityGroupIngress({ GroupId: network.group, IpPermissions: [https] }),
    );
  await failure(stage, "The endpoint's security group does not let the client in", revoke, call(`https://${HOST}`), {
    ...{ to: `https://${HOST}`, code: 'SG_HAS_NO_RULES' },
  });
  const acl = () =>
    stage.js('ec2.createNetworkAcl({ HTTPS in and out of the other subnet, nothing else }) …', async () => {
      const { NetworkAcl } = await ec2.createNetworkAcl({ VpcId: network.vpc });
      const NetworkAclId = id(NetworkAcl?.NetworkAclId);
      const entry = { Protocol: '6', PortRange: { From: 443, To: 443 }, CidrBlock: '0.0.0.0/0' };
      for (const Egress of [true, false]) {
        await ec2.createNetworkAclEntry({ NetworkAclId, ...entry, Egress, RuleNumber: 100, RuleAction: 'allow' });
      }
      const SubnetId = id(network.subnets[1]);
      const { NetworkAcls } = await ec2.describeNetworkAcls({
        Filters: [{ Name: 'association.subnet-id', Values: [SubnetId] }],
      });
      const association = NetworkAcls?.[0]?.Associations?.find((each) => each.SubnetId === SubnetId);
      await ec2.replaceNetworkAclAssociation({
        ...{ AssociationId: association?.NetworkAclAssociationId, NetworkAclId },
      });
    });
  await failure(stage, 'A network ACL without ephemeral ports', acl, call(far), {
    ...{ to: far, code: 'SUBNET_ACL_RESTRICTION' },
  });
  const s3 = `https://s3.${REGION}.amazonaws.com`;
  await failure(stage, 'A gateway endpoint is reached from a peered VPC', () => peer(stage, lab), call(s3), {
    ...{ to: s3, code: 'PCX_REQUIRES_ADDRESS_IN_VPC_CIDR' },
  });
}

async function peer(stage: Stage, { network: { vpc, table }, hub }: SqsLab): Promise<void> {
  const ec2 = new EC2.EC2(stage.sdk);
  await stage.js('ec2.createVpcPeeringConnection({ with the VPC that has one }), a default route into it', async () => {
    const { VpcPeeringConnection } = await ec2.createVpcPeeringConnection({ VpcId: vpc, PeerVpcId: hub.vpc });
    const VpcPeeringConnectionId = id(VpcPeeringConnection?.VpcPeeringConnectionId);
    await ec2.acceptVpcPeeringConnection({ VpcPeeringConnectionId });
    await ec2.createRoute({ RouteTableId: table, DestinationCidrBlock: '0.0.0.0/0', VpcPeeringConnectionId });
  });
}

// ── calls ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const ONLY_RECEIVE = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: '*', Action: 'sqs:ReceiveMessage', Resource: '*' }],
};

async function breakCalls(stage: Stage, { machine, endpoint, queue }: SqsLab): Promise<void> {
  const ec2 = new EC2.EC2(stage.sdk);
  const limit = () =>
    stage.js('ec2.modifyVpcEndpoint({ a policy that lets messages be received })', () =>
      ec2.modifyVpcEndpoint({ VpcEndpointId: endpoint, PolicyDocument: JSON.stringify(ONLY_RECEIVE) }),
    );
  const send: Try = {
    ...{ at: machine, command: `aws sqs send-message --queue-url ${queue} --message-body hello` },
    ...{ fails: /no VPC endpoint policy allows/, passes: /MessageId/ },
  };
  await failure(stage, "The endpoint's policy denies", limit, send, {
    ...{ to: `https://${HOST}`, options: { action: 'sqs:SendMessage' }, code: 'CULVERT_ENDPOINT_POLICY' },
  });
}

// ── the service ────────────────────────────────────────────────────────────────────────────────────────────────────

async function breakService(stage: Stage, lab: ServiceLab): Promise<void> {
  const { client, service } = lab;
  const endpoint = await notPermitted(stage, lab);
  const page: Try = { at: client, command: `${CURL} http://${endpoint.name}/`, fails: LOST, passes: SERVED };
  const to = `http://${endpoint.name}`;
  const reject = () =>
    stage.js('ec2.rejectVpcEndpointConnections({ … })', () =>
      new EC2.EC2(stage.sdk).rejectVpcEndpointConnections({ ServiceId: service.id, VpcEndpointIds: [endpoint.id] }),
    );
  await failure(stage, 'The provider has not accepted the endpoint', reject, page, { to, code: 'BAD_STATE' });
  await failure(
    stage,
    "The target's security group does not let the load balancer in",
    () => closeTarget(stage, lab),
    page,
    {
      ...{ to, code: 'SG_HAS_NO_RULES' },
    },
  );
  await wrongCertificate(stage, lab, endpoint.name);
  const other = await zoneMismatch(stage, lab, endpoint.id);
  await overlap(stage, lab, other);
}

interface Endpoint {
  readonly id: string;
  readonly name: string;
}

async function notPermitted(stage: Stage, lab: ServiceLab): Promise<Endpoint> {
  const { consumer, network, service, client } = lab;
  const ec2 = new EC2.EC2(consumer.sdk);
  let endpoint: Endpoint | undefined;
  const create = () =>
    ec2.createVpcEndpoint({
      ...{ VpcId: network.vpc, VpcEndpointType: 'Interface', ServiceName: service.name },
      ...{ SubnetIds: [id(network.subnets[0])], SecurityGroupIds: [network.group] },
    });
  await stage.step('The service does not allow the account: AWS says that it does not exist', async () => {
    await stage.jsRefused('consumer: ec2.createVpcEndpoint({ … })', create, 'InvalidServiceName');
    await stage.aws(await stage.why(client, service.name, 'CULVERT_PRINCIPAL_NOT_ALLOWED', { port: '80' }));
    const { VpcEndpoint } = await stage.js('consumer: ec2.createVpcEndpoint({ … })', create);
    endpoint = await connected(stage, lab, VpcEndpoint);
    await stage.inside(client, `${CURL} http://${endpoint.name}/`, SERVED);
  });
  if (endpoint === undefined) throw new Error('there is no endpoint');
  return endpoint;
}

/** Accepted, and in the group that lets the client in. */
async function connected(stage: Stage, lab: ServiceLab, made: EC2.VpcEndpoint | undefined): Promise<Endpoint> {
  const endpoint = { id: id(made?.VpcEndpointId), name: id(made?.DnsEntries?.[0]?.DnsName) };
  await stage.js(
    'ec2.acceptVpcEndpointConnections({ … }), ec2.modifyVpcEndpoint({ the group for the client })',
    async () => {
      await new EC2.EC2(stage.sdk).acceptVpcEndpointConnections({
        ...{ ServiceId: lab.service.id, VpcEndpointIds: [endpoint.id] },
      });
      await new EC2.EC2(lab.consumer.sdk).modifyVpcEndpoint({
        ...{ VpcEndpointId: endpoint.id, AddSecurityGroupIds: [lab.network.group] },
      });
    },
  );
  return endpoint;
}

async function remove(stage: Stage, consumer: Actor, endpoint: string): Promise<void> {
  await stage.js('consumer: ec2.deleteVpcEndpoints({ … })', () =>
    new EC2.EC2(consumer.sdk).deleteVpcEndpoints({ VpcEndpointIds: [endpoint] }),
  );
}

async function closeTarget(stage: Stage, { provider }: ServiceLab): Promise<void> {
  const http = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: [{ CidrIp: provider.block }] };
  await stage.js('ec2.revokeSecurityGroupIngress({ HTTP from the VPC, where the load balancer is })', () =>
    new EC2.EC2(stage.sdk).revokeSecurityGroupIngress({ GroupId: provider.group, IpPermissions: [http] }),
  );
}

const NAMES = ['api.example.com', 'queue.example.net'] as const;
/** Certificates of the provider's own, which it gives to whoever asks; four lines of base64. */
const CERTIFICATES = `cd /srv/www && for n in ${NAMES.join(' ')}; do \
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 -keyout /root/$n.key -out $n.pem \
-subj /CN=$n -addext subjectAltName=DNS:$n 2>/dev/null; base64 -w0 $n.pem; echo; base64 -w0 /root/$n.key; echo; done; \
cat *.example.*.pem > ca.pem`;

async function wrongCertificate(stage: Stage, lab: ServiceLab, name: string): Promise<void> {
  const { client, network } = lab;
  const [, ours] = NAMES;
  const tls = async () => {
    const said = await stage.inside(lab.web, CERTIFICATES, /^\S+$/m, () => `certificates for ${NAMES.join(', ')}`);
    const [first, firstKey, second, secondKey] = said.split('\n').map((line) => Buffer.from(line, 'base64'));
    const acm = new ACM.ACM(stage.sdk);
    await stage.js('acm.importCertificate({ both }), elbv2.createListener({ TLS 443, with the first })', async () => {
      const { CertificateArn } = await acm.importCertificate({ Certificate: first, PrivateKey: firstKey });
      await acm.importCertificate({ Certificate: second, PrivateKey: secondKey });
      await new ELB.ElasticLoadBalancingV2(stage.sdk).createListener({
        ...{ LoadBalancerArn: lab.balancer, Protocol: 'TLS', Port: 443, Certificates: [{ CertificateArn }] },
        DefaultActions: [{ Type: 'forward', TargetGroupArn: lab.targetGroup }],
      });
    });
    const route53 = new Route53.Route53(lab.consumer.sdk);
    await stage.js(`consumer: route53.createHostedZone({ ${ours}: the endpoint }), HTTPS let in`, async () => {
      const { HostedZone } = await route53.createHostedZone({
        ...{ Name: 'example.net', CallerReference: 'own', VPC: { VPCId: network.vpc, VPCRegion: REGION } },
      });
      const record: Route53.ResourceRecordSet = {
        Name: ours,
        Type: 'CNAME',
        TTL: 60,
        ResourceRecords: [{ Value: name }],
      };
      await route53.changeResourceRecordSets({
        HostedZoneId: HostedZone?.Id,
        ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: record }] },
      });
      const https = { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, IpRanges: [{ CidrIp: network.block }] };
      await new EC2.EC2(lab.consumer.sdk).authorizeSecurityGroupIngress({
        ...{ GroupId: network.group, IpPermissions: [https] },
      });
    });
    await stage.inside(client, `${CURL} -o /tmp/ca.pem http://${name}/ca.pem`);
  };
  const page: Try = {
    ...{ at: client, command: `${CURL} --cacert /tmp/ca.pem https://${ours}/` },
    ...{ fails: /no alternative certificate subject name matches/, passes: SERVED },
  };
  await failure(stage, 'The certificate is for another name', tls, page, {
    ...{ to: `https://${ours}`, code: 'CULVERT_TLS_NAME_MISMATCH' },
  });
}

/** `before`: the endpoint of until now goes. */
async function zoneMismatch(stage: Stage, lab: ServiceLab, before: string): Promise<string> {
  const { consumer, network, service, client } = lab;
  const ec2 = new EC2.EC2(consumer.sdk);
  const SubnetId = id(network.subnets[1]);
  let endpoint: Endpoint | undefined;
  await stage.step('The service is not in the zone of the subnet', async () => {
    await remove(stage, consumer, before);
    await stage.jsRefused(
      `consumer: ec2.createVpcEndpoint({ in ${OTHER_ZONE} })`,
      () =>
        ec2.createVpcEndpoint({
          ...{ VpcId: network.vpc, VpcEndpointType: 'Interface', ServiceName: service.name, SubnetIds: [SubnetId] },
        }),
      'InvalidParameter',
    );
    const eni = await stage.js('consumer: ec2.createNetworkInterface({ there })', async () =>
      id((await ec2.createNetworkInterface({ SubnetId })).NetworkInterface?.NetworkInterfaceId),
    );
    const code = 'VPCE_SERVICE_NOT_INSTALLED_IN_AZ';
    const fix = await stage.why({ name: eni, id: eni }, service.name, code, { port: '80' });
    endpoint = await connected(stage, lab, (await consumer.aws<EC2.CreateVpcEndpointResult>(fix)).VpcEndpoint);
    await stage.inside(client, `${CURL} http://${endpoint.name}/`, SERVED);
  });
  return id(endpoint?.id);
}

/** The last two: the endpoint that joins equal ranges is the one through which an ill target is met. */
async function overlap(stage: Stage, lab: ServiceLab, before: string): Promise<void> {
  const { consumer, client, web, spare } = lab;
  let endpoint: Endpoint | undefined;
  await stage.step('The ranges of the two VPCs overlap', async () => {
    await remove(stage, consumer, before);
    await stage.insideFails(client, `${CURL} http://${WEB_ADDRESS}/`, LOST);
    const fix = await stage.why(client, web.id, 'CULVERT_OVERLAPPING_CIDR', { port: '80' });
    endpoint = await connected(stage, lab, (await consumer.aws<EC2.CreateVpcEndpointResult>(fix)).VpcEndpoint);
    await stage.inside(client, `${CURL} http://${endpoint.name}/`, SERVED);
  });
  const to = `http://${id(endpoint?.name)}`;
  const stop = async () => {
    await stage.inside(web, 'systemctl stop web');
    await untilHealth(stage, lab, web, 'unhealthy');
  };
  const page: Try = { at: client, command: `${CURL} ${to}/`, fails: /refused|reset|Couldn't connect/i, passes: SERVED };
  await failure(
    stage,
    'No target is healthy: fail-open',
    stop,
    page,
    { to, code: 'CULVERT_NO_HEALTHY_TARGET' },
    { more: () => untilHealth(stage, lab, spare, 'healthy') },
  );
}
