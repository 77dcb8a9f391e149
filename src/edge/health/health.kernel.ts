/** Health checks of real targets, and the edge process that makes them while control comes and goes. Needs root. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { createServer as createHttpServer, type Server as HttpServer, type IncomingMessage, request } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { createServer, type Server, type Socket } from 'node:net';
import { after, afterEach, before, describe, it } from 'node:test';
import { tcpListener } from '../../host/sockets.ts';
import type { Plan, Pool } from '../../plan/plan.ts';
import { listener, makeProvider, NODE, type Provider, pool, providerPlan, TARGETS } from '../test-provider.ts';
import { ensureCa } from '../tls/ca.ts';
import { checksOf } from './checks.ts';
import type { Verdict } from './judge.ts';
import { probe } from './probe.ts';
import type { TargetsReport } from './report.ts';

let world: Provider;
const servers: Server[] = [];

before(() => {
  world = makeProvider();
  mkdirSync(world.paths.run, { recursive: true });
});
after(() => world.close());
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** A target's program at 8080. */
async function listen(server: Server, name: keyof typeof TARGETS = 't-1'): Promise<void> {
  servers.push(server);
  server.listen({ fd: tcpListener(world.paths.netnsOf(name), { address: '0.0.0.0', port: 8080 }) });
  await once(server, 'listening');
}

function check(how: Partial<Pool['check']>, other: Partial<Pool> = {}): Promise<Verdict> {
  const by = pool({ ...other, check: { ...pool().check, ...how } });
  const found = checksOf([by]).get('t-1');
  assert.ok(found);
  return probe(found, world.paths.netnsOf('vpc-b'), new AbortController().signal);
}

const failed = (reason: string, status: number | null = null) => ({ passed: false, reason, status });

describe('a check', () => {
  it('by TCP passes where a connection can be made, from the node', async () => {
    const from: (string | undefined)[] = [];
    await listen(createServer((socket) => void from.push(socket.on('error', () => undefined).remoteAddress)));
    assert.deepEqual(await check({}), { passed: true });
    assert.deepEqual(from, [NODE]);
  });

  it('fails at once where the port is closed', async () => {
    assert.deepEqual(await check({}), failed('Target.FailedHealthChecks'));
    assert.deepEqual(await check({ protocol: 'http' }), failed('Target.FailedHealthChecks'));
  });

  it('times out where nothing answers', async () => {
    world.inside('t-1', 'nft', 'add table ip x; add chain ip x i { type filter hook input priority 0; policy drop; }');
    try {
      const started = performance.now();
      assert.deepEqual(await check({ timeoutSeconds: 0.3 }), failed('Target.Timeout'));
      const took = performance.now() - started;
      assert.ok(took > 280 && took < 10_000, `${took} ms`);
    } finally {
      world.inside('t-1', 'nft', 'delete table ip x');
    }
    await listen(createServer(() => undefined));
    assert.deepEqual(await check({ protocol: 'http', timeoutSeconds: 0.3 }), failed('Target.Timeout'));
  });

  it('by HTTP asks for the path with the node as Host, and looks at the status', async () => {
    const asked: IncomingMessage[] = [];
    await listen(
      createHttpServer((incoming, response) => {
        asked.push(incoming);
        response.writeHead(incoming.url === '/health?x=1' ? 204 : 503).end();
      }),
    );
    assert.deepEqual(await check({ protocol: 'http', path: '/health?x=1' }), { passed: true });
    assert.deepEqual(
      asked.map(({ method, url, headers }) => [method, url, headers.host, headers['user-agent']]),
      [['GET', '/health?x=1', `${NODE}:8080`, 'ELB-HealthChecker/2.0']],
    );
    assert.deepEqual(await check({ protocol: 'http' }), failed('Target.ResponseCodeMismatch', 503));
    const codes = [
      { from: 200, to: 200 },
      { from: 500, to: 503 },
    ];
    assert.deepEqual(await check({ protocol: 'http', codes }), { passed: true });
  });

  it('fails where something else than HTTP is spoken', async () => {
    await listen(createServer((socket) => void socket.on('error', () => undefined).end('SSH-2.0-x\r\n')));
    assert.deepEqual(await check({ protocol: 'http' }), failed('Target.FailedHealthChecks'));
    assert.deepEqual(await check({ protocol: 'https' }), failed('Target.FailedHealthChecks'));
  });

  it('by HTTPS does not look at the certificate', async () => {
    const { chain, key } = await (await ensureCa(world.paths)).issue(['elsewhere.invalid']);
    await listen(createHttpsServer({ cert: chain, key }, (_, response) => void response.end('fine')));
    assert.deepEqual(await check({ protocol: 'https' }), { passed: true });
    assert.deepEqual(await check({ protocol: 'http' }), failed('Target.FailedHealthChecks'));
  });

  it('begins with a Proxy Protocol header of its own where the pool has that', async () => {
    const heard = new Promise<Buffer>((resolve) => {
      void listen(
        createServer((socket) => {
          let bytes = Buffer.alloc(0);
          socket.on('data', (chunk) => {
            bytes = Buffer.concat([bytes, chunk]);
            if (!bytes.subarray(16).includes('\r\n\r\n')) return;
            resolve(bytes);
            socket.end('HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n');
          });
        }),
      );
    });
    assert.deepEqual(await check({ protocol: 'http' }, { proxyProtocol: true }), { passed: true });
    const bytes = await heard;
    assert.equal(bytes.subarray(0, 16).toString('hex'), '0d0a0d0a000d0a515549540a20000000');
    assert.match(bytes.subarray(16).toString(), /^GET \/ HTTP\/1\.1\r\n/);
  });

  it('is a fault of the host’s where the node has no such address', async () => {
    const targets = [{ id: 't-1', address: TARGETS['t-1'], checkPort: 8080, from: '10.0.2.6' }];
    await assert.rejects(check({}, { targets }), /EADDRNOTAVAIL/);
  });
});

describe('the edge process', () => {
  let edge: ChildProcess;
  let control: HttpServer | undefined;
  let newest: TargetsReport = {};

  async function startControl(): Promise<void> {
    newest = {};
    control = createHttpServer(async (incoming, response) => {
      let text = '';
      for await (const chunk of incoming) text += chunk;
      if (incoming.url === '/culvert/targets') newest = JSON.parse(text).targets;
      response.end('{}');
    });
    control.listen(world.paths.controlSocket);
    await once(control, 'listening');
  }
  async function stopControl(): Promise<void> {
    control?.closeAllConnections();
    await new Promise((resolve) => control?.close(resolve));
  }
  async function toEdge(method: string, state?: object): Promise<{ status: number; body: string }> {
    const outgoing = request({ socketPath: world.paths.edgeSocket, method, path: '/state' });
    outgoing.end(state === undefined ? undefined : JSON.stringify(state));
    const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
    let body = '';
    for await (const chunk of incoming) body += chunk;
    return { status: incoming.statusCode ?? 0, body };
  }
  async function put(plan: Plan): Promise<void> {
    const rest = { identities: { accessKeys: {}, grants: {} }, authMode: 'lenient', defaultAccount: '111122223333' };
    const { status, body } = await toEdge('PUT', { plan, ...rest });
    assert.deepEqual([status, JSON.parse(body).faults], [200, []]);
  }
  async function eventually(look: () => void | Promise<void>): Promise<void> {
    for (const until = Date.now() + 10_000; ; ) {
      try {
        return await look();
      } catch (error) {
        if (Date.now() > until) throw error;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    }
  }
  const states = () => Object.fromEntries(Object.entries(newest).map(([id, { state }]) => [id, state]));

  before(async () => {
    edge = spawn(process.execPath, [new URL('../main.ts', import.meta.url).pathname], {
      env: { ...process.env, ...world.env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    await eventually(async () => assert.equal((await toEdge('GET')).status, 200));
    await startControl();
  });
  after(async () => {
    edge.kill('SIGTERM');
    assert.deepEqual(await once(edge, 'exit'), [0, null]);
    await stopControl();
  });

  it('tells control what is alive, and what has died', async () => {
    const program = createServer((socket) => void socket.on('error', () => undefined).end('from t-1'));
    await listen(program);
    await put(providerPlan([listener()], [pool()]));
    await eventually(() => assert.deepEqual(states(), { 't-1': 'healthy', 't-2': 'unhealthy' }));
    assert.equal(newest['t-2']?.reason, 'Target.FailedHealthChecks');
    program.close();
    servers.length = 0;
    await eventually(() => assert.equal(states()['t-1'], 'unhealthy'));
  });

  it('goes on while control is dead, and tells the next one what came of it', async () => {
    await stopControl();
    await listen(
      createServer((socket: Socket) => void socket.on('error', () => undefined).end()),
      't-2',
    );
    await eventually(async () => assert.equal(JSON.parse((await toEdge('GET')).body).targets['t-2'].state, 'healthy'));
    await startControl();
    await eventually(() => assert.deepEqual(states(), { 't-1': 'unhealthy', 't-2': 'healthy' }));
  });

  it('serves user-space listeners, and counts', async () => {
    await listen(createServer((socket) => void socket.on('error', () => undefined).end('from t-1')));
    const { stdout } = spawn('nsenter', [
      `--net=${world.paths.netnsOf('i-c')}`,
      'bash',
      '-c',
      'exec 3<>/dev/tcp/10.0.1.50/80; cat <&3',
    ]);
    let text = '';
    for await (const chunk of stdout) text += chunk;
    assert.equal(text, 'from t-1');
    await eventually(async () => {
      const { listeners } = JSON.parse((await toEdge('GET')).body);
      assert.equal(listeners[`listener ${NODE}`].accepted, 1);
      assert.equal(listeners[`listener ${NODE}`].bytesToClients, 8);
    });
  });
});
