/** Namespaces, sockets in them and nftables, on the real kernel. Needs root. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, readFileSync, readlinkSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from './exec.ts';
import { Fault } from './fault.ts';
import {
  createNetns,
  createUserNetns,
  deleteNetns,
  inNetns,
  isPinned,
  listNetns,
  netnsCookie,
  removePins,
} from './netns.ts';
import { closeNft, listNft, runNft } from './nftables.ts';
import { tcpListener, tcpSocket, udpSocket } from './sockets.ts';

const root = mkdtempSync(join(tmpdir(), 'culvert-netns-'));
chmodSync(root, 0o755);
const dir = join(root, 'netns');
const a = join(dir, 'a');

before(async () => {
  createNetns(a);
  await run('ip', ['link', 'set', 'lo', 'up'], { netns: a });
});
after(() => {
  removePins(dir);
  removePins(join(root, 'userns'));
  rmSync(root, { recursive: true });
  assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(root));
});

const ours = () => readlinkSync('/proc/thread-self/ns/net');

test('a cookie is of one namespace, and of none that comes after it', () => {
  const path = join(dir, 'numbered');
  const seen = new Set([netnsCookie(a)]);
  for (let times = 1; times <= 5; times++) {
    createNetns(path);
    assert.equal(netnsCookie(path), netnsCookie(path));
    seen.add(netnsCookie(path));
    assert.equal(seen.size, 1 + times);
    deleteNetns(path);
  }
});

test('work runs inside, and the thread comes back, also when it throws', () => {
  const outside = ours();
  const inside = inNetns(a, ours);
  assert.notEqual(inside, outside);
  assert.equal(ours(), outside);
  assert.throws(() => inNetns(a, () => assert.fail('x')), /x/);
  assert.equal(ours(), outside);
});

test('nested entries come back one by one', () => {
  const b = join(dir, 'b');
  createNetns(b);
  const inA = inNetns(a, ours);
  inNetns(a, () => {
    inNetns(b, () => assert.notEqual(ours(), inA));
    assert.equal(ours(), inA);
  });
  deleteNetns(b);
  assert.deepEqual(listNetns(dir), ['a']);
});

test('a path without a namespace is a Fault', () => {
  assert.throws(() => inNetns(join(dir, 'none'), () => 0), Fault);
});

test('a child is started in the namespace', async () => {
  const { stdout } = await run('readlink', ['/proc/self/ns/net'], { netns: a });
  assert.equal(stdout.trim(), inNetns(a, ours));
});

test('TCP: listen and connect by descriptor, reachable only inside', async () => {
  const server = net.createServer((socket) => socket.end('hello'));
  server.listen({ fd: tcpListener(a, { address: '127.0.0.1', port: 0 }) });
  await once(server, 'listening');
  const { port } = server.address() as net.AddressInfo;
  const client = new net.Socket({ fd: tcpSocket(a) });
  client.connect({ host: '127.0.0.1', port });
  const [data] = await once(client, 'data');
  assert.equal(String(data), 'hello');
  client.destroy();
  const outsider = net.connect({ host: '127.0.0.1', port });
  const [error] = await once(outsider, 'error');
  assert.equal(error.code, 'ECONNREFUSED');
  server.close();
});

test('UDP in IPv4 and IPv6, freebind to an absent address', async () => {
  const server = dgram.createSocket('udp6');
  // By descriptor, 'listening' comes before bind() returns.
  server.bind({ fd: udpSocket(a, { address: '::1', port: 0 }) });
  const client = dgram.createSocket('udp6');
  client.bind({ fd: udpSocket(a, { address: '::', port: 0 }) });
  client.send('x', server.address().port, '::1');
  const [message] = await once(server, 'message');
  assert.equal(String(message), 'x');
  server.close();
  client.close();
  assert.throws(() => tcpListener(a, { address: '10.9.9.9', port: 80 }), /EADDRNOTAVAIL/);
  const fd = tcpListener(a, { address: '10.9.9.9', port: 80, freebind: true });
  const held = net.createServer().listen({ fd });
  await once(held, 'listening');
  assert.throws(() => tcpListener(a, { address: '10.9.9.9', port: 80, freebind: true }), /EADDRINUSE/);
  held.close();
});

test('a namespace owned by a user namespace of its own: our root has no name inside', async () => {
  const netns = join(dir, 'i');
  const userns = join(root, 'userns', 'i');
  createUserNetns(netns, userns, 1_000_000);
  assert.ok(isPinned(netns) && isPinned(userns));
  const { stdout } = await run('nsenter', [`--user=${userns}`, '-S0', '-G0', 'cat', '/proc/self/uid_map']);
  assert.deepEqual(stdout.trim().split(/\s+/), ['0', '1000000', '65536']);
  // Root of that user namespace may configure this network …
  await run('nsenter', [`--user=${userns}`, `--net=${netns}`, '-S0', '-G0', 'ip', 'link', 'set', 'lo', 'up']);
  // … and no other.
  const other = run('nsenter', [`--user=${userns}`, '-S0', '-G0', 'nsenter', `--net=${a}`, 'true']);
  await assert.rejects(other, /not permitted/i);
  deleteNetns(netns);
  deleteNetns(userns);
  assert.ok(!isPinned(netns));
});

test('a process in a mount namespace of its own sees new pins and holds no old ones', async () => {
  const child = spawn('unshare', ['--mount', '--propagation', 'slave', 'sh', '-c', 'echo ready; read line'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  const itsPins = () =>
    readFileSync(`/proc/${child.pid}/mountinfo`, 'utf8')
      .split('\n')
      .filter((row) => row.includes(dir));
  const before = itsPins().length;
  createNetns(join(dir, 'late'));
  assert.equal(itsPins().length, before + 1);
  deleteNetns(join(dir, 'late'));
  assert.equal(itsPins().length, before);
  child.stdin.end();
  await once(child, 'exit');
});

test('nftables: a change is all or nothing, and its error is told', () => {
  runNft(a, 'add table ip t\nadd set ip t s { type ipv4_addr; }\nadd element ip t s { 10.0.0.1 }');
  assert.throws(() => runNft(a, 'add element ip t s { 10.0.0.2 }\nadd element ip t none { 10.0.0.3 }'), /No such file/);
  const set = listNft(a, 'list set ip t s').find((object) => object.set !== undefined);
  assert.deepEqual(set?.set?.elem, ['10.0.0.1']);
  closeNft(a);
  runNft(a, 'delete table ip t');
  assert.deepEqual(listNft(a, 'list ruleset'), []);
  closeNft(a);
});
