/** How policies are told: each held or broken, by what way, and what to ask next. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAssertions } from '../analyse/assertion.ts';
import type { Broken, Judgement } from '../analyse/judge.ts';
import { judgementLines } from './assert.ts';

const plain = (_: unknown, text: string) => text;
const place = (id: string) => ({ id: `eni-${id}`, machine: `i-${id}`, domain: 'vpc-1', address: '10.0.0.1' });

test('a broken policy is told with its line, a way that breaks it, and the command to look deeper', () => {
  const [held, closed, open] = parseAssertions(
    'nothing in vpc-1 reaches the internet\ni-a reaches i-b on udp/53\nnothing reaches i-b on 80, 81\n',
  );
  assert.ok(held !== undefined && closed !== undefined && open !== undefined);
  const way = { ports: ['tcp/80'], from: [place('a'), place('c')], to: [place('b')], through: [], code: null };
  const example = { from: 'eni-a', machine: 'i-a', address: '10.0.0.2', hops: ['group eni-a', 'acl acl-1'] };
  const broken: Broken[] = [
    { ...way, outcome: 'delivered', through: ['pcx-1'], example: { ...example, ask: { protocol: '6', port: 80 } } },
    {
      ...{ ...way, from: [{ id: 'internet', machine: null, domain: null, address: null }], outcome: 'depends' },
      example: { from: '1.0.0.1', machine: null, address: '198.18.0.9', hops: [], ask: { protocol: '6', port: 80 } },
    },
  ];
  const lost: Broken = {
    ...{ ...way, ports: ['udp/53'], from: [place('a')], outcome: 'dropped', code: 'NO_ROUTE_TO_DESTINATION' },
    example: { ...example, hops: ['route rtb-1 NO_ROUTE_TO_DESTINATION'], ask: { protocol: '17', port: 53 } },
  };
  const judgements: Judgement[] = [
    { assertion: held, isHeld: true, pairs: 0, broken: [] },
    { assertion: closed, isHeld: false, pairs: 1, broken: [lost] },
    { assertion: open, isHeld: false, pairs: 3, broken },
  ];
  assert.deepEqual(judgementLines(judgements, { 'i-a': 'web' }, { file: 'p.txt', isMade: true }, plain), [
    '✓ nothing in vpc-1 reaches the internet',
    '    nobody is there whom this is about',
    '✗ i-a reaches i-b on udp/53  p.txt:2',
    '    udp/53  i-a (web) ↛ i-b  (NO_ROUTE_TO_DESTINATION)',
    '      i-a: route rtb-1 NO_ROUTE_TO_DESTINATION → 10.0.0.2',
    '      $ culvert why i-a 10.0.0.2 --protocol udp --port 53',
    '✗ nothing reaches i-b on 80, 81  p.txt:3',
    '    tcp/80  i-a (web), i-c → i-b  (through pcx-1)',
    '      i-a: group eni-a → acl acl-1 → 10.0.0.2',
    '      $ culvert why i-a 10.0.0.2 --port 80',
    '    tcp/80  the internet → i-b  (some connections)',
    '      $ culvert reach --to 198.18.0.9 --port 80',
    '',
    '2 of 3 policies are broken',
  ]);
  const whole = judgementLines(judgements.slice(0, 1), {}, { file: 'p.txt', isMade: false }, plain);
  assert.equal(whole.at(-1), '1 policy holds after these calls');
});
