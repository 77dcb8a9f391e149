/** What records say, and which there are. Packets: test/flow-logs.kernel.ts; AWS's own examples are quoted where they are played. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CountedFlow } from '../../driver/netns/flows.ts';
import { NO_FACTS } from '../../model/facts.ts';
import { DEFAULT_FORMAT, FLOW_LOG_FIELDS, fieldsOf } from '../../model/flow-log-fields.ts';
import { compile } from '../../plan/compile.ts';
import type { FlowLog, Plan } from '../../plan/plan.ts';
import { tellStory } from '../../plan/testing/story.ts';
import { World } from '../../plan/testing/world.ts';
import { createWriter } from './written.ts';

const ALL = [...FLOW_LOG_FIELDS.keys()];
const AT = Date.UTC(2026, 0, 2, 3, 4, 5, 600);
const NONE = new Map<string, number>();

function story() {
  const told = tellStory();
  const plan = compile(told.intent, NO_FACTS);
  const sqs = plan.services.find(({ service }) => service === 'sqs')?.internetAddress ?? '';
  const publicAddress = plan.ports.find(({ id }) => id === told.publicEni.id)?.publics[0]?.publicAddress ?? '';
  return { ...told, plan, sqs, publicAddress };
}

function log(covers: string, domain: string, more: Partial<FlowLog> = {}): FlowLog {
  return {
    ...{ id: 'fl-1', origin: ['fl-1', covers], domain, account: '111122223333', region: 'ap-south-1', covers },
    ...{ destination: { kind: 'logGroup', name: '/flows' }, traffic: 'ALL', fields: ALL, intervalSeconds: 60 },
    ...{ hivePrefixes: false, hourly: false },
    ...more,
  };
}

function flow(port: string, source: string, destination: string, more: Partial<CountedFlow> = {}): CountedFlow {
  return {
    ...{ domain: 'vpc', port, direction: 'egress', protocol: 6, source, destination },
    ...{ packetSource: source, packetDestination: destination, sourcePort: 40_000, destinationPort: 443 },
    ...{ packets: 3, bytes: 180, tcpFlags: 2, action: 'ACCEPT', stage: null, since: AT - 10_000, until: AT },
    ...more,
  };
}

/** Of one reading; by stream. */
async function written(plan: Plan, logs: readonly FlowLog[], flows: readonly CountedFlow[], skipped = NONE) {
  const ids = new Map(logs.map(({ id }) => [id, 0]));
  const records = await createWriter().write({ ...plan, flowLogs: logs }, ids, { flows, skipped }, AT);
  return Object.fromEntries(records.map(({ stream, events }) => [stream, events.map(({ message }) => message)]));
}

function fieldsIn(line: string | undefined): Record<string, string> {
  return Object.fromEntries((line ?? '').split(' ').map((value, at) => [ALL[at] ?? '', value]));
}

test('the default format, in AWS’s order, in the stream of the interface', async () => {
  const { plan, vpc, privateEni } = story();
  const fields = fieldsOf(DEFAULT_FORMAT) ?? [];
  const [address = ''] = privateEni.addresses;
  const records = await createWriter().write(
    { ...plan, flowLogs: [log(vpc.id, vpc.id, { fields })] },
    new Map([['fl-1', 0]]),
    { flows: [flow(privateEni.id, address, '10.0.0.4')], skipped: NONE },
    AT,
  );
  const line = `2 111122223333 ${privateEni.id} ${address} 10.0.0.4 40000 443 6 3 180 1767323035 1767323045 ACCEPT OK`;
  const events = [{ time: AT - 10_000, message: line }];
  assert.deepEqual(records, [{ log: 'fl-1', stream: `${privateEni.id}-all`, events }]);
});

test('all fields: of an instance, of an AWS interface, in and out', async () => {
  const { plan, vpc, privateEni, endpointInterfaces } = story();
  const [address = ''] = privateEni.addresses;
  const [endpoint] = endpointInterfaces;
  const [there = ''] = endpoint?.addresses ?? [];
  const lines = await written(
    plan,
    [log(vpc.id, vpc.id)],
    [flow(privateEni.id, address, there), flow(endpoint?.id ?? '', address, there, { direction: 'ingress' })],
  );
  const instance = plan.ports.find(({ id }) => id === privateEni.id)?.machine?.id;
  const zone = plan.segments.find(({ id }) => id === privateEni.subnetId)?.zone;
  const common = {
    ...{
      version: '5',
      'account-id': '111122223333',
      srcaddr: address,
      dstaddr: there,
      srcport: '40000',
      dstport: '443',
    },
    ...{ protocol: '6', packets: '3', bytes: '180', start: '1767323035', end: '1767323045', action: 'ACCEPT' },
    ...{ 'log-status': 'OK', 'vpc-id': vpc.id, 'tcp-flags': '2', type: 'IPv4', region: 'ap-south-1', 'az-id': zone },
    ...{ 'pkt-srcaddr': address, 'pkt-dstaddr': there, 'sublocation-type': '-', 'sublocation-id': '-' },
    ...{ 'pkt-src-aws-service': '-', 'pkt-dst-aws-service': '-' },
  };
  assert.deepEqual(fieldsIn(lines[`${privateEni.id}-all`]?.[0]), {
    ...common,
    ...{ 'interface-id': privateEni.id, 'subnet-id': privateEni.subnetId, 'instance-id': instance },
    ...{ 'flow-direction': 'egress', 'traffic-path': '1' },
  });
  assert.deepEqual(fieldsIn(lines[`${endpoint?.id}-all`]?.[0]), {
    ...common,
    ...{ 'interface-id': endpoint?.id, 'subnet-id': endpoint?.subnetId, 'instance-id': '-' },
    ...{ 'flow-direction': 'ingress', 'traffic-path': '-' },
  });
});

test('the way out: the VPC itself, an internet gateway, nowhere; and whose the public addresses are', async () => {
  const { plan, vpc, publicEni, privateEni, sqs, publicAddress } = story();
  const told = async (port: string, destination: string, more: Partial<CountedFlow> = {}) => {
    const [line] = Object.values(
      await written(plan, [log(vpc.id, vpc.id)], [flow(port, '10.0.0.4', destination, more)]),
    ).flat();
    const { 'traffic-path': path, 'pkt-src-aws-service': from, 'pkt-dst-aws-service': to } = fieldsIn(line);
    return [path, from, to].join(' ');
  };
  assert.equal(await told(publicEni.id, '10.0.10.9'), '1 - -');
  assert.equal(await told(publicEni.id, '203.0.113.9'), '8 - -');
  assert.equal(await told(publicEni.id, sqs), '8 - AMAZON');
  assert.equal(await told(publicEni.id, publicAddress), '8 - EC2');
  assert.equal(await told(privateEni.id, '203.0.113.9'), '- - -');
  const back: Partial<CountedFlow> = { direction: 'ingress', packetSource: sqs };
  assert.equal(await told(publicEni.id, '10.0.0.4', back), '- AMAZON -');
});

test('peerings of one region and of two, and an instance that passes packets on', async () => {
  const world = new World();
  const [one, near] = [world.vpc('10.0.0.0/16'), world.vpc('10.1.0.0/16')];
  world.region = 'us-east-1';
  const far = world.vpc('10.2.0.0/16');
  world.subnet(far, '10.2.0.0/24');
  world.region = one.region;
  world.subnet(near, '10.1.0.0/24');
  const subnet = world.subnet(one, '10.0.0.0/24');
  const eni = world.interface(subnet, []);
  const { eni: other } = world.instance(subnet, []);
  const via = (id: string) => ({ kind: 'vpcPeering', id }) as const;
  const [nearer, farther] = [world.peering(one, near), world.peering(one, far)];
  world.routeTable(
    one,
    [
      { destination: '10.1.0.0/16', target: via(nearer.id) },
      { destination: '10.2.0.0/16', target: via(farther.id) },
      { destination: '0.0.0.0/0', target: { kind: 'networkInterface', id: other.id } },
    ],
    [subnet],
  );
  const plan = compile(world.intent(), NO_FACTS);
  const told = async (destination: string) => {
    const flows = [flow(eni.id, eni.addresses[0] ?? '', destination)];
    return fieldsIn(Object.values(await written(plan, [log(eni.id, one.id)], flows)).flat()[0])['traffic-path'];
  };
  assert.deepEqual(await Promise.all(['10.1.0.9', '10.2.0.9', '203.0.113.9'].map(told)), ['4', '5', '1']);
});

test('a log has what it covers, of its kind of traffic alone', async () => {
  const { plan, vpc, publicEni, privateEni, twin, twinEni } = story();
  const flows = [publicEni, privateEni, twinEni].flatMap(({ id }) => [
    flow(id, '10.0.0.4', '10.0.0.9'),
    flow(id, '10.0.0.4', '10.0.0.9', { destinationPort: 22, action: 'REJECT', stage: 'acl_in' }),
  ]);
  const streams = async (covers: string, traffic: FlowLog['traffic'], domain = vpc.id) => {
    const lines = await written(plan, [log(covers, domain, { traffic })], flows);
    return Object.entries(lines).map(([stream, of]) => `${stream} ${of.map((each) => fieldsIn(each).action)}`);
  };
  const [one, other] = [publicEni.id, privateEni.id];
  assert.deepEqual(await streams(vpc.id, 'ALL'), [`${one}-all ACCEPT,REJECT`, `${other}-all ACCEPT,REJECT`]);
  assert.deepEqual(await streams(privateEni.subnetId, 'REJECT'), [`${other}-reject REJECT`]);
  assert.deepEqual(await streams(publicEni.id, 'ACCEPT'), [`${one}-accept ACCEPT`]);
  assert.deepEqual(await streams(twin.id, 'ACCEPT', twin.id), [`${twinEni.id}-accept ACCEPT`]);
  // A log that has begun since is told of none of it.
  const none = await createWriter().write(
    { ...plan, flowLogs: [log(vpc.id, vpc.id)] },
    new Map(),
    { flows, skipped: NONE },
    AT,
  );
  assert.deepEqual(none, []);
});

test('no record begins before its log was made, nor after its own end', async () => {
  const { plan, vpc, privateEni } = story();
  const logged = { ...plan, flowLogs: [log(vpc.id, vpc.id)] };
  const times = async (madeAt: number) => {
    const flows = [flow(privateEni.id, '10.0.10.4', '10.0.0.9')];
    const [of] = await createWriter().write(logged, new Map([['fl-1', madeAt]]), { flows, skipped: NONE }, AT);
    return of?.events.map(({ time, message }) => [time - AT, Number(fieldsIn(message).start) - Math.floor(AT / 1000)]);
  };
  assert.deepEqual(await times(AT - 60_000), [[-10_000, -10]]);
  assert.deepEqual(await times(AT - 4_000), [[-4_000, -4]]);
  assert.deepEqual(await times(AT + 1_000), [[0, 0]]);
});

test('what AWS does not log', async () => {
  const { plan, vpc, privateEni } = story();
  const [address = ''] = privateEni.addresses;
  const count = async (destination: string, more: Partial<CountedFlow> = {}) => {
    const back = { packetSource: destination, packetDestination: address, direction: 'ingress' } as const;
    const flows = [
      flow(privateEni.id, address, destination, more),
      flow(privateEni.id, destination, address, { ...more, ...back }),
    ];
    return Object.values(await written(plan, [log(vpc.id, vpc.id)], flows)).flat().length;
  };
  const unlogged = ['10.0.0.2', '169.254.169.253', '169.254.169.254', '169.254.169.123', 'fd00:ec2::254', '10.0.10.1'];
  for (const each of [...unlogged, '240.0.0.1', 'fdcf::1']) assert.equal(await count(each), 0, each);
  assert.equal(await count('10.0.10.255', { protocol: 17, sourcePort: 68, destinationPort: 67 }), 0);
  // A DNS server of one's own, the router of another subnet, and what only looks like DHCP.
  for (const each of ['10.0.0.53', '10.0.0.1']) assert.equal(await count(each), 2, each);
  assert.equal(await count('10.0.0.9', { protocol: 17, sourcePort: 40_000, destinationPort: 67 }), 2);
});

test('a flow that was counted in several places is one record', async () => {
  const { plan, vpc, privateEni } = story();
  const flows = [
    flow(privateEni.id, '10.0.10.4', '10.0.0.9', { tcpFlags: 2 }),
    flow(privateEni.id, '10.0.10.4', '10.0.0.9', { tcpFlags: 1, packets: 4, bytes: 20, until: AT + 1000 }),
  ];
  const [line, ...more] = Object.values(await written(plan, [log(vpc.id, vpc.id)], flows)).flat();
  assert.deepEqual(more, []);
  const { packets, bytes, 'tcp-flags': flags, end } = fieldsIn(line);
  assert.deepEqual([packets, bytes, flags, end], ['7', '200', '3', '1767323046']);
});

test('silence: NODATA once an interface that had packets has none for an interval, SKIPDATA where there was no room', async () => {
  const { plan, vpc, privateEni } = story();
  const logged = { ...plan, flowLogs: [log(vpc.id, vpc.id, { traffic: 'REJECT' })] };
  const writer = createWriter();
  const told = async (seconds: number, flows: readonly CountedFlow[] = [], skipped = NONE) => {
    const records = await writer.write(logged, new Map([['fl-1', 0]]), { flows, skipped }, AT + seconds * 1000);
    const sinceAt = (text: string | undefined) => Number(text) - 1767323045;
    return records
      .flatMap(({ events }) => events.map(({ message }) => fieldsIn(message)))
      .map((each) => `${each['log-status']} ${each.srcaddr} ${sinceAt(each.start)} ${sinceAt(each.end)}`);
  };
  const accepted = flow(privateEni.id, '10.0.10.4', '10.0.0.9');
  const rejected = { ...accepted, action: 'REJECT', since: AT, until: AT + 10_000 } as const;
  assert.deepEqual(await told(0), []);
  // No records before there was a first packet.
  assert.deepEqual(await told(60), []);
  assert.deepEqual(await told(70, [rejected]), ['OK 10.0.10.4 0 10']);
  assert.deepEqual(await told(120), []);
  // Packets of the other kind are packets.
  assert.deepEqual(await told(130, [accepted]), []);
  assert.deepEqual(await told(180), []);
  assert.deepEqual(await told(240), ['NODATA - 180 240']);
  assert.deepEqual(await told(250, [rejected], new Map([[vpc.id, 9]])), ['OK 10.0.10.4 0 10', 'SKIPDATA - 240 250']);
});
