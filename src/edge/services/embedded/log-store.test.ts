/** What stored log events come to: a bound on all, a retention of each group, and what is on the disk. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { after, describe, it } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { type LogStore, openLogStore } from './log-store.ts';

const DAY_MS = 86_400_000;
const ALL = {
  from: 0,
  to: Number.MAX_SAFE_INTEGER,
  after: { time: 0, seq: 0 },
  before: { time: Number.MAX_SAFE_INTEGER, seq: 0 },
};

describe('stored log events', () => {
  const place = mkdtempSync(join(tmpdir(), 'culvert-logs-'));
  after(() => rmSync(place, { recursive: true, force: true }));

  function texts(store: LogStore, name: string): readonly string[] {
    const group = store.group(name);
    assert.ok(group);
    return [...store.events(group, null, { ...ALL, newestFirst: false })].map(({ message }) => message);
  }

  function append(store: LogStore, name: string, messages: readonly string[], time: number): void {
    if (store.group(name) === undefined) store.createGroup(name, {});
    const group = store.group(name);
    assert.ok(group);
    if (store.stream(group, 's') === undefined) store.createStream(group, 's');
    const stream = store.stream(group, 's');
    assert.ok(stream);
    store.append(
      group,
      stream,
      messages.map((message) => ({ time, message })),
    );
  }

  it('those that came in first go when there are too many, whosever they are', () => {
    const store = openLogStore(join(place, 'full'), { maxBytes: 1600 });
    append(store, 'first', ['a'.repeat(474), 'b'.repeat(474)], 1);
    append(store, 'second', ['c'.repeat(474)], 1);
    assert.deepEqual([texts(store, 'first').length, store.group('first')?.bytes], [2, 1000]);
    append(store, 'second', ['d'.repeat(474)], 1);
    // 2000 bytes: 400 too many, and 100 more go; that is one event.
    assert.deepEqual(texts(store, 'first'), ['b'.repeat(474)]);
    assert.deepEqual([store.group('first')?.bytes, store.group('second')?.bytes], [500, 1000]);
    append(store, 'second', ['e'.repeat(1474)], 1);
    assert.deepEqual([texts(store, 'first').length, texts(store, 'second').length], [0, 1]);
    store.close();
  });

  it('those that retention has outlived are not told, and gone with the next batch', () => {
    let now = 100 * DAY_MS;
    const store = openLogStore(join(place, 'old'), { now: () => now });
    append(store, 'g', ['old'], now);
    const group = store.group('g');
    assert.ok(group);
    store.changeGroup(group, { days: 1 });
    assert.deepEqual(texts(store, 'g'), ['old']);
    now += DAY_MS + 1;
    assert.deepEqual(texts(store, 'g'), []);
    const [stream] = store.streams(store.group('g') ?? group);
    assert.deepEqual([stream?.first, stream?.last], [null, null]);
    assert.equal(store.group('g')?.bytes, 29);
    append(store, 'g', ['new'], now);
    assert.deepEqual([texts(store, 'g'), store.group('g')?.bytes], [['new'], 29]);
    store.close();
  });

  it('are for nobody else on the host, and a deleted group is gone with all that it had', () => {
    const store = openLogStore(join(place, 'own'));
    append(store, 'g', ['m'], 1);
    assert.equal(statSync(join(place, 'own', 'logs.sqlite')).mode & 0o777, 0o600);
    const group = store.group('g');
    assert.ok(group);
    store.deleteGroup(group);
    append(store, 'g', [], 1);
    assert.deepEqual([texts(store, 'g'), store.group('g')?.bytes], [[], 0]);
    store.close();
  });

  const countRows = (folder: string) => {
    const db = new DatabaseSync(join(folder, 'logs.sqlite'));
    const counts = ['log_events', 'log_streams', 'log_groups'].map((table) =>
      Number(db.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.count),
    );
    db.close();
    return counts;
  };

  it('a large group is gone at once, what it had bit by bit, by the next process too; another of its name keeps its own', async () => {
    const left = join(place, 'large');
    const rows = () => countRows(left);
    const first = openLogStore(left);
    const many = Array.from({ length: 4_500 }, (_, at) => String(at));
    append(first, 'g', many, 1);
    first.deleteGroup(first.group('g') ?? assert.fail());
    assert.deepEqual(first.groups(), []);
    assert.equal(first.group('g'), undefined);
    append(first, 'g', ['new'], 1);
    await setImmediate();
    const [events = 0] = rows();
    assert.ok(events > 1 && events <= 2_501, String(events));
    first.close();
    const next = openLogStore(left);
    for (let turn = 0; turn < 100 && rows()[2] !== 1; turn++) await setImmediate();
    assert.deepEqual(rows(), [1, 1, 1]);
    assert.deepEqual([texts(next, 'g'), next.groups().length], [['new'], 1]);
    next.close();
  });

  it('a large stream, and many streams of a group, are gone at once and go bit by bit, in whatever order they were deleted', async () => {
    const folder = join(place, 'streams');
    const first = openLogStore(folder);
    const many = Array.from({ length: 4_500 }, (_, at) => String(at));
    append(first, 'g', many, 1);
    append(first, 'many', ['kept until the group goes'], 1);
    const [group, crowd] = [first.group('g') ?? assert.fail(), first.group('many') ?? assert.fail()];
    for (const name of many) first.createStream(crowd, name);
    first.createStream(group, 'other');
    first.append(group, first.stream(group, 'other') ?? assert.fail(), [{ time: 1, message: 'kept' }]);
    first.deleteStream(first.stream(group, 's') ?? assert.fail());
    first.deleteStream(first.stream(crowd, 's') ?? assert.fail());
    first.deleteGroup(crowd);
    assert.equal(first.stream(group, 's'), undefined);
    assert.deepEqual(
      first.streams(group).map(({ name }) => name),
      ['other'],
    );
    assert.deepEqual(texts(first, 'g'), ['kept']);
    // Its name is free at once, and what the old one had is not the new one's.
    append(first, 'g', ['new'], 2);
    assert.deepEqual(texts(first, 'g'), ['kept', 'new']);
    await setImmediate();
    const [events = 0, streams = 0] = countRows(folder);
    assert.ok(events > 2_000 && streams > 2_000, `${events} events and ${streams} streams`);
    first.close();
    const next = openLogStore(folder);
    for (let turn = 0; turn < 100 && countRows(folder)[1] !== 2; turn++) await setImmediate();
    assert.deepEqual(countRows(folder), [2, 2, 1]);
    assert.equal(next.group('g')?.bytes, 'keptnew'.length + 2 * 26);
    next.close();
  });

  it('a stream that is taken away beside its group takes nothing from who gets its id', async () => {
    const store = openLogStore(join(place, 'ids'));
    append(
      store,
      'g',
      Array.from({ length: 3_000 }, (_, at) => String(at)),
      1,
    );
    const group = store.group('g') ?? assert.fail();
    const old = store.stream(group, 's') ?? assert.fail();
    store.deleteStream(old);
    store.deleteGroup(group);
    // A slice by the stream, then the rest by the group; the stream's next turn is still to come.
    await setImmediate();
    append(store, 'new', ['kept'], 1);
    const next = store.group('new') ?? assert.fail();
    assert.equal(store.stream(next, 's')?.id, old.id);
    await setImmediate();
    await setImmediate();
    assert.deepEqual(texts(store, 'new'), ['kept']);
    assert.equal(store.streams(next).length, 1);
    store.close();
  });

  it('of too many streams the one that nobody wrote to for longest goes', async () => {
    let now = 1;
    const store = openLogStore(join(place, 'crowd'), { mostStreams: 3, now: () => now++ });
    append(store, 'g', ['first'], 1);
    const group = store.group('g') ?? assert.fail();
    for (const name of ['a', 'b']) store.createStream(group, name);
    append(store, 'g', ['again'], 2);
    for (const [name, left] of [
      ['c', 'b,c,s'],
      ['d', 'c,d,s'],
    ] as const) {
      store.createStream(group, name);
      assert.equal(
        store
          .streams(group)
          .map((each) => each.name)
          .join(),
        left,
      );
      await setImmediate();
    }
    assert.deepEqual(texts(store, 'g'), ['first', 'again']);
    store.close();
  });
});
