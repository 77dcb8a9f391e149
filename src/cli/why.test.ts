/** What `culvert why` says first. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exit } from './exits.ts';
import { asked, topLines, whyLines } from './why.ts';

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

test('a note is one line at the end, without its command', () => {
  const note = {
    code: 'CULVERT_IDLE_TIMEOUT',
    components: ['listener-1'],
    sentence: 'listener-1 ends what is silent',
    fixes: ['aws elbv2 a'],
    setting: 'tcp.idle_timeout.seconds',
    value: 350,
    source: 'aws elbv2 b',
  } as const;
  const found = {
    question: { from: 'i-1', to: 'i-2', protocol: '6', port: 80 },
    sender: { port: 'eni-1', machine: 'i-1', domain: 'vpc-1' },
    ...{ name: null, port: 80, resolution: null, paths: [], hints: [], notes: [note], top: null },
    ...{ headline: 'arrives', policies: [], names: {}, menders: {} },
    outcome: 'delivered',
  } as const;
  assert.deepEqual(whyLines(found, plain).slice(1), [
    '✓ arrives',
    '',
    '· listener-1 ends what is silent (CULVERT_IDLE_TIMEOUT)',
  ]);
});
