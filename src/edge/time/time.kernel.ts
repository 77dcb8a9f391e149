/** The time service in namespaces: the host's clock for each VPC, at both addresses. Needs root. */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../../host/exec.ts';
import { createNetns, deleteNetns, removePins } from '../../host/netns.ts';
import { hostPaths } from '../../host/paths.ts';
import { udpSocket } from '../../host/sockets.ts';
import { createTimeServer } from './server.ts';

const BOUND_MS = 10_000;
const ADDRESSES = ['169.254.169.123', 'fd00:ec2::123'];
const root = mkdtempSync(join(tmpdir(), 'culvert-time-'));
const { netnsOf } = hostPaths({ CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
const server = createTimeServer(netnsOf);
const domains = ['vpc-1', 'vpc-2'].map((id) => ({ id, timeAddresses: ADDRESSES }));

async function make(id: string): Promise<void> {
  createNetns(netnsOf(id));
  const input = `link set lo up\n${ADDRESSES.map((each) => `address add ${each} dev lo${each.includes(':') ? ' nodad' : ''}\n`).join('')}`;
  await run('ip', ['-batch', '-'], { netns: netnsOf(id), input });
}

before(async () => {
  for (const { id } of domains) await make(id);
  assert.deepEqual(server.apply(domains), []);
});

after(() => {
  server.close();
  removePins(join(root, 'run', 'netns'));
  rmSync(root, { recursive: true, force: true });
});

/** What the server's clock says, in seconds since 1970; undefined: no answer to the first of two questions, which is `first`. */
async function ask(domain: string, address: string, first?: Buffer): Promise<number> {
  const isOfIpv6 = address.includes(':');
  const socket = dgram.createSocket(isOfIpv6 ? 'udp6' : 'udp4');
  socket.bind({ fd: udpSocket(netnsOf(domain), { address: isOfIpv6 ? '::1' : '127.0.0.1', port: 0 }) });
  try {
    if (first !== undefined) socket.send(first, 123, address);
    socket.send(Buffer.concat([Buffer.of(0x23), Buffer.alloc(47)]), 123, address);
    const [answer] = (await once(socket, 'message', { signal: AbortSignal.timeout(BOUND_MS) })) as [Buffer];
    assert.equal((answer[0] ?? 0) & 7, 4);
    return answer.readUInt32BE(40) - 2_208_988_800;
  } finally {
    socket.close();
  }
}

test('each VPC is told the host’s clock at both addresses', async () => {
  for (const { id } of domains) {
    for (const address of ADDRESSES) {
      const [before, told, now] = [Date.now(), await ask(id, address), Date.now()];
      assert.ok(told >= Math.floor(before / 1000) && told <= now / 1000, `${id} ${address}: ${told}`);
    }
  }
});

test('what is no question is not answered, and the next question is', async () => {
  await ask('vpc-1', ADDRESSES[0] ?? '', Buffer.from('?\n'));
});

test('a namespace that was made anew is served again; one that is missing is told', async () => {
  deleteNetns(netnsOf('vpc-2'));
  assert.match(server.apply(domains)[0] ?? '', /no namespace for domain vpc-2/);
  await make('vpc-2');
  assert.deepEqual(server.apply(domains), []);
  await ask('vpc-2', ADDRESSES[1] ?? '');
  assert.deepEqual(server.apply(domains), []);
});
