import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { createListeners } from './listeners.ts';

const opened: Socket[] = [];
const accepted: Socket[] = [];
const listeners = createListeners(() => '/proc/self/ns/net', { connections: 6, perPeer: 3 });

after(() => {
  for (const socket of [...opened, ...accepted]) socket.destroy();
  listeners.close();
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('one peer that opens all it can leaves room for others, and gets its own room back', async () => {
  const port = await freePort();
  const hello = (socket: Socket) => {
    accepted.push(socket);
    socket.write('hello');
  };
  assert.deepEqual(listeners.apply([{ domain: 'vpc-1', address: '127.0.0.1', port, accept: hello }]), []);
  /** "hello", or '' from a connection that is closed as it comes. */
  async function greeting(localAddress: string): Promise<{ words: string; socket: Socket }> {
    const socket = connect({ host: '127.0.0.1', port, localAddress });
    opened.push(socket);
    socket.on('error', () => {});
    const words = await Promise.race([
      once(socket, 'data').then(([data]) => String(data)),
      once(socket, 'close').then(() => ''),
    ]);
    return { words, socket };
  }
  const greedy = [];
  for (let at = 0; at < 5; at++) greedy.push(await greeting('127.0.0.2'));
  assert.deepEqual(
    greedy.map(({ words }) => words),
    ['hello', 'hello', 'hello', '', ''],
  );
  assert.equal((await greeting('127.0.0.3')).words, 'hello');
  const [first] = accepted;
  greedy[0]?.socket.destroy();
  if (first !== undefined && !first.closed) await once(first, 'close');
  assert.equal((await greeting('127.0.0.2')).words, 'hello');
});
