/** Points of meters: each byte once, whatever ends in between; bounded in time and space; what costs by the hour is remembered. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import type { BilledThing } from '../../bill/things.ts';
import type { Field, Metered } from '../../model/metrics.ts';
import {
  difference,
  HOURS_KEPT_MS,
  type MeterStore,
  MINUTES_KEPT_MS,
  openMeterStore,
  type Values,
} from './meter-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-meters-'));
after(() => rmSync(folder, { recursive: true }));
let files = 0;
const newPath = () => join(folder, `${files++}`, 'meters.sqlite');

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const NOON = Date.parse('2026-03-01T12:00:00Z');

function nat(name: string): Metered {
  return { key: name, account: '1', region: 'us-east-1', subject: { kind: 'nat', natGatewayId: name } };
}

function read(store: MeterStore, at: number, values: Values, name = 'nat-1'): void {
  store.write([{ ...nat(name), values }], [], at);
}

function points(store: MeterStore, fields: readonly Field[], more: object = {}, keys = ['nat-1']) {
  const query = { keys, fields, from: NOON, until: NOON + HOUR, periodMilliseconds: MINUTE, ...more };
  return store.points(query).map(({ at, sum }) => [(at - NOON) / MINUTE, sum]);
}

test('a reading counts what came since the one before, in its minute', () => {
  const store = openMeterStore(newPath());
  read(store, NOON, { forwardBytes: 100, backBytes: 10, activeConnections: 3 });
  read(store, NOON + 10_000, { forwardBytes: 150, backBytes: 10, activeConnections: 1 });
  read(store, NOON + MINUTE, { forwardBytes: 150, backBytes: 10, activeConnections: 0 });
  read(store, NOON + 2 * MINUTE, { forwardBytes: 151, backBytes: 20, activeConnections: 2 });
  assert.deepEqual(points(store, ['forwardBytes']), [
    [0, 150],
    [2, 1],
  ]);
  assert.deepEqual(points(store, ['forwardBytes', 'backBytes']), [
    [0, 160],
    [2, 11],
  ]);
  assert.deepEqual(
    points(store, ['activeConnections']),
    [
      [0, 3],
      [2, 2],
    ],
    'the most of each minute',
  );
  const [whole] = store.points({
    ...{ keys: ['nat-1'], fields: ['forwardBytes'], from: NOON, until: NOON + HOUR, periodMilliseconds: HOUR },
  });
  assert.deepEqual(whole, { at: NOON, count: 2, sum: 151, min: 1, max: 150 });
  store.close();
});

test('an address that goes takes nothing of the others away, and one that comes again began anew', () => {
  const path = newPath();
  let store = openMeterStore(path);
  const parts = (at: number, found: Readonly<Record<string, number>>) => {
    const bytes = Object.values(found).reduce((sum, each) => sum + each, 0);
    const each = Object.fromEntries(Object.entries(found).map(([name, forwardBytes]) => [name, { forwardBytes }]));
    store.write([{ ...nat('nat-1'), values: { forwardBytes: bytes }, parts: each }], [], at);
  };
  parts(NOON, { first: 100, second: 1000 });
  parts(NOON + MINUTE, { first: 105 });
  store.close();
  store = openMeterStore(path);
  parts(NOON + 2 * MINUTE, { first: 110, second: 7 });
  assert.deepEqual(points(store, ['forwardBytes']), [
    [0, 1100],
    [1, 5],
    [2, 12],
  ]);
  assert.deepEqual(store.totals()[0]?.values, { forwardBytes: 1117 });
  store.close();
});

test('what has counted nothing yet is known, and forgotten when it is gone', () => {
  const store = openMeterStore(newPath());
  const totals = () => store.totals().map(({ key, values }) => [key, values]);
  read(store, NOON, { forwardBytes: 0 });
  assert.deepEqual(totals(), [['nat-1', { forwardBytes: 0 }]]);
  read(store, NOON + 2 * HOUR, { forwardBytes: 0 });
  assert.deepEqual(totals(), [['nat-1', { forwardBytes: 0 }]]);
  assert.deepEqual(store.metered(), [], 'it has no point');
  store.write([], [], NOON + 4 * HOUR);
  assert.deepEqual(totals(), []);
  store.close();
});

test('totals that became smaller began anew', () => {
  assert.deepEqual(difference({ forwardBytes: 100, newConnections: 5 }, { forwardBytes: 30, newConnections: 6 }), {
    forwardBytes: 30,
    newConnections: 6,
  });
  assert.deepEqual(difference({}, { forwardBytes: 30 }), { forwardBytes: 30 });
  const gauges = difference({ endpoints: 5, forwardBytes: 1 }, { endpoints: 2, forwardBytes: 1 });
  assert.deepEqual(gauges, { endpoints: 2, forwardBytes: 0 });
});

test('a process that is killed loses and doubles nothing that the kernel still counts', () => {
  const path = newPath();
  const first = openMeterStore(path);
  read(first, NOON, { forwardBytes: 100 });
  first.close();
  // 50 more were counted meanwhile, and a reading of 130 was never written.
  const second = openMeterStore(path);
  read(second, NOON + 5 * MINUTE, { forwardBytes: 150 });
  assert.deepEqual(points(second, ['forwardBytes']), [
    [0, 100],
    [5, 50],
  ]);
  assert.deepEqual(second.totals()[0]?.values, { forwardBytes: 150 });
  second.close();
});

test('a write that fails leaves nothing, neither in the file nor in memory', () => {
  const store = openMeterStore(newPath());
  read(store, NOON, { forwardBytes: 100 });
  const broken = { ...nat('nat-1'), values: { forwardBytes: 120 } };
  const circular: Record<string, unknown> = { ...nat('nat-2'), values: {} };
  circular.subject = circular;
  assert.throws(() => store.write([broken, circular as never], [], NOON + MINUTE));
  read(store, NOON + 2 * MINUTE, { forwardBytes: 130 });
  assert.deepEqual(points(store, ['forwardBytes']), [
    [0, 100],
    [2, 30],
  ]);
  store.close();
});

test('several things together: minute by minute first, then by period', () => {
  const store = openMeterStore(newPath());
  for (const [at, one, other] of [
    [0, 1, 5],
    [1, 1, 0],
  ] as const) {
    store.write(
      [
        { ...nat('nat-1'), values: { activeConnections: one } },
        { ...nat('nat-2'), values: { activeConnections: other } },
      ],
      [],
      NOON + at * MINUTE,
    );
  }
  const query = { keys: ['nat-1', 'nat-2'], fields: ['activeConnections'] as const, from: NOON, until: NOON + HOUR };
  const [both] = store.points({ ...query, periodMilliseconds: HOUR });
  assert.deepEqual(both, { at: NOON, count: 2, sum: 7, min: 1, max: 6 });
  store.close();
});

test('points of minutes go after 15 days, those of hours after 455', () => {
  const store = openMeterStore(newPath());
  read(store, NOON, { forwardBytes: 100 });
  read(store, NOON + MINUTES_KEPT_MS + HOUR, { forwardBytes: 101 });
  assert.deepEqual(points(store, ['forwardBytes']), []);
  assert.equal(store.hours(NOON, NOON + HOUR)[0]?.value, 100);
  read(store, NOON + HOURS_KEPT_MS + 2 * HOUR, { forwardBytes: 102 });
  assert.deepEqual(store.hours(NOON, NOON + HOUR), []);
  store.close();
});

test('a file that is full gives up its oldest minutes', () => {
  const store = openMeterStore(newPath(), { mostBytes: 200_000 });
  for (let at = 0; at < 2 * 24 * 60; at++) {
    store.write(
      [0, 1, 2, 3].map((each) => ({ ...nat(`nat-${each}`), values: { forwardBytes: at + 1, backBytes: at + 1 } })),
      [],
      NOON + at * MINUTE,
    );
  }
  const end = NOON + 2 * 24 * HOUR;
  const kept = store.points({
    ...{ keys: ['nat-0'], fields: ['forwardBytes'], from: NOON, until: end, periodMilliseconds: MINUTE },
  });
  assert.ok(kept.length > 0 && kept.length < 2 * 24 * 60, `${kept.length}`);
  assert.equal(kept.at(-1)?.at, end - MINUTE, 'the newest are there');
  assert.equal(store.hours(NOON, end).filter(({ metered }) => metered.key === 'nat-0').length, 2 * 2 * 24);
  store.close();
});

test('what costs by the hour is remembered when it is gone', () => {
  const path = newPath();
  const thing = (key: string, since: number): BilledThing => ({
    ...{ key, id: key, rate: 'natGatewayHour', account: '1', region: 'us-east-1' },
    since: new Date(since).toISOString(),
  });
  const first = openMeterStore(path);
  first.write([], [thing('a', NOON - HOUR), thing('b', NOON)], NOON);
  first.close();
  const second = openMeterStore(path);
  second.write([], [thing('b', NOON)], NOON + HOUR);
  second.write([], [thing('a', NOON - HOUR), thing('b', NOON)], NOON + 2 * HOUR);
  const spans = (from: number, until: number) =>
    second.recorded(from, until).map(({ thing: { key }, since, until: end }) => {
      return [key, (since - NOON) / HOUR, end === null ? null : (end - NOON) / HOUR];
    });
  assert.deepEqual(spans(NOON, NOON + 9 * HOUR), [
    ['a', -1, 1],
    ['b', 0, null],
    ['a', 2, null],
  ]);
  assert.deepEqual(spans(NOON - HOUR, NOON), [['a', -1, 1]]);
  second.close();
});
