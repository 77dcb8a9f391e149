import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../model/refusal.ts';
import { filterItems, filterResources } from './filters.ts';

interface Item {
  readonly id: string;
  readonly on: boolean;
  readonly ports: readonly number[];
  readonly tags: Readonly<Record<string, string>>;
}

const ITEMS: readonly Item[] = [
  { id: 'a-1', on: true, ports: [80, 443], tags: { Name: 'web', env: 'prod' } },
  { id: 'b-1', on: false, ports: [22], tags: { Name: 'ssh' } },
  { id: 'b-*', on: false, ports: [], tags: { 'odd key': '', toString: 'x' } },
];
const FIELDS = {
  id: (item: Item) => item.id,
  on: (item: Item) => item.on,
  port: (item: Item) => item.ports,
};

function ids(...filters: [string, ...string[]][]): string {
  const asked = filters.map(([Name, ...Values]) => ({ Name, Values }));
  return filterResources(ITEMS, asked, FIELDS)
    .map((item) => item.id)
    .join(' ');
}

test('one of the values is enough, every filter must match', () => {
  assert.equal(ids(['id', 'a-1', 'b-1']), 'a-1 b-1');
  assert.equal(ids(['id', 'a-1', 'b-1'], ['on', 'false']), 'b-1');
  assert.equal(ids(['port', '443']), 'a-1');
  assert.equal(ids(['port', '44']), '');
  assert.equal(ids(), 'a-1 b-1 b-*');
});

test('wildcards, and a backslash before them', () => {
  assert.equal(ids(['id', '*-1']), 'a-1 b-1');
  assert.equal(ids(['id', '?-1']), 'a-1 b-1');
  assert.equal(ids(['id', 'b-\\*']), 'b-*');
  assert.equal(ids(['id', '**b**']), 'b-1 b-*');
  assert.equal(ids(['id', '?']), '');
  assert.equal(ids(['id', 'A-1']), '');
});

test('tags by key and value', () => {
  assert.equal(ids(['tag:Name', 'w*']), 'a-1');
  assert.equal(ids(['tag:env', '*']), 'a-1');
  assert.equal(ids(['tag-key', 'odd key']), 'b-*');
  assert.equal(ids(['tag:odd key', '']), 'b-*');
  assert.equal(ids(['tag:toString', '*']), 'b-*');
});

test('unknown names are refused, tags too where there are none', () => {
  const refused = (call: () => unknown, message: string) =>
    assert.throws(
      call,
      (error) => error instanceof Refusal && error.code === 'InvalidParameterValue' && error.message === message,
    );
  refused(() => ids(['nope', 'x']), "The filter 'nope' is invalid");
  refused(() => ids(['toString', 'x']), "The filter 'toString' is invalid");
  refused(() => filterItems(ITEMS, [{ Values: ['x'] }], FIELDS), "The filter 'null' is invalid");
  refused(() => filterItems(ITEMS, [{ Name: 'tag:Name', Values: ['x'] }], FIELDS), "The filter 'tag:Name' is invalid");
  refused(() => filterItems([], [{ Name: 'nope', Values: ['x'] }], FIELDS), "The filter 'nope' is invalid");
  assert.throws(() => ids(['id', ...Array.from({ length: 201 }, String)]), { code: 'FilterLimitExceeded' });
});

test('a hostile pattern costs little', () => {
  const item = { id: 'a'.repeat(2000), tags: {} };
  const pattern = `${'a*'.repeat(100)}b`;
  const started = performance.now();
  assert.equal(filterResources([item], [{ Name: 'id', Values: [pattern] }], { id: (each) => each.id }).length, 0);
  assert.ok(performance.now() - started < 10_000);
});
