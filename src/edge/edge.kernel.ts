/** The edge process in namespaces made by hand. Needs root. No control process runs: nothing here may need one. */
import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { connect as tlsConnect } from 'node:tls';
import { SignatureV4 } from '@smithy/signature-v4';
import { createNetns, removePins } from '../host/netns.ts';
import { hostPaths } from '../host/paths.ts';
import { tcpSocket } from '../host/sockets.ts';
import type { Plan, Service } from '../plan/plan.ts';
import { machine, planWith } from './test-plans.ts';

const REGION = 'ap-south-1';
const ACCOUNT = '111122223333';
const KEY = { accessKeyId: 'AKIAEXAMPLE', secretAccessKey: 'secret' };
const IMDS = '169.254.169.254';
const MIB = 1024 * 1024;
const root = mkdtempSync(join(tmpdir(), 'culvert-edge-'));
const env = { ...process.env, CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run'), CULVERT_LOG: 'warn' };
const paths = hostPaths(env);

const inside = (name: string, ...command: string[]) =>
  execFileSync('nsenter', [`--net=${paths.netnsOf(name)}`, ...command], { stdio: 'pipe' });

/** A VPC's router and one instance behind it: the same addresses in each. */
function makeVpc(vpc: string, instance: string): void {
  for (const name of [vpc, instance]) createNetns(paths.netnsOf(name));
  inside(vpc, 'ip', 'link', 'add', 'eth', 'type', 'veth', 'peer', 'name', 'uplink', 'netns', paths.netnsOf(instance));
  inside(vpc, 'ip', 'addr', 'add', '10.0.0.1/24', 'dev', 'eth');
  inside(vpc, 'ip', 'addr', 'add', `${IMDS}/32`, 'dev', 'lo');
  for (const dev of ['lo', 'eth']) inside(vpc, 'ip', 'link', 'set', dev, 'up');
  inside(instance, 'ip', 'addr', 'add', '10.0.0.5/24', 'dev', 'uplink');
  for (const dev of ['lo', 'uplink']) inside(instance, 'ip', 'link', 'set', dev, 'up');
  inside(instance, 'ip', 'route', 'add', 'default', 'via', '10.0.0.1');
}

/** A container of the instance: one hop further away, behind its address. */
function makeContainer(instance: string, name: string): void {
  createNetns(paths.netnsOf(name));
  inside(instance, 'ip', 'link', 'add', 'docker', 'type', 'veth', 'peer', 'name', 'eth', 'netns', paths.netnsOf(name));
  inside(instance, 'ip', 'addr', 'add', '172.17.0.1/24', 'dev', 'docker');
  inside(instance, 'ip', 'link', 'set', 'docker', 'up');
  inside(instance, 'sh', '-c', 'echo 1 > /proc/sys/net/ipv4/ip_forward');
  inside(
    instance,
    'nft',
    'add table ip nat; add chain ip nat post { type nat hook postrouting priority 100; }; add rule ip nat post oifname "uplink" masquerade',
  );
  inside(name, 'ip', 'addr', 'add', '172.17.0.2/24', 'dev', 'eth');
  inside(name, 'ip', 'link', 'set', 'eth', 'up');
  inside(name, 'ip', 'route', 'add', 'default', 'via', '172.17.0.1');
}

function makeOwn(name: string, ...addresses: string[]): void {
  createNetns(paths.netnsOf(name));
  inside(name, 'ip', 'link', 'set', 'lo', 'up');
  for (const address of addresses) inside(name, 'ip', 'addr', 'add', `${address}/32`, 'dev', 'lo');
}

const dialled: Socket[] = [];

function dial(from: string, host: string, port: number, address?: string): Promise<Socket> {
  const fd = tcpSocket(paths.netnsOf(from), ...(address === undefined ? [] : ([{ address, port: 0 }] as const)));
  const socket = new Socket({ fd });
  dialled.push(socket);
  return new Promise((resolve, reject) => {
    socket.once('error', reject).connect({ host, port }, () => resolve(socket));
  });
}

interface Answer {
  readonly status: number;
  readonly body: string;
}

async function send(
  by: { createConnection(): Socket } | { socketPath: string },
  options: object,
  body?: string,
): Promise<Answer> {
  const outgoing = request({ ...by, ...options }).end(body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return { status: incoming.statusCode ?? 0, body: text };
}

async function over(from: string) {
  const socket = await dial(from, IMDS, 80);
  return { createConnection: () => socket };
}

async function imds(from: string, path: string, token?: string): Promise<Answer> {
  const headers = token === undefined ? {} : { 'x-aws-ec2-metadata-token': token };
  return send(await over(from), { path, headers });
}

async function newToken(from: string): Promise<string> {
  const headers = { 'x-aws-ec2-metadata-token-ttl-seconds': '600' };
  return (await send(await over(from), { method: 'PUT', path: '/latest/api/token', headers })).body;
}

function service(name: string, last: number): Service {
  return {
    id: `com.amazonaws.${REGION}.${name}`,
    origin: [],
    service: name,
    region: REGION,
    serviceAddress: `248.0.0.${last}`,
    serviceAddress6: null,
    internetAddress: `198.19.0.${last}`,
    port: 443,
    names: [`${name}.${REGION}.amazonaws.com`],
    backend: { kind: 'embedded' },
  };
}

class Sha256 {
  readonly #hash: ReturnType<typeof createHash> | ReturnType<typeof createHmac>;
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: Uint8Array | string): void {
    this.#hash.update(data);
  }
  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

/** A signed request to a service by its name, from within a domain. */
async function callService(
  domain: 'services' | 'internet',
  to: Service,
  options: { method: string; path: string; headers?: Record<string, string>; body?: string | Buffer; from?: string },
): Promise<IncomingMessage> {
  const host = to.names[0] ?? '';
  const signer = new SignatureV4({
    credentials: KEY,
    region: REGION,
    service: to.service,
    sha256: Sha256 as never,
    applyChecksum: true,
  });
  const signed = await signer.sign({
    method: options.method,
    protocol: 'https:',
    hostname: host,
    path: options.path,
    headers: { host, ...options.headers },
    body: options.body,
    query: {},
  } as never);
  const address = domain === 'services' ? to.serviceAddress : to.internetAddress;
  const raw = await dial(domain, address, 443, options.from);
  const socket = tlsConnect({ socket: raw, servername: host, ca: readFileSync(paths.caCert) });
  await once(socket, 'secureConnect');
  const outgoing = request({
    createConnection: () => socket,
    method: options.method,
    path: options.path,
    headers: (signed as unknown as { headers: Record<string, string> }).headers,
  }).end(options.body);
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return incoming;
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of incoming) text += chunk;
  return text;
}

describe('the edge process', () => {
  let edge: ChildProcess;
  const sqs = service('sqs', 1);
  const s3 = service('s3', 2);
  const machines = [
    machine('i-a', '10.0.0.5', { hopLimit: 1 }, { domain: 'vpc-a' }),
    machine('i-b', '10.0.0.5', { hopLimit: 2 }, { domain: 'vpc-b' }),
  ];
  const own = (id: 'services' | 'internet') => ({
    id,
    kind: id,
    origin: [],
    cidrs: [],
    resolverAddresses: [],
    dhcp: { domainNames: [], nameServers: [] },
    metadataAddresses: [],
    timeAddresses: [],
  });
  const base = planWith({ machines });
  const plan: Plan = {
    ...base,
    revision: 7,
    domains: [...base.domains, own('services'), own('internet')],
    services: [s3, sqs],
  };

  async function start(): Promise<void> {
    edge = spawn(process.execPath, [new URL('./main.ts', import.meta.url).pathname], {
      env,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    await eventually(async () => assert.equal((await toEdge('GET')).status, 200));
  }

  async function kill(): Promise<void> {
    edge.kill('SIGKILL');
    await once(edge, 'exit');
  }

  function toEdge(method: 'GET' | 'PUT', state?: object): Promise<Answer> {
    const by = { socketPath: paths.edgeSocket };
    return send(by, { method, path: '/state' }, state === undefined ? undefined : JSON.stringify(state));
  }

  function put(next: Plan): Promise<Answer> {
    const principal = { kind: 'root', account: ACCOUNT };
    const accessKeys = { [KEY.accessKeyId]: { secret: KEY.secretAccessKey, active: true, principal } };
    return toEdge('PUT', { plan: next, identities: { accessKeys }, authMode: 'strict', defaultAccount: ACCOUNT });
  }

  before(async () => {
    makeVpc('vpc-a', 'i-a');
    makeVpc('vpc-b', 'i-b');
    makeContainer('i-a', 'c-a');
    makeContainer('i-b', 'c-b');
    makeOwn('services', '248.0.0.1', '248.0.0.2', '240.0.0.9');
    makeOwn('internet', '198.19.0.1', '198.19.0.2');
    await start();
  });
  after(async () => {
    if (edge?.exitCode === null) await kill();
    for (const socket of dialled) socket.destroy();
    removePins(paths.netns);
    rmSync(root, { recursive: true, force: true });
  });

  it('puts a state in force and keeps it where only its owner reads', async () => {
    const none = { revision: -1, faults: [], targets: {}, listeners: {} };
    assert.deepEqual(JSON.parse((await toEdge('GET')).body), none);
    const answer = await put(plan);
    assert.deepEqual([answer.status, JSON.parse(answer.body)], [200, { revision: 7, faults: [] }]);
    assert.equal(JSON.parse((await toEdge('GET')).body).revision, 7);
    for (const file of [
      paths.edgeSocket,
      paths.servicesSocket,
      paths.edgeState,
      join(paths.run, 'services-thread.sock'),
      paths.caKey,
    ])
      assert.equal(statSync(file).mode & 0o777, 0o600, file);
  });

  it('tells instances with the same address apart by their VPC', async () => {
    for (const instance of ['i-a', 'i-b']) {
      const token = await newToken(instance);
      assert.equal((await imds(instance, '/latest/meta-data/instance-id', token)).body, instance);
    }
    const token = await newToken('i-a');
    assert.equal((await imds('i-b', '/latest/meta-data/instance-id', token)).status, 401);
  });

  it('lets a token travel as many hops as the instance says', async () => {
    assert.equal((await newToken('c-b')).length, 56);
    const lost = newToken('c-a').then(
      () => 'came',
      () => 'lost',
    );
    assert.equal(await Promise.race([lost, new Promise((resolve) => setTimeout(resolve, 1500, 'lost'))]), 'lost');
    // Only the token is held back: a request without one travels, and is refused.
    assert.equal((await imds('c-a', '/latest/meta-data/')).status, 401);
  });

  it('ends TLS in the services domain and in the internet', async () => {
    const create = {
      method: 'POST',
      path: '/',
      headers: { 'x-amz-target': 'AmazonSQS.CreateQueue', 'content-type': 'application/x-amz-json-1.0' },
      body: '{"QueueName":"q"}',
    };
    const wanted = { QueueUrl: `https://sqs.${REGION}.amazonaws.com/${ACCOUNT}/q` };
    assert.deepEqual(
      JSON.parse(await textOf(await callService('services', sqs, { ...create, from: '240.0.0.9' }))),
      wanted,
    );
    assert.deepEqual(JSON.parse(await textOf(await callService('internet', sqs, create))), wanted);
  });

  it('serves all that it can when a namespace is missing, and says what it cannot', async () => {
    const domain = { ...(base.domains[0] as Plan['domains'][number]), id: 'vpc-none' };
    const answer = await put({ ...plan, revision: 8, domains: [...plan.domains, domain] });
    assert.equal(answer.status, 503);
    assert.match(JSON.parse(answer.body).faults.join(), /no namespace for domain vpc-none/);
    assert.equal((await newToken('i-a')).length, 56);
  });

  it('closes what a new state lacks and opens what it adds', async () => {
    const fewer = { ...plan, revision: 9, domains: plan.domains.filter(({ id }) => id !== 'vpc-b'), services: [s3] };
    assert.equal((await put(fewer)).status, 200);
    await assert.rejects(dial('i-b', IMDS, 80), { code: 'ECONNREFUSED' });
    await assert.rejects(dial('services', sqs.serviceAddress, 443), { code: 'ECONNREFUSED' });
    await dial('services', s3.serviceAddress, 443).then((socket) => socket.destroy());
    assert.equal((await put({ ...plan, revision: 10 })).status, 200);
    assert.equal((await newToken('i-b')).length, 56);
  });

  it('finds a namespace that was made anew', async () => {
    removeAndMake();
    assert.equal((await put({ ...plan, revision: 11 })).status, 200);
    assert.equal((await newToken('i-b')).length, 56);
    function removeAndMake(): void {
      inside('vpc-b', 'ip', 'link', 'del', 'eth');
      for (const name of ['vpc-b', 'i-b']) execFileSync('umount', [paths.netnsOf(name)]);
      makeVpc('vpc-b', 'i-b');
    }
  });

  it('refuses what is no state, and stays as it is', async () => {
    assert.equal((await toEdge('PUT', { plan: {} })).status, 400);
    assert.equal(
      (
        await toEdge('PUT', {
          plan,
          identities: { accessKeys: {}, grants: {} },
          authMode: 'none',
          defaultAccount: ACCOUNT,
        })
      ).status,
      400,
    );
    assert.equal(JSON.parse((await toEdge('GET')).body).revision, 11);
  });

  it('moves an object whole while new states come, answering metadata meanwhile', async () => {
    const body = randomBytes(64 * MIB);
    const put_ = (path: string, content?: Buffer) =>
      callService('internet', s3, {
        method: 'PUT',
        path,
        ...(content
          ? { body: content }
          : {
              body: `<CreateBucketConfiguration><LocationConstraint>${REGION}</LocationConstraint></CreateBucketConfiguration>`,
            }),
        headers: { 'content-type': 'application/octet-stream' },
      });
    assert.equal((await put_('/transfers')).statusCode, 200);
    assert.equal((await put_('/transfers/big', body)).statusCode, 200);
    const incoming = await callService('internet', s3, { method: 'GET', path: '/transfers/big' });
    const digest = createHash('md5');
    let received = 0;
    let states = 0;
    for await (const chunk of incoming) {
      digest.update(chunk);
      received += chunk.length;
      if (received > (states + 1) * 16 * MIB && states < 3) {
        states++;
        assert.equal((await put({ ...plan, revision: 11 + states })).status, 200);
        assert.equal((await newToken('i-a')).length, 56);
      }
    }
    assert.equal(digest.digest('hex'), createHash('md5').update(body).digest('hex'));
    assert.equal(states, 3);
  });

  it('comes back after kill -9 by itself: the last state, tokens, credentials, messages', async () => {
    const token = await newToken('i-a');
    const role = '/latest/meta-data/iam/security-credentials/app';
    const before = JSON.parse((await imds('i-a', role, token)).body);
    const cut = await callService('internet', s3, { method: 'GET', path: '/transfers/big' });
    await kill();
    await assert.rejects(textOf(cut));
    await start();
    await eventually(async () => assert.equal(JSON.parse((await toEdge('GET')).body).revision, 14));
    const after_ = JSON.parse((await imds('i-a', role, token)).body);
    assert.deepEqual([after_.AccessKeyId, after_.SecretAccessKey], [before.AccessKeyId, before.SecretAccessKey]);
    const list = {
      method: 'POST',
      path: '/',
      headers: { 'x-amz-target': 'AmazonSQS.ListQueues', 'content-type': 'application/x-amz-json-1.0' },
      body: '{}',
    };
    assert.match(await textOf(await callService('services', sqs, list)), /\/q"/);
  });

  it('ends when it is asked to', async () => {
    edge.kill('SIGTERM');
    const [code] = await once(edge, 'exit');
    assert.equal(code, 0);
  });
});

/** Until it holds, for at most ten seconds. */
async function eventually(check: () => Promise<void>): Promise<void> {
  const until = Date.now() + 10_000;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > until) throw error;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}
