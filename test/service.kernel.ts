/**
 * A service behind a network load balancer and its consumers, by packets: what the second lab (scenarios/service.story.ts)
 * does not show. Provider and consumers are of three accounts and have equal addresses.
 */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { after, before, describe, it, type TestContext } from 'node:test';
import { type TLSSocket, connect as tlsConnect } from 'node:tls';
import * as ACM from '@aws-sdk/client-acm';
import * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import * as R53 from '@aws-sdk/client-route-53';
import * as SNS from '@aws-sdk/client-sns';
import * as SQS from '@aws-sdk/client-sqs';
import { selfSigned } from '../src/host/test-certificates.ts';
import { type TestCulvert, testCulvert, until } from './culvert.ts';
import { closeSockets, dial, echo, Flow, firstOpened, lookUp, serve, socketTo } from './flows.ts';
import {
  addMachine,
  BLOCK,
  type Endpoint,
  everythingFrom,
  given,
  makeBalancer,
  makeEndpoint,
  makeGroup,
  makeListener,
  makeSite,
  type Site,
  untilHealthy,
  untilState,
} from './private-service.ts';

const TARGET = '10.0.10.50';
/** Of both consumers; the provider has it not. */
const CLIENT = '10.0.10.77';
const PRIVATE_NAME = 'api.parcels.example.com';
const TLS_NAME = 'tls.parcels.example.com';
const EXPECTED_MS = 200;
const ROUNDS = 7;
const PLAIN = 80;
const PROXIED = 81;
const TLS = 443;

describe('a service', { timeout: 200_000 }, () => {
  let culvert: TestCulvert;
  let provider: Site;
  let first: Site;
  let second: Site;
  let balancer = '';
  let doors = '';
  let groups: string[] = [];
  let serviceId = '';
  let serviceName = '';
  /** Of the first consumer, accepted. */
  let endpoint: Endpoint;
  const identity = selfSigned('CN=parcels', { names: [TLS_NAME] });
  /** What the target of the port with Proxy Protocol got, one entry a connection. */
  const received: Buffer[] = [];

  const answer = async (verb: 'accept' | 'reject', { id }: Endpoint) => {
    const request = { ServiceId: serviceId, VpcEndpointIds: [id] };
    const { Unsuccessful = [] } =
      verb === 'accept'
        ? await provider.ec2.acceptVpcEndpointConnections(request)
        : await provider.ec2.rejectVpcEndpointConnections(request);
    assert.deepEqual(Unsuccessful, []);
  };
  const accepted = async (site: Site, wish = {}) => {
    const made = await makeEndpoint(site, serviceName, wish);
    await answer('accept', made);
    await untilState(site, made, 'available');
    return made;
  };
  const open = async ({ netns }: Site, host: string, port = PLAIN): Promise<Flow> => {
    const flow = await dial(netns, host, port);
    assert.ok(flow !== undefined, `${host} port ${port} does not answer`);
    return flow;
  };
  const closed = async ({ netns }: Site, host: string, port = PLAIN) =>
    assert.equal(await dial(netns, host, port, 600), undefined, `${host} port ${port} answers`);

  const got = async (text: string) => received.find((each) => each.includes(text));

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
    [provider, first, second] = await Promise.all([
      makeSite(culvert, '111111111111', TARGET),
      makeSite(culvert, '222222222222', CLIENT),
      makeSite(culvert, '333333333333', CLIENT),
    ]);
    doors = await makeGroup(provider.ec2, provider.vpc, 'doors', BLOCK);
    await serve(provider.netns, 8080, echo);
    await serve(provider.netns, 8081, (socket) => keep(received, socket));
    balancer = await makeBalancer(provider, doors);
    const { certificate, key } = await identity;
    const { CertificateArn } = await new ACM.ACM(provider.sdk).importCertificate({
      Certificate: Buffer.from(certificate),
      PrivateKey: Buffer.from(key),
    });
    groups = await Promise.all([
      makeListener(provider, balancer, 'plain', { Protocol: 'TCP', Port: PLAIN, targetPort: 8080 }),
      makeListener(
        provider,
        balancer,
        'proxied',
        { Protocol: 'TCP', Port: PROXIED, targetPort: 8081 },
        { 'proxy_protocol_v2.enabled': 'true' },
      ),
      makeListener(provider, balancer, 'tls', {
        ...{ Protocol: 'TLS', Port: TLS, targetPort: 8080 },
        Certificates: [{ CertificateArn: given(CertificateArn) }],
      }),
    ]);
    const { ServiceConfiguration } = await provider.ec2.createVpcEndpointServiceConfiguration({
      AcceptanceRequired: true,
      NetworkLoadBalancerArns: [balancer],
      PrivateDnsName: PRIVATE_NAME,
    });
    serviceId = given(ServiceConfiguration?.ServiceId);
    serviceName = given(ServiceConfiguration?.ServiceName);
    await provider.ec2.modifyVpcEndpointServicePermissions({
      ServiceId: serviceId,
      AddAllowedPrincipals: [first, second].map(({ account }) => `arn:aws:iam::${account}:root`),
    });
    for (const group of groups) await untilHealthy(provider, group);
    endpoint = await accepted(first);
  });

  after(async () => {
    closeSockets();
    assert.deepEqual(await culvert.close(), []);
  });

  it('has a private name once the domain is shown to be the provider’s, and only where it was asked for', async () => {
    const verify = async () => {
      await provider.ec2.startVpcEndpointServicePrivateDnsVerification({ ServiceId: serviceId });
      const { ServiceConfigurations } = await provider.ec2.describeVpcEndpointServiceConfigurations({
        ServiceIds: [serviceId],
      });
      return ServiceConfigurations?.[0]?.PrivateDnsNameConfiguration;
    };
    const modify = (PrivateDnsEnabled: boolean) =>
      first.ec2.modifyVpcEndpoint({ VpcEndpointId: endpoint.id, PrivateDnsEnabled });
    const route53 = new R53.Route53(provider.sdk);
    const { HostedZone } = await route53.createHostedZone({ Name: 'parcels.example.com', CallerReference: 'one' });
    const before = await verify();
    assert.equal(before?.State, 'failed');
    await assert.rejects(modify(true), { name: 'InvalidParameter' });
    const record = (Value: string): R53.ChangeResourceRecordSetsRequest => ({
      HostedZoneId: HostedZone?.Id,
      ChangeBatch: {
        Changes: [
          {
            Action: 'UPSERT',
            ResourceRecordSet: {
              Name: `${before?.Name}.${PRIVATE_NAME}`,
              Type: 'TXT',
              TTL: 60,
              ResourceRecords: [{ Value: `"${Value}"` }],
            },
          },
        ],
      },
    });
    await route53.changeResourceRecordSets(record('vpce:another'));
    assert.equal((await verify())?.State, 'failed');
    await route53.changeResourceRecordSets(record(given(before?.Value)));
    assert.equal((await verify())?.State, 'verified');
    await culvert.settled();
    assert.deepEqual(await lookUp(first.netns, PRIVATE_NAME), []);

    await modify(true);
    await culvert.settled();
    await untilState(first, endpoint, 'available');
    assert.deepEqual(await lookUp(first.netns, PRIVATE_NAME), [endpoint.address]);
    assert.deepEqual(await lookUp(first.netns, endpoint.name), [endpoint.address]);
    assert.deepEqual(await lookUp(second.netns, PRIVATE_NAME), []);
    assert.deepEqual(await lookUp(provider.netns, PRIVATE_NAME), []);
    const inside = `dig +short ${PRIVATE_NAME}`;
    assert.equal(await culvert.inside(first.machine, inside), `${endpoint.name}.\n${endpoint.address}\n`);
    assert.equal(await culvert.inside(second.machine, inside), '');
    const again = makeEndpoint(first, serviceName, { PrivateDnsEnabled: true });
    await assert.rejects(again, { name: 'InvalidParameter' });

    await modify(false);
    await culvert.settled();
    assert.deepEqual(await lookUp(first.netns, PRIVATE_NAME), []);
  });

  it('tells the provider’s topic of what happens to its connections, and of nothing else', async () => {
    const sns = new SNS.SNS(provider.sdk);
    const sqs = new SQS.SQS(provider.sdk);
    const topic = given((await sns.createTopic({ Name: 'connections' })).TopicArn);
    const queue = given((await sqs.createQueue({ QueueName: 'connections' })).QueueUrl);
    const { Attributes } = await sqs.getQueueAttributes({ QueueUrl: queue, AttributeNames: ['QueueArn'] });
    await sns.subscribe({ TopicArn: topic, Protocol: 'sqs', Endpoint: given(Attributes?.QueueArn) });
    const notification = {
      ServiceId: serviceId,
      ConnectionNotificationArn: topic,
      ConnectionEvents: ['Connect', 'Accept', 'Reject', 'Delete'],
    };
    await assert.rejects(
      provider.ec2.createVpcEndpointConnectionNotification({ ...notification, ConnectionEvents: ['Refuse'] }),
      { name: 'InvalidParameter' },
    );
    // Not one's own service.
    await assert.rejects(first.ec2.createVpcEndpointConnectionNotification(notification));
    await provider.ec2.createVpcEndpointConnectionNotification(notification);

    const told: { event: string; vpcEndpointId: string; vpcEndpointOwner: string }[] = [];
    const next = async (event: string, about: Endpoint) => {
      await until(`${event} is told`, async () => {
        const { Messages = [] } = await sqs.receiveMessage({ QueueUrl: queue, MaxNumberOfMessages: 10 });
        for (const { Body, ReceiptHandle } of Messages) {
          await sqs.deleteMessage({ QueueUrl: queue, ReceiptHandle });
          told.push(JSON.parse(JSON.parse(given(Body)).Message));
        }
        return told.some((each) => each.event === event) ? true : undefined;
      });
      const last = told.at(-1);
      assert.deepEqual([last?.event, last?.vpcEndpointId, last?.vpcEndpointOwner], [event, about.id, second.account]);
    };
    const made = await makeEndpoint(second, serviceName);
    await next('Connect', made);
    await answer('accept', made);
    await next('Accept', made);
    await untilState(second, made, 'available');
    await answer('reject', made);
    await next('Reject', made);
    await second.ec2.deleteVpcEndpoints({ VpcEndpointIds: [made.id] });
    await next('Delete', made);
    assert.deepEqual(
      told.map(({ event }) => event),
      ['Connect', 'Accept', 'Reject', 'Delete'],
    );
  });

  it('hands its target the consumer’s address and endpoint by Proxy Protocol, where the group says so', async () => {
    const socket = socketTo(first.netns, endpoint.address, PROXIED);
    socket.write('GET /');
    const header = await until('the target has got it', () => got('GET /'));
    const { localPort } = socket;
    socket.destroy();
    const told = readHeader(header);
    assert.deepEqual([told.source, told.sourcePort], [CLIENT, localPort]);
    assert.equal(told.bytes, 100);
    assert.equal(told.tlvs.get(0xea)?.toString('latin1'), `\x01${endpoint.id}`);
    assert.equal(header.subarray(100).toString(), 'GET /');

    // Greeted first by the program itself: nothing came before what the client sent.
    const plain = await open(first, endpoint.address);
    assert.ok(await plain.echoes());
    assert.notEqual(plain.seenFrom, CLIENT);
    plain.close();
  });

  it('ends TLS with the certificate that was imported, and with no other', async () => {
    const handshake = async (servername: string, roots: string): Promise<TLSSocket> => {
      const socket = tlsConnect({
        socket: socketTo(first.netns, endpoint.address, TLS),
        servername,
        ca: roots,
      });
      await once(socket, 'secureConnect');
      return socket;
    };
    const root = (await identity).certificate;
    const socket = await handshake(TLS_NAME, root);
    assert.equal(socket.authorized, true);
    const flow = new Flow(socket, '');
    assert.ok(await flow.echoes());
    socket.destroy();
    await assert.rejects(handshake('www.example.com', root), { code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    await assert.rejects(handshake(TLS_NAME, (await selfSigned('CN=parcels', { names: [TLS_NAME] })).certificate));
  });

  it('is open at once after Accept and cut at once after Reject', async (context: TestContext) => {
    const opened: number[] = [];
    const cut: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const flow = await open(first, endpoint.address);
      let lastEcho = 0;
      let isAsked = true;
      const talk = (async () => {
        while (await flow.echoes(isAsked ? 1000 : 300)) lastEcho = performance.now();
      })();
      await answer('reject', endpoint);
      const rejected = performance.now();
      isAsked = false;
      await talk;
      flow.close();
      cut.push(lastEcho - rejected);
      await closed(first, endpoint.address);

      await answer('accept', endpoint);
      const since = performance.now();
      opened.push((await firstOpened(first.netns, endpoint.address, PLAIN)) - since);
      await untilState(first, endpoint, 'available');
    }
    context.diagnostic(`Accept's reply to the first connection: ${figures(opened)}`);
    context.diagnostic(`Reject's reply to the last echo: ${figures(cut)}`);
    assert.ok(median(opened) <= EXPECTED_MS, figures(opened));
    assert.ok(median(cut) <= EXPECTED_MS, figures(cut));
  });

  it('keeps what is open when the rule or the permission that let it in goes; nothing new comes', async () => {
    const flow = await open(first, endpoint.address);
    const rule = { GroupId: first.group, IpPermissions: [everythingFrom(BLOCK)] };
    await first.ec2.revokeSecurityGroupIngress(rule);
    await culvert.settled();
    assert.ok(await flow.echoes());
    await closed(first, endpoint.address);
    await first.ec2.authorizeSecurityGroupIngress(rule);
    const principals = [`arn:aws:iam::${first.account}:root`];
    await provider.ec2.modifyVpcEndpointServicePermissions({
      ServiceId: serviceId,
      RemoveAllowedPrincipals: principals,
    });
    await culvert.settled();
    assert.ok(await flow.echoes());
    (await open(first, endpoint.address)).close();
    await assert.rejects(makeEndpoint(first, serviceName), { name: 'InvalidServiceName' });
    await provider.ec2.modifyVpcEndpointServicePermissions({ ServiceId: serviceId, AddAllowedPrincipals: principals });
    flow.close();
  });

  it('serves two consumers of equal addresses, each by its own connection', async () => {
    const theirs = await accepted(second);
    const [one, two] = [await open(first, endpoint.address), await open(second, theirs.address)];
    assert.equal(one.seenFrom, two.seenFrom);
    const proxied = socketTo(second.netns, theirs.address, PROXIED);
    proxied.write('in time');
    await until('the target has got it', () => got('in time'));
    await answer('reject', theirs);
    await culvert.settled();
    assert.ok(await one.echoes());
    proxied.write('too late');
    assert.ok(!(await two.echoes(300)));
    assert.equal(await got('too late'), undefined);
    await closed(second, theirs.address);
    for (const flow of [one, two]) flow.close();
    proxied.destroy();
    await second.ec2.deleteVpcEndpoints({ VpcEndpointIds: [theirs.id] });
  });

  it('serves an endpoint of its own VPC, of its own account', async () => {
    const neighbour = await addMachine(culvert, provider, CLIENT);
    const own = await makeEndpoint(neighbour, serviceName);
    await culvert.settled();
    await closed(neighbour, own.address);
    await answer('accept', own);
    await untilState(neighbour, own, 'available');
    const flow = await open(neighbour, own.address);
    assert.ok(await flow.echoes());
    assert.notEqual(flow.seenFrom, CLIENT);
    await closed(neighbour, own.address, 8080);
    flow.close();
    await neighbour.ec2.deleteVpcEndpoints({ VpcEndpointIds: [own.id] });
  });

  it('judges the consumer’s own address by the load balancer’s groups where that is enforced', async () => {
    const elb = new ELB.ElasticLoadBalancingV2(provider.sdk);
    const enforce = async (judged: 'on' | 'off') => {
      await elb.setSecurityGroups({
        ...{ LoadBalancerArn: balancer, SecurityGroups: [doors] },
        EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: judged,
      });
      await culvert.settled();
    };
    const letIn = async (from: string, instead: string) => {
      await provider.ec2.revokeSecurityGroupIngress({ GroupId: doors, IpPermissions: [everythingFrom(instead)] });
      await provider.ec2.authorizeSecurityGroupIngress({ GroupId: doors, IpPermissions: [everythingFrom(from)] });
      await culvert.settled();
    };
    await enforce('on');
    await letIn(`${CLIENT}/32`, BLOCK);
    (await open(first, endpoint.address)).close();
    await letIn(`${TARGET}/32`, `${CLIENT}/32`);
    await closed(first, endpoint.address);
    const proxied = socketTo(first.netns, endpoint.address, PROXIED);
    assert.equal(await connects(proxied, 600), false);
    await enforce('off');
    (await open(first, endpoint.address)).close();
    await letIn(BLOCK, `${TARGET}/32`);
  });

  it('outlives kill -9 of control: an open flow, its targets’ health, and nothing is changed by the next start', async () => {
    const before = await culvert.settled();
    const flow = await open(first, endpoint.address);
    const proxied = socketTo(first.netns, endpoint.address, PROXIED);
    assert.ok(await connects(proxied, 1500));
    const killed = culvert.pid('control');
    culvert.kill('control');
    for (let count = 0; count < 5; count++) assert.ok(await flow.echoes());
    (await open(first, endpoint.address)).close();
    const next = await until('control is back', async () => {
      const now = await culvert.status().catch(() => undefined);
      return now !== undefined && now.lastRound !== null && now.appliedRevision === now.revision ? now : undefined;
    });
    assert.notEqual(culvert.pid('control'), killed);
    assert.equal(next.lastRound?.changes, 0);
    assert.equal(next.revision, before.revision);
    const elb = new ELB.ElasticLoadBalancingV2(provider.sdk);
    for (const TargetGroupArn of groups) {
      // At the port that it had before, which is open a moment after the status.
      const { TargetHealthDescriptions } = await until('health is told', () =>
        elb.describeTargetHealth({ TargetGroupArn }).catch(() => undefined),
      );
      assert.deepEqual(
        TargetHealthDescriptions?.map(({ TargetHealth }) => TargetHealth?.State),
        ['healthy'],
      );
    }
    assert.ok(await flow.echoes());
    proxied.write('still there');
    await until('the target has got it', () => got('still there'));
    proxied.destroy();
    flow.close();
  });
});

/** Everything that comes, as far as it has come. */
function keep(all: Buffer[], socket: Socket): void {
  const at = all.push(Buffer.alloc(0)) - 1;
  socket.on('data', (chunk) => {
    all[at] = Buffer.concat([all[at] ?? Buffer.alloc(0), chunk]);
  });
}

interface ProxyHeader {
  readonly source: string;
  readonly sourcePort: number;
  readonly bytes: number;
  readonly tlvs: ReadonlyMap<number, Buffer>;
}

/** Proxy Protocol 2, TCP over IPv4. */
function readHeader(bytes: Buffer): ProxyHeader {
  assert.equal(bytes.subarray(0, 14).toString('hex'), '0d0a0d0a000d0a515549540a2111');
  const end = 16 + bytes.readUInt16BE(14);
  const tlvs = new Map<number, Buffer>();
  for (let at = 28; at < end; ) {
    const length = bytes.readUInt16BE(at + 1);
    tlvs.set(bytes[at] ?? 0, bytes.subarray(at + 3, at + 3 + length));
    at += 3 + length;
  }
  return { source: bytes.subarray(16, 20).join('.'), sourcePort: bytes.readUInt16BE(24), bytes: end, tlvs };
}

async function connects(socket: Socket, boundMs: number): Promise<boolean> {
  return once(socket, 'connect', { signal: AbortSignal.timeout(boundMs) }).then(
    () => true,
    () => false,
  );
}

/** When the first of many tries came through: a SYN that was dropped is repeated by its sender after a second only. */

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

function figures(values: readonly number[]): string {
  const rounded = values.map((value) => Math.round(value));
  return `median ${Math.round(median(values))} ms of ${rounded.join(', ')}`;
}
