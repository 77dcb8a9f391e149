/** UDP with Proxy Protocol between two VPCs with equal addresses. Needs root, and dnsdist as a parser that is not ours. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { Socket as StreamSocket } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'node:test';
import { decode, encode } from 'dns-packet';
import { silentLog } from '../../host/log.ts';
import { hostPaths } from '../../host/paths.ts';
import { udp as rawUdp, sendPacket } from '../../host/raw-packets.ts';
import { tcpSocket, udpSocket } from '../../host/sockets.ts';
import { bringPrograms } from '../../host/testing/programs.ts';
import { crc32c } from '../../net/crc32c.ts';
import type { BalancerListener, Plan, Pool } from '../../plan/plan.ts';
import { createListeners } from '../listeners.ts';
import {
  CLIENT,
  CROSSED,
  ENDPOINT,
  LINK,
  listener,
  makeProvider,
  NODE,
  type Provider,
  pool,
  providerPlan,
  TARGETS,
  VPCE,
} from '../test-provider.ts';
import { createEngine, type Engine } from './engine.ts';
import { proxyHeader } from './proxy-protocol.ts';
import { selectBalancing } from './state.ts';

const HEADER_BYTES = 100;
const FRONT = `listener ${NODE} udp`;
const [ONE, TWO] = Object.values(TARGETS).map((address) => ({ address, port: 8080 })) as [
  { address: string; port: number },
  { address: string; port: number },
];
type Name = keyof typeof TARGETS;

let world: Provider;
let engine: Engine;
const opened: Socket[] = [];

before(() => {
  world = makeProvider();
  engine = newEngine();
});
after(() => {
  engine.close();
  world.close();
});
afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});

function newEngine(connections?: number): Engine {
  const { netnsOf } = world.paths;
  const listeners = createListeners(netnsOf, { allowHalfOpen: true });
  return createEngine({ log: silentLog(), listeners, netnsOf, ...(connections === undefined ? {} : { connections }) });
}

function planOf(
  listeners: readonly BalancerListener[],
  pools: readonly Pool[] = [pool({ protocol: 'udp', proxyProtocol: true })],
): Plan {
  return providerPlan(listeners, pools);
}

const put = (plan: Plan) => engine.apply(selectBalancing(plan));
const udp = (other: Partial<BalancerListener> = {}) => listener({ protocol: 'udp', idleSeconds: 120, ...other });

function bound(netns: string, address = '0.0.0.0', port = 0): Socket {
  const socket = createSocket('udp4');
  socket.on('error', () => undefined);
  socket.bind({ fd: udpSocket(world.paths.netnsOf(netns), { address, port, freebind: true }) });
  opened.push(socket);
  return socket;
}

interface Got {
  readonly name: Name;
  readonly header: Buffer;
  readonly text: string;
  readonly from: string;
}

/** A target's program: notes what it gets, and answers with its name and the text. */
function serve(name: Name): Got[] {
  const got: Got[] = [];
  const socket = bound(name, '0.0.0.0', 8080);
  socket.on('message', (data, { address, port }) => {
    const header = data.subarray(0, HEADER_BYTES);
    const text = data.subarray(HEADER_BYTES).toString();
    got.push({ name, header, text, from: `${address}:${port}` });
    socket.send(`${name} ${text}`, port, address);
  });
  return got;
}

async function answer(client: Socket, text: string, to: string, port = 80): Promise<string> {
  const signal = AbortSignal.timeout(10_000);
  const come = once(client, 'message', { signal });
  client.send(text, port, to);
  return String((await come)[0]);
}

/** Whether nothing comes, for as long as a lost datagram may be told from a slow one. */
async function isSilent(client: Socket, text: string, to: string): Promise<boolean> {
  client.send(text, 80, to);
  return once(client, 'message', { signal: AbortSignal.timeout(300) }).then(
    () => false,
    () => true,
  );
}

async function eventually(check: () => void): Promise<void> {
  for (const until = Date.now() + 10_000; ; ) {
    try {
      return check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}

describe('flows', () => {
  it('each datagram has the header of the consumer’s own client; all of a flow one port of the node', async () => {
    assert.deepEqual(put(planOf([udp()])), []);
    const got = serve('t-1');
    const client = bound('i-c', CLIENT);
    assert.equal(await answer(client, 'one', ENDPOINT), 't-1 one');
    assert.equal(await answer(client, 'two', ENDPOINT), 't-1 two');
    const ends = {
      source: CLIENT,
      sourcePort: client.address().port,
      destination: ENDPOINT,
      destinationPort: 80,
    };
    const header = proxyHeader(ends, VPCE, 'udp').toString('hex');
    assert.deepEqual(
      got.map((each) => [each.text, each.header.toString('hex')]),
      [
        ['one', header],
        ['two', header],
      ],
    );
    assert.equal(new Set(got.map(({ from }) => from)).size, 1);
    assert.match(got[0]?.from ?? '', new RegExp(`^${NODE}:`));
  });

  it('names client and node, and no endpoint, for what comes from inside the VPC', async () => {
    const got = serve('t-1');
    const client = bound('t-2', TARGETS['t-2']);
    await answer(client, 'x', NODE);
    const ends = {
      source: TARGETS['t-2'],
      sourcePort: client.address().port,
      destination: NODE,
      destinationPort: 80,
    };
    assert.equal(got[0]?.header.toString('hex'), proxyHeader(ends, null, 'udp').toString('hex'));
  });

  it('an empty datagram and a large one, both ways', async () => {
    const got = serve('t-1');
    const client = bound('i-c', CLIENT);
    assert.equal(await answer(client, '', ENDPOINT), 't-1 ');
    const large = 'x'.repeat(8_000);
    assert.equal(await answer(client, large, ENDPOINT), `t-1 ${large}`);
    assert.deepEqual(
      got.map(({ text }) => text.length),
      [0, large.length],
    );
  });

  it('clients spread over the targets; each keeps its own', async () => {
    put(planOf([udp({ targets: [ONE, TWO] })]));
    const got = [serve('t-1'), serve('t-2')];
    for (let turn = 0; turn < 24; turn++) {
      const client = bound('i-c', CLIENT);
      const [first] = (await answer(client, 'a', ENDPOINT)).split(' ');
      assert.equal((await answer(client, 'b', ENDPOINT)).split(' ')[0], first);
    }
    assert.ok(got.every(({ length }) => length > 0));
  });

  it('answers nobody else: a stranger’s datagram to a flow’s port reaches no client', async () => {
    put(planOf([udp()]));
    const got = serve('t-1');
    const client = bound('i-c', CLIENT);
    await answer(client, 'a', ENDPOINT);
    const [, port] = (got[0]?.from ?? '').split(':');
    const stranger = bound('t-2', TARGETS['t-2']);
    const come = once(client, 'message', { signal: AbortSignal.timeout(300) });
    stranger.send('forged', Number(port), NODE);
    await assert.rejects(come);
    assert.equal(await answer(client, 'b', ENDPOINT), 't-1 b');
  });

  it('a silent flow is forgotten, one that speaks is not', async () => {
    put(planOf([]));
    put(planOf([udp({ idleSeconds: 1 })]));
    const got = serve('t-1');
    const [silent, lively] = [bound('i-c', CLIENT), bound('i-c', CLIENT)];
    await answer(silent, 'silent', ENDPOINT);
    const idle = engine.counts()[FRONT]?.idle ?? 0;
    for (const until = Date.now() + 10_000; engine.counts()[FRONT]?.idle === idle && Date.now() < until; ) {
      await answer(lively, 'lively', ENDPOINT);
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.equal(engine.counts()[FRONT]?.idle, idle + 1);
    const ports = (text: string) => new Set(got.filter((each) => each.text === text).map(({ from }) => from));
    assert.equal(ports('lively').size, 1);
    await answer(silent, 'silent', ENDPOINT);
    assert.equal(ports('silent').size, 2);
  });
});

describe('what is not served', () => {
  it('more flows than a listener takes; those that are go on, and one that ends makes room', async () => {
    put(planOf([]));
    const small = newEngine(2);
    try {
      small.apply(selectBalancing(planOf([udp({ idleSeconds: 1 })])));
      serve('t-1');
      const two = [bound('i-c', CLIENT), bound('i-c', CLIENT)] as const;
      for (const client of two) await answer(client, 'a', ENDPOINT);
      const third = bound('i-c', CLIENT);
      assert.ok(await isSilent(third, 'b', ENDPOINT));
      assert.ok((small.counts()[FRONT]?.refused ?? 0) > 0);
      assert.equal(await answer(two[0], 'c', ENDPOINT), 't-1 c');
      await eventually(() => assert.equal(small.counts()[FRONT]?.open, 0));
      assert.equal(await answer(third, 'd', ENDPOINT), 't-1 d');
    } finally {
      small.close();
    }
  });

  it('a flow whose client cannot be told, or whose crossing is closed, or that has no target', async () => {
    put(planOf([udp()]));
    const got = serve('t-1');
    const forger = bound('vpc-a', LINK);
    world.inside('vpc-a', 'ip', 'address', 'add', `${LINK}/32`, 'dev', 'lo');
    world.inside('vpc-a', 'nft', 'add table ip n; add chain ip n o { type filter hook output priority raw; }');
    world.inside('vpc-a', 'nft', `add rule ip n o ip saddr ${LINK} notrack`);
    try {
      const before = engine.counts()[FRONT]?.unserved ?? 0;
      assert.ok(await isSilent(forger, 'forged', CROSSED));
      assert.equal(engine.counts()[FRONT]?.unserved, before + 1);
    } finally {
      world.inside('vpc-a', 'nft', 'delete table ip n');
      world.inside('vpc-a', 'ip', 'address', 'del', `${LINK}/32`, 'dev', 'lo');
    }
    const client = bound('i-c', CLIENT);
    assert.equal(await answer(client, 'a', ENDPOINT), 't-1 a');
    const plan = planOf([udp()]);
    put({ ...plan, crossings: plan.crossings.map((each) => ({ ...each, open: false })) });
    assert.ok(await isSilent(client, 'b', ENDPOINT));
    put(planOf([udp({ targets: [] })]));
    assert.ok(await isSilent(client, 'c', ENDPOINT));
    put(planOf([udp()]));
    assert.equal(await answer(client, 'd', ENDPOINT), 't-1 d');
    assert.deepEqual(
      got.map(({ text }) => text),
      ['a', 'd'],
    );
  });

  it('from inside the VPC too: what had no target is served once there is one', async () => {
    put(planOf([]));
    put(planOf([udp({ targets: [] })]));
    serve('t-1');
    const client = bound('t-2', TARGETS['t-2']);
    assert.ok(await isSilent(client, 'a', NODE));
    assert.equal(engine.counts()[FRONT]?.open, 0);
    put(planOf([udp()]));
    assert.equal(await answer(client, 'b', NODE), 't-1 b');
  });

  it('a datagram that names no port to answer to, and the engine lives on', async () => {
    put(planOf([udp()]));
    const got = serve('t-1');
    const before = engine.counts()[FRONT]?.unserved ?? 0;
    const payload = rawUdp(0, 80, 'nobody');
    sendPacket(world.paths.netnsOf('t-2'), { source: TARGETS['t-2'], destination: NODE, protocol: 17, payload });
    await eventually(() => assert.equal(engine.counts()[FRONT]?.unserved, before + 1));
    assert.equal(await answer(bound('t-2', TARGETS['t-2']), 'a', NODE), 't-1 a');
    assert.equal(got.length, 1);
  });

  it('flows to targets that are cut; not flows to those that are only served no longer', async () => {
    put(planOf([udp()]));
    const got = [serve('t-1'), serve('t-2')];
    const client = bound('i-c', CLIENT);
    assert.equal(await answer(client, 'a', ENDPOINT), 't-1 a');
    put(planOf([udp({ targets: [TWO] })]));
    assert.equal(await answer(client, 'b', ENDPOINT), 't-1 b');
    put(planOf([udp({ targets: [TWO] })], [pool({ protocol: 'udp', proxyProtocol: true, cut: [ONE] })]));
    assert.equal(await answer(client, 'c', ENDPOINT), 't-2 c');
    assert.ok(got.every(({ length }) => length > 0));
  });

  it('a listener that is gone; at its new port it answers', async () => {
    put(planOf([udp()]));
    serve('t-1');
    const client = bound('i-c', CLIENT);
    await answer(client, 'a', ENDPOINT);
    put(planOf([udp({ port: 81 })]));
    assert.ok(await isSilent(client, 'b', ENDPOINT));
    assert.equal(await answer(client, 'c', ENDPOINT, 81), 't-1 c');
    put(planOf([]));
    assert.ok(await isSilent(client, 'd', ENDPOINT));
  });

  it('TCP and UDP at one port are two, each served', async () => {
    put(planOf([udp(), listener()]));
    serve('t-1');
    assert.equal(await answer(bound('i-c', CLIENT), 'a', ENDPOINT), 't-1 a');
    const client = new StreamSocket({ fd: tcpSocket(world.paths.netnsOf('i-c')) });
    client.on('error', () => undefined).connect({ host: ENDPOINT, port: 80 });
    await eventually(() => assert.equal(engine.counts()[`listener ${NODE}`]?.accepted, 1));
    client.destroy();
  });
});

describe('dnsdist as the target', () => {
  const PORT = 8053;
  let dnsdist: ChildProcess;

  before(async () => {
    await bringPrograms({ packages: { dnsdist: ['dnsdist'] }, folder: join(hostPaths().cache, 'test-tools') });
    const file = join(world.root, 'dnsdist.conf');
    // Tells whom it sees, at which address, and the TLVs, in one TXT record.
    writeFileSync(
      file,
      `setLocal('0.0.0.0:${PORT}')
setACL('0.0.0.0/0')
setProxyProtocolACL('0.0.0.0/0')
addAction(AllRule(), LuaAction(function(dq)
  local text = dq.remoteaddr:toStringWithPort() .. ' ' .. dq.localaddr:toStringWithPort()
  local values = dq:getProxyProtocolValues()
  for _, kind in ipairs({0x03, 0xea}) do
    local value = values[kind]
    if value then
      text = text .. ' ' .. kind .. '='
      for at = 1, #value do text = text .. string.format('%02x', value:byte(at)) end
    end
  end
  return DNSAction.SpoofRaw, string.char(#text) .. text
end))
`,
    );
    dnsdist = spawn(
      'nsenter',
      [`--net=${world.paths.netnsOf('t-1')}`, 'dnsdist', '--supervised', '--disable-syslog', '-C', file],
      { stdio: 'ignore' },
    );
    put(planOf([udp({ targets: [{ address: ONE.address, port: PORT }] })]));
  });
  after(async () => {
    dnsdist.kill('SIGTERM');
    await once(dnsdist, 'exit');
  });

  const question = encode({ type: 'query', id: 7, questions: [{ type: 'TXT', name: 'who.test' }] });

  async function told(client: Socket, to: string): Promise<string> {
    for (const until = Date.now() + 10_000; Date.now() < until; ) {
      const come = once(client, 'message', { signal: AbortSignal.timeout(500) });
      client.send(question, 80, to);
      const [data] = await come.catch(() => []);
      if (data === undefined) continue;
      const [record] = decode(data as Buffer).answers ?? [];
      return record?.type === 'TXT' ? String(record.data) : '';
    }
    throw new Error('dnsdist does not answer');
  }

  it('reads client, endpoint and AWS’s TLV of each datagram, checksum right', async () => {
    const client = bound('i-c', CLIENT);
    const source = `${CLIENT}:${client.address().port}`;
    const tlv = Buffer.from(`\x01${VPCE}`).toString('hex');
    for (let turn = 0; turn < 3; turn++) {
      const text = await told(client, ENDPOINT);
      const [, checksum = ''] = /3=([0-9a-f]{8})/.exec(text) ?? [];
      assert.equal(text, `${source} ${ENDPOINT}:80 3=${checksum} 234=${tlv}`);
      const ends = {
        source: CLIENT,
        sourcePort: client.address().port,
        destination: ENDPOINT,
        destinationPort: 80,
      };
      const header = proxyHeader(ends, VPCE, 'udp').fill(0, 31, 35);
      assert.equal(checksum, crc32c(header).toString(16).padStart(8, '0'));
    }
  });

  it('from inside the VPC: client and node', async () => {
    const client = bound('t-2', TARGETS['t-2']);
    assert.match(
      await told(client, NODE),
      new RegExp(`^${TARGETS['t-2']}:${client.address().port} ${NODE}:80 3=[0-9a-f]{8}$`),
    );
  });

  it('without the header it takes nothing: what it read was one', async () => {
    const client = bound('t-2', TARGETS['t-2']);
    await told(client, NODE);
    put(planOf([udp({ targets: [{ address: ONE.address, port: PORT }] })], [pool({ protocol: 'udp' })]));
    const other = bound('t-2', TARGETS['t-2']);
    const come = once(other, 'message', { signal: AbortSignal.timeout(500) });
    other.send(question, 80, NODE);
    await assert.rejects(come);
  });
});
