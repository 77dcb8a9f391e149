import assert from 'node:assert/strict';
import { request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, test } from 'node:test';
import { createHttpServer, forward, headOf, readBody, sendText } from './http.ts';

const servers: Server[] = [];
after(() => {
  for (const server of servers) {
    server.closeAllConnections();
    server.close();
  }
});

async function listen(server: Server): Promise<number> {
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
}

function send(
  port: number,
  options: { method?: string; path?: string; headers?: readonly string[]; body?: Buffer },
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const call = request({
      port,
      host: '127.0.0.1',
      method: options.method ?? 'GET',
      path: options.path ?? '/',
      headers: options.headers ?? ['Host', 'x'],
      setHost: false,
    });
    call.once('error', reject);
    call.once('response', async (answer) => {
      const chunks: Buffer[] = [];
      for await (const chunk of answer) chunks.push(chunk as Buffer);
      resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() });
    });
    call.end(options.body);
  });
}

test('the head keeps every line, and the path as it was written', async () => {
  const port = await listen(
    createHttpServer((incoming, response) => sendText(response, 200, JSON.stringify(headOf(incoming)))),
  );
  const { text } = await send(port, {
    path: '/a%2Fb/../c?x=%20+',
    headers: ['Host', 'sqs.example', 'X-Twice', '1', 'x-twice', '2', 'Authorization', 'AWS4 a, b'],
  });
  const head = JSON.parse(text);
  assert.equal(head.path, '/a%2Fb/../c?x=%20+');
  assert.equal(head.headers['x-twice'], '1, 2');
  assert.equal(head.headers.host, 'sqs.example');
  assert.equal(head.headers.authorization, 'AWS4 a, b');
});

test('a body is read to its bound and one byte further, no more', async () => {
  const port = await listen(
    createHttpServer(async (incoming, response) => sendText(response, 200, `${(await readBody(incoming, 10)).length}`)),
  );
  for (const [length, expected] of [
    [0, '0'],
    [10, '10'],
    [11, '11'],
    [1_000_000, '11'],
  ] as const) {
    assert.equal((await send(port, { method: 'POST', body: Buffer.alloc(length) })).text, expected);
  }
});

test('a forwarded request arrives as it was sent, less what belongs to the connection', async () => {
  const upstream = await listen(
    createHttpServer(async (incoming, response) => {
      const body = await readBody(incoming, 100);
      sendText(response, 201, JSON.stringify({ ...headOf(incoming), body: body.toString() }));
    }),
  );
  const port = await listen(
    createHttpServer(
      (incoming, response) => void forward(incoming, response, { url: `http://127.0.0.1:${upstream}/base` }),
    ),
  );
  const { status, text } = await send(port, {
    method: 'PUT',
    path: '/key%20a?acl',
    headers: ['Host', 'bucket.s3.amazonaws.com', 'Authorization', 'AWS4 x', 'Keep-Alive', '1', 'Content-Length', '4'],
    body: Buffer.from('body'),
  });
  const seen = JSON.parse(text);
  assert.equal(status, 201);
  assert.equal(seen.path, '/base/key%20a?acl');
  assert.equal(seen.headers.host, 'bucket.s3.amazonaws.com');
  assert.equal(seen.headers.authorization, 'AWS4 x');
  assert.equal(seen.headers['keep-alive'], undefined);
  assert.equal(seen.body, 'body');
});

for (const method of ['GET', 'DELETE', 'POST']) {
  test(`a chunked body of a ${method} stays a body, and never becomes a request of its own`, async () => {
    const seen: string[] = [];
    const upstream = await listen(
      createHttpServer(async (incoming, response) => {
        seen.push(`${incoming.method} ${incoming.url} ${(await readBody(incoming, 100)).length}`);
        sendText(response, 200, 'ok');
      }),
    );
    const port = await listen(
      createHttpServer(
        (incoming, response) => void forward(incoming, response, { url: `http://127.0.0.1:${upstream}` }),
      ),
    );
    const body = Buffer.from('PUT /hidden HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n');
    await send(port, { method, path: '/first', headers: ['Host', 'x', 'Transfer-Encoding', 'chunked'], body });
    await send(port, { path: '/second' });
    assert.deepEqual(seen, [`${method} /first ${body.length}`, 'GET /second 0']);
  });
}

test('an upstream that is not there is told to the caller of forward, while an answer is still possible', async () => {
  const port = await listen(
    createHttpServer((incoming, response) => {
      forward(incoming, response, { socketPath: '/nonexistent.sock' }).catch((error) =>
        sendText(response, 503, error.code),
      );
    }),
  );
  assert.deepEqual(await send(port, {}), { status: 503, text: 'ENOENT' });
});
