import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Refusal } from '../../model/refusal.ts';
import { page, refuseIdsWithPages } from './pages.ts';

const NUMBERS = Array.from({ length: 23 }, (_, at) => `n-${at}`);
const same = (text: string) => text;

test('pages together are the whole, in order', () => {
  const seen: string[] = [];
  let NextToken: string | undefined;
  let pages = 0;
  do {
    const { items, next } = page(NUMBERS, { MaxResults: 5, NextToken }, same);
    seen.push(...items);
    NextToken = next;
    pages++;
  } while (NextToken !== undefined);
  assert.deepEqual(seen, NUMBERS);
  assert.equal(pages, 5);
});

test('without MaxResults there is one page; a full last page has no token', () => {
  assert.deepEqual(page(NUMBERS, {}, same), { items: NUMBERS, next: undefined });
  assert.equal(page(NUMBERS.slice(0, 5), { MaxResults: 5 }, same).next, undefined);
});

test('what is deleted or made between two pages shifts nothing', () => {
  const { next } = page(NUMBERS, { MaxResults: 5 }, same);
  const rest = (items: readonly string[]) => page(items, { MaxResults: 5, NextToken: next }, same).items[0];
  assert.equal(rest(NUMBERS.slice(2)), 'n-5');
  assert.equal(rest(['n-new', ...NUMBERS]), 'n-5');
  assert.equal(rest(NUMBERS.slice(0, 3)), undefined);
});

test('bad counts and tokens are refused', () => {
  const refused = (call: () => unknown, code: string) =>
    assert.throws(call, (error) => error instanceof Refusal && error.code === code);
  for (const MaxResults of [4, 0, -1, 1001])
    refused(() => page(NUMBERS, { MaxResults }, same), 'InvalidParameterValue');
  for (const NextToken of ['', 'x', 'zzzz', '0041', '00410', '{}']) {
    refused(() => page(NUMBERS, { NextToken }, same), 'InvalidNextToken');
  }
  refused(() => refuseIdsWithPages(['i-1'], 'instancesSet', { MaxResults: 5 }), 'InvalidParameterCombination');
  refuseIdsWithPages([], 'instancesSet', { MaxResults: 5 });
  refuseIdsWithPages(['i-1'], 'instancesSet', {});
});
