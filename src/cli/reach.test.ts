/** What `culvert reach` asks, and how it is told. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Exit } from './exits.ts';
import { questionOf, reachLines } from './reach.ts';

const plain = (_: unknown, text: string) => text;

test('a URL says the port; without one all are asked', () => {
  const tcp = { protocol: 'tcp' };
  const asks = [{ protocol: '6', port: 443 }];
  assert.deepEqual(questionOf({ ...tcp, to: 'https://sqs.ap-south-1.amazonaws.com/' }), {
    kind: 'to',
    word: 'sqs.ap-south-1.amazonaws.com',
    asks,
  });
  assert.deepEqual(questionOf({ ...tcp, from: 'i-1' }), { kind: 'from', word: 'i-1', asks: null });
  assert.deepEqual(questionOf({ protocol: 'icmp', matrix: true }), {
    kind: 'matrix',
    asks: [{ protocol: '1', port: null }],
  });
  for (const wrong of [
    tcp,
    { ...tcp, to: 'a', from: 'b' },
    { protocol: 'udp', to: 'a' },
    { ...tcp, to: 'a', port: 'x' },
    { protocol: '47', to: 'a', port: '1' },
  ]) {
    assert.throws(() => questionOf(wrong), Exit);
  }
});

test('rows by port, the reached first, the others by what stops them', () => {
  const place = (id: string) => ({ id: `eni-${id}`, machine: `i-${id}`, domain: 'vpc-1', address: '10.0.0.1' });
  const to = place('web');
  const row = { to, ask: 'tcp/80', address: '10.0.0.9', through: [] };
  const rows = [
    { ...row, from: place('a'), outcome: 'delivered', code: null, through: ['eni-vpce'] },
    { ...row, from: place('b'), outcome: 'dropped', code: 'SUBNET_ACL_RESTRICTION' },
    { ...row, ask: 'tcp/22', from: place('a'), outcome: 'dropped', code: 'ENI_SG_RULES_MISMATCH' },
  ] as const;
  assert.deepEqual(reachLines({ kind: 'rows', rows }, 'from', plain), [
    'tcp/80 → i-web (eni-web)',
    '  ✓  i-a  eni-a  10.0.0.9  vpc-1  through eni-vpce',
    '  ✗ SUBNET_ACL_RESTRICTION: i-b',
    '',
    '✗ nothing else on tcp/22',
  ]);
});

test('a matrix has a line and a column for all that are alike', () => {
  const place = (id: string) => ({ id, machine: null, domain: 'vpc-1', address: '10.0.0.1' });
  const places = ['a', 'b', 'c'].map(place);
  const matrix = {
    ask: 'tcp/80',
    senders: places,
    receivers: places,
    cells: ['=.X', '.=X', 'XX='],
    alike: { senders: [[0, 1], [2]], receivers: [[0, 1], [2]] },
  };
  assert.deepEqual(reachLines({ kind: 'matrix', matrixes: [matrix] }, 'from', plain).slice(-4), [
    '                                  1 2',
    '  a and 1 alike  10.0.0.1  vpc-1  . X',
    '  c              10.0.0.1  vpc-1  X =',
    '',
  ]);
});
