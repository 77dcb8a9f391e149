import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { silentLog } from '../host/log.ts';
import { openSession, sealKey } from '../host/seal.ts';
import type { Principal } from '../iam/principal.ts';
import { put } from '../model/edit.ts';
import { createIntent } from '../model/intent.ts';
import { Refusal } from '../model/refusal.ts';
import type { PendingEvent } from '../model/resources.ts';
import { authenticate, decodeRequest } from '../wire/index.ts';
import { issueSession } from './aws.ts';
import { createNotifier, type NotifierParts } from './notify.ts';
import { publish } from './publish.ts';
import { openStore } from './store/store.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-notify-'));
const closing: (() => Promise<void> | void)[] = [];
after(async () => {
  for (const close of closing) await close();
  rmSync(folder, { recursive: true, force: true });
});

const START = Date.parse('2026-01-01T00:00:00Z');

function event(id: string): PendingEvent {
  return {
    kind: 'pendingEvent',
    id,
    account: '111122223333',
    region: 'ap-south-1',
    tags: {},
    createdAt: new Date(START).toISOString(),
    destination: 'arn:aws:sns:ap-south-1:111122223333:events',
    messageGroupId: null,
    subject: `about ${id}`,
    message: JSON.stringify({ id }),
  };
}

async function setUp(name: string, publish: NotifierParts['publish'], now = () => START) {
  const store = await openStore(join(folder, `${name}.sqlite`));
  closing.push(() => store.close());
  let changes = 0;
  const notifier = createNotifier({ store, log: silentLog(), publish, now, changed: () => changes++ });
  const left = () => [...store.intent.table('pendingEvent').all()].map(({ id }) => id);
  return { store, notifier, left, changes: () => changes };
}

test('events are published in their order, and are gone then', async () => {
  const published: string[] = [];
  const n = await setUp('order', async ({ id }) => void published.push(id));
  n.store.commit([put(event('b')), put(event('a'))]);
  n.notifier.poke();
  n.store.commit([put(event('c'))]);
  n.notifier.poke();
  await n.notifier.idle();
  assert.deepEqual(published, ['b', 'a', 'c']);
  assert.deepEqual(n.left(), []);
  assert.equal(n.changes(), 3);
});

test('nothing is published before it is on the disk', async () => {
  let isDurable = false;
  const seen: boolean[] = [];
  const n = await setUp('durable', async () => void seen.push(isDurable));
  n.store.commit([put(event('a'))]);
  void n.store.durable().then(() => {
    isDurable = true;
  });
  n.notifier.poke();
  await n.notifier.idle();
  assert.deepEqual(seen, [true]);
});

test('a host that fails is tried again, and nothing is overtaken; an event that it outlasts is dropped', async () => {
  const tried: string[] = [];
  let time = START;
  let failures = 2;
  const n = await setUp(
    'again',
    async ({ id }) => {
      tried.push(id);
      if (failures-- > 0) throw new Error('not there');
    },
    () => time,
  );
  n.store.commit([put(event('a')), put(event('b'))]);
  n.notifier.poke();
  await n.notifier.idle();
  assert.deepEqual(tried, ['a', 'a', 'a', 'b']);
  time += 3_600_001;
  failures = 1;
  n.store.commit([put(event('c')), put(event('d'))]);
  n.notifier.poke();
  await n.notifier.idle();
  assert.deepEqual(tried.slice(4), ['c', 'd']);
  assert.deepEqual(n.left(), []);
});

test('a destination that takes nothing keeps no other waiting', async () => {
  const published: string[] = [];
  let isStuck = true;
  const n = await setUp('lanes', async ({ id }) => {
    if (id === 'stuck' && isStuck) throw new Error('not there');
    published.push(id);
  });
  const other = (id: string): PendingEvent => ({ ...event(id), destination: 'arn:aws:sqs:ap-south-1:111122223333:q' });
  n.store.commit([put(event('stuck')), put(other('a')), put(event('behind')), put(other('b'))]);
  n.notifier.poke();
  for (const end = Date.now() + 10_000; published.length < 2 && Date.now() < end; ) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual(published, ['a', 'b']);
  assert.deepEqual(n.left(), ['stuck', 'behind']);
  isStuck = false;
  await n.notifier.idle();
  assert.deepEqual(published, ['a', 'b', 'stuck', 'behind']);
});

test('what is refused is dropped at once', async () => {
  const n = await setUp('refused', async () => {
    throw new Refusal('NotFound', 'Topic does not exist', 404);
  });
  n.store.commit([put(event('a'))]);
  n.notifier.poke();
  await n.notifier.idle();
  assert.deepEqual(n.left(), []);
});

test('what is not through when the process stops is there for the next one', async () => {
  const n = await setUp('stop', async () => {
    throw new Error('not there');
  });
  n.store.commit([put(event('a'))]);
  n.notifier.poke();
  await n.notifier.stop();
  n.notifier.poke();
  assert.deepEqual(n.left(), ['a']);
});

test('a publication is a call of the topic’s owner, through the edge’s socket', async () => {
  const key = sealKey(join(folder, 'seal.key'));
  const socket = join(folder, 'edge.sock');
  const calls: { principal: Principal | Refusal; operation: string; input: object }[] = [];
  let answer: object | Refusal = { MessageId: 'm' };
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const headers = Object.fromEntries(
      Object.entries(request.headers).map(([name, value]) => [name, [value].flat().join(', ')]),
    );
    const raw = { method: request.method ?? '', path: request.url ?? '', headers, body: Buffer.concat(parts) };
    const call = decodeRequest(raw);
    assert.equal(call.kind, 'call');
    if (call.kind !== 'call') return;
    const principal = authenticate(raw, call, {
      mode: 'strict',
      defaultAccount: '',
      lookup: () => undefined,
      isSessionKey: () => true,
      openSession: (token) => openSession<Principal>(key, token),
      now: Date.now(),
    });
    calls.push({ principal, operation: call.operation, input: call.input });
    const reply = answer instanceof Refusal ? call.encodeError(answer, 'r') : call.encode(answer, 'r');
    response.writeHead(reply.status, reply.headers).end(reply.body);
  });
  await new Promise<void>((resolve) => server.listen(socket, resolve));
  closing.push(() => void server.close());
  const parts = {
    intent: createIntent(),
    servicesSocket: socket,
    issueSession: (principal: Principal, seconds: number) => issueSession(key, principal, seconds),
  };
  await publish(event('a'), parts);
  assert.deepEqual(calls, [
    {
      principal: { kind: 'root', account: '111122223333' },
      operation: 'Publish',
      input: {
        TopicArn: 'arn:aws:sns:ap-south-1:111122223333:events',
        Subject: 'about a',
        Message: '{"id":"a"}',
      },
    },
  ]);
  answer = new Refusal('NotFound', 'Topic does not exist', 404);
  await assert.rejects(publish(event('a'), parts), (error) => error instanceof Refusal && error.status === 404);
  for (const later of [
    new Refusal('ServiceUnavailable', 'not now', 503),
    new Refusal('Throttling', 'Rate exceeded', 400),
    new Refusal('RequestThrottled', 'Rate exceeded', 429),
  ]) {
    answer = later;
    await assert.rejects(publish(event('a'), parts), (error) => !(error instanceof Refusal), later.code);
  }
  await assert.rejects(
    publish(event('a'), { ...parts, servicesSocket: join(folder, 'nobody.sock') }),
    (error) => !(error instanceof Refusal),
  );
});
