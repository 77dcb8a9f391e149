/** Instance metadata over IPv6, in a namespace: for instances that have it on, each its own. Needs root. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../../host/exec.ts';
import { silentLog } from '../../host/log.ts';
import { createNetns, removePins } from '../../host/netns.ts';
import { hostPaths } from '../../host/paths.ts';
import { tcpSocket } from '../../host/sockets.ts';
import type { Plan } from '../../plan/plan.ts';
import { createListeners } from '../listeners.ts';
import { machine, planWith } from '../test-plans.ts';
import { createMetadataServer } from './server.ts';

const BOUND_MS = 10_000;
const METADATA = 'fd00:ec2::254';
const METADATA_4 = '169.254.169.254';
const ON = { id: 'i-a', four: '127.0.0.11', six: '3fff:0:1::a' };
const OFF = { id: 'i-b', four: '127.0.0.12', six: '3fff:0:1::b' };
/** No other packet here has so many. */
const HOPS = 7;
const STRANGER = '3fff:0:1::c';
const root = mkdtempSync(join(tmpdir(), 'culvert-imds-'));
const { netnsOf } = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
const server = createMetadataServer({
  log: silentLog(),
  sealKey: randomBytes(32),
  listeners: createListeners(netnsOf, { allowHalfOpen: true }),
});

function plan(): Plan {
  const on = machine(ON.id, ON.four);
  const made = planWith({
    machines: [{ ...on, metadata: { ...on.metadata, overIpv6: true, hopLimit: HOPS } }, machine(OFF.id, OFF.four)],
  });
  const sixOf = (address: string | undefined) => (address === ON.four ? ON.six : OFF.six);
  return {
    ...made,
    domains: made.domains.map((domain) => ({ ...domain, metadataAddresses: [METADATA_4, METADATA] })),
    ports: made.ports.map((port) => ({ ...port, addresses: [...port.addresses, sixOf(port.addresses[0])] })),
  };
}

before(async () => {
  createNetns(netnsOf('vpc-1'));
  const addresses = [METADATA, ON.six, OFF.six, STRANGER].map((each) => `address add ${each} dev lo nodad\n`);
  const input = `link set lo up\naddress add ${METADATA_4} dev lo\n${addresses.join('')}`;
  await run('ip', ['-batch', '-'], { netns: netnsOf('vpc-1'), input });
  assert.deepEqual(server.apply(plan()), []);
});

after(() => {
  server.close();
  removePins(join(root, 'run', 'netns'));
  rmSync(root, { recursive: true, force: true });
});

async function ask(from: string, method: string, path: string, headers: Record<string, string>) {
  const host = from.includes(':') ? METADATA : METADATA_4;
  const socket = new Socket({ fd: tcpSocket(netnsOf('vpc-1'), { address: from, port: 0 }) });
  socket.connect({ host, port: 80 });
  const sent = request({ createConnection: () => socket, method, path, headers }).end();
  const [answer] = (await once(sent, 'response', { signal: AbortSignal.timeout(BOUND_MS) })) as [IncomingMessage];
  let body = '';
  for await (const chunk of answer) body += chunk;
  return { status: answer.statusCode, body };
}

async function instanceId(from: string) {
  const token = await ask(from, 'PUT', '/latest/api/token', { 'X-aws-ec2-metadata-token-ttl-seconds': '60' });
  if (token.status !== 200) return token;
  return ask(from, 'GET', '/latest/meta-data/instance-id', { 'X-aws-ec2-metadata-token': token.body });
}

test('who has it on is told of itself, over either family', async () => {
  assert.deepEqual(await instanceId(ON.six), { status: 200, body: ON.id });
  assert.deepEqual(await instanceId(ON.four), { status: 200, body: ON.id });
});

test('who has it off is told over IPv4 alone, and a stranger nothing', async () => {
  assert.equal((await instanceId(OFF.six)).status, 403);
  assert.deepEqual(await instanceId(OFF.four), { status: 200, body: OFF.id });
  assert.equal((await instanceId(STRANGER)).status, 404);
});

test('the answer with the token goes as many hops as its instance says', async () => {
  const netns = netnsOf('vpc-1');
  const rule = `tcp sport 80 ip6 hoplimit ${HOPS} counter`;
  const chain = `type filter hook output priority 0; policy accept;\n${rule}`;
  await run('nft', ['-f', '-'], { netns, input: `table ip6 seen {\nchain output {\n${chain}\n}\n}\n` });
  const seen = async () => {
    const { stdout } = await run('nft', ['list', 'chain', 'ip6', 'seen', 'output'], { netns });
    return Number(/packets (\d+)/.exec(stdout)?.[1]);
  };
  assert.equal((await ask(ON.six, 'GET', '/latest/meta-data/', {})).status, 401);
  assert.equal(await seen(), 0);
  await ask(ON.six, 'PUT', '/latest/api/token', { 'X-aws-ec2-metadata-token-ttl-seconds': '60' });
  assert.ok((await seen()) > 0);
});
