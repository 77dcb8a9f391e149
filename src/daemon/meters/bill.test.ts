/** What a bill is asked for: what cannot be told is a sentence, never an empty bill. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createIntent } from '../../model/intent.ts';
import { billOf, billWishes } from './bill.ts';
import { openMeterStore } from './meter-store.ts';

const folder = mkdtempSync(join(tmpdir(), 'culvert-bill-'));
const store = openMeterStore(join(folder, 'meters.sqlite'));
after(() => {
  store.close();
  rmSync(folder, { recursive: true });
});

const NOON = Date.parse('2026-03-10T12:00:00Z');

test('an account is 12 digits, a Region one with prices, and hours at most those of a year', () => {
  const asked = (query: string) => {
    const wishes = billWishes(new URLSearchParams(query));
    return wishes && billOf(store, createIntent(), NOON, wishes);
  };
  assert.match(String(asked('account=foo')), /^an account is 12 digits, not foo$/);
  assert.match(String(asked('region=mars-1')), /^there are no prices of mars-1: only of .*us-east-1/);
  for (const hours of ['0', '-1', '8785', 'many']) assert.equal(asked(`hours=${hours}`), undefined, hours);
  const bill = asked('account=123456789012&region=us-east-1&hours=24');
  assert.ok(typeof bill === 'object');
  assert.deepEqual([bill.cost.rows, bill.cost.aheadHours], [[], 24]);
});
