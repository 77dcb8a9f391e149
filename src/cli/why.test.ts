/** What `culvert why` says first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exit } from './exits.ts';
import { asked, topLines } from './why.ts';

const plain = (_style: unknown, text: string) => text;

test('the likeliest cause first: code, resource, why, and the commands, the least of them first', () => {
  const top = {
    code: 'BAD_STATE',
    components: ['eni-1', 'vpce-1'],
    sentence: 'vpce-1 waits',
    fixes: ['aws a', 'aws b'],
  } as const;
  assert.deepEqual(
    topLines({ top, outcome: 'dropped', headline: 'vpce-1 waits', menders: { 'aws b': '222222222222' } }, plain),
    ['✗ BAD_STATE eni-1: vpce-1 waits', '  $ aws a', '  or $ aws b  # account 222222222222'],
  );
  const same = { ...top, sentence: 'eni-1 waits', fixes: [] };
  assert.deepEqual(topLines({ top: same, outcome: 'depends', headline: '', menders: {} }, plain), [
    '~ BAD_STATE eni-1 waits',
  ]);
});

test('nothing stands in the way, or nothing is known of it', () => {
  assert.deepEqual(topLines({ top: null, outcome: 'delivered', headline: 'arrives', menders: {} }, plain), [
    '✓ arrives',
  ]);
  assert.deepEqual(topLines({ top: null, outcome: 'unresolved', headline: 'no address', menders: {} }, plain), [
    '✗ no address',
  ]);
});

test('a protocol is named, or any other by its number', () => {
  const numbers = ['tcp', 'icmp', '47', '047', '255'].map((protocol) => asked('a', 'b', { protocol }).protocol);
  assert.deepEqual(numbers, ['6', '1', '47', '47', '255']);
  for (const protocol of ['gre', '256', '-1', '']) assert.throws(() => asked('a', 'b', { protocol }), Exit);
});
