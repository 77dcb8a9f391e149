import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, test } from 'node:test';
import { put, remove } from '../../model/edit.ts';
import type { EventFilter, StreamEvent } from '../../model/events.ts';
import { owner } from '../../model/intent.ts';
import type { KeyPair } from '../../model/resources.ts';
import { FORMAT } from './schema.ts';
import { openStore } from './store.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-store-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let files = 0;
const newPath = () => join(folder, `${files++}`, 'store.sqlite');

function key(id: string, name = id): KeyPair {
  return {
    kind: 'keyPair',
    id,
    account: '123456789012',
    region: 'ap-south-1',
    tags: { note: 'ü"\n' },
    createdAt: '2026-01-01T00:00:00Z',
    name,
    type: 'ed25519',
    fingerprint: '',
    publicKey: '',
  };
}

const EVERYTHING: EventFilter = { account: null, region: null, source: null, detailType: null, since: null };

function event(id: string, more: Partial<StreamEvent> = {}): StreamEvent {
  const common = { account: '123456789012', region: 'ap-south-1', source: 'aws.ec2', detailType: 'A', resources: [] };
  return { id, at: '2026-01-01T00:00:00.000Z', ...common, detail: {}, ...more };
}

const names = (resources: Iterable<{ id: string }>) => [...resources].map(({ id }) => id);

test('a restart gives everything back: content, order of creation, indexes, revision', async () => {
  const path = newPath();
  const store = await openStore(path);
  for (const id of ['key-b', 'key-a', 'key-c']) store.commit([put(key(id))]);
  await store.durable();
  store.commit([put(key('key-b', 'changed')), remove(key('key-a')), put(key('key-d'))]);
  store.commit([put(key('key-a', 'again'))]);
  await store.durable();
  const before = [...store.intent.table('keyPair').all()];
  await store.close();

  const again = await openStore(path);
  assert.equal(again.intent.revision, 5);
  assert.deepEqual([...again.intent.table('keyPair').all()], before);
  assert.deepEqual(names(before), ['key-b', 'key-c', 'key-d', 'key-a']);
  assert.deepEqual(names(again.intent.table('keyPair').by('name', 'changed')), ['key-b']);
  assert.equal(again.intent.table('keyPair').by('owner', owner('123456789012', 'ap-south-1')).length, 4);
  await again.close();
});

test('a commit is seen at once, and without edits it is none', async () => {
  const store = await openStore(newPath());
  store.commit([]);
  assert.equal(store.intent.revision, 0);
  store.commit([put(key('key-a')), put(key('key-b'))]);
  assert.equal(store.intent.revision, 1);
  assert.equal(store.intent.table('keyPair').size, 2);
  await store.close();
});

test('all commits of one turn are one transaction', async () => {
  const path = newPath();
  const store = await openStore(path);
  const COMMITS = 20_000;
  const started = performance.now();
  for (let at = 0; at < COMMITS; at++) store.commit([put(key(`key-${at}`))]);
  await store.durable();
  // So many syncs would take seconds on any disk that keeps its promises; the bound only tells one sync from thousands.
  assert.ok(performance.now() - started < 10_000);
  await store.close();
  const again = await openStore(path);
  assert.equal(again.intent.table('keyPair').size, COMMITS);
  await again.close();
});

test('a second process (or a second opening) is refused, and the first goes on', { timeout: 30_000 }, async () => {
  const path = newPath();
  const store = await openStore(path);
  await assert.rejects(openStore(path), /another process has .* open/);
  const child = fork(join(import.meta.dirname, 'crash.child.ts'), [path], { silent: true });
  let said = '';
  child.stderr?.on('data', (data) => {
    said += data;
  });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(code, 1);
  assert.match(said, /another process has .* open/);
  store.commit([put(key('key-a'))]);
  await store.durable();
  await store.close();
});

test('the file is readable by its owner only', async () => {
  const path = newPath();
  const store = await openStore(path);
  store.commit([put(key('key-a'))]);
  await store.durable();
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(statSync(`${path}-wal`).mode & 0o777, 0o600);
  await store.close();
});

test('a subnet of before IPv6 has none of it', async () => {
  const path = newPath();
  await (await openStore(path)).close();
  const database = new DatabaseSync(path);
  database.exec("update meta set value = '1' where key = 'format'");
  const old = { kind: 'subnet', id: 'subnet-1', account: '1', region: 'r', cidr: '10.0.0.0/24' };
  const insert = 'insert into resources (kind, id, account, region, seq, body) values (?, ?, ?, ?, ?, ?)';
  database.prepare(insert).run('subnet', 'subnet-1', '1', 'r', 1, JSON.stringify(old));
  database.close();
  const store = await openStore(path);
  const expected = { ...old, ipv6Cidr: null, assignIpv6OnCreation: false };
  assert.deepEqual(store.intent.table('subnet').get('subnet-1'), expected as unknown);
  await store.close();
});

test('a newer format is refused and left as it is', async () => {
  const path = newPath();
  await (await openStore(path)).close();
  const database = new DatabaseSync(path);
  database.exec(`update meta set value = '${FORMAT + 1}' where key = 'format'`);
  database.close();
  await assert.rejects(openStore(path), new RegExp(`format ${FORMAT + 1}, written by a newer Culvert`));
  const untouched = new DatabaseSync(path);
  assert.equal(untouched.prepare(`select value from meta where key = 'format'`).get()?.value, `${FORMAT + 1}`);
  untouched.close();
});

test('what an older format lacks is added', async () => {
  const path = newPath();
  await (await openStore(path)).close();
  const database = new DatabaseSync(path);
  const insert = database.prepare(
    'insert into resources (kind, id, account, region, seq, body) values (?, ?, ?, ?, ?, ?)',
  );
  insert.run(
    'vpcEndpoint',
    'vpce-1',
    '111122223333',
    'eu-west-1',
    1,
    '{"kind":"vpcEndpoint","id":"vpce-1","region":"eu-west-1","subnetIds":["a"]}',
  );
  insert.run(
    'endpointService',
    'vpce-svc-1',
    '111122223333',
    'eu-west-1',
    2,
    '{"kind":"endpointService","id":"vpce-svc-1","region":"eu-west-1","loadBalancerIds":[]}',
  );
  insert.run(
    'loadBalancer',
    'arn:lb',
    '111122223333',
    'eu-west-1',
    3,
    '{"kind":"loadBalancer","id":"arn:lb","zones":[{"zoneId":"euw1-az1","fixedAddress":true}]}',
  );
  insert.run('targetGroup', 'arn:tg', '111122223333', 'eu-west-1', 4, '{"kind":"targetGroup","id":"arn:tg"}');
  database.exec(`update meta set value = '1' where key = 'format'`);
  database.close();
  const store = await openStore(path);
  const { subnetIds, routeTableIds, linkSerial, inboundOnly, serviceRegion } =
    store.intent.table('vpcEndpoint').get('vpce-1') ?? {};
  assert.deepEqual(
    [subnetIds, routeTableIds, linkSerial, inboundOnly, serviceRegion],
    [['a'], [], null, false, 'eu-west-1'],
  );
  const service = store.intent.table('endpointService').get('vpce-svc-1');
  assert.deepEqual([service?.supportedRegions, service?.ipAddressTypes], [[], ['ipv4']]);
  const { ipAddressType, zones } = store.intent.table('loadBalancer').get('arn:lb') ?? {};
  assert.deepEqual(
    [ipAddressType, zones],
    ['ipv4', [{ zoneId: 'euw1-az1', fixedAddress: true, fixedIpv6Address: false }]],
  );
  assert.equal(store.intent.table('targetGroup').get('arn:tg')?.ipAddressType, 'ipv4');
  await store.close();
});

test('events are had once and in order, whole pages and filters alike; a place is found again after a restart', async () => {
  const path = newPath();
  const store = await openStore(path);
  assert.deepEqual(await store.events(EVERYTHING, 0, 10), { events: [], cursor: 0 });
  store.tell([event('a'), event('b', { account: '222222222222' })], []);
  store.tell([event('c', { source: 'culvert', detailType: 'B' })], []);
  store.tell([event('d', { region: 'eu-west-1', at: '2026-02-01T00:00:00.000Z' })], []);
  await store.durable();
  const ids = async (filter: Partial<EventFilter>, after = 0, count = 10) => {
    const { events, cursor } = await store.events({ ...EVERYTHING, ...filter }, after, count);
    return `${events.map(({ id }) => id).join('')} ${cursor}`;
  };
  assert.equal(await ids({}), 'abcd 4');
  assert.equal(await ids({}, 0, 3), 'abc 3');
  assert.equal(await ids({}, 3, 3), 'd 4');
  assert.equal(await ids({}, 4), ' 4');
  // What does not match is behind, too: nobody looks at it again.
  assert.equal(await ids({ account: '222222222222' }), 'b 4');
  assert.equal(await ids({ account: '222222222222' }, 0, 1), 'b 2');
  assert.equal(await ids({ account: '333333333333' }), ' 4');
  assert.equal(await ids({ source: 'culvert' }), 'c 4');
  assert.equal(await ids({ source: 'aws.ec2', detailType: 'B' }), ' 4');
  assert.equal(await ids({ region: 'eu-west-1' }), 'd 4');
  assert.equal(await ids({ since: '2026-01-15T00:00:00.000Z' }), 'd 4');
  await store.close();
  const again = await openStore(path);
  assert.equal(await again.placeOf('b'), 2);
  assert.equal(await again.placeOf('x'), undefined);
  again.tell([event('e')], []);
  await again.durable();
  assert.equal((await again.events(EVERYTHING, 4, 10)).cursor, 5);
  await again.close();
});

test('what was told is kept, changed and forgotten; a commit and what follows from it are written together', async () => {
  const path = newPath();
  const store = await openStore(path);
  assert.equal(store.hasTold, false);
  const seen: string[] = [];
  store.follow((edits, removed) => {
    seen.push(`${edits.length} ${names(removed)}`);
    store.tell([event(`revision ${store.intent.revision}`)], [{ watched: 'key', id: 'a', state: `${edits.length}` }]);
  });
  store.commit([put(key('key-a')), put(key('key-b'))]);
  store.commit([remove(key('key-b'))]);
  store.tell([], [{ watched: 'other', id: 'a', state: 'x' }]);
  store.tell([], [{ watched: 'other', id: 'a', state: null }]);
  assert.deepEqual(seen, ['2 ', '1 key-b']);
  await store.close();
  const again = await openStore(path);
  assert.equal(again.lastTold('key', 'a'), '1');
  assert.equal(again.lastTold('other', 'a'), undefined);
  assert.ok(again.hasTold);
  const { events } = await again.events(EVERYTHING, 0, 10);
  assert.deepEqual(
    events.map(({ id }) => id),
    ['revision 1', 'revision 2'],
  );
  await again.close();
});

test('the newest events are kept, and their places count on', async () => {
  const store = await openStore(newPath(), { mostEvents: 100 });
  for (let at = 1; at <= 1000; at++) {
    store.tell([event(`e${at}`)], []);
    if (at % 7 === 0) await store.durable();
    const { events } = at % 50 === 0 ? await store.events(EVERYTHING, 0, 10_000) : { events: [] };
    assert.ok(events.length <= 110, `${events.length} are kept`);
  }
  await store.durable();
  const { events, cursor } = await store.events(EVERYTHING, 0, 10_000);
  assert.equal(cursor, 1000);
  assert.ok(events.length >= 100);
  assert.equal(events.at(-1)?.id, 'e1000');
  await store.close();
});

test('a write that fails is told to every waiter, then and later', async () => {
  const failures: Error[] = [];
  const store = await openStore(newPath(), { onFailure: (fault) => failures.push(fault) });
  const circular: Record<string, unknown> = { ...key('key-a') };
  circular.tags = circular;
  store.commit([put(circular as unknown as KeyPair)]);
  await assert.rejects(store.durable(), /could not be written/);
  await assert.rejects(store.durable(), /could not be written/);
  assert.throws(() => store.commit([put(key('key-b'))]), /could not be written/);
  assert.equal(failures.length, 1);
});

test('kill -9 during a stream of commits: all that was acknowledged is there, nothing half', {
  timeout: 60_000,
}, async () => {
  const path = newPath();
  let acknowledged = -1;
  for (let round = 0; round < 6; round++) {
    const child = fork(join(import.meta.dirname, 'crash.child.ts'), [path], { silent: true });
    const enough = 20 + Math.floor(Math.random() * 200);
    let seen = 0;
    child.on('message', (pair: number) => {
      acknowledged = pair;
      if (++seen === enough) child.kill('SIGKILL');
    });
    await new Promise((resolve) => child.once('exit', resolve));
    assert.ok(seen >= enough, `the child ended by itself after ${seen}`);

    const store = await openStore(path);
    const kept = new Set(names(store.intent.table('keyPair').all()));
    for (let pair = 0; pair <= acknowledged; pair++) assert.ok(kept.has(`key-${pair}-left`), `pair ${pair} is lost`);
    for (const id of kept) {
      const twin = id.endsWith('left') ? id.replace('left', 'right') : id.replace('right', 'left');
      assert.ok(kept.has(twin), `${id} is there without its twin`);
    }
    assert.equal(store.intent.revision, kept.size / 2);
    const { events } = await store.events(EVERYTHING, 0, 10_000);
    const pairs = Array.from({ length: kept.size / 2 }, (_, pair) => `key-${pair}-left key-${pair}-right`);
    // Each once, in order, as far as the resources go.
    assert.deepEqual(
      events.map(({ id }) => id),
      pairs,
    );
    assert.equal(store.lastTold('pair', 'last'), pairs.at(-1));
    await store.close();
  }
});
