import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Resolution } from '../../analyse/names.ts';
import { differenceOfNames, differenceOfPackets } from './differences.ts';
import type { Sighting } from './live.ts';
import type { Told } from './told.ts';

const told = (kind: Told['kind'], more: Partial<Told> = {}): Told => ({
  kind,
  to: [],
  seenFrom: new Map(),
  stages: [],
  reasons: [],
  words: '',
  ...more,
});
const at = (...places: readonly string[]): Sighting[] => [
  ...places.map((place) => ({ place, sent: 'a → b', answer: null })),
  { place: 'i-other', sent: null, answer: null },
];
const arrives = told('delivered', { to: ['i-2'] });
const stopped = told('dropped', { stages: ['group_in'] });
const lost = told('lost');

test('packets: the same, or what is otherwise', () => {
  const rows: readonly (readonly [analyser: Told, kernel: Told, seen: Sighting[], difference: RegExp | null])[] = [
    [arrives, told('delivered'), [], null],
    [arrives, told('refused'), [], null],
    [arrives, told('dropped', { stages: ['cross'], words: 'cross of vpc-1' }), [], /delivered, but .*cross of vpc-1/],
    [arrives, lost, at('i-1', 'vpc-1'), /delivered, but it was lost after vpc-1, and no stage counted it/],
    [arrives, lost, at('i-1', 'vpc-1', 'i-2'), null],
    [arrives, lost, [], /lost where it was sent/],
    [arrives, told('failed', { words: 'ENETUNREACH' }), [], /ENETUNREACH/],
    [stopped, told('dropped', { stages: ['group_in'] }), [], null],
    [
      stopped,
      told('dropped', { stages: ['route'], words: 'route of vpc-1' }),
      [],
      /dropped at group_in, but .*route of/,
    ],
    [stopped, told('delivered'), [], /dropped at group_in, but it was answered/],
    [stopped, told('refused'), [], /but it arrived/],
    [stopped, lost, at('i-1'), /no stage counted it/],
    [stopped, told('failed', { words: 'EHOSTUNREACH' }), [], null],
    [told('depends', { stages: ['group_in'], to: ['i-2'] }), told('dropped', { stages: ['group_in'] }), [], null],
    [told('depends', { stages: ['group_in'] }), told('delivered'), [], null],
    [told('depends', { stages: ['group_in'] }), told('dropped', { stages: ['acl_in'] }), [], /depends, but/],
  ];
  for (const [analyser, kernel, seen, expected] of rows) {
    const { difference } = differenceOfPackets(analyser, kernel, seen);
    if (expected === null) assert.equal(difference, null);
    else assert.match(difference ?? '', expected);
  }
});

test('names: where nobody here can tell, all is right', () => {
  const resolution = (outcome: Resolution['outcome'], addresses: string[] = [], varies = false): Resolution => ({
    outcome,
    addresses,
    varies,
    steps: [],
    rule: null,
    shadowed: null,
  });
  assert.equal(differenceOfNames(resolution('addresses', ['10.0.0.2', '10.0.0.1']), ['10.0.0.1', '10.0.0.2']), null);
  assert.match(
    differenceOfNames(resolution('addresses', ['10.0.0.1']), ['NXDOMAIN']) ?? '',
    /10\.0\.0\.1, but .*NXDOMAIN/,
  );
  assert.match(differenceOfNames(resolution('NXDOMAIN'), ['10.0.0.1']) ?? '', /NXDOMAIN/);
  assert.equal(differenceOfNames(resolution('resolverOff'), ['SILENT']), null);
  assert.equal(differenceOfNames(resolution('forwarded'), ['10.0.0.1']), null);
  assert.equal(differenceOfNames(resolution('addresses', ['10.0.0.1'], true), ['10.0.0.7']), null);
  assert.match(differenceOfNames(resolution('addresses', ['10.0.0.1'], true), ['SERVFAIL']) ?? '', /SERVFAIL/);
});
