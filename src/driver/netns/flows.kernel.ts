/** Flow logs by packets: what each interface on the way lets in and out, and what a group or an ACL drops there. Needs root. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../host/log.ts';
import { withTable, withTableInPieces } from '../../host/nft-elements.ts';
import { runNft } from '../../host/nftables.ts';
import { sendPacket, tcp } from '../../host/raw-packets.ts';
import { atOnce } from '../../host/slices.ts';
import { compile } from '../../plan/compile.ts';
import type { FlowLog, Plan } from '../../plan/plan.ts';
import { healthOf } from '../../plan/testing/balancing.ts';
import { tellServiceStory } from '../../plan/testing/service-story.ts';
import { allowAll, allowTcp } from '../../plan/testing/world.ts';
import { createDriver } from './driver.ts';
import { countsFlows } from './fast-path.ts';
import type { CountedFlow } from './flows.ts';
import { TABLE } from './nft.ts';
import { takeElements } from './read-counts.ts';
import { becomesFast, carried, exchange } from './testing/fast.ts';
import { Lab } from './testing/lab.ts';

const PORT = 80;
const PATIENCE_MS = 10_000;
const FIN = 1;
const SYN = 2;
const RST = 4;
const SYN_ACK = 18;

const lab = new Lab();
const story = tellServiceStory();
const { world, consumer, provider, client } = story;
const endpoint = story.interfaces[0] ?? assert.fail();
const at = (port: { readonly addresses: readonly string[] } | undefined) => port?.addresses[0] ?? '';
const clientSubnet = world.intent().table('subnet').get(client.subnetId) ?? assert.fail();
const open = world.group(consumer, 'open', allowAll('egress'), allowTcp('ingress', PORT));
const neighbour = world.instance(clientSubnet, [open]).eni;
const otherSubnet = world.subnet(consumer, '10.0.99.0/24');
const stranger = world.instance(otherSubnet, [open]).eni;
const providerSubnet =
  world
    .intent()
    .table('subnet')
    .get(story.nodes[0]?.subnetId ?? '') ?? assert.fail();
const askers = world.group(provider, 'askers', allowAll('egress'));
const asker = world.instance(providerSubnet, [askers]).eni;

/** As if flow logs were asked for in both VPCs. */
function plan(domains: readonly string[] = [consumer.id, provider.id]): Plan {
  const log: Omit<FlowLog, 'id' | 'domain' | 'covers'> = {
    ...{ origin: [], account: '', region: '', traffic: 'ALL', fields: [], intervalSeconds: 60 },
    ...{ hivePrefixes: false, hourly: false, destination: { kind: 'logGroup', name: 'flows' } },
  };
  const flowLogs = domains.map((domain) => ({ ...log, id: `fl-${domain}`, domain, covers: domain }));
  return { ...compile(world.intent(), healthOf([...story.targets])), flowLogs };
}

before(() => lab.apply(plan()));
after(() => lab.close());

/** Added up, by "PORT DIRECTION ACTION STAGE SOURCE > DESTINATION:PORT"; the client's port is left out. */
class Log {
  readonly found = new Map<string, { packets: number; bytes: number; flags: number | null }>();

  async read(): Promise<void> {
    const { flows } = await lab.driver.readFlows(lab.plan);
    for (const flow of flows) {
      const sum = this.found.get(keyOf(flow)) ?? { packets: 0, bytes: 0, flags: null };
      const flags = sum.flags === null ? flow.tcpFlags : sum.flags | (flow.tcpFlags ?? 0);
      this.found.set(keyOf(flow), { packets: sum.packets + flow.packets, bytes: sum.bytes + flow.bytes, flags });
    }
  }

  /** Waits until it holds them. */
  async has(...keys: readonly string[]): Promise<void> {
    for (const end = Date.now() + PATIENCE_MS; ; await sleep(20)) {
      await this.read();
      const missing = keys.filter((key) => !this.found.has(key));
      if (missing.length === 0) return;
      assert.ok(Date.now() < end, `${missing.join('\n')}\nnot in\n${[...this.found.keys()].join('\n')}`);
    }
  }

  lacks(pattern: RegExp): void {
    for (const key of this.found.keys()) assert.doesNotMatch(key, pattern);
  }
}

function keyOf({
  port,
  direction,
  action,
  stage,
  source,
  destination,
  sourcePort,
  destinationPort,
}: CountedFlow): string {
  const server = Math.min(sourcePort, destinationPort);
  return [port, direction, action, stage ?? '-', source, '>', `${destination}:${server}`].join(' ');
}

const passed = (port: string, direction: string, from: string, to: string) =>
  `${port} ${direction} ACCEPT - ${from} > ${to}:${PORT}`;
const refused = (port: string, direction: string, stage: string, from: string, to: string) =>
  `${port} ${direction} REJECT ${stage} ${from} > ${to}:${PORT}`;

async function fresh(): Promise<Log> {
  await lab.quiet();
  await lab.driver.readFlows(lab.plan);
  return new Log();
}

test('through an endpoint: at the client, the endpoint, the load balancer’s node and the target, there and back', async () => {
  const log = await fresh();
  const connection = await lab.connection(client.id, at(endpoint), PORT);
  const [there, back] = [[at(client), at(endpoint)] as const, [at(endpoint), at(client)] as const];
  await log.has(
    passed(client.id, 'egress', ...there),
    passed(endpoint.id, 'ingress', ...there),
    passed(endpoint.id, 'egress', ...back),
    passed(client.id, 'ingress', ...back),
  );
  const targets = [...log.found.keys()].filter((key) => story.servers.some(({ eni }) => key.startsWith(eni.id)));
  assert.ok(
    targets.some((key) => key.includes(' ingress ACCEPT')) && targets.some((key) => key.includes(' egress ACCEPT')),
  );
  assert.ok([...log.found.keys()].some((key) => story.nodes.some(({ id }) => key.startsWith(`${id} egress ACCEPT`))));
  log.lacks(/REJECT/);
  connection.close();
});

test('bytes are counted exactly, whichever way they go, and are told once', async () => {
  const connection = await lab.connection(client.id, at(endpoint), PORT);
  await becomesFast(connection);
  await lab.driver.readFlows(lab.plan);
  const before = carried().packets;
  const bytes = 4 << 20;
  await exchange(connection, bytes);
  assert.ok(carried().packets > before);
  const log = new Log();
  const sent = passed(client.id, 'egress', at(client), at(endpoint));
  const taken = passed(endpoint.id, 'ingress', at(client), at(endpoint));
  await log.has(sent, taken, passed(client.id, 'ingress', at(endpoint), at(client)));
  const { packets = 0, bytes: counted = 0 } = log.found.get(sent) ?? {};
  assert.ok(counted >= bytes + 20 * packets && counted < 1.5 * bytes + 100 * packets, `${counted} in ${packets}`);
  assert.deepEqual(log.found.get(taken), log.found.get(sent));
  await log.read();
  const { bytes: later = 0 } = log.found.get(sent) ?? {};
  assert.ok(later < counted + bytes / 2, 'told again');
  connection.close();
});

test('what a group drops: refused at the receiver, let out by the sender', async () => {
  const log = await fresh();
  await lab.dropped('group_in', client.id, at(neighbour), 8080);
  await lab.dropped('group_in', client.id, at(endpoint), 8080);
  const to = (text: string) => text.replace(`:${PORT}`, ':8080');
  await log.has(
    to(passed(client.id, 'egress', at(client), at(neighbour))),
    to(refused(neighbour.id, 'ingress', 'group_in', at(client), at(neighbour))),
    to(passed(client.id, 'egress', at(client), at(endpoint))),
    to(refused(endpoint.id, 'ingress', 'group_in', at(client), at(endpoint))),
  );
  log.lacks(new RegExp(`${neighbour.id} ingress ACCEPT|${endpoint.id} ingress ACCEPT`));
});

test('TCP’s flags, where a connection begins, goes on and ends, and where it is refused', async () => {
  const began = await fresh();
  const connection = await lab.connection(client.id, at(endpoint), PORT);
  const there = passed(client.id, 'egress', at(client), at(endpoint));
  const back = passed(client.id, 'ingress', at(endpoint), at(client));
  await becomesFast(connection);
  await began.has(there, back);
  assert.deepEqual([began.found.get(there)?.flags, began.found.get(back)?.flags], [SYN, SYN_ACK]);
  await lab.driver.readFlows(lab.plan);
  const goesOn = new Log();
  await exchange(connection, 1 << 20);
  await goesOn.has(there, back);
  assert.deepEqual([goesOn.found.get(there)?.flags, goesOn.found.get(back)?.flags], [0, 0]);
  const ended = new Log();
  connection.close();
  for (const end = Date.now() + PATIENCE_MS; !((ended.found.get(there)?.flags ?? 0) & (FIN | RST)); await sleep(20)) {
    await ended.read();
    assert.ok(Date.now() < end);
  }
  const refusal = await fresh();
  await lab.dropped('group_in', client.id, at(neighbour), 8080);
  const key = refused(neighbour.id, 'ingress', 'group_in', at(client), at(neighbour)).replace(`:${PORT}`, ':8080');
  await refusal.has(key);
  assert.equal(refusal.found.get(key)?.flags, SYN);
});

test('what is dropped after it was translated was sent to where it was sent', async () => {
  const rules = world.intent().table('securityGroupRule').by('groupId', story.targetGroup.id);
  const ingress = rules.filter(({ direction }) => direction === 'ingress');
  for (const rule of ingress) world.remove(rule);
  await lab.apply(plan());
  const log = await fresh();
  const node = story.nodes[0] ?? assert.fail();
  await lab.dropped('group_in', asker.id, at(node), PORT);
  await log.has(passed(asker.id, 'egress', at(asker), at(node)), passed(node.id, 'ingress', at(asker), at(node)));
  const refusedAt = story.servers.filter(({ eni }) =>
    [at(node), at(asker)].some((from) => log.found.has(refused(eni.id, 'ingress', 'group_in', from, at(eni)))),
  );
  assert.equal(refusedAt.length, 1, [...log.found.keys()].join('\n'));
  for (const rule of ingress) world.put(rule);
  await lab.apply(plan());
});

test('what goes nowhere was let out; what ends at the router’s own sockets came in', async () => {
  const log = await fresh();
  await lab.dropped('route', client.id, '192.0.2.1', PORT);
  await log.has(passed(client.id, 'egress', at(client), '192.0.2.1'));
  const { from, address, checkPort } = lab.plan.pools.flatMap(({ targets }) => targets)[0] ?? assert.fail();
  const node = story.nodes.find((each) => at(each) === from) ?? assert.fail();
  const server = story.servers.map(({ eni }) => eni).find((each) => at(each) === address) ?? assert.fail();
  const connection = await lab.connectionIn(lab.paths.netnsOf(provider.id), address, checkPort, from);
  await log.has(
    passed(node.id, 'egress', from, address),
    passed(server.id, 'ingress', from, address),
    passed(server.id, 'egress', address, from),
    passed(node.id, 'ingress', address, from),
  );
  connection.close();
});

test('what the sender’s own group drops is refused there, and reaches nobody', async () => {
  const rules = world.intent().table('securityGroupRule').by('groupId', open.id);
  const out = rules.filter(({ direction }) => direction === 'egress');
  for (const rule of out) world.remove(rule);
  await lab.apply(plan());
  const log = await fresh();
  await lab.dropped('group_out', neighbour.id, at(endpoint), PORT);
  await log.has(refused(neighbour.id, 'egress', 'group_out', at(neighbour), at(endpoint)));
  log.lacks(new RegExp(`${endpoint.id} |ACCEPT - ${at(neighbour)}`));
  for (const rule of out) world.put(rule);
  await lab.apply(plan());
});

test('what an ACL drops, out of a subnet and into one', async () => {
  const acl = (direction: 'ingress' | 'egress') => {
    const current = lab.plan;
    const segment = current.segments.find(({ id }) => id === otherSubnet.id) ?? assert.fail();
    const found = current.acls.find(({ id }) => id === segment.acl) ?? assert.fail();
    const own = { ...found, id: 'acl-0123456789abcdef0', [direction]: [] };
    return {
      ...plan(),
      acls: [...plan().acls, own].sort((a, b) => (a.id < b.id ? -1 : 1)),
      segments: plan().segments.map((each) => (each.id === otherSubnet.id ? { ...each, acl: own.id } : each)),
    };
  };
  await lab.apply(acl('ingress'));
  const log = await fresh();
  await lab.dropped('acl_in', client.id, at(stranger), PORT);
  await log.has(
    passed(client.id, 'egress', at(client), at(stranger)),
    refused(stranger.id, 'ingress', 'acl_in', at(client), at(stranger)),
  );
  await lab.apply(acl('egress'));
  await lab.dropped('acl_out', stranger.id, at(client), PORT);
  await log.has(refused(stranger.id, 'egress', 'acl_out', at(stranger), at(client)));
  log.lacks(new RegExp(`${stranger.id} (ingress|egress) ACCEPT`));
  await lab.apply(plan());
});

test('UDP and what has no ports', async () => {
  const group = world.rule(open, allowAll('ingress'));
  await lab.apply(plan());
  const log = await fresh();
  await lab.delivered(client.id, at(neighbour), 9000, 'udp');
  await lab.delivered(client.id, at(neighbour), 'ping');
  await log.has(
    passed(client.id, 'egress', at(client), at(neighbour)).replace(`:${PORT}`, ':9000'),
    passed(neighbour.id, 'ingress', at(client), at(neighbour)).replace(`:${PORT}`, ':0'),
    passed(client.id, 'ingress', at(neighbour), at(client)).replace(`:${PORT}`, ':0'),
  );
  world.remove(group);
  await lab.apply(plan());
});

test('questions to the resolver are not logged', async () => {
  const log = await fresh();
  await lab.delivered(client.id, lab.plan.domains.find(({ id }) => id === consumer.id)?.resolverAddresses[0] ?? '', 53);
  await lab.delivered(client.id, at(neighbour), PORT);
  await log.has(passed(client.id, 'egress', at(client), at(neighbour)));
  log.lacks(/:53$/);
});

test('where a set is full packets pass all the same, and are told as skipped', async () => {
  const group = world.rule(open, allowAll('ingress'));
  await lab.apply(plan());
  await fresh();
  const elements = Array.from({ length: 65_536 }, (_, port) => `1 . 10.9.9.9 . 10.9.9.8 . ${port} . ${PORT}`);
  const path = lab.paths.netnsOf(consumer.id);
  for (const set of ['flow_enter_udp', 'flow_leave_udp']) {
    runNft(path, `flush set ip ${TABLE} ${set}\nadd element ip ${TABLE} ${set} { ${elements.join(', ')} }`);
  }
  // It is told in pieces, between which others' work is done.
  const pieces = withTableInPieces(path, TABLE, (reader) => reader.readInPieces('ip', 'flow_enter_udp'));
  let told = 1;
  while (!pieces.next().done) told++;
  assert.ok(told > 20, String(told));
  await lab.delivered(client.id, at(neighbour), 9000, 'udp');
  const { skipped } = await lab.driver.readFlows(lab.plan);
  // A question and its answer, as each enters and leaves.
  assert.ok((skipped.get(consumer.id) ?? 0) >= 4, String(skipped.get(consumer.id)));
  assert.equal(skipped.get(provider.id), undefined);
  for (const set of ['flow_enter_udp', 'flow_leave_udp']) runNft(path, `flush set ip ${TABLE} ${set}`);
  const log = new Log();
  await lab.delivered(client.id, at(neighbour), 9000, 'udp');
  await log.has(passed(neighbour.id, 'ingress', at(client), at(neighbour)).replace(`:${PORT}`, ':9000'));
  world.remove(group);
  await lab.apply(plan());
});

test('a kernel that cannot set counters back as they are read has each packet told once, too', async () => {
  await fresh();
  const path = lab.paths.netnsOf(consumer.id);
  const take = () =>
    withTable(path, TABLE, (reader) => atOnce(takeElements(path, reader, 'ip', 'flow_enter_udp', false)));
  const group = world.rule(open, allowAll('ingress'));
  await lab.apply(plan());
  // Flows of before, set back to nothing where the kernel can: they are told once, and gone.
  for (const { packets } of take()) assert.equal(packets, 0);
  assert.deepEqual(take(), []);
  for (let round = 0; round < 2; round++) {
    await lab.delivered(client.id, at(neighbour), 9000, 'udp');
    assert.deepEqual(
      take().map(({ packets }) => packets),
      [1, 1],
      'the question, and the answer',
    );
    assert.deepEqual(take(), []);
  }
  world.remove(group);
  await lab.apply(plan());
});

test('what was carried before flow logs ended is not told when they begin again', async () => {
  const connection = await lab.connection(client.id, at(endpoint), PORT);
  await becomesFast(connection);
  await lab.driver.readFlows(lab.plan);
  await exchange(connection, 1 << 20);
  await lab.apply(plan([]));
  const before = carried().packets;
  await exchange(connection, 1 << 20);
  assert.ok(carried().packets > before);
  await lab.apply(plan());
  for (const { bytes } of (await lab.driver.readFlows(lab.plan)).flows) assert.ok(bytes < 1 << 19, String(bytes));
  connection.close();
  const log = await fresh();
  await lab.delivered(client.id, at(endpoint), PORT);
  await log.has(passed(client.id, 'egress', at(client), at(endpoint)));
});

test('of a VPC that is logged anew nothing of before is told, be it of rules or of programs, read or not', async () => {
  const group = world.rule(open, allowAll('ingress'));
  const send = async () => {
    await lab.delivered(client.id, at(neighbour), 9000, 'udp');
    await lab.delivered(client.id, at(neighbour), 'ping');
    await lab.delivered(client.id, at(neighbour), PORT);
    await lab.delivered(client.id, at(endpoint), PORT);
    await lab.dropped('group_in', client.id, at(endpoint), 8080);
    await lab.quiet();
  };
  const told = async () => (await lab.driver.readFlows(lab.plan)).flows.filter(({ domain }) => domain === consumer.id);
  for (const others of [[], [provider.id]]) {
    for (const isRead of [false, true]) {
      await lab.apply(plan());
      await send();
      // As one does that began before the logs of this VPC.
      if (isRead) await lab.driver.readFlows(plan(others));
      await lab.apply(plan(others));
      await send();
      await lab.apply(plan());
      assert.deepEqual((await told()).map(keyOf), []);
      await send();
      assert.ok((await told()).some(({ port, destinationPort }) => port === neighbour.id && destinationPort === 9000));
    }
  }
  world.remove(group);
  await lab.apply(plan());
});

test('a reading that began before flow logs of a VPC leaves what is theirs for the next', async () => {
  await lab.apply(plan([provider.id]));
  await lab.apply(plan());
  await lab.delivered(client.id, at(endpoint), PORT);
  await lab.delivered(client.id, at(neighbour), PORT);
  await lab.driver.readFlows(plan([provider.id]));
  const log = new Log();
  await log.has(
    passed(client.id, 'egress', at(client), at(endpoint)),
    passed(client.id, 'egress', at(client), at(neighbour)),
    passed(neighbour.id, 'ingress', at(client), at(neighbour)),
  );
});

test('a first packet that is dropped for the connection that had its ports before is told when it is sent again, once', async () => {
  const connection = await lab.connection(client.id, at(endpoint), PORT);
  await becomesFast(connection);
  const { socket } = connection;
  const ports = [socket.localPort ?? 0, PORT] as const;
  // What acknowledges the last of the other side is lost: so the connection is still tracked.
  const path = lab.netnsOfPort(client.id);
  runNft(
    path,
    'add table ip mute\nadd chain ip mute out { type filter hook output priority 0; }\nadd rule ip mute out tcp flags & (fin | syn | rst | ack) == ack drop',
  );
  socket.end();
  await new Promise((resolve) => socket.once('close', resolve));
  const rules = world.intent().table('securityGroupRule').by('groupId', story.endpointGroup.id);
  for (const rule of rules) world.remove(rule);
  // Nothing is known of sources after it.
  await lab.apply(plan());
  await lab.driver.readFlows(lab.plan);
  const payload = tcp(at(client), at(endpoint), ports, SYN);
  const packet = { source: at(client), destination: at(endpoint), protocol: 6, payload };
  for (let times = 0; times < 2; times++) sendPacket(path, packet);
  const log = new Log();
  const [sent, dropped] = [
    passed(client.id, 'egress', at(client), at(endpoint)),
    refused(endpoint.id, 'ingress', 'group_in', at(client), at(endpoint)),
  ];
  await log.has(sent, dropped);
  await log.read();
  runNft(path, 'delete table ip mute');
  assert.equal(log.found.get(sent)?.packets, log.found.get(dropped)?.packets);
  for (const rule of rules) world.put(rule);
  await lab.apply(plan());
});

test('a driver that remembers nothing finds the flows of before; where nothing is logged, nothing is', async () => {
  await lab.delivered(client.id, at(neighbour), PORT);
  const next = createDriver({ paths: lab.paths, log: silentLog() });
  assert.deepEqual(await next.apply(plan()), []);
  const { flows } = await next.readFlows(lab.plan);
  assert.ok(flows.some(({ port, destinationPort }) => port === neighbour.id && destinationPort === PORT));
  await next.apply(plan([provider.id]));
  assert.ok(countsFlows());
  await next.apply(plan([]));
  assert.ok(!countsFlows());
  lab.driver.forget();
  assert.equal(await lab.apply(plan([])), 0);
  await lab.delivered(client.id, at(endpoint), PORT);
  assert.deepEqual((await lab.driver.readFlows(plan([]))).flows, []);
});
