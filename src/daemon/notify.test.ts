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

async function setUp(
  name: string,
  publish: NotifierParts['publish'],
  now = () => START,
  pauseOf?: NotifierParts['pauseOf'],
) {
  const store = await openStore(join(folder, `${name}.sqlite`));
  closing.push(() => store.close());
  let changes = 0;
  const notifier = createNotifier({
    store,
    log: silentLog(),
    publish,
    now,
    ...(pauseOf && { pauseOf }),
    changed: () => changes++,
  });
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
  time += 86_400_001;
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

test('retries come ever slower, and are no more than AWS’s', async () => {
  const pauses: number[] = [];
  let tries = 0;
  const n = await setUp(
    'retries',
    async ({ id }) => {
      if (id === 'b') return;
      tries++;
      throw new Error('not there');
    },
    () => START,
    (milliseconds) => {
      pauses.push(milliseconds);
      return 0;
    },
  );
  n.store.commit([put(event('a')), put(event('b'))]);
  n.notifier.poke();
  await n.notifier.idle();
  assert.equal(tries, 186);
  assert.deepEqual(pauses.slice(0, 4), [100, 200, 400, 800]);
  assert.deepEqual(new Set(pauses.slice(12)), new Set([300_000]));
  assert.deepEqual(n.left(), []);
});

test('of an account ten are sent at once, whoever else sends; one that waits to be tried again is none of them', async () => {
  const running = new Map<string, number>();
  const most = new Map<string, number>();
  const held: (() => void)[] = [];
  const failing = new Set<string>();
  const n = await setUp('turns', async ({ id, account }) => {
    if (failing.delete(id)) throw new Error('not there');
    running.set(account, (running.get(account) ?? 0) + 1);
    most.set(account, Math.max(most.get(account) ?? 0, running.get(account) ?? 0));
    await new Promise<void>((resolve) => held.push(resolve));
    running.set(account, (running.get(account) ?? 0) - 1);
  });
  const events = ['111122223333', '444455556666'].flatMap((account) =>
    Array.from({ length: 40 }, (_, at) => ({
      ...event(`${account}-${at}`),
      account,
      destination: `arn:aws:sns:ap-south-1:${account}:t${at}`,
    })),
  );
  for (const { id } of events.slice(0, 10)) failing.add(id);
  n.store.commit(events.map((each) => put(each)));
  n.notifier.poke();
  for (const end = Date.now() + 10_000; held.length < 20 && Date.now() < end; ) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(held.length, 20);
  let isIdle = false;
  const idle = n.notifier.idle().then(() => {
    isIdle = true;
  });
  while (!isIdle) {
    for (const go of held.splice(0)) go();
    await new Promise((resolve) => setImmediate(resolve));
  }
  await idle;
  assert.deepEqual([...most.values()], [10, 10]);
  assert.deepEqual(n.left(), []);
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
