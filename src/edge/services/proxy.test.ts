import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { proxy } from './proxy.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-proxy-'));
const socketPath = join(folder, 'upstream.sock');
let seen: { method?: string; url?: string; body: string }[] = [];
const upstream = createServer(async (request, response) => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const { method, url } = request;
  seen.push({ ...(method && { method }), ...(url && { url }), body: Buffer.concat(chunks).toString() });
  response.end('answer');
});
const front = createServer((request, response) => {
  proxy({ socketPath }, request, response).catch(() => response.destroy());
});

before(async () => {
  await listening(upstream, socketPath);
  await listening(front, 0);
});

after(() => {
  for (const server of [upstream, front]) {
    server.close();
    server.closeAllConnections();
  }
  rmSync(folder, { recursive: true });
});

function listening(server: Server, where: string | number): Promise<void> {
  return new Promise((resolve, reject) => server.once('error', reject).listen(where, resolve));
}

/** What comes back until the server ends the connection. */
function send(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect((front.address() as AddressInfo).port, '127.0.0.1', () => socket.write(bytes));
    let text = '';
    socket.on('data', (chunk: Buffer) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

const HIDDEN = 'PUT /hidden HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n';
const CHUNKED = `${HIDDEN.length.toString(16)}\r\n${HIDDEN}\r\n0\r\n\r\n`;

for (const method of ['GET', 'DELETE', 'OPTIONS', 'POST', 'PUT']) {
  test(`${method}: a body is passed on as one, and never becomes a request of its own`, async () => {
    for (const [title, rest] of [
      ['chunked', `Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKED}`],
      ['with its length', `Connection: close\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`],
      [
        'with its length named as of one hop',
        `Connection: close, content-length\r\nContent-Length: ${HIDDEN.length}\r\n\r\n${HIDDEN}`,
      ],
    ]) {
      seen = [];
      assert.match(await send(`${method} /first HTTP/1.1\r\nHost: x\r\n${rest}`), /answer$/, title);
      assert.match(await send('GET /second HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /answer$/, title);
      assert.deepEqual(
        seen,
        [
          { method, url: '/first', body: HIDDEN },
          { method: 'GET', url: '/second', body: '' },
        ],
        title,
      );
    }
  });
}
