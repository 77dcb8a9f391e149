/** Meters by packets: every byte is counted once, on whichever way it went, and what is dropped is not. Needs root. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { silentLog } from '../../host/log.ts';
import { listNft, runNft } from '../../host/nftables.ts';
import { compile } from '../../plan/compile.ts';
import { healthOf } from '../../plan/testing/balancing.ts';
import { tellServiceStory } from '../../plan/testing/service-story.ts';
import { allowTcp } from '../../plan/testing/world.ts';
import { createDriver } from './driver.ts';
import type { Count, MeterReading } from './meters.ts';
import { becomesFast, carried, exchange } from './testing/fast.ts';
import { Lab } from './testing/lab.ts';

const PORT = 80;
const PATIENCE_MS = 10_000;
const IP_AND_TCP = 52;
const NO_COUNT: Count = { packets: 0, bytes: 0 };

const lab = new Lab();
const story = tellServiceStory();
const { world, consumer, client } = story;
const eni = story.interfaces[0]?.addresses[0] ?? '';
const plan = () => compile(world.intent(), healthOf([...story.targets]));

before(async () => {
  await lab.apply(plan());
  const path = lab.netnsOfPort(client.id);
  for (const [chain, side] of [
    ['input', 'saddr'],
    ['output', 'daddr'],
  ] as const) {
    runNft(
      path,
      [
        'add table ip own',
        `add counter ip own ${chain}`,
        `add chain ip own ${chain} { type filter hook ${chain} priority 0; }`,
        `add rule ip own ${chain} ip ${side} ${eni} meta l4proto 6 counter name "${chain}"`,
      ].join('\n'),
    );
  }
});
after(() => lab.close());

/** What the client's own kernel counted: sent to the endpoint, and taken from it. */
function own(): { readonly forward: Count; readonly back: Count } {
  const found = new Map(
    listNft(lab.netnsOfPort(client.id), 'list counters').map(({ counter }) => [
      String(counter?.name),
      { packets: Number(counter?.packets), bytes: Number(counter?.bytes) },
    ]),
  );
  return { forward: found.get('output') ?? assert.fail(), back: found.get('input') ?? assert.fail() };
}

async function read(kind: MeterReading['kind'], from = lab.driver): Promise<MeterReading> {
  const all = (await from.readMeters(lab.plan)).filter((each) => each.kind === kind);
  const used = all.filter(({ newConnections }) => newConnections > 0);
  assert.ok(used.length <= 1, JSON.stringify(used));
  return used[0] ?? all[0] ?? assert.fail();
}

const traffic = ({ forward, back }: Pick<MeterReading, 'forward' | 'back'>) => ({ forward, back });

/** Until nothing is on its way any more, the endpoint's counts are the client's own. */
async function agrees(from = lab.driver): Promise<MeterReading> {
  for (const end = Date.now() + PATIENCE_MS; ; await sleep(20)) {
    const expected = own();
    const endpoint = await read('endpoint', from);
    try {
      assert.deepEqual(traffic(endpoint), expected);
      // Another router counted the same packets.
      const node = await read('balancer', from);
      assert.deepEqual(traffic(node), traffic(endpoint));
      assert.equal(node.newConnections, endpoint.newConnections);
      return endpoint;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
  }
}

test('each byte through an endpoint is counted once, there and back, at both routers: most of it went the fast way', async () => {
  const start = await agrees();
  const connection = await lab.connection(client.id, eni, PORT);
  await becomesFast(connection);
  const before = carried().bytes;
  const bytes = 8 << 20;
  await exchange(connection, bytes);
  assert.ok(carried().bytes - before > 2 * bytes);
  const now = await agrees();
  for (const way of ['forward', 'back'] as const) {
    const packets = now[way].packets - start[way].packets;
    const most = bytes + (IP_AND_TCP + 12) * packets;
    const counted = now[way].bytes - start[way].bytes;
    assert.ok(counted >= bytes + 20 * packets && counted < 1.5 * most, `${way} ${counted} in ${packets} packets`);
  }
  assert.equal(now.newConnections - start.newConnections, 1);
  assert.equal(now.activeConnections, 1);
  connection.close();
  for (const end = Date.now() + PATIENCE_MS; (await read('endpoint')).activeConnections !== 0; await sleep(50))
    assert.ok(Date.now() < end);
  const ended = await agrees();
  assert.ok(ended.resets.forward > now.resets.forward);
  assert.equal(ended.resets.back, now.resets.back);
});

test('the ordinary way alone counts the same', async () => {
  const without = createDriver({ paths: lab.paths, log: silentLog(), fastPath: false });
  await without.apply(plan());
  const start = await agrees(without);
  const before = carried().packets;
  const connection = await lab.connection(client.id, eni, PORT);
  const bytes = 4 << 20;
  await exchange(connection, bytes);
  assert.equal(carried().packets, before);
  const now = await agrees(without);
  assert.ok(now.forward.bytes - start.forward.bytes > bytes);
  assert.ok(now.back.bytes - start.back.bytes > bytes);
  connection.close();
  await agrees(without);
  lab.driver.forget();
  await lab.apply(plan());
  assert.deepEqual(traffic(await agrees()), traffic(await agrees(without)));
});

test('what its group drops, or nothing listens to, is counted as dropped and not as processed', async () => {
  const start = await agrees();
  const rules = world.intent().table('securityGroupRule').by('groupId', story.endpointGroup.id);
  for (const rule of rules) world.remove(rule);
  await lab.apply(plan());
  await lab.dropped('group_in', client.id, eni, PORT);
  const refused = await read('endpoint');
  assert.ok(refused.droppedPackets > start.droppedPackets);
  assert.deepEqual(traffic(refused), traffic(start));
  assert.equal(refused.newConnections, start.newConnections);
  for (const rule of rules) world.put(rule);
  const other = world.rule(story.endpointGroup, allowTcp('ingress', 81));
  await lab.apply(plan());
  await lab.dropped('cross', client.id, eni, 81);
  const unheard = await read('endpoint');
  assert.ok(unheard.droppedPackets > refused.droppedPackets);
  assert.deepEqual(traffic(unheard), traffic(start));
  world.remove(other);
  await lab.apply(plan());
});

test('counts survive a change of rules, a driver that remembers nothing, and a program that is replaced', async () => {
  const connection = await lab.connection(client.id, eni, PORT);
  await becomesFast(connection);
  await exchange(connection, 1 << 20);
  connection.close();
  // Probes that were dropped before are the client's own all the same.
  const start = await quiet();
  const added = world.rule(story.endpointGroup, allowTcp('ingress', 8443));
  await lab.apply(plan());
  assert.deepEqual(await read('endpoint'), start);
  lab.newDriver();
  assert.equal(await lab.apply(plan()), 0);
  assert.deepEqual(await read('endpoint'), start);
  world.put({ ...story.endpoint, acceptance: 'rejected' });
  await lab.apply(plan());
  assert.deepEqual(await read('endpoint'), start);
  world.put(story.endpoint);
  await lab.apply(plan());
  // By another than us: the whole program is put in again.
  runNft(lab.paths.netnsOf(consumer.id), 'add chain ip culvert stranger');
  world.remove(added);
  lab.newDriver();
  assert.ok((await lab.driver.apply(plan())).some(({ op }) => op === 'program'));
  assert.deepEqual(await read('endpoint'), start);
});

test('readings go beside changes: routers that come and go meanwhile cost no count', async () => {
  const start = await quiet();
  const without = lab.plan;
  world.vpc('10.77.0.0/16');
  const more = plan();
  assert.ok(more.domains.length > without.domains.length);
  for (let round = 0; round < 5; round++) {
    for (const [is, willBe] of [
      [without, more],
      [more, without],
    ] as const) {
      const readings = [lab.driver.readMeters(is), lab.driver.readMeters(willBe), lab.driver.readFlows(is)];
      await Promise.all([...readings, lab.apply(willBe)]);
    }
  }
  assert.deepEqual(await read('endpoint'), start);
});

test('who has an address next begins anew', async () => {
  const connection = await lab.connection(client.id, eni, PORT);
  await becomesFast(connection);
  await exchange(connection, 1 << 20);
  connection.close();
  const old = await quiet();
  assert.ok(old.forward.bytes > 1 << 20);
  const crossings = plan().crossings.filter(({ address }) => address !== eni);
  await lab.apply({ ...plan(), crossings });
  await lab.apply(plan());
  const fresh = (await lab.driver.readMeters(lab.plan)).find(({ port }) => port === old.port);
  assert.deepEqual(fresh && traffic(fresh), { forward: NO_COUNT, back: NO_COUNT });
});

/** The endpoint's reading when it no longer moves. */
async function quiet(): Promise<MeterReading> {
  let last = await read('endpoint');
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    await sleep(300);
    const now = await read('endpoint');
    if (JSON.stringify(now) === JSON.stringify(last) && now.activeConnections === 0) return now;
    assert.ok(Date.now() < end);
    last = now;
  }
}
