/**
 * `culvert events` from outside: one tails the stream while endpoints are asked for, accepted, rejected and deleted and an instance runs and
 * stops, and while the processes are killed: each event once, in order, each account its own.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { EventBridge } from '@aws-sdk/client-eventbridge';
import { SQS } from '@aws-sdk/client-sqs';
import type { Envelope } from '../src/api/eventbridge/envelope.ts';
import { rootsOf } from '../src/host/paths.ts';
import { PLAIN, REGION, type TestCulvert, testCulvert, until } from './culvert.ts';
import {
  type Endpoint,
  given,
  makeBalancer,
  makeEndpoint,
  makeGroup,
  makeSite,
  type Site,
  untilState,
} from './private-service.ts';

const MAIN = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));
const PROVIDER = '111111111111';
const CONSUMER = '222222222222';

describe('events', { timeout: 300_000 }, () => {
  let culvert: TestCulvert;
  let provider: Site;
  let consumer: Site;
  let serviceId = '';
  let serviceName = '';
  let tail: ReturnType<typeof tailOf>;

  /** `culvert events --follow --json`, as it goes on. */
  function tailOf(args: readonly string[] = []) {
    const child: ChildProcess = spawn(process.execPath, [MAIN, 'events', '--follow', '--json', ...args], {
      env: { ...process.env, ...rootsOf(culvert.paths), ...PLAIN },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    const told = () =>
      text
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Envelope);
    return {
      told,
      isRunning: () => child.exitCode === null,
      end: () => void child.kill(),
      /** Resolves once such an event came. */
      has: (type: string, what: object) =>
        until(`${type} ${JSON.stringify(what)}`, async () => find(told(), type, what)),
    };
  }

  const listed = async (...args: string[]) =>
    (await culvert.cli(['events', '--json', ...args]))
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as Envelope);

  const answer = (verb: 'accept' | 'reject', { id }: Endpoint) => {
    const request = { ServiceId: serviceId, VpcEndpointIds: [id] };
    return verb === 'accept'
      ? provider.ec2.acceptVpcEndpointConnections(request)
      : provider.ec2.rejectVpcEndpointConnections(request);
  };

  before(async () => {
    culvert = testCulvert();
    await culvert.up();
    tail = tailOf();
    [provider, consumer] = await Promise.all([
      makeSite(culvert, PROVIDER, '10.0.10.50'),
      makeSite(culvert, CONSUMER, '10.0.10.77'),
    ]);
    const balancer = await makeBalancer(provider, await makeGroup(provider.ec2, provider.vpc, 'doors', '0.0.0.0/0'));
    const made = await provider.ec2.createVpcEndpointServiceConfiguration({
      NetworkLoadBalancerArns: [balancer],
      AcceptanceRequired: true,
    });
    serviceId = given(made.ServiceConfiguration?.ServiceId);
    serviceName = given(made.ServiceConfiguration?.ServiceName);
    await provider.ec2.modifyVpcEndpointServicePermissions({
      ServiceId: serviceId,
      AddAllowedPrincipals: [`arn:aws:iam::${CONSUMER}:root`],
    });
  });

  after(async () => {
    tail?.end();
    assert.deepEqual(await culvert.close(), []);
  });

  it('tells of a connection from both sides as it is asked for, accepted, rejected and deleted', async () => {
    const endpoint = await makeEndpoint(consumer, serviceName);
    await answer('accept', endpoint);
    await untilState(consumer, endpoint, 'available');
    await answer('reject', endpoint);
    await consumer.ec2.deleteVpcEndpoints({ VpcEndpointIds: [endpoint.id] });
    const vpcEndpointId = endpoint.id;
    await tail.has('VPC Endpoint State Change', { vpcEndpointId, state: 'deleted' });
    const of = (account: string) =>
      tail
        .told()
        .filter(
          (each) =>
            each.account === account && (each.detail as { vpcEndpointId?: string }).vpcEndpointId === endpoint.id,
        )
        .filter((each) => each.source === 'culvert')
        .map(({ detail }) => (detail as { event?: string }).event ?? (detail as { state: string }).state);
    const walk = [
      ...['Connect', 'pendingAcceptance', 'Accept', 'pending', 'available', 'Reject', 'rejected'],
      ...['Delete', 'deleting', 'deleted'],
    ];
    assert.deepEqual(of(PROVIDER), walk);
    assert.deepEqual(of(CONSUMER), walk);
    const calls = tail
      .told()
      .filter((each) => each['detail-type'] === 'AWS API Call via CloudTrail')
      .map(({ account, source, detail }) => `${account} ${source} ${(detail as { eventName: string }).eventName}`);
    assert.ok(calls.includes(`${PROVIDER} aws.ec2 AcceptVpcEndpointConnections`));
    assert.ok(calls.includes(`${PROVIDER} aws.elasticloadbalancing CreateLoadBalancer`));
    assert.deepEqual(
      calls.filter((each) => each.includes(' Describe')),
      [],
    );
  });

  it('tells of an instance in the form of EC2, which its owner alone is told of', async () => {
    await consumer.ec2.stopInstances({ InstanceIds: [consumer.machine] });
    const type = 'EC2 Instance State-change Notification';
    await tail.has(type, { 'instance-id': consumer.machine, state: 'stopped' });
    const told = await listed('--account', CONSUMER, '--detail-type', type, '--source', 'aws.ec2');
    assert.deepEqual(
      told.map(({ detail }) => detail),
      ['pending', 'running', 'stopping', 'stopped'].map((state) => ({ 'instance-id': consumer.machine, state })),
    );
    assert.deepEqual(told[0]?.resources, [`arn:aws:ec2:${REGION}:${CONSUMER}:instance/${consumer.machine}`]);
    const others = await listed('--account', PROVIDER, '--detail-type', type);
    assert.ok(others.length > 0);
    assert.ok(
      others.every(({ account, resources }) => account === PROVIDER && !resources.join().includes(consumer.machine)),
    );
    assert.deepEqual(await listed('--region', 'eu-west-1'), []);
    const lines = await culvert.cli(['events', '--account', CONSUMER, '--detail-type', type]);
    assert.match(lines, new RegExp(`Z  ${CONSUMER}  ${REGION}  aws\\.ec2  ${type} +${consumer.machine}  stopped\\n$`));
  });

  it('kill -9: nothing that was answered is lost, nothing is told twice, and who follows goes on', async () => {
    const sqs = new SQS(provider.sdk);
    const bridge = new EventBridge(provider.sdk);
    const { QueueUrl } = await sqs.createQueue({ QueueName: 'told' });
    await bridge.putRule({
      Name: 'told',
      EventPattern: JSON.stringify({ 'detail-type': ['VPC Endpoint Connection Notification'] }),
    });
    const Arn = `arn:aws:sqs:${REGION}:${PROVIDER}:told`;
    await bridge.putTargets({ Rule: 'told', Targets: [{ Id: 'queue', Arn }] });
    const endpoint = await makeEndpoint(consumer, serviceName);
    for (const verb of ['accept', 'reject', 'accept'] as const) {
      await answer(verb, endpoint);
      // What was answered is told, whatever becomes of it.
      culvert.kill('control');
      await until('control is back', async () => culvert.status().catch(() => undefined));
    }
    await untilState(consumer, endpoint, 'available');
    for (const each of ['control', 'edge'] as const) culvert.kill(each);
    await culvert.settled();
    await consumer.ec2.deleteVpcEndpoints({ VpcEndpointIds: [endpoint.id] });
    await tail.has('VPC Endpoint State Change', { vpcEndpointId: endpoint.id, state: 'deleted' });
    const notified = tail
      .told()
      .filter((each) => each.account === PROVIDER && each['detail-type'] === 'VPC Endpoint Connection Notification')
      .filter((each) => (each.detail as { vpcEndpointId: string }).vpcEndpointId === endpoint.id);
    const answers = notified.map(({ detail }) => (detail as { event: string }).event);
    assert.deepEqual(answers, ['Connect', 'Accept', 'Reject', 'Accept', 'Delete']);
    // A kill between sending and forgetting sends again: at least once, and no other's.
    const sent = new Map<string, Envelope>();
    await until('the queue has them all', async () => {
      const { Messages = [] } = await sqs.receiveMessage({ QueueUrl, MaxNumberOfMessages: 10, VisibilityTimeout: 300 });
      for (const { Body = '' } of Messages) sent.set((JSON.parse(Body) as Envelope).id, JSON.parse(Body) as Envelope);
      return sent.size >= notified.length ? true : undefined;
    });
    assert.deepEqual(
      notified.map(({ id }) => sent.get(id)),
      notified,
    );
    assert.equal(sent.size, notified.length);
    const available = tail
      .told()
      .filter((each) => each['detail-type'] === 'VPC Endpoint State Change')
      .filter(({ detail }) => isIn({ vpcEndpointId: endpoint.id, state: 'available' }, detail));
    // Between the kills it may have come into force, or not.
    assert.ok(available.length >= 1 && available.length <= 2, `${available.length} times`);
    const machines = await listed('--detail-type', 'EC2 Instance State-change Notification');
    assert.equal(machines.length, 6);

    assert.ok(tail.isRunning());
    const all = await listed();
    assert.deepEqual(tail.told().slice(0, all.length), all.slice(0, tail.told().length));
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
    const [, second] = all;
    assert.deepEqual((await listed('--after', given(second?.id))).slice(0, 5), all.slice(2, 7));
    await assert.rejects(listed('--after', 'nothing'), /there is no event nothing/);
    await assert.rejects(listed('--since', 'yesterday'), /--since is a number/);
  });
});

function find(told: readonly Envelope[], type: string, what: object): true | undefined {
  return told.some((each) => each['detail-type'] === type && isIn(what, each.detail)) ? true : undefined;
}

function isIn(part: object, whole: object): boolean {
  return Object.entries(part).every(([name, value]) => (whole as Record<string, unknown>)[name] === value);
}
