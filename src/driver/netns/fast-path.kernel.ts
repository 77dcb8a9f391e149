/** The fast path by packets: what it carries, and that it carries nothing that the ordinary path would not. Needs root. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { mapsOf, programById, writeMap } from '../../host/bpf.ts';
import { run } from '../../host/exec.ts';
import { silentLog } from '../../host/log.ts';
import { runNft } from '../../host/nftables.ts';
import { hostPaths } from '../../host/paths.ts';
import { sendPacket, tcp } from '../../host/raw-packets.ts';
import { bringPrograms } from '../../host/testing/programs.ts';
import { attachments } from '../../host/traffic-control.ts';
import { compile } from '../../plan/compile.ts';
import { healthOf } from '../../plan/testing/balancing.ts';
import { tellServiceStory } from '../../plan/testing/service-story.ts';
import { allowAll, allowTcp } from '../../plan/testing/world.ts';
import { createDriver } from './driver.ts';
import { fastPathRefusal, forgetLeases } from './fast-path.ts';
import { crossingLink, portLink } from './names.ts';
import { age, attached } from './testing/attached.ts';
import { becomesFast, carried } from './testing/fast.ts';
import { type Connection, dropStage, Lab } from './testing/lab.ts';

const ACK = 16;
const PORT = 80;
/** As in fast-path.bpf.c. */
const [NEAR_BUCKETS, WAYS, LEASE_BYTES] = [1024, 4, 64];
const PATIENCE_MS = 10_000;
const WORD = 'a line\n';

const lab = new Lab();
const story = tellServiceStory();
const { world, consumer, client } = story;
const at = (port: { readonly addresses: readonly string[] }) => port.addresses[0] ?? '';
const eni = at(story.interfaces[0] ?? { addresses: [] });
const neighbourGroup = world.group(consumer, 'neighbour', allowAll('egress'), allowTcp('ingress', PORT));
const clientSubnet = world.intent().table('subnet').get(client.subnetId);
assert.ok(clientSubnet);
const neighbour = world.instance(clientSubnet, [neighbourGroup]).eni;
const plan = () => compile(world.intent(), healthOf([...story.targets]));
const router = () => lab.paths.netnsOf(consumer.id);

before(async () => {
  await bringPrograms({ packages: { conntrack: ['conntrack'] }, folder: join(hostPaths().cache, 'test-tools') });
  await lab.apply(plan());
  assert.equal(fastPathRefusal(), null);
});
after(() => lab.close());

function endpointRules() {
  return world.intent().table('securityGroupRule').by('groupId', story.endpointGroup.id);
}

/** A connection whose packets go the fast way in both directions. */
async function fast(to = eni): Promise<Connection> {
  const connection = await lab.connection(client.id, to, PORT);
  await becomesFast(connection);
  return connection;
}

async function transfer(connection: Connection, bytes: number): Promise<void> {
  const { socket } = connection;
  const sent = createHash('sha256');
  const received = createHash('sha256');
  let left = bytes;
  const whole = new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('data', (chunk: Buffer) => {
      received.update(chunk);
      left -= chunk.length;
      if (left === 0) resolve();
    });
  });
  const chunk = 1 << 20;
  for (let at = 0; at < bytes; at += chunk) {
    const data = randomBytes(chunk);
    sent.update(data);
    if (!socket.write(data)) await new Promise<void>((resolve) => socket.once('drain', () => resolve()));
  }
  await whole;
  assert.equal(received.digest('hex'), sent.digest('hex'));
}

test('a transfer goes the fast way and arrives whole, in both directions at once', async () => {
  const connection = await fast();
  const before = carried();
  const bytes = 16 << 20;
  await transfer(connection, bytes);
  // Each byte passes two routers, there and back.
  assert.ok(carried().bytes - before.bytes > 0.9 * 4 * bytes, JSON.stringify([before, carried()]));
  connection.close();
});

test('segments that are lost on the way are sent again, and what arrives is whole', async () => {
  const connection = await fast();
  const machines = [client.id, ...story.servers.map((server) => server.eni.id)].map((id) => lab.netnsOfPort(id));
  for (const path of machines) {
    runNft(
      path,
      'add table ip loss\nadd chain ip loss in { type filter hook input priority 0; }\nadd rule ip loss in numgen random mod 1000 < 10 drop',
    );
  }
  const before = carried().packets;
  await transfer(connection, 8 << 20);
  for (const path of machines) runNft(path, 'delete table ip loss');
  assert.ok(carried().packets - before > 100);
  connection.close();
});

test('between two instances of a VPC as well, in one router', async () => {
  const connection = await lab.connection(client.id, at(neighbour), PORT);
  await becomesFast(connection, 1);
  connection.close();
});

test('a rejected endpoint: what went the fast way is cut at once', async () => {
  const connection = await fast();
  world.put({ ...story.endpoint, acceptance: 'rejected' });
  await lab.apply(plan());
  const before = carried().packets;
  assert.ok(!(await connection.echoes(300)));
  assert.equal(carried().packets, before);
  connection.close();
  world.put(story.endpoint);
  await lab.apply(plan());
  await lab.delivered(client.id, eni, PORT);
});

test('a group rule that goes cuts nothing; the connection is fast again after it', async () => {
  const connection = await fast();
  const rules = endpointRules();
  for (const rule of rules) world.remove(rule);
  await lab.apply(plan());
  await becomesFast(connection);
  await lab.dropped('group_in', client.id, eni, PORT);
  for (const rule of rules) world.put(rule);
  await lab.apply(plan());
  connection.close();
});

test('a packet with the addresses and ports of a fast connection, from another link, is a forged one', async () => {
  const connection = await fast();
  const port = connection.socket.localPort ?? 0;
  const payload = Buffer.concat([tcp(at(client), eni, [port, PORT], ACK), Buffer.from('x')]);
  const stage = await dropStage(lab, () =>
    sendPacket(lab.netnsOfPort(neighbour.id), { source: at(client), destination: eni, protocol: 6, payload }),
  );
  assert.equal(stage, `${consumer.id} source`);
  assert.ok(await connection.echoes());
  connection.close();
});

test('after any change the next packet is judged anew; without one, within a second', async () => {
  const forbid = () =>
    runNft(router(), `insert rule ip culvert source ip daddr ${eni} tcp dport ${PORT} counter name "route" drop`);
  const mended = async () => {
    lab.driver.forget();
    await lab.apply(plan());
  };
  const cut = await fast();
  forbid();
  const other = world.rule(neighbourGroup, allowTcp('ingress', 8080));
  await lab.apply(plan());
  assert.ok(!(await cut.echoes(300)));
  cut.close();
  world.remove(other);
  await mended();

  const slowly = await fast();
  forbid();
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    slowly.socket.write(WORD);
    if ((await slowly.line(50)) === undefined) break;
    assert.ok(Date.now() < end, 'it never went the ordinary way');
  }
  slowly.close();
  await mended();
});

test('a connection that ended is over for connection tracking too, and its ports begin anew', async () => {
  const ended = await fast();
  const port = ended.socket.localPort ?? 0;
  ended.socket.end();
  await new Promise((resolve) => ended.socket.once('close', resolve));
  await forgottenSoon(port);

  const reset = await fast();
  reset.socket.resetAndDestroy();
  await forgottenSoon(reset.socket.localPort ?? port);
});

/** Ended by the client: whether routers still track it, as long as that says something; null: too late to tell. `then` comes at once. */
async function trackedAfterEnd({ socket }: Connection, then = (_port: number) => {}): Promise<boolean | null> {
  const { localPort = 0 } = socket;
  const closed = new Promise((resolve) => socket.once('close', resolve));
  const start = performance.now();
  socket.end();
  await closed;
  then(localPort);
  const lists = [consumer.id, story.provider.id].map((id) =>
    run('conntrack', ['-L', '-p', 'tcp'], { netns: lab.paths.netnsOf(id) }),
  );
  const found = (await Promise.all(lists)).some(({ stdout }) => stdout.includes(`sport=${localPort} `));
  // After three seconds none is.
  return performance.now() - start > 2500 ? null : found;
}

test('of a connection whose last segments were acknowledged nothing is left at once', async () => {
  for (let tries = 20; (await trackedAfterEnd(await fast())) !== false; tries--) assert.ok(tries > 0, 'still tracked');
});

/** What comes after a connection that was forgotten. */
async function notCarried(): Promise<void> {
  const packets = 16;
  const source = at(client);
  for (let tries = 20; ; tries--) {
    let before = 0;
    let after = 0;
    const tracked = await trackedAfterEnd(await fast(), (port) => {
      const packet = { source, destination: eni, protocol: 6, payload: tcp(source, eni, [port, PORT], ACK) };
      before = carried().packets;
      for (let sent = 0; sent < packets; sent++) sendPacket(lab.netnsOfPort(client.id), packet);
      after = carried().packets;
    });
    // Its own last packet may be under way until then.
    if (tracked === false) return assert.ok(after - before < packets, `${after - before} carried`);
    assert.ok(tries > 0, 'still tracked');
  }
}

test('what comes after it is not carried: the ports it was translated to may be another’s', notCarried);

test('where the first places for leases are taken they are at others, and end there as well', async () => {
  const link = portLink(client.id);
  const { programs } = attached(router(), [link], 'fast').get(link) ?? assert.fail();
  const { leases = -1 } = mapsOf(programById(programs.ingress));
  const fill = (byte: number) => {
    for (let at = 0; at < NEAR_BUCKETS; at++) {
      const key = Buffer.alloc(4);
      key.writeUInt32LE(at);
      writeMap(leases, key, Buffer.alloc(WAYS * LEASE_BYTES, byte));
    }
  };
  // Nobody's, until the end of days.
  fill(0xff);
  try {
    const connection = await fast();
    await transfer(connection, 1 << 20);
    connection.close();
    await notCarried();
  } finally {
    fill(0);
  }
});

test('while a last segment may have to be sent again, its connection is tracked', async () => {
  const path = lab.netnsOfPort(client.id);
  let tracked: boolean | null = null;
  for (let tries = 20; tracked === null && tries > 0; tries--) {
    const connection = await fast();
    runNft(
      path,
      'add table ip mute\nadd chain ip mute out { type filter hook output priority 0; }\nadd rule ip mute out tcp flags & (fin | syn | rst | ack) == ack drop',
    );
    tracked = await trackedAfterEnd(connection);
    runNft(path, 'delete table ip mute');
  }
  assert.equal(tracked, true);
});

test('its last packet on the ordinary way, where its lease has run out, is no sign of life', async () => {
  const { socket, localPort = 0 } = await fast().then(({ socket }) => ({ socket, localPort: socket.localPort }));
  socket.end();
  await new Promise((resolve) => socket.once('close', resolve));
  forgetLeases();
  // Who is no longer there would answer with a reset, which says the same.
  const servers = story.servers.map((server) => lab.netnsOfPort(server.eni.id));
  for (const path of servers) {
    runNft(
      path,
      'add table ip mute\nadd chain ip mute out { type filter hook output priority 0; }\nadd rule ip mute out tcp flags & rst == rst drop',
    );
  }
  const source = at(client);
  // Tracking passes over what is older than what it saw: from all quarters one is not.
  const quarters = [0, 1, 2, 3].map((quarter) => quarter * 2 ** 30);
  for (const numbers of quarters.flatMap((seq) => quarters.map((ack) => [seq, ack] as const))) {
    const payload = tcp(source, eni, [localPort, PORT], ACK, numbers);
    sendPacket(lab.netnsOfPort(client.id), { source, destination: eni, protocol: 6, payload });
  }
  await forgottenSoon(localPort);
  for (const path of servers) runNft(path, 'delete table ip mute');
});

/** Its entry, where there still is one, is gone within seconds. */
async function forgottenSoon(port: number): Promise<void> {
  for (const id of [consumer.id, story.provider.id]) {
    const netns = lab.paths.netnsOf(id);
    for (const end = Date.now() + PATIENCE_MS; ; await sleep(20)) {
      const { stdout } = await run('conntrack', ['-L', '-p', 'tcp'], { netns });
      const lines = stdout.split('\n').filter((line) => line.includes(`sport=${port} `));
      if (lines.every((line) => Number(/tcp\s+6 (\d+)/.exec(line)?.[1]) <= 10)) break;
      assert.ok(Date.now() < end, lines.join('\n'));
    }
  }
}

const seenByTracking = {
  'its begin': async () => {},
  'its begin, and later some of it': async (connection: Connection) => {
    forgetLeases();
    await becomesFast(connection);
  },
};

for (const [seen, between] of Object.entries(seenByTracking)) {
  test(`ports of a connection that ended, of which tracking saw ${seen}: the new one is judged as a first packet is`, async () => {
    const connection = await fast();
    const { localPort = 0 } = connection.socket;
    await between(connection);
    connection.socket.resetAndDestroy();
    await forgottenSoon(localPort);
    const rules = endpointRules();
    for (const rule of rules) world.remove(rule);
    await lab.apply(plan());
    const SYN = 2;
    const source = at(client);
    const payload = tcp(source, eni, [localPort, PORT], SYN);
    const stage = await dropStage(lab, () => {
      // Where it was taken for one more packet of the old one it is lost, and judged when it is sent again.
      for (let sent = 0; sent < 2; sent++) {
        sendPacket(lab.netnsOfPort(client.id), { source, destination: eni, protocol: 6, payload });
      }
    });
    for (const rule of rules) world.put(rule);
    await lab.apply(plan());
    assert.equal(stage, `${consumer.id} group_in`);
  });
}

test('routers are told apart by what programs see of them, 16 bits', () => {
  const numbers = [consumer, story.provider].map(({ id }, index, [first, second]) => {
    const link = crossingLink((index === 0 ? second : first)?.id ?? '');
    return attached(lab.paths.netnsOf(id), [link], 'fast').get(link)?.number ?? 0;
  });
  assert.ok(
    numbers.every((number) => number > 0 && number < 2 ** 16),
    String(numbers),
  );
  assert.equal(new Set(numbers).size, numbers.length);
});

test('another process takes up what is attached, and what it changes holds', async () => {
  const connection = await fast();
  const script = `
    const { fastLinks, fastPathCounters, forgetLeases } = await import(${JSON.stringify(import.meta.resolve('./fast-path.ts'))});
    const links = fastLinks(${JSON.stringify(router())}, [${JSON.stringify(portLink(client.id))}]);
    console.log(JSON.stringify({ links, ...fastPathCounters() }));`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script]);
  const found = JSON.parse(stdout);
  assert.deepEqual(found.links, [portLink(client.id)]);
  assert.ok(found.packets > 0);
  // It could have been after a change that was broken off: all leases ended.
  await becomesFast(connection);
  connection.close();
});

test('programs of another version: exchanged, or taken off where there is to be none', async () => {
  const link = portLink(client.id);
  const found = () => attached(router(), [link], 'fast').get(link);
  const ofIpv4 = () => attachments(router(), [link], { priority: 2, packets: 'ip' }).get(link);
  const ours = found() ?? assert.fail();
  // They saw IPv4 alone once.
  for (const packets of ['all', 'ip'] as const) {
    age(router(), link, 'fast', packets);
    assert.notDeepEqual(found(), ours);
    lab.driver.forget();
    await lab.apply(plan());
    assert.deepEqual(found(), ours);
    assert.equal(ofIpv4(), undefined);
    lab.driver.forget();
    assert.equal(await lab.apply(plan()), 0);
  }

  for (const packets of ['all', 'ip'] as const) {
    age(router(), link, 'fast', packets);
    const without = createDriver({ paths: lab.paths, log: silentLog(), fastPath: false });
    await without.apply(plan());
    assert.equal(found(), undefined);
    assert.equal(ofIpv4(), undefined);
    lab.driver.forget();
    await lab.apply(plan());
    assert.deepEqual(found(), ours);
  }
});

test('without it: links lose the programs, connections go on, nothing is carried; and back', async () => {
  const connection = await fast();
  const without = createDriver({ paths: lab.paths, log: silentLog(), fastPath: false });
  assert.ok((await without.apply(plan())).every(({ op }) => op === 'fast'));
  assert.deepEqual([...attached(router(), [portLink(client.id)], 'fast')], []);
  const before = carried().packets;
  assert.ok(await connection.echoes());
  assert.equal(carried().packets, before);
  assert.deepEqual(await without.apply(plan()), []);
  lab.driver.forget();
  await lab.apply(plan());
  await becomesFast(connection);
  connection.close();
});
