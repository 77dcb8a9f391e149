/** What the fast path must not do, by packets: outlive a change, spare a hop, pass what is too large, hear forged packets. Needs root. */
import assert from 'node:assert/strict';
import net from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { run } from '../../host/exec.ts';
import { runNft } from '../../host/nftables.ts';
import { hostPaths } from '../../host/paths.ts';
import { frameOf, sendFrame, sendPacket, tcp } from '../../host/raw-packets.ts';
import { tcpListener } from '../../host/sockets.ts';
import { bringPrograms } from '../../host/testing/programs.ts';
import { compile } from '../../plan/compile.ts';
import { CROSSING_MTU } from '../../plan/fixed.ts';
import { healthOf } from '../../plan/testing/balancing.ts';
import { tellServiceStory } from '../../plan/testing/service-story.ts';
import { allow, allowAll, allowTcp } from '../../plan/testing/world.ts';
import { fastPathRefusal, forgetLeases } from './fast-path.ts';
import { machineLink, ROUTER_MAC } from './names.ts';
import { becomesFast, carried } from './testing/fast.ts';
import { type Connection, dropStage, Lab } from './testing/lab.ts';

const [SYN, ACK] = [2, 16];
const PORT = 80;
const HALF_OPEN_PORT = 9001;
const PATIENCE_MS = 10_000;

const lab = new Lab();
const story = tellServiceStory();
const { world, consumer, provider, client } = story;
const at = (port: { readonly addresses: readonly string[] }) => port.addresses[0] ?? '';
const eni = at(story.interfaces[0] ?? { addresses: [] });
const clientSubnet = world.intent().table('subnet').get(client.subnetId) ?? assert.fail();
const neighbours = world.group(
  consumer,
  'neighbours',
  allowAll('egress'),
  ...[PORT, HALF_OPEN_PORT].map((port) => allowTcp('ingress', port)),
);
const friend = world.instance(clientSubnet, [neighbours]).eni;
const forger = world.instance(clientSubnet, [neighbours]).eni;
const elsewhere = world.vpc('10.9.0.0/16');
const farSubnet = world.subnet(elsewhere, '10.9.1.0/24');
const far = world.instance(farSubnet, [world.group(elsewhere, 'all', allowAll('egress'), allowAll('ingress'))]).eni;
const peering = world.peering(consumer, elsewhere);
const through = (destination: string) => ({ destination, target: { kind: 'vpcPeering', id: peering.id } as const });
world.routeTable(elsewhere, [through('10.0.0.0/16')], [farSubnet]);
const clientTable = world.routeTable(consumer, [through('10.9.0.0/16')], [clientSubnet]);
const plan = () => compile(world.intent(), healthOf([...story.targets]));
const apply = () => lab.apply(plan());

before(async () => {
  await bringPrograms({ packages: { conntrack: ['conntrack'] }, folder: join(hostPaths().cache, 'test-tools') });
  await apply();
  assert.equal(fastPathRefusal(), null);
});
after(() => lab.close());

async function fast(to = eni, routers = 2): Promise<Connection> {
  const connection = await lab.connection(client.id, to, PORT);
  await becomesFast(connection, routers);
  return connection;
}

/** What is sent now is not answered. */
async function isCut(connection: Connection): Promise<void> {
  assert.ok(!(await connection.echoes(300)));
  connection.close();
}

function segment(ports: readonly [number, number], flags: number, numbers?: readonly [number, number]) {
  return { source: at(client), destination: eni, protocol: 6, payload: tcp(at(client), eni, ports, flags, numbers) };
}

const clientNetns = () => lab.netnsOfPort(client.id);
const serverNetns = () => story.servers.map((server) => lab.netnsOfPort(server.eni.id));

/** Rules of a machine's own. */
async function withRules(paths: readonly string[], rules: readonly string[], work: () => Promise<void>): Promise<void> {
  const hook = rules.map((rule) => `add rule ip own in ${rule}`).join('\n');
  for (const path of paths) {
    runNft(path, `add table ip own\nadd chain ip own in { type filter hook input priority 0; }\n${hook}`);
  }
  await work();
  for (const path of paths) runNft(path, 'delete table ip own');
}

test('an ACL that comes to deny: what goes the fast way is cut at once, in either direction', async () => {
  const all = [allow('egress', 100), allow('ingress', 100)];
  const acl = world.acl(consumer, [clientSubnet], ...all);
  for (const direction of ['egress', 'ingress'] as const) {
    await apply();
    const connection = await fast(at(far));
    const others = all.filter((entry) => entry !== all[direction === 'egress' ? 0 : 1]);
    world.put({ ...acl, entries: others });
    await apply();
    await isCut(connection);
    world.put(acl);
  }
  await apply();
});

test('a route that goes: what goes the fast way is cut at once', async () => {
  const connection = await fast(at(far));
  const table = world.intent().table('routeTable').get(clientTable) ?? assert.fail();
  world.put({ ...table, routes: [] });
  await apply();
  await isCut(connection);
  world.put(table);
  await apply();
});

test('a deleted endpoint: what goes the fast way is cut at once', async () => {
  const connection = await fast();
  const gone = [story.endpoint, ...story.interfaces];
  for (const one of gone) world.remove(one);
  await apply();
  await isCut(connection);
  for (const one of gone) world.put(one);
  await apply();
  await lab.delivered(client.id, eni, PORT);
});

test('each router is a hop, and where there are none left a packet goes no further', async () => {
  await withRules(serverNetns(), ['tcp dport 80 ip ttl != 62 drop'], async () => {
    const connection = await fast();
    const { localPort = 0 } = connection.socket;
    const last = { ...segment([localPort, PORT], ACK), ttl: 1 };
    await notCarried(async () => assert.ok((await ordinary(() => sendPacket(clientNetns(), last))) >= 1));
    connection.close();
  });
});

test('what is of a VLAN is of no connection', async () => {
  const connection = await fast();
  const { localPort = 0 } = connection.socket;
  const plain = frameOf(ROUTER_MAC, client.mac, segment([localPort, PORT], ACK));
  const tagged = Buffer.concat([plain.subarray(0, 12), Buffer.of(0x81, 0, 0, 5), plain.subarray(12)]);
  const send = (frame: Buffer) => sendFrame(clientNetns(), machineLink(0), frame);
  await notCarried(async () => send(tagged));
  // Sent alike, but for the tag.
  const { packets } = carried();
  send(plain);
  for (const end = Date.now() + PATIENCE_MS; carried().packets === packets; ) assert.ok(Date.now() < end);
  connection.close();
});

/** That nothing of it goes the fast way or makes a lease; what is left of connections before may do so meanwhile, once. */
async function notCarried(work: () => Promise<void>): Promise<void> {
  for (let tries = 5; ; tries--) {
    const before = carried();
    await work();
    const now = carried();
    if (isDeepStrictEqual(now, before)) return;
    assert.ok(tries > 0, `${JSON.stringify(before)}, then ${JSON.stringify(now)}`);
  }
}

/** How many packets the consumer's router forwarded for the first time or refused to, counted at its entry. */
async function ordinary(work: () => void): Promise<number> {
  const path = lab.paths.netnsOf(consumer.id);
  runNft(path, 'add table ip seen\nadd chain ip seen in { type filter hook prerouting priority -500; }');
  runNft(path, 'add rule ip seen in tcp dport 80 counter');
  work();
  let packets = 0;
  for (const end = Date.now() + PATIENCE_MS; packets === 0 && Date.now() < end; ) {
    const { stdout } = await run('nft', ['list', 'table', 'ip', 'seen'], { netns: path });
    packets = Number(/packets (\d+)/.exec(stdout)?.[1]);
  }
  runNft(path, 'delete table ip seen');
  return packets;
}

test('what is too large for the way is dropped, also of a fast connection', async () => {
  const connection = await fast();
  const { localPort = 0 } = connection.socket;
  const source = at(client);
  const payload = tcp(source, eni, [localPort, PORT], ACK, [1, 1], CROSSING_MTU);
  await notCarried(async () => {
    const stage = await dropStage(lab, () =>
      sendPacket(clientNetns(), { source, destination: eni, protocol: 6, payload, whole: true }),
    );
    assert.equal(stage, `${consumer.id} cross`);
  });
  assert.ok(await connection.echoes());
  connection.close();
});

test('a first packet that was not answered makes no lease', async () => {
  await withRules(serverNetns(), ['tcp dport 80 drop'], async () => {
    let port = 40_000;
    await notCarried(async () => {
      port++;
      // One after the other: what comes before its first packet is taken for a connection that tracking did not see begin.
      for (const [flags, seq, ack] of [
        [SYN, 1000, 0],
        [ACK, 1001, 1],
      ] as const) {
        const send = () => sendPacket(clientNetns(), segment([port, PORT], flags, [seq, ack]));
        assert.ok((await ordinary(send)) >= 1);
      }
    });
  });
});

test('right after its begin a connection may already be silent for as long as ever', async () => {
  // Its third packet, if tracking saw it, is beside the point: it must not matter.
  const connection = await lab.connection(client.id, eni, PORT);
  const entries = await Promise.all(
    [consumer, provider].map(({ id }) => entryOf(id, connection.socket.localPort ?? 0)),
  );
  for (const entry of entries) assert.ok(Number(/tcp +6 (\d+)/.exec(entry)?.[1]) > 340, entry);
  connection.close();

  const local = await lab.connection(client.id, at(friend), PORT);
  assert.match(await entryOf(consumer.id, local.socket.localPort ?? 0), / ESTABLISHED /);
  local.close();
});

async function entryOf(id: string, port: number): Promise<string> {
  const { stdout } = await run('conntrack', ['-L', '-p', 'tcp'], { netns: lab.paths.netnsOf(id) });
  return stdout.split('\n').find((line) => line.includes(`sport=${port} `)) ?? assert.fail(stdout);
}

test('a first packet with a forged source ends nobody’s half-closed connection', async () => {
  const accepted = new Promise<net.Socket>((resolve) => {
    const server = net.createServer({ allowHalfOpen: true }, (socket) => {
      server.close();
      socket.on('error', () => undefined);
      socket.on('data', (words) => socket.write(words));
      socket.write('{}\n');
      resolve(socket);
    });
    server.listen({ fd: tcpListener(lab.netnsOfPort(friend.id), { address: '0.0.0.0', port: HALF_OPEN_PORT }) });
    server.unref();
  });
  const connection = await lab.connection(client.id, at(friend), HALF_OPEN_PORT);
  const other = await accepted;
  await becomesFast(connection, 1);
  const ended = new Promise((resolve) => other.once('end', resolve));
  connection.socket.end();
  await ended;

  const { localPort = 0 } = connection.socket;
  const [source, destination] = [at(client), at(friend)];
  const payload = tcp(source, destination, [localPort, HALF_OPEN_PORT], SYN);
  const stage = await dropStage(lab, () =>
    sendPacket(lab.netnsOfPort(forger.id), { source, destination, protocol: 6, payload }),
  );
  assert.equal(stage, `${consumer.id} source`);
  // By the ordinary way, so that tracking has to know the connection.
  forgetLeases();
  other.write('still here\n');
  assert.equal(await connection.line(), 'still here');
  connection.close();
  other.destroy();
});

test('ports of a connection that ended, used again before anything is known of the source: judged when sent again', async () => {
  const connection = await fast();
  const { socket } = connection;
  const { localPort = 0 } = socket;
  socket.end();
  await new Promise((resolve) => socket.once('close', resolve));
  const rules = world.intent().table('securityGroupRule').by('groupId', story.endpointGroup.id);
  for (const rule of rules) world.remove(rule);
  await apply();
  await withRules(serverNetns(), [`tcp dport 80 tcp flags & (syn | ack) == syn counter drop`], async () => {
    const first = () => sendPacket(clientNetns(), segment([localPort, PORT], SYN));
    assert.ok((await ordinary(first)) >= 1);
    assert.equal(await dropStage(lab, first), `${consumer.id} group_in`);
    for (const path of serverNetns()) {
      const { stdout } = await run('nft', ['list', 'table', 'ip', 'own'], { netns: path });
      assert.match(stdout, /packets 0 /);
    }
  });
  for (const rule of rules) world.put(rule);
  await apply();
});
