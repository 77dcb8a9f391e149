/** The user-space engine between two VPCs with equal addresses. Needs root, and HAProxy as a parser that is not ours. */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { createServer as createTlsServer, type TLSSocket, connect as tlsConnect } from 'node:tls';
import { untranslated } from '../../host/conntrack.ts';
import { silentLog } from '../../host/log.ts';
import { tcpListener, tcpSocket } from '../../host/sockets.ts';
import { ASK, haproxyRead, startHaproxy } from '../../host/testing/haproxy.ts';
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
import { type Ca, ensureCa } from '../tls/ca.ts';
import { createEngine, type Engine } from './engine.ts';
import { proxyHeader } from './proxy-protocol.ts';
import { selectBalancing } from './state.ts';

const MIB = 1024 * 1024;
/** Of connections over two targets: that their hashes take all to one is rarer than 1 in 2^38. */
const MANY = 40;
type Name = keyof typeof TARGETS;
const [ONE, TWO] = [TARGETS['t-1'], TARGETS['t-2']].map((address) => ({ address, port: 8080 })) as [
  { address: string; port: number },
  { address: string; port: number },
];

let world: Provider;
let engine: Engine;
const opened: Socket[] = [];
const servers: Server[] = [];

before(() => {
  world = makeProvider();
  const { netnsOf } = world.paths;
  const listeners = createListeners(netnsOf, { allowHalfOpen: true, connections: Number.POSITIVE_INFINITY });
  engine = createEngine({ log: silentLog(), listeners, netnsOf });
});
after(() => {
  engine.close();
  world.close();
});
afterEach(() => {
  for (const socket of opened.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

function put(listeners: readonly BalancerListener[], pools: readonly Pool[] = [pool()], change = (plan: Plan) => plan) {
  return engine.apply(selectBalancing(change(providerPlan(listeners, pools))));
}

/** A program at a target. */
async function serve(name: Name, onConnection: (socket: Socket) => void, port = 8080): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    opened.push(socket);
    socket.on('error', () => undefined);
    onConnection(socket);
  });
  servers.push(server);
  server.listen({ fd: tcpListener(world.paths.netnsOf(name), { address: '0.0.0.0', port }) });
  await once(server, 'listening');
}

const echo = (socket: Socket) => void socket.pipe(socket);
const hello = (name: Name) => (socket: Socket) => void socket.end(`${name} ${socket.remoteAddress}`);

function dial(from: string, host: string, port = 80): Promise<Socket> {
  const socket = new Socket({ fd: tcpSocket(world.paths.netnsOf(from)), allowHalfOpen: true });
  opened.push(socket);
  return new Promise((resolve, reject) => {
    socket.once('error', reject).connect({ host, port }, () => {
      socket.removeListener('error', reject).on('error', () => undefined);
      resolve(socket);
    });
  });
}

async function textOf(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

/** Resolves with how it ended. */
function ending(socket: Socket): Promise<string> {
  socket.resume();
  return new Promise((resolve) => {
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    socket.once('end', () => resolve('end'));
  });
}

/** How an attempt to connect ends; a reset may come before we notice that there was a connection. */
async function attempt(from: string, host: string, port = 80): Promise<string> {
  return dial(from, host, port).then(ending, (error: NodeJS.ErrnoException) => error.code ?? '');
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

describe('relaying', () => {
  it('serves through the crossing and inside the VPC; targets see the node', async () => {
    assert.deepEqual(put([listener()]), []);
    await serve('t-1', hello('t-1'));
    assert.equal(await textOf(await dial('i-c', ENDPOINT)), `t-1 ${NODE}`);
    assert.equal(await textOf(await dial('t-2', NODE)), `t-1 ${NODE}`);
  });

  it('spreads over the targets, and keeps a client with one where the pool says so', async () => {
    await serve('t-1', hello('t-1'));
    await serve('t-2', hello('t-2'));
    const seen = async () => {
      const texts = await Promise.all(Array.from({ length: MANY }, async () => textOf(await dial('i-c', ENDPOINT))));
      return new Set(texts.map((text) => text.split(' ')[0]));
    };
    put([listener({ targets: [ONE, TWO] })]);
    assert.equal((await seen()).size, 2);
    put([listener({ targets: [ONE, TWO] })], [pool({ stickiness: 'source' })]);
    assert.equal((await seen()).size, 1);
  });

  it('goes on to the next target where one does not take it, and resets where none does', async () => {
    put([listener({ targets: [ONE, TWO] })]);
    await serve('t-2', hello('t-2'));
    for (let n = 0; n < MANY; n++) assert.match(await textOf(await dial('i-c', ENDPOINT)), /^t-2/);
    const before = engine.counts()[`listener ${NODE}`];
    assert.ok((before?.targetFailures ?? 0) > 0);
    servers[0]?.close();
    servers.length = 0;
    assert.equal(await attempt('i-c', ENDPOINT), 'ECONNRESET');
    put([listener({ targets: [] })]);
    assert.equal(await attempt('i-c', ENDPOINT), 'ECONNRESET');
    assert.equal(engine.counts()[`listener ${NODE}`]?.unserved, (before?.unserved ?? 0) + 2);
  });

  it('carries much both ways, unchanged, at the pace of the slower', async () => {
    put([listener()]);
    await serve('t-1', echo);
    const sent = randomBytes(32 * MIB);
    const socket = await dial('i-c', ENDPOINT);
    socket.end(sent);
    const digest = createHash('sha256');
    for await (const chunk of socket) digest.update(chunk);
    assert.equal(digest.digest('hex'), createHash('sha256').update(sent).digest('hex'));
  });

  it('holds back a sender whose receiver does not read', async () => {
    put([listener()]);
    await serve('t-1', (socket) => void socket.pause());
    const socket = await dial('i-c', ENDPOINT);
    const chunk = Buffer.alloc(MIB);
    let sent = 0;
    const push = () => {
      while (sent < 200 && socket.write(chunk)) sent++;
    };
    socket.on('drain', push);
    push();
    let before = -1;
    // Until nothing moves any more.
    while (socket.bytesWritten - socket.writableLength !== before) {
      before = socket.bytesWritten - socket.writableLength;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    assert.ok(before < 64 * MIB, `${before} bytes were taken although nobody reads`);
  });

  it('lets either side end first and still get its answer', async () => {
    put([listener()]);
    await serve('t-1', async (socket) => socket.end(`got ${await textOf(socket)}`));
    const client = await dial('i-c', ENDPOINT);
    client.end('question');
    assert.equal(await textOf(client), 'got question');
    const heard = new Promise<string>((resolve) => {
      servers[0]?.removeAllListeners('connection').on('connection', (socket: Socket) => {
        opened.push(socket);
        socket.end('bye');
        textOf(socket).then(resolve);
      });
    });
    const other = await dial('i-c', ENDPOINT);
    assert.equal(await textOf(other), 'bye');
    other.end('still here');
    assert.equal(await heard, 'still here');
    await eventually(() => assert.equal(engine.counts()[`listener ${NODE}`]?.open, 0));
  });

  it('passes a reset on, both ways', async () => {
    put([listener()]);
    const accepted: Socket[] = [];
    await serve('t-1', (socket) => void accepted.push(socket));
    const client = await dial('i-c', ENDPOINT);
    await eventually(() => assert.equal(accepted.length, 1));
    const ended = ending(client);
    accepted[0]?.resetAndDestroy();
    assert.equal(await ended, 'ECONNRESET');
    const second = await dial('i-c', ENDPOINT);
    await eventually(() => assert.equal(accepted.length, 2));
    const there = ending(accepted[1] as Socket);
    second.resetAndDestroy();
    assert.equal(await there, 'ECONNRESET');
  });

  it('resets both sides of a connection that is silent for too long, and no other', async () => {
    put([listener({ idleSeconds: 1 })]);
    const accepted: Socket[] = [];
    await serve('t-1', (socket) => {
      accepted.push(socket);
      echo(socket);
    });
    const [silent, lively] = [await dial('i-c', ENDPOINT), await dial('i-c', ENDPOINT)];
    await eventually(() => assert.equal(accepted.length, 2));
    let echoed = 0;
    lively.on('data', () => echoed++);
    const talking = setInterval(() => lively.write('x'), 100);
    assert.equal(await ending(silent), 'ECONNRESET');
    clearInterval(talking);
    assert.ok(echoed > 0 && !lively.destroyed);
    assert.equal(engine.counts()[`listener ${NODE}`]?.idle, 1);
    await eventually(() => assert.equal(accepted.filter(({ destroyed }) => destroyed).length, 1));
  });
});

it('resets what is more than a listener takes, and takes more once some are gone', async () => {
  put([]);
  const { netnsOf } = world.paths;
  const small = createEngine({
    log: silentLog(),
    listeners: createListeners(netnsOf, { allowHalfOpen: true }),
    netnsOf,
    connections: 2,
  });
  try {
    small.apply(selectBalancing(providerPlan([listener()], [pool()])));
    await serve('t-1', echo);
    const two = [await dial('i-c', ENDPOINT), await dial('i-c', ENDPOINT)];
    const counts = () => small.counts()[`listener ${NODE}`];
    await eventually(() => assert.equal(counts()?.open, 2));
    assert.equal(await attempt('i-c', ENDPOINT), 'ECONNRESET');
    assert.equal(counts()?.refused, 1);
    two[0]?.end();
    await eventually(() => assert.equal(counts()?.open, 1));
    const third = await dial('i-c', ENDPOINT);
    third.write('x');
    await once(third, 'data');
  } finally {
    small.close();
  }
});

describe('what a new Plan takes away', () => {
  /** A connection through the crossing to each target, then `change`; which of them were reset. */
  async function cutBy(change: () => void): Promise<string[]> {
    put([listener({ targets: [ONE] }), listener({ id: 'second', port: 81, pool: 'tg2', targets: [TWO] })], both());
    await serve('t-1', echo);
    await serve('t-2', echo);
    const flows = { one: await dial('i-c', ENDPOINT, 80), two: await dial('i-c', ENDPOINT, 81) };
    const cut: string[] = [];
    for (const [name, socket] of Object.entries(flows)) {
      socket.write('x');
      await once(socket, 'data');
      socket.once('close', () => cut.push(name));
    }
    change();
    for (const socket of Object.values(flows)) {
      if (socket.destroyed) continue;
      socket.write('y');
      await new Promise((resolve) => socket.once('data', resolve).once('close', resolve));
    }
    return cut.sort();
  }
  const both = (cut: Pool['cut'] = []) => [pool({ cut }), pool({ id: 'tg2' })];
  const listeners = () => [
    listener({ targets: [ONE] }),
    listener({ id: 'second', port: 81, pool: 'tg2', targets: [TWO] }),
  ];

  it('nothing, while it is the same', async () => {
    assert.deepEqual(await cutBy(() => put(listeners(), both())), []);
  });

  it('flows to targets that are cut, in that pool only', async () => {
    assert.deepEqual(await cutBy(() => put(listeners(), both([ONE, TWO]))), ['one']);
  });

  it('not flows to targets that are only served no longer', async () => {
    assert.deepEqual(await cutBy(() => put([listener({ targets: [] }), ...listeners().slice(1)], both())), []);
  });

  it('the flows of a listener that is deleted, and its socket', async () => {
    assert.deepEqual(await cutBy(() => put(listeners().slice(1), both())), ['one']);
    await assert.rejects(dial('i-c', ENDPOINT, 80), { code: 'ECONNREFUSED' });
  });

  it('flows by a crossing that is closed', async () => {
    const close = (plan: Plan) => ({ ...plan, crossings: plan.crossings.map((each) => ({ ...each, open: false })) });
    assert.deepEqual(await cutBy(() => put(listeners(), both(), close)), ['one', 'two']);
    assert.equal(await attempt('i-c', ENDPOINT), 'ECONNRESET');
  });
});

describe('Proxy Protocol', () => {
  /** What a target gets first. */
  async function firstBytes(from: string, to: string): Promise<{ bytes: Buffer; client: Socket }> {
    const got = new Promise<Buffer>((resolve) => {
      void serve('t-1', async (socket) => {
        let bytes = Buffer.alloc(0);
        for await (const chunk of socket) {
          bytes = Buffer.concat([bytes, chunk]);
          if (bytes.length >= 105) break;
        }
        resolve(bytes);
      });
    });
    await eventually(() => assert.equal(servers.length, 1));
    const client = await dial(from, to);
    client.write('hello');
    return { bytes: await got, client };
  }

  it('names the consumer’s own client, the endpoint’s address and the endpoint', async () => {
    put([listener()], [pool({ proxyProtocol: true })]);
    const { bytes, client } = await firstBytes('i-c', ENDPOINT);
    const ends = {
      source: CLIENT,
      sourcePort: client.localPort ?? 0,
      destination: ENDPOINT,
      destinationPort: 80,
    };
    assert.equal(bytes.toString('hex'), Buffer.concat([proxyHeader(ends, VPCE), Buffer.from('hello')]).toString('hex'));
  });

  it('names client and node, and no endpoint, for what comes from inside the VPC', async () => {
    put([listener()], [pool({ proxyProtocol: true })]);
    const { bytes, client } = await firstBytes('t-2', NODE);
    const ends = {
      source: TARGETS['t-2'],
      sourcePort: client.localPort ?? 0,
      destination: NODE,
      destinationPort: 80,
    };
    assert.equal(bytes.toString('hex'), Buffer.concat([proxyHeader(ends, null), Buffer.from('hello')]).toString('hex'));
  });

  it('resets what it cannot tell the client of', async () => {
    put([listener()], [pool({ proxyProtocol: true })]);
    let reached = 0;
    await serve('t-1', () => reached++);
    // From the link address itself, beside the consumer's connection tracking.
    const socket = new Socket({
      fd: tcpSocket(world.paths.netnsOf('vpc-a'), { address: LINK, port: 0, freebind: true }),
    });
    opened.push(socket);
    world.inside('vpc-a', 'ip', 'address', 'add', `${LINK}/32`, 'dev', 'lo');
    try {
      world.inside('vpc-a', 'nft', 'add table ip n; add chain ip n o { type filter hook output priority raw; }');
      world.inside('vpc-a', 'nft', `add rule ip n o ip daddr ${CROSSED} notrack`);
      socket.connect({ host: CROSSED, port: 80 });
      assert.equal(await ending(socket), 'ECONNRESET');
      assert.equal(reached, 0);
    } finally {
      world.inside('vpc-a', 'nft', 'delete table ip n');
      world.inside('vpc-a', 'ip', 'address', 'del', `${LINK}/32`, 'dev', 'lo');
    }
  });

  it('waits for the Plan that has a crossing which the kernel has opened already', async () => {
    const unopened = (plan: Plan) => ({ ...plan, crossings: [] });
    put([listener()], [pool({ proxyProtocol: true })], unopened);
    await serve('t-1', echo);
    const client = await dial('i-c', ENDPOINT);
    client.write('early');
    put([listener()], [pool({ proxyProtocol: true })]);
    const [first] = await once(client, 'data');
    assert.equal((first as Buffer).subarray(0, 12).toString('hex'), '0d0a0d0a000d0a515549540a');
  });

  it('asks conntrack of the one connection, not of all', async () => {
    put([listener()]);
    await serve('t-1', echo);
    const path = world.paths.netnsOf('vpc-a');
    const cost = () => {
      const started = performance.now();
      for (let port = 1; port <= 200; port++) {
        assert.equal(
          untranslated(path, { source: LINK, sourcePort: port, destination: CROSSED, destinationPort: 80 }),
          undefined,
        );
      }
      return performance.now() - started;
    };
    const best = () => Math.min(cost(), cost(), cost());
    const few = best();
    for (let n = 0; n < 1_000; n++) (await dial('i-c', ENDPOINT)).resetAndDestroy();
    const many = best();
    assert.ok(many < 5 * few, `200 look-ups: ${few} ms, with 1000 more connections ${many} ms`);
  });

  it('is understood by HAProxy, checksum included', async () => {
    put([listener({ targets: [{ address: ONE.address, port: 8090 }] })], [pool({ proxyProtocol: true })]);
    const end = await startHaproxy(world.paths.netnsOf('t-1'), 8090);
    try {
      for (const [from, to, expected] of [
        ['i-c', ENDPOINT, `${CLIENT}:PORT ${ENDPOINT}:80`],
        ['t-2', NODE, `${TARGETS['t-2']}:PORT ${NODE}:80`],
      ] as const) {
        const { text, port } = await asked(from, to);
        assert.equal(haproxyRead(text), expected.replace('PORT', port), text);
      }
    } finally {
      await end();
    }
  });

  /** Until HAProxy listens, the engine resets. */
  async function asked(
    from: Name | 'i-c' | 'vpc-b',
    to: string,
  ): Promise<{ readonly text: string; readonly port: string }> {
    for (const until = Date.now() + 20_000; Date.now() < until; ) {
      const socket = await dial(from, to);
      const port = String(socket.localPort);
      socket.write(ASK);
      const text = await textOf(socket).catch(() => '');
      if (text !== '') return { text, port };
    }
    throw new Error('HAProxy does not answer');
  }
});

describe('TLS', () => {
  let ca: Ca;
  before(async () => {
    ca = await ensureCa(world.paths);
  });

  async function issue(names: readonly string[]): Promise<BalancerListener['certificates'][number]> {
    const { chain, key } = await ca.issue(names);
    const [certificate = '', ...above] = chain.split(/(?<=-----END CERTIFICATE-----\n)/);
    return { id: `arn:${names[0]}`, certificate, privateKey: key, chain: above.join('') };
  }

  const tls = (certificates: BalancerListener['certificates']) =>
    listener({ protocol: 'tls', port: 443, certificates });

  async function secure(servername?: string): Promise<TLSSocket> {
    const raw = await dial('i-c', ENDPOINT, 443);
    const options = { socket: raw, ca: ca.certificate, checkServerIdentity: () => undefined };
    const socket = tlsConnect(servername === undefined ? options : { ...options, servername });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    return socket;
  }

  it('chooses the certificate by name: exact, wildcard, default', async () => {
    const all = await Promise.all([issue(['a.test']), issue(['*.b.test']), issue(['x.b.test', 'C.test'])]);
    assert.deepEqual(put([tls(all)]), []);
    await serve('t-1', hello('t-1'));
    for (const [asked, expected] of [
      ['a.test', 'DNS:a.test'],
      ['y.b.test', 'DNS:*.b.test'],
      ['X.B.test', 'DNS:x.b.test'],
      ['c.test', 'DNS:x.b.test'],
      ['deep.y.b.test', 'DNS:a.test'],
      ['other.test', 'DNS:a.test'],
      [undefined, 'DNS:a.test'],
    ] as const) {
      const socket = await secure(asked);
      assert.ok(socket.getPeerCertificate().subjectaltname?.startsWith(expected), `${asked}`);
      assert.equal(await textOf(socket), `t-1 ${NODE}`);
    }
  });

  it('speaks TLS to targets where the pool says so, whatever their certificate; header before all', async () => {
    const [front, back] = await Promise.all([issue(['a.test']), issue(['self.invalid'])]);
    const ports: (number | undefined)[] = [];
    const server = createTlsServer({ cert: back.certificate, key: back.privateKey }, (socket) => socket.pipe(socket));
    await serve('t-1', (socket) => {
      socket.once('readable', () => {
        const header = socket.read(100) as Buffer;
        ports.push(header.readUInt16BE(24));
        server.emit('connection', socket);
      });
    });
    put([tls([front])], [pool({ protocol: 'tls', proxyProtocol: true })]);
    const socket = await secure('a.test');
    const { localPort } = socket;
    const sent = randomBytes(4 * MIB);
    socket.end(sent);
    const digest = createHash('sha256');
    for await (const chunk of socket) digest.update(chunk);
    assert.equal(digest.digest('hex'), createHash('sha256').update(sent).digest('hex'));
    assert.deepEqual(ports, [localPort]);
  });

  it('resets who does not speak TLS, passes a target’s reset on, ends idle ones', async () => {
    const front = await issue(['a.test']);
    put([{ ...tls([front]), idleSeconds: 0.4 }]);
    await serve(
      't-1',
      (socket) => void socket.on('data', (text) => String(text) === 'die' && socket.resetAndDestroy()),
    );
    const plain = await dial('i-c', ENDPOINT, 443);
    plain.write('GET / HTTP/1.1\r\n\r\n');
    assert.notEqual(await ending(plain), '');
    const dying = await secure('a.test');
    dying.write('die');
    assert.equal(await ending(dying), 'ECONNRESET');
    const idle = await secure('a.test');
    assert.equal(await ending(idle), 'ECONNRESET');
  });

  it('says which certificate cannot be used, and serves the others', async () => {
    const front = await issue(['a.test']);
    const broken = { ...front, privateKey: (await issue(['b.test'])).privateKey };
    const faults = put([tls([broken]), { ...tls([front]), id: 'good', port: 444 }]);
    assert.equal(faults.length, 1);
    assert.match(faults[0] ?? '', /^listener 10\.0\.2\.5: its certificates cannot be used/);
    (await dial('i-c', ENDPOINT, 444)).destroy();
  });
});

it('takes a connection in the same time however many listeners there are', async () => {
  await serve('t-1', hello('t-1'));
  const cost = async () => {
    const started = performance.now();
    for (let n = 0; n < 100; n++) await textOf(await dial('i-c', ENDPOINT));
    return performance.now() - started;
  };
  const others = Array.from({ length: 500 }, (_, n) => listener({ id: `l${n}`, port: 1000 + n }));
  let [one, many] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  put([listener()]);
  await cost();
  // In turns: what else the machine does meets both.
  for (let round = 0; round < 3; round++) {
    put([listener()]);
    one = Math.min(one, await cost());
    put([listener(), ...others]);
    many = Math.min(many, await cost());
  }
  put([]);
  assert.ok(many < 3 * one, `100 connections: ${one} ms with one listener, ${many} ms with 501`);
});
