/** Proxy Protocol written by the kernel, by packets: what targets read, whatever is lost on the way. Needs root. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { createServer, type Server, Socket } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { proxyHeader } from '../../edge/balance/proxy-protocol.ts';
import { deleteFromMap, keysOf } from '../../host/bpf.ts';
import { run } from '../../host/exec.ts';
import { inNetns } from '../../host/netns.ts';
import { listNft, runNft } from '../../host/nftables.ts';
import { hostPaths, rootsOf } from '../../host/paths.ts';
import { sendPacket, tcp } from '../../host/raw-packets.ts';
import { tcpListener, tcpSocket } from '../../host/sockets.ts';
import { ASK, haproxyRead, startHaproxy } from '../../host/testing/haproxy.ts';
import { bringPrograms } from '../../host/testing/programs.ts';
import { compile } from '../../plan/compile.ts';
import { healthOf } from '../../plan/testing/balancing.ts';
import { tellServiceStory } from '../../plan/testing/service-story.ts';
import { allowAll, allowTcp } from '../../plan/testing/world.ts';
import { proxyHeaders } from './proxy-header.ts';
import { age, attached } from './testing/attached.ts';
import { Lab } from './testing/lab.ts';

const PORT = 80;
/** Where nothing else of the laboratory listens. */
const TARGET_PORT = 9100;
const HEADER_BYTES = 100;
/** struct key. */
const HANDSHAKE_KEY_BYTES = 16;
const HAPROXY_PORT = 9101;
const MIB = 1 << 20;
const PATIENCE_MS = 20_000;
/** What is lost is sent again after 200 ms and then after twice as long each time: ten times by then, which cannot all be lost. */
const LOSSY_MS = 110_000;
/** First packets and their answers have no part in it: there are too few attempts for chance. */
const NO_FIRST = 'tcp flags & syn == 0';
const SYN = 2;
const BANNER = 'who are you?\n';

const lab = new Lab();
const story = tellServiceStory();
const { world, client } = story;
const at = (port: { readonly addresses: readonly string[] }) => port.addresses[0] ?? '';
const endpoint = at(story.interfaces[0] ?? { addresses: [] });
const nodes = story.nodes.map(at);
const subnet = world
  .intent()
  .table('subnet')
  .get(story.servers[0]?.eni.subnetId ?? '');
assert.ok(subnet);
const insider = world.instance(subnet, [world.group(story.provider, 'inside', allowAll('egress'))]).eni;
world.rule(story.targetGroup, allowTcp('ingress', TARGET_PORT));
world.rule(story.targetGroup, allowTcp('ingress', HAPROXY_PORT));
world.put({
  ...story.group,
  attributes: { 'proxy_protocol_v2.enabled': 'true', 'preserve_client_ip.enabled': 'false' },
});
const targets = story.targets.map((target) => world.put({ ...target, port: TARGET_PORT }));
const plan = (kernelHeaders = true) => compile(world.intent(), { ...healthOf(targets), kernelHeaders });
const machines = [client, ...story.servers.map(({ eni }) => eni)].map(
  ({ id }) =>
    () =>
      lab.netnsOfPort(id),
);
const servers: Server[] = [];
/** Of both sides: what a test that failed left open would keep the file from its end. */
const opened = new Set<Socket>();

/** What targets read first, by the port of the one that they see, which is a node's. */
const read: { readonly header: Buffer; readonly seenFrom: string }[] = [];
/** Whether targets speak first, once they know who is there. */
let greets = false;

before(async () => {
  await bringPrograms({ packages: { conntrack: ['conntrack'] }, folder: join(hostPaths().cache, 'test-tools') });
  await lab.apply(plan());
  assert.equal(proxyHeaders.refusal(), null);
  for (const { eni } of story.servers) {
    const path = lab.netnsOfPort(eni.id);
    // The laboratory has switched that off, and a handshake may lose what it likes here.
    inNetns(path, () => writeFileSync('/proc/sys/net/ipv4/tcp_synack_retries', '5'));
    const server = createServer({ allowHalfOpen: true }, serve);
    server.listen({ fd: tcpListener(path, { address: '0.0.0.0', port: TARGET_PORT }) });
    servers.push(server);
  }
});
afterEach(() => {
  greets = false;
  read.length = 0;
  lose('');
});
after(async () => {
  for (const socket of opened) socket.destroy();
  for (const server of servers) server.close();
  await lab.close();
});

/** Echoes all that follows the header. */
function serve(socket: Socket): void {
  opened.add(socket);
  let header = Buffer.alloc(0);
  socket.on('error', () => undefined);
  socket.on('data', (chunk: Buffer) => {
    if (header.length === HEADER_BYTES) return void socket.write(chunk);
    header = Buffer.concat([header, chunk]);
    if (header.length < HEADER_BYTES) return;
    const rest = header.subarray(HEADER_BYTES);
    header = header.subarray(0, HEADER_BYTES);
    read.push({ header, seenFrom: socket.remoteAddress ?? '' });
    if (greets) socket.write(BANNER);
    if (rest.length > 0) socket.write(rest);
  });
  socket.on('end', () => socket.end());
}

/** Drops what comes in at client and targets and matches; '': nothing. */
function lose(match: string): void {
  for (const path of machines) {
    runNft(path(), 'add table ip loss\ndelete table ip loss');
    if (match !== '')
      runNft(
        path(),
        `add table ip loss\nadd chain ip loss in { type filter hook input priority 0; }\nadd rule ip loss in ${match} drop`,
      );
  }
}

async function connect(from: { readonly id: string }, to: string): Promise<Socket> {
  const socket = new Socket({
    fd: tcpSocket(lab.netnsOfPort(from.id), { address: '0.0.0.0', port: 0 }),
    allowHalfOpen: true,
  });
  opened.add(socket);
  socket.connect({ host: to, port: PORT });
  await once(socket, 'connect', { signal: AbortSignal.timeout(PATIENCE_MS) });
  return socket;
}

/** All that it says back to these bytes, sent at once, until both have said their last. */
async function exchange(socket: Socket, bytes: Buffer): Promise<string> {
  const hash = createHash('sha256');
  socket.on('data', (chunk: Buffer) => hash.update(chunk));
  socket.end(bytes);
  await once(socket, 'end', { signal: AbortSignal.timeout(LOSSY_MS) });
  socket.destroy();
  return hash.digest('hex');
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function expected(socket: Socket, to: string, id: string | null): string {
  const { localAddress: source = '', localPort: sourcePort = 0 } = socket;
  return proxyHeader({ source, sourcePort, destination: to, destinationPort: PORT }, id).toString('hex');
}

function headers(): string[] {
  return read.splice(0).map(({ header }) => header.toString('hex'));
}

test('what comes by an endpoint begins with the client’s own address and the endpoint, then its own bytes', async () => {
  const socket = await connect(client, endpoint);
  const wanted = expected(socket, endpoint, story.endpoint.id);
  const bytes = randomBytes(1000);
  assert.equal(await exchange(socket, bytes), digest(bytes));
  assert.ok(nodes.includes(read[0]?.seenFrom ?? ''), read[0]?.seenFrom);
  assert.deepEqual(headers(), [wanted]);
});

test('what comes to the node itself names no endpoint; what goes to a target past it has no header', async () => {
  const socket = await connect(insider, nodes[0] ?? '');
  const wanted = expected(socket, nodes[0] ?? '', null);
  const bytes = randomBytes(1000);
  assert.equal(await exchange(socket, bytes), digest(bytes));
  assert.deepEqual(headers(), [wanted]);
  const direct = new Socket({
    fd: tcpSocket(lab.netnsOfPort(insider.id), { address: '0.0.0.0', port: 0 }),
    allowHalfOpen: true,
  });
  direct.connect({ host: at(story.servers[0]?.eni ?? { addresses: [] }), port: TARGET_PORT });
  const plain = randomBytes(HEADER_BYTES);
  assert.equal(await exchange(direct, plain), digest(Buffer.alloc(0)));
  assert.deepEqual(headers(), [plain.toString('hex')]);
});

test('HAProxy understands it, checksum included', async () => {
  for (const target of targets) world.put({ ...target, port: HAPROXY_PORT });
  await lab.apply(plan());
  const ends = await Promise.all(story.servers.map(({ eni }) => startHaproxy(lab.netnsOfPort(eni.id), HAPROXY_PORT)));
  try {
    for (const [from, to] of [
      [client, endpoint],
      [insider, nodes[0] ?? ''],
    ] as const) {
      // Until it listens, connections are reset.
      for (let answer = '', end = Date.now() + PATIENCE_MS; answer === ''; ) {
        assert.ok(Date.now() < end, 'no answer');
        const socket = await connect(from, to).catch(() => undefined);
        if (socket === undefined) continue;
        const wanted = `${socket.localAddress}:${socket.localPort} ${to}:${PORT}`;
        answer = await said(socket, ASK);
        if (answer !== '') assert.equal(haproxyRead(answer), wanted, answer);
      }
    }
  } finally {
    for (const end of ends) await end();
    for (const target of targets) world.put(target);
    await lab.apply(plan());
  }
});

/** All that comes back; '' where it is reset. */
async function said(socket: Socket, question: string): Promise<string> {
  socket.write(question);
  let answer = '';
  try {
    for await (const chunk of socket) answer += chunk;
  } catch {
    return '';
  }
  return answer;
}

test('16 MiB arrive whole in both directions at once', async () => {
  const socket = await connect(client, endpoint);
  const wanted = expected(socket, endpoint, story.endpoint.id);
  const bytes = randomBytes(16 * MIB);
  assert.equal(await exchange(socket, bytes), digest(bytes));
  assert.deepEqual(headers(), [wanted]);
});

test('with one packet in a hundred lost, each way: whole, and the header once and first', async () => {
  lose(`${NO_FIRST} numgen random mod 100 < 1`);
  for (let turn = 0; turn < 30; turn++) {
    const socket = await connect(client, endpoint);
    const wanted = expected(socket, endpoint, story.endpoint.id);
    const bytes = randomBytes(4 * MIB);
    assert.equal(await exchange(socket, bytes), digest(bytes));
    assert.deepEqual(headers(), [wanted]);
  }
});

test('many at once with three packets in a hundred lost: each its own header, each its own bytes', async () => {
  lose(`${NO_FIRST} numgen random mod 100 < 3`);
  const wanted = await Promise.all(
    Array.from({ length: 100 }, async () => {
      const socket = await connect(client, endpoint);
      const header = expected(socket, endpoint, story.endpoint.id);
      const bytes = randomBytes(20_000);
      assert.equal(await exchange(socket, bytes), digest(bytes));
      return header;
    }),
  );
  assert.deepEqual(headers().sort(), wanted.sort());
});

test('a header that is lost is sent again, though the client says nothing', async () => {
  greets = true;
  // The first two of a header's length: IP and TCP with time stamps, and the header.
  lose('meta length 152 numgen inc mod 100000 < 2');
  const socket = await connect(client, endpoint);
  const wanted = expected(socket, endpoint, story.endpoint.id);
  const [banner] = await once(socket, 'data', { signal: AbortSignal.timeout(PATIENCE_MS) });
  assert.equal(String(banner), BANNER);
  assert.deepEqual(headers(), [wanted]);
  socket.destroy();
});

test('the header is lost and the data is not: nothing is taken for the header', async () => {
  lose('meta length 152 numgen inc mod 100000 < 4');
  const socket = await connect(client, endpoint);
  const wanted = expected(socket, endpoint, story.endpoint.id);
  const bytes = randomBytes(200_000);
  assert.equal(await exchange(socket, bytes), digest(bytes));
  assert.deepEqual(headers(), [wanted]);
});

test('a reset ends it on the other side, before and after the target has said anything', async () => {
  for (const speaks of [false, true]) {
    const socket = await connect(client, endpoint);
    if (speaks) {
      socket.write('x');
      await once(socket, 'data', { signal: AbortSignal.timeout(PATIENCE_MS) });
    }
    socket.resetAndDestroy();
  }
  for (const end = Date.now() + PATIENCE_MS; ; ) {
    const open = await Promise.all(
      servers.map((server) => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)))),
    );
    if (open.every((count) => count === 0)) break;
    assert.ok(Date.now() < end, `still open: ${open.join()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  headers();
});

test('a first packet that brings data does not reach a target: it would come before the header', async () => {
  const paths = story.servers.map(({ eni }) => lab.netnsOfPort(eni.id));
  for (const path of paths) {
    runNft(
      path,
      `add table ip seen
add counter ip seen bare
add counter ip seen laden
add chain ip seen in { type filter hook input priority 0; }
add rule ip seen in tcp flags & (syn | ack) == syn meta length 40 counter name "bare"
add rule ip seen in tcp flags & (syn | ack) == syn meta length 52 counter name "laden"`,
    );
  }
  const seen = (name: string) =>
    paths
      .flatMap((path) => listNft(path, 'list counters table ip seen'))
      .reduce((sum, { counter }) => sum + (counter?.name === name ? Number(counter.packets) : 0), 0);
  // The same but for its data comes later, on the same way, and arrives.
  for (const [port, bytes] of [
    [40_001, 12],
    [40_002, 0],
  ] as const) {
    const payload = tcp(at(client), endpoint, [port, PORT], SYN, [1, 0], bytes);
    sendPacket(lab.netnsOfPort(client.id), { source: at(client), destination: endpoint, protocol: 6, payload });
  }
  for (const end = Date.now() + PATIENCE_MS; seen('bare') === 0; ) {
    assert.ok(Date.now() < end, 'nothing arrives at all');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  assert.equal(seen('laden'), 0);
  for (const path of paths) runNft(path, 'delete table ip seen');
});

test('where the header is forgotten before the target answers, nothing passes until the client begins anew', async () => {
  const ask = tcp(at(client), endpoint, [40_003, PORT], SYN, [1, 0], 0);
  const send = () => {
    sendPacket(lab.netnsOfPort(client.id), { source: at(client), destination: endpoint, protocol: 6, payload: ask });
  };
  const paths = story.servers.map(({ eni }) => lab.netnsOfPort(eni.id));
  const counted = `add table ip answers
add counter ip answers seen
add chain ip answers way { type filter hook HOOK priority 0; }
add rule ip answers way tcp flags & (syn | ack) == syn | ack counter name "seen"`;
  const held = 'add rule ip answers way tcp flags & (syn | ack) == syn | ack drop';
  for (const path of paths) runNft(path, `${counted.replace('HOOK', 'output')}\n${held}`);
  // It must not reset what it does not know.
  runNft(lab.netnsOfPort(client.id), `${counted.replace('HOOK', 'input')}\n${held}`);
  const sum = (at: readonly string[]) =>
    at
      .flatMap((path) => listNft(path, 'list counters table ip answers'))
      .reduce((total, { counter }) => total + Number(counter?.packets ?? 0), 0);
  const until = async (at: readonly string[], least: number) => {
    for (const end = Date.now() + PATIENCE_MS; sum(at) < least; ) {
      assert.ok(Date.now() < end, `${sum(at)} answers of ${least}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  try {
    send();
    await until(paths, 1);
    const { handshakes = -1 } = proxyHeaders.maps() ?? {};
    for (const key of [...keysOf(handshakes, HANDSHAKE_KEY_BYTES)]) deleteFromMap(handshakes, key);
    for (const path of paths) runNft(path, `delete table ip answers\n${counted.replace('HOOK', 'output')}`);
    // The target repeats its answer by itself: the first has long come, or not, when the second is sent.
    await until(paths, 2);
    assert.equal(sum([lab.netnsOfPort(client.id)]), 0);
    send();
    await until([lab.netnsOfPort(client.id)], 1);
  } finally {
    for (const path of [...paths, lab.netnsOfPort(client.id)]) runNft(path, 'delete table ip answers');
  }
});

test('programs of another version give way in one step, also where nobody asks for a header any more', async () => {
  const router = lab.paths.netnsOf(story.provider.id);
  const { stdout } = await run('ip', ['-json', 'link'], { netns: router });
  const links = (JSON.parse(stdout) as { ifname: string }[]).map(({ ifname }) => ifname);
  for (const asked of [true, false]) {
    await lab.apply(plan());
    const socket = await connect(client, endpoint);
    const echoes = async (text: string) => {
      socket.write(text);
      const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(PATIENCE_MS) });
      assert.equal(String(answer), text);
    };
    await echoes('before');
    const own = attached(router, links, 'header');
    assert.ok(own.size > 0);
    for (const link of own.keys()) age(router, link, 'header');
    assert.notDeepEqual(attached(router, links, 'header'), own);
    lab.newDriver();
    await lab.apply(plan(asked));
    assert.deepEqual(attached(router, links, 'header'), own);
    await echoes('after');
    socket.destroy();
  }
  await lab.apply(plan());
  headers();
});

test('a restart finds all as it is, and open connections go on', async () => {
  const socket = await connect(client, endpoint);
  const echoes = async (text: string) => {
    socket.write(text);
    const [answer] = await once(socket, 'data', { signal: AbortSignal.timeout(PATIENCE_MS) });
    assert.equal(String(answer), text);
  };
  await echoes('before');
  lab.newDriver();
  assert.equal(await lab.apply(plan()), 0);
  await echoes('after');
  // Nobody asks for it any more: what began with a header goes on, and new ones are the edge's.
  await lab.apply(plan(false));
  await echoes('without');
  await lab.apply(plan());
  await echoes('again');
  socket.destroy();
  headers();
});

test('what was known of an endpoint or a router goes with it, and with another process too', async () => {
  const known = () => {
    const maps = proxyHeaders.maps();
    assert.ok(maps !== null);
    return [[...keysOf(maps.fronts ?? -1, 12)].length, [...keysOf(maps.passages ?? -1, 8)].length];
  };
  const fronts = nodes.length * 2;
  const links = story.interfaces.length;
  assert.deepEqual(known(), [fronts, links]);
  world.put({ ...story.endpoint, acceptance: 'rejected' });
  await lab.apply(plan());
  assert.deepEqual(known(), [fronts, 0]);
  world.put(story.endpoint);
  await lab.apply(plan());
  assert.deepEqual(known(), [fronts, links]);
  const socket = await connect(client, endpoint);
  const wanted = expected(socket, endpoint, story.endpoint.id);
  assert.equal(await exchange(socket, Buffer.from('still')), digest(Buffer.from('still')));
  assert.deepEqual(headers(), [wanted]);
  const here = (path: string) => JSON.stringify(import.meta.resolve(path));
  const script = `
    const { createDriver } = await import(${here('./driver.ts')});
    const { compile } = await import(${here('../../plan/compile.ts')});
    const { World } = await import(${here('../../plan/testing/world.ts')});
    const { silentLog } = await import(${here('../../host/log.ts')});
    const { NO_FACTS } = await import(${here('../../model/facts.ts')});
    const { hostPaths } = await import(${here('../../host/paths.ts')});
    await createDriver({ paths: hostPaths(), log: silentLog() }).apply(compile(new World().intent(), NO_FACTS));`;
  await run(process.execPath, ['--input-type=module', '-e', script], { env: rootsOf(lab.paths) });
  assert.deepEqual(known(), [0, 0]);
});
