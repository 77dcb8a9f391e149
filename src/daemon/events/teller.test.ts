import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  accept,
  allow,
  CONSUMER,
  connect,
  consumer,
  type Provider,
  provider,
  REGION,
  ROOT,
  reject,
  service,
  settle,
} from '../../api/ec2/endpoint-service/fixture.ts';
import { launch, report, network as vpcOf } from '../../api/ec2/instance/fixture.ts';
import { envelopeOf } from '../../api/eventbridge/envelope.ts';
import { ACCOUNT, type Harness, harness } from '../../api/testing.ts';
import { silentLog } from '../../host/log.ts';
import { put, remove } from '../../model/edit.ts';
import type { StreamEvent, Told } from '../../model/events.ts';
import type { EventRule, EventTarget, Target } from '../../model/resources.ts';
import { createTeller, type Teller } from './teller.ts';

interface Stage {
  readonly h: Harness;
  readonly teller: Teller;
  /** What was told since it was asked last, in short. */
  news(): string[];
  /** All of it. */
  readonly all: StreamEvent[];
  /** The kernel has everything that was asked for. */
  round(): void;
  /** Another process with the same store. */
  restart(): Teller;
}

/** A store in memory around a harness's Intent. */
function stage({ h = harness(), applied = 0, told = new Map<string, string>(), hasTold = true } = {}): Stage {
  const all: StreamEvent[] = [];
  let seen = 0;
  let committed: Parameters<Parameters<typeof createTeller>[0]['store']['follow']>[0] = () => {};
  const apply = h.intent.apply.bind(h.intent);
  h.intent.apply = (edits) => {
    const removed = edits.flatMap((each) =>
      each.op === 'delete' ? (h.intent.table(each.kind).get(each.id) ?? []) : [],
    );
    apply(edits);
    committed(edits, removed);
  };
  h.facts.appliedRevision = applied;
  const start = () =>
    createTeller({
      store: {
        intent: h.intent,
        hasTold,
        commit: (edits) => h.intent.apply(edits),
        follow: (listener) => {
          committed = listener;
        },
        tell(events: readonly StreamEvent[], states: readonly Told[]) {
          all.push(...events);
          for (const { watched, id, state } of states) {
            if (state === null) told.delete(`${watched} ${id}`);
            else told.set(`${watched} ${id}`, state);
          }
        },
        lastTold: (watched, id) => told.get(`${watched} ${id}`),
      },
      facts: h.facts,
      log: silentLog(),
      dispatched: () => {},
      now: () => '2026-01-01T00:00:00.123Z',
    });
  const teller = start();
  return {
    h,
    teller,
    all,
    news() {
      const fresh = all.slice(seen);
      seen = all.length;
      return fresh.map(inShort);
    },
    round() {
      h.facts.appliedRevision = h.intent.revision;
      teller.look();
    },
    restart: start,
  };
}

const NAMES: Readonly<Record<string, string>> = { [ACCOUNT]: 'provider', [CONSUMER]: 'consumer' };

function inShort({ account, source, detailType, detail }: StreamEvent): string {
  const { event, state, State, previousState } = detail as Record<string, string | null | undefined>;
  const what = event ?? `${previousState ? `${previousState} > ` : ''}${state ?? State}`;
  const type = detailType.replace(/ (State Change|State-change Notification|Notification)$/, '');
  return `${NAMES[account]} ${source}: ${type} ${what}`;
}

function lab(s: Stage): { p: Provider; n: ReturnType<typeof consumer>; made: ReturnType<typeof service> } {
  const p = provider(s.h);
  const made = service(p, { AcceptanceRequired: true });
  allow(p, made.id, ROOT);
  const n = consumer(p);
  s.round();
  s.news();
  return { p, n, made };
}

test('a connection is told to both: asked for, accepted, in force, rejected, deleted', () => {
  const s = stage();
  const { p, n, made } = lab(s);
  const { id } = connect(n, made.name);
  assert.deepEqual(s.news(), [
    'provider culvert: VPC Endpoint Connection Connect',
    'consumer culvert: VPC Endpoint Connection Connect',
    'provider culvert: VPC Endpoint Connection pendingAcceptance',
    'consumer culvert: VPC Endpoint pendingAcceptance',
  ]);
  s.round();
  assert.deepEqual(s.news(), []);
  accept(p, made.id, id);
  assert.deepEqual(s.news(), [
    'provider culvert: VPC Endpoint Connection Accept',
    'consumer culvert: VPC Endpoint Connection Accept',
    'provider culvert: VPC Endpoint Connection pendingAcceptance > pending',
    'consumer culvert: VPC Endpoint pendingAcceptance > pending',
  ]);
  s.round();
  assert.deepEqual(s.news(), [
    'provider culvert: VPC Endpoint Connection pending > available',
    'consumer culvert: VPC Endpoint pending > available',
  ]);
  // Two answers before the kernel has either: both are told.
  reject(p, made.id, id);
  accept(p, made.id, id);
  assert.deepEqual(
    s.news().filter((line) => line.startsWith('provider')),
    [
      'provider culvert: VPC Endpoint Connection Reject',
      'provider culvert: VPC Endpoint Connection available > rejected',
      'provider culvert: VPC Endpoint Connection Accept',
      'provider culvert: VPC Endpoint Connection rejected > pending',
    ],
  );
  n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [id] });
  s.round();
  assert.deepEqual(s.news(), [
    'provider culvert: VPC Endpoint Connection Delete',
    'consumer culvert: VPC Endpoint Connection Delete',
    'provider culvert: VPC Endpoint Connection pending > deleting',
    'consumer culvert: VPC Endpoint pending > deleting',
    'provider culvert: VPC Endpoint Connection deleting > deleted',
    'consumer culvert: VPC Endpoint deleting > deleted',
  ]);
  const endpoint = s.h.intent.table('vpcEndpoint').get(id);
  assert.ok(endpoint);
  s.h.intent.apply([remove(endpoint)]);
  s.round();
  assert.deepEqual(s.news(), []);
});

test('what is sent to SNS is what is told, and when', () => {
  const s = stage();
  const { p, n, made } = lab(s);
  p.h.call('CreateVpcEndpointConnectionNotification', {
    ServiceId: made.id,
    ConnectionNotificationArn: `arn:aws:sns:${REGION}:${ACCOUNT}:topic`,
    ConnectionEvents: ['Accept', 'Connect', 'Delete', 'Reject'],
  });
  const { id } = connect(n, made.name);
  reject(p, made.id, id);
  accept(p, made.id, id);
  n.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [id] });
  const sent = [...s.h.intent.table('pendingEvent').all()].map(({ message }) => {
    const { time, connectionNotificationId, ...told } = JSON.parse(message);
    return told;
  });
  const told = s.all.filter((each) => each.account === ACCOUNT && each.detailType.endsWith('Connection Notification'));
  assert.deepEqual(
    told.map(({ detail }) => detail),
    sent,
  );
  assert.deepEqual(
    sent.map(({ event }) => event),
    ['Connect', 'Reject', 'Accept', 'Delete'],
  );
});

test("one owner's own endpoint is told of once; an endpoint to AWS's service has no connection", () => {
  const s = stage();
  const { p, made } = lab(s);
  connect(p, made.name, { SubnetIds: [p.subnetA] });
  assert.equal(s.news().filter((line) => line.includes('Connection Connect')).length, 1);
  p.h.call('CreateVpcEndpoint', {
    VpcId: p.vpcId,
    VpcEndpointType: 'Gateway',
    ServiceName: `com.amazonaws.${REGION}.s3`,
  });
  assert.deepEqual(s.news(), ['provider culvert: VPC Endpoint available']);
});

test('an instance: the states that EC2 tells, in its form; a reboot is none', () => {
  const s = stage();
  const n = vpcOf(s.h);
  const id = launch(n);
  const fact = (state: Parameters<typeof report>[2]) => {
    report(n, id, state);
    s.teller.lookAt('instance', id);
  };
  fact('running');
  n.h.call('RebootInstances', { InstanceIds: [id] });
  s.round();
  fact('running');
  n.h.call('StopInstances', { InstanceIds: [id] });
  fact('stopped');
  n.h.call('StartInstances', { InstanceIds: [id] });
  fact('running');
  n.h.call('TerminateInstances', { InstanceIds: [id] });
  s.h.facts.machines.delete(id);
  s.round();
  const states = ['pending', 'running', 'stopping', 'stopped', 'pending', 'running', 'shutting-down', 'terminated'];
  assert.deepEqual(
    s.news(),
    states.map((state) => `provider aws.ec2: EC2 Instance ${state}`),
  );
  const [first] = s.all;
  assert.ok(first);
  assert.deepEqual(envelopeOf(first), {
    version: '0',
    id: first.id,
    'detail-type': 'EC2 Instance State-change Notification',
    source: 'aws.ec2',
    account: ACCOUNT,
    time: '2026-01-01T00:00:00Z',
    region: REGION,
    resources: [`arn:aws:ec2:${REGION}:${ACCOUNT}:instance/${id}`],
    detail: { 'instance-id': id, state: 'pending' },
  });
});

test('an image: available, failed and deregistered, not pending', () => {
  const s = stage();
  const n = vpcOf(s.h);
  const instance = launch(n);
  report(n, instance, 'running');
  s.round();
  s.news();
  const { ImageId } = n.h.call('CreateImage', { InstanceId: instance, Name: 'copy' });
  s.round();
  s.h.facts.images.set(ImageId, { state: 'available', fault: null });
  s.round();
  n.h.call('DeregisterImage', { ImageId });
  assert.deepEqual(s.news(), ['provider aws.ec2: EC2 AMI available', 'provider aws.ec2: EC2 AMI deregistered']);
  assert.deepEqual(s.all.at(-1)?.detail, { ImageId, State: 'deregistered', ErrorMessage: '' });
});

test('a peering is told to both sides, a failed one to who asked', () => {
  const s = stage();
  const [n, other] = [vpcOf(s.h), vpcOf(s.h.as(CONSUMER), '10.9')];
  s.round();
  s.news();
  const ask = (PeerVpcId: string) =>
    n.h.call('CreateVpcPeeringConnection', { VpcId: n.vpcId, PeerVpcId, PeerOwnerId: CONSUMER }).VpcPeeringConnection
      .VpcPeeringConnectionId;
  const id = ask(other.vpcId);
  s.round();
  other.h.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: id });
  s.round();
  n.h.call('DeleteVpcPeeringConnection', { VpcPeeringConnectionId: id });
  s.round();
  const walk = ['initiating-request', 'pending-acceptance', 'provisioning', 'active', 'deleting', 'deleted'];
  const lines = walk.map((state, at) => `${at === 0 ? '' : `${walk[at - 1]} > `}${state}`);
  assert.deepEqual(
    s.news(),
    lines.flatMap((line) => ['provider', 'consumer'].map((who) => `${who} culvert: VPC Peering Connection ${line}`)),
  );
  ask('vpc-0123456789abcdef0');
  s.round();
  assert.deepEqual(s.news(), [
    'provider culvert: VPC Peering Connection initiating-request',
    'provider culvert: VPC Peering Connection initiating-request > failed',
  ]);
});

test("a target's health; not yet looked at again is no news; deregistered it is unused", () => {
  const s = stage();
  const { h } = s;
  const common = { account: ACCOUNT, region: REGION, tags: {}, createdAt: '' };
  const p = provider(h);
  const arn = `arn:aws:elasticloadbalancing:${REGION}:${ACCOUNT}:targetgroup/web/0123456789abcdef`;
  const healthCheck = { protocol: 'TCP', port: 'traffic-port' };
  const attributes = {};
  const group = { ...common, kind: 'targetGroup', id: arn, vpcId: p.vpcId, targetType: 'ip', healthCheck, attributes };
  const listener = {
    ...common,
    kind: 'listener',
    id: 'l',
    loadBalancerId: p.arn,
    targetGroupId: arn,
    certificateIds: [],
  };
  const target: Target = {
    ...{ ...common, kind: 'target', id: `${arn}#10.0.1.9:80`, targetGroupId: arn, targetId: '10.0.1.9', port: 80 },
    ...{ zoneId: 'all', deregisteredAt: null, cutRevision: null },
  };
  h.intent.apply([put(group as never), put(listener as never), put(target)]);
  s.round();
  h.facts.targets.set(target.id, { state: 'healthy', reason: null });
  s.round();
  h.facts.targets.clear();
  s.round();
  h.facts.targets.set(target.id, { state: 'unhealthy', reason: 'Target.Timeout' });
  s.round();
  h.intent.apply([put({ ...target, deregisteredAt: '2026-01-01T00:00:00Z' })]);
  h.intent.apply([remove(target)]);
  assert.deepEqual(
    s.news().filter((line) => line.includes('Target')),
    ['initial', 'initial > healthy', 'healthy > unhealthy', 'unhealthy > draining', 'draining > unused'].map(
      (line) => `provider culvert: Target Health ${line}`,
    ),
  );
  assert.match(JSON.stringify(s.all.at(-1)?.detail), /"reason":"Target\.NotRegistered"/);
});

test('an attachment, a VPN connection, a NAT gateway: until the kernel has them, or has them no more', () => {
  const s = stage();
  const p = provider(s.h);
  const { TransitGatewayId } = s.h.call('CreateTransitGateway', {}).TransitGateway;
  s.round();
  s.news();
  const { TransitGatewayAttachmentId } = s.h.call('CreateTransitGatewayVpcAttachment', {
    ...{ TransitGatewayId, VpcId: p.vpcId, SubnetIds: [p.subnetA] },
  }).TransitGatewayVpcAttachment;
  s.round();
  s.h.call('DeleteTransitGatewayVpcAttachment', { TransitGatewayAttachmentId });
  s.round();
  const { CustomerGatewayId } = s.h.call('CreateCustomerGateway', {
    ...{ Type: 'ipsec.1', BgpAsn: 65000, PublicIp: '198.18.0.16' },
  }).CustomerGateway;
  const { VpnGatewayId } = s.h.call('CreateVpnGateway', { Type: 'ipsec.1' }).VpnGateway;
  s.h.call('CreateVpnConnection', { Type: 'ipsec.1', CustomerGatewayId, VpnGatewayId });
  s.round();
  s.h.call('CreateNatGateway', { SubnetId: p.subnetA, ConnectivityType: 'private' });
  s.round();
  const walk = ['pending', 'pending > available', 'available > deleting', 'deleting > deleted'];
  assert.deepEqual(s.news(), [
    ...walk.map((line) => `provider culvert: Transit Gateway Attachment ${line}`),
    ...walk.slice(0, 2).map((line) => `provider culvert: VPN Connection ${line}`),
    ...walk.slice(0, 2).map((line) => `provider culvert: NAT Gateway ${line}`),
  ]);
});

test('a restart repeats nothing and loses nothing', () => {
  const s = stage();
  const { p, n, made } = lab(s);
  const [first, second] = [connect(n, made.name), connect(n, made.name, { SubnetIds: [n.subnetA] })];
  accept(p, made.id, first.id);
  s.round();
  accept(p, made.id, second.id);
  s.news();
  // Killed before the kernel had the second; the next process has applied nothing yet.
  s.h.facts.appliedRevision = -1;
  const next = s.restart();
  n.h.call('CreateTags', { Resources: [first.id, second.id], Tags: [{ Key: 'a', Value: 'b' }] });
  assert.deepEqual(s.news(), []);
  reject(p, made.id, first.id);
  assert.deepEqual(s.news().at(-1), 'consumer culvert: VPC Endpoint available > rejected');
  settle(n);
  next.look();
  assert.deepEqual(s.news(), [
    'provider culvert: VPC Endpoint Connection pending > available',
    'consumer culvert: VPC Endpoint pending > available',
  ]);
});

test('what a store of before had is no news; what comes then is', () => {
  const h = harness();
  const n = vpcOf(h);
  const id = launch(n);
  report(n, id, 'running');
  const s = stage({ h, applied: -1, hasTold: false });
  const second = launch(n);
  assert.deepEqual(s.news(), ['provider aws.ec2: EC2 Instance pending']);
  s.round();
  assert.deepEqual(s.news(), []);
  report(n, second, 'running');
  s.round();
  for (const each of [id, second]) {
    n.h.call('StopInstances', { InstanceIds: [each] });
    s.h.facts.machines.delete(each);
    s.round();
  }
  assert.deepEqual(s.news(), [
    'provider aws.ec2: EC2 Instance running',
    ...['stopping', 'stopped', 'stopping', 'stopped'].map((state) => `provider aws.ec2: EC2 Instance ${state}`),
  ]);
});

function target(name: string, more: Partial<EventTarget> = {}): EventTarget {
  const arn = `arn:aws:sqs:${REGION}:${ACCOUNT}:${name}`;
  return { id: name, arn, input: null, inputPath: null, messageGroupId: null, ...more };
}

function rule(name: string, more: Partial<EventRule> = {}): EventRule {
  const common = { account: ACCOUNT, region: REGION, tags: {}, createdAt: '' };
  const pattern = '{"source":["aws.ec2"],"detail":{"state":[{"prefix":"stop"}]}}';
  return {
    ...{ ...common, kind: 'eventRule', id: `rule/${name}`, name, pattern, isEnabled: true, description: null },
    targets: [target(name)],
    ...more,
  };
}

function ownEvent(id: string, account = ACCOUNT): StreamEvent {
  const common = { at: '2026-01-01T00:00:00Z', region: REGION, resources: [], detail: {} };
  return { ...common, id, account, source: 'app', detailType: 'Order' };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('a target gets what a call told before what the call changed, as the stream has it', async () => {
  const s = stage();
  const n = vpcOf(s.h);
  s.round();
  const before = s.all.length;
  s.h.intent.apply([put(rule('all', { pattern: `{"account":["${ACCOUNT}"]}` }))]);
  s.teller.happened([ownEvent('call')]);
  // A call's decision is its next revision, whatever its events send.
  assert.equal(s.h.intent.table('pendingEvent').size, 0);
  launch(n);
  await nextTurn();
  const sent = [...s.h.intent.table('pendingEvent').all()].map(({ message }) => JSON.parse(message).id);
  const stream = s.all.slice(before).map(({ id }) => id);
  assert.equal(stream[0], 'call');
  assert.ok(stream.length > 1);
  assert.deepEqual(sent, stream);
});

test("what waits for one account's targets keeps no other account's events from theirs", async () => {
  const s = stage();
  const pattern = '{"source":["app"]}';
  s.h.intent.apply([put(rule('much', { pattern })), put(rule('other', { pattern, account: CONSUMER }))]);
  s.teller.happened(Array.from({ length: 10_003 }, (_, at) => ownEvent(String(at))));
  await nextTurn();
  s.teller.happened([ownEvent('late'), ownEvent('theirs', CONSUMER)]);
  await nextTurn();
  const table = s.h.intent.table('pendingEvent');
  assert.equal(table.count('account', ACCOUNT), 10_000);
  assert.deepEqual(
    table.by('account', CONSUMER).map(({ message }) => JSON.parse(message).id),
    ['theirs'],
  );
});

test('a rule sends what it matches to its targets: its own account and region alone, while it is enabled', () => {
  const s = stage();
  const n = vpcOf(s.h);
  s.round();
  s.h.intent.apply(
    [
      rule('whole', {
        targets: [
          target('whole'),
          target('state', { inputPath: '$.detail.state' }),
          target('absent', { inputPath: '$.detail.none.at.all' }),
          target('fixed', { input: '{"stopped":1}', messageGroupId: 'g' }),
        ],
      }),
      rule('off', { isEnabled: false }),
      rule('other', { account: CONSUMER }),
      rule('far', { region: 'eu-west-1' }),
      rule('else', { pattern: '{"source":["culvert"]}' }),
      // Put by who took it for a pattern.
      rule('strange', { pattern: '{"source":[{"unheard-of":1}]}' }),
    ].map(put),
  );
  const id = launch(n);
  report(n, id, 'running');
  s.round();
  n.h.call('StopInstances', { InstanceIds: [id] });
  s.h.facts.machines.delete(id);
  s.round();
  const sent = [...s.h.intent.table('pendingEvent').all()];
  const name = ({ destination }: { destination: string }) => destination.split(':').at(-1);
  assert.deepEqual(sent.map(name), ['whole', 'state', 'absent', 'fixed', 'whole', 'state', 'absent', 'fixed']);
  const [whole, state, absent, fixed] = sent;
  const told = s.all.find(({ detail }) => (detail as { state?: string }).state === 'stopping');
  assert.ok(told);
  assert.deepEqual(JSON.parse(whole?.message ?? ''), envelopeOf(told));
  assert.deepEqual([state?.message, absent?.message, fixed?.message], ['"stopping"', 'null', '{"stopped":1}']);
  assert.deepEqual([fixed?.messageGroupId, whole?.messageGroupId, whole?.account], ['g', null, ACCOUNT]);
  assert.equal(new Set(sent.map((each) => each.id)).size, sent.length);
});
