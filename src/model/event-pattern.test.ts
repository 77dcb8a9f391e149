/** Each documented comparison: what it matches, and what it does not. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePattern } from './event-pattern.ts';
import { PatternFault } from './event-pattern-groups.ts';

/** A hundredth of it is what matching takes; one by one it would take longer. */
const BOUND_MS = 10_000;

const EVENT = {
  source: 'aws.ec2',
  'detail-type': 'EC2 Instance State-change Notification',
  resources: ['arn:aws:ec2:ap-south-1:123456789012:instance/i-1'],
  detail: {
    ...{ state: 'running', count: 5, price: 2.5, on: true, nothing: null, empty: '', none: [], address: '10.0.0.7' },
    tags: ['blue', 'green'],
    path: 'a/lib/b*c.png',
    ports: [
      { port: 80, protocol: 'tcp' },
      { port: 53, protocol: 'udp' },
    ],
  },
};

const ROWS: readonly (readonly [pattern: object, matches: boolean])[] = [
  // Equal; several alternatives; several fields must all be so.
  [{ source: ['aws.ec2'] }, true],
  [{ source: ['aws.s3', 'aws.ec2'] }, true],
  [{ source: ['aws.s3'] }, false],
  [{ source: ['AWS.EC2'] }, false],
  [{ source: ['aws.ec2'], detail: { state: ['running'] } }, true],
  [{ source: ['aws.ec2'], detail: { state: ['stopped'] } }, false],
  [{ account: ['123456789012'] }, false],
  [{ detail: { count: [5] } }, true],
  [{ detail: { count: ['5'] } }, false],
  [{ detail: { on: [true] } }, true],
  [{ detail: { on: [false] } }, false],
  [{ detail: { nothing: [null] } }, true],
  [{ detail: { empty: [null] } }, false],
  [{ detail: { absent: [null] } }, false],
  [{ detail: { empty: [''] } }, true],
  [{ detail: { state: [''] } }, false],
  // Of a list one must be it; of objects one in all fields.
  [{ detail: { tags: ['green'] } }, true],
  [{ detail: { tags: ['red'] } }, false],
  [{ detail: { ports: { port: [53], protocol: ['udp'] } } }, true],
  [{ detail: { ports: { port: [53], protocol: ['tcp'] } } }, false],
  // An object is no value, and a value no object.
  [{ detail: ['running'] }, false],
  [{ source: { name: ['aws.ec2'] } }, false],
  [{ detail: { state: [{ prefix: 'run' }] } }, true],
  [{ detail: { state: [{ prefix: 'RUN' }] } }, false],
  [{ detail: { state: [{ prefix: { 'equals-ignore-case': 'RUN' } }] } }, true],
  [{ detail: { count: [{ prefix: '5' }] } }, false],
  [{ detail: { path: [{ suffix: '.png' }] } }, true],
  [{ detail: { path: [{ suffix: '.PNG' }] } }, false],
  [{ detail: { path: [{ suffix: { 'equals-ignore-case': '.PNG' } }] } }, true],
  [{ detail: { state: [{ 'equals-ignore-case': 'RunNing' }] } }, true],
  [{ detail: { state: [{ 'equals-ignore-case': 'runnin' }] } }, false],
  [{ detail: { path: [{ wildcard: 'a/*/b*' }] } }, true],
  [{ detail: { path: [{ wildcard: '*/lib/*.png' }] } }, true],
  [{ detail: { path: [{ wildcard: '*\\**' }] } }, true],
  [{ detail: { path: [{ wildcard: 'a\\*' }] } }, false],
  [{ detail: { path: [{ wildcard: 'a/lib/b?c.png' }] } }, false],
  [{ detail: { state: [{ wildcard: 'running' }] } }, true],
  // What one star took the end of cannot be taken again.
  [{ detail: { state: [{ wildcard: 'running*ing' }] } }, false],
  [{ detail: { state: [{ wildcard: 'run*ing' }] } }, true],
  [{ detail: { state: [{ 'anything-but': 'stopped' }] } }, true],
  [{ detail: { state: [{ 'anything-but': 'running' }] } }, false],
  [{ detail: { state: [{ 'anything-but': ['stopped', 'running'] }] } }, false],
  [{ detail: { count: [{ 'anything-but': 5 }] } }, false],
  [{ detail: { count: [{ 'anything-but': [6, 7] }] } }, true],
  [{ detail: { absent: [{ 'anything-but': 'stopped' }] } }, false],
  [{ detail: { tags: [{ 'anything-but': 'green' }] } }, true],
  [{ detail: { state: [{ 'anything-but': { prefix: 'run' } }] } }, false],
  [{ detail: { state: [{ 'anything-but': { prefix: ['x', 'stop'] } }] } }, true],
  [{ detail: { path: [{ 'anything-but': { suffix: '.png' } }] } }, false],
  [{ detail: { state: [{ 'anything-but': { 'equals-ignore-case': ['RUNNING'] } }] } }, false],
  [{ detail: { path: [{ 'anything-but': { wildcard: '*/lib/*' } }] } }, false],
  [{ detail: { state: [{ 'anything-but': { wildcard: '*/lib/*' } }] } }, true],
  [{ detail: { count: [{ numeric: ['=', 5] }] } }, true],
  [{ detail: { count: [{ numeric: ['>', 0, '<=', 5] }] } }, true],
  [{ detail: { count: [{ numeric: ['>', 0, '<', 5] }] } }, false],
  [{ detail: { price: [{ numeric: ['>=', 2.5] }] } }, true],
  [{ detail: { state: [{ numeric: ['>', 0] }] } }, false],
  [{ detail: { state: [{ exists: true }] } }, true],
  [{ detail: { state: [{ exists: false }] } }, false],
  [{ detail: { absent: [{ exists: false }] } }, true],
  [{ detail: { absent: [{ exists: true }] } }, false],
  [{ detail: { none: [{ exists: true }] } }, false],
  [{ detail: { nothing: [{ exists: true }] } }, true],
  [{ nowhere: { absent: [{ exists: false }] } }, true],
  [{ detail: { address: [{ cidr: '10.0.0.0/24' }] } }, true],
  [{ detail: { address: [{ cidr: '10.0.1.0/24' }] } }, false],
  [{ detail: { address: [{ cidr: '2001:db8::/32' }] } }, false],
  [{ detail: { state: [{ cidr: '10.0.0.0/24' }] } }, false],
  [{ detail: { $or: [{ state: ['stopped'] }, { count: [{ numeric: ['>', 4] }] }] } }, true],
  [{ detail: { $or: [{ state: ['stopped'] }, { count: [{ numeric: ['>', 5] }] }] } }, false],
  [{ source: ['aws.s3'], $or: [{ source: ['aws.ec2'] }, { detail: { state: ['running'] } }] }, false],
  // Names that every object has are no fields.
  [{ constructor: [{ exists: false }] }, true],
];

for (const [pattern, expected] of ROWS) {
  const text = JSON.stringify(pattern);
  test(`${text} ${expected ? 'matches' : 'does not match'}`, () => {
    assert.equal(parsePattern(text).matches(EVENT), expected);
  });
}

test('what is no pattern is told so', () => {
  for (const [text, message] of [
    ['', /not valid JSON/],
    ['[]', /Filter is not an object/],
    ['{}', /Empty objects/],
    ['{"source":"aws.ec2"}', /^"source" must be an object or an array$/],
    ['{"source":[]}', /Empty arrays are not allowed/],
    ['{"detail":{}}', /Empty objects/],
    ['{"source":[["a"]]}', /Match value must be/],
    ['{"source":[{"starts":"a"}]}', /Unrecognized match type starts/],
    ['{"source":[{"prefix":"a","suffix":"b"}]}', /Only one key allowed/],
    ['{"source":[{}]}', /Only one key allowed/],
    ['{"source":[{"prefix":1}]}', /prefix match pattern must be a string/],
    ['{"source":[{"toString":"a"}]}', /Unrecognized match type toString/],
    ['{"source":[{"anything-but":{"numeric":["=",1]}}]}', /Unsupported anything-but/],
    ['{"source":[{"anything-but":[]}]}', /Empty arrays/],
    ['{"source":[{"anything-but":[null]}]}', /anything but list/],
    ['{"source":[{"exists":"yes"}]}', /true or false/],
    ['{"source":[{"numeric":["~",1]}]}', /Unrecognized numeric range operator: ~/],
    ['{"source":[{"numeric":["constructor",1]}]}', /Unrecognized numeric range operator: constructor/],
    ['{"source":[{"numeric":[">"]}]}', /numeric must be an array/],
    ['{"source":[{"numeric":[">","1"]}]}', /must be a number/],
    ['{"source":[{"numeric":["<",1e999]}]}', /must be a number/],
    ['{"source":[{"cidr":"10.0.0.0"}]}', /Malformed CIDR/],
    ['{"source":[{"wildcard":"a**b"}]}', /Consecutive wildcard/],
    ['{"source":[{"wildcard":"a\\\\b"}]}', /Invalid escape/],
    ['{"$or":[{"source":["a"]}]}', /\$or must be/],
    [`${'{"a":'.repeat(200)}["b"]${'}'.repeat(200)}`, /nested too deeply/],
  ] as const) {
    assert.throws(
      () => parsePattern(text),
      (error) => error instanceof PatternFault && message.test(error.message),
      text,
    );
  }
});

test('a pattern of many stars is no work', () => {
  const { matches } = parsePattern(JSON.stringify({ text: [{ wildcard: `${'*a'.repeat(500)}*b` }] }));
  const started = performance.now();
  assert.equal(matches({ text: 'a'.repeat(100_000) }), false);
  assert.ok(performance.now() - started < BOUND_MS);
});

test('nor is a long part between stars, and what would be is no pattern', () => {
  const pattern = (half: number) =>
    JSON.stringify({ text: [{ wildcard: `x*${'a'.repeat(half)}b${'a'.repeat(half - 1)}*${'a'.repeat(300)}` }] });
  const { matches } = parsePattern(pattern(125));
  const text = `x${'a'.repeat(32 * 1024)}`;
  const started = performance.now();
  for (let time = 0; time < 3_000; time++) assert.equal(matches({ text }), false);
  assert.ok(performance.now() - started < BOUND_MS);
  assert.equal(matches({ text: `${text}b${text.slice(1)}` }), true);
  assert.throws(() => parsePattern(pattern(126)), /Rule is too complex/);
});

test('many constants and many values are looked up', () => {
  const { matches } = parsePattern(JSON.stringify({ list: Array.from({ length: 100_000 }, (_, at) => `a${at}`) }));
  const started = performance.now();
  assert.equal(matches({ list: Array.from({ length: 100_000 }, (_, at) => `b${at}`) }), false);
  assert.ok(performance.now() - started < BOUND_MS);
  assert.equal(matches({ list: ['b', 'a99999'] }), true);
});

/** Lists of one operator are one look-up: a row of values for each, and those of them that one comparison by itself would take. */
const GROUPS: readonly (readonly [operands: readonly object[], values: readonly unknown[]])[] = [
  [
    ['a', 'ab', 'b', '', 'abc', 'ba', 'é', '\ud83d'].map((prefix) => ({ prefix })),
    ['', 'a', 'A', 'aa', 'abd', 'b', 'c', 'é1', '😀', 7],
  ],
  [['ab', 'abc', 'b', 'ac'].map((prefix) => ({ prefix })), ['a', 'ab', 'abb', 'aca', 'ad', 'bz', 'c', '', 'aab']],
  [['ab', 'cab', 'c'].map((suffix) => ({ suffix })), ['ab', 'b', 'xab', 'cab', 'c', 'ca', '', 'abx']],
  [['AB', 'c'].map((prefix) => ({ prefix: { 'equals-ignore-case': prefix } })), ['abx', 'ABX', 'aB', 'C', 'a', 'xab']],
  [['AB', 'c'].map((suffix) => ({ suffix: { 'equals-ignore-case': suffix } })), ['xab', 'AB', 'xC', 'abx', 'b']],
  [['Ab', 'c'].map((text) => ({ 'equals-ignore-case': text })), ['AB', 'ab', 'C', 'b', 'abc']],
  [
    [
      ['=', 3],
      ['>', 5, '<=', 7],
      ['>=', 7, '<', 9],
      ['<', -1],
      ['>', 8, '<', 8],
      ['=', 3.5],
      ['>=', 1e300],
    ].map((numeric) => ({ numeric })),
    [-5, -1, 0, 3, 3.25, 3.5, 5, 5.5, 7, 8, 9, 1e299, 1e300, 1e308, '3'],
  ],
  [
    [
      ['<', 3],
      ['>', 3],
    ].map((numeric) => ({ numeric })),
    [2, 3, 4],
  ],
  [
    ['10.0.0.0/8', '10.1.0.0/16', '10.1.2.3/32', '192.168.0.0/24', '2001:db8::/32', '::/128', '0.0.0.0/32'].map(
      (cidr) => ({ cidr }),
    ),
    [
      '10.1.2.3',
      '10.255.0.1',
      '9.255.255.255',
      '11.0.0.0',
      '192.168.0.9',
      '192.168.1.0',
      '2001:db8::1',
      '::',
      '::1',
      'x',
    ],
  ],
  [['a', ['a', 'b'], { prefix: 'a' }].map((other) => ({ 'anything-but': other })), ['a', 'b', 'ab', 'c', 5]],
  [[{ exists: true }, { exists: false }], ['a']],
  [['a*b', '*c', 'd'].map((wildcard) => ({ wildcard })), ['ab', 'axb', 'xc', 'c', 'd', 'dd', 'b']],
];

for (const [operands, values] of GROUPS) {
  test(`together as one by one: ${JSON.stringify(operands)}`, () => {
    const together = parsePattern(JSON.stringify({ value: operands }));
    const alone = operands.map((operand) => parsePattern(JSON.stringify({ value: [operand] })));
    for (const value of values) {
      const expected = alone.some(({ matches }) => matches({ value }));
      assert.equal(together.matches({ value }), expected, JSON.stringify(value));
      assert.equal(together.matches({ value: [value, value] }), expected, JSON.stringify([value, value]));
    }
  });
}

test('many comparisons and many values are looked up', () => {
  const list = Array.from({ length: 6_000 }, (_, at) => `${at}`.padStart(4, '0'));
  const values = [...list, ...list.keys()];
  const texts = Array.from({ length: 1_000 }, (_, at) => `${at}x`);
  for (const operands of [
    texts.map((prefix) => ({ prefix })),
    texts.map((text) => ({ suffix: `x${text}` })),
    texts.map((text) => ({ suffix: { 'equals-ignore-case': text } })),
    texts.map((text) => ({ 'equals-ignore-case': text })),
    texts.map((_, at) => ({ numeric: ['>', at, '<', at + 0.5] })),
    texts.map((_, at) => ({ cidr: `10.${at >> 8}.${at & 255}.0/24` })),
    [{ 'anything-but': values }],
  ]) {
    const { matches } = parsePattern(JSON.stringify({ list: operands }));
    const started = performance.now();
    for (let time = 0; time < 100; time++) assert.equal(matches({ list: [...values] }), false);
    // One by one it would be more than a billion comparisons.
    assert.ok(performance.now() - started < BOUND_MS, JSON.stringify(operands).slice(0, 100));
  }
});

test('more wildcards than each value can be held against are no pattern', () => {
  const wildcards = (count: number) => Array.from({ length: count }, (_, at) => ({ wildcard: `*${at}` }));
  const pattern = (count: number) =>
    JSON.stringify({
      a: wildcards(16),
      $or: [{ b: [{ 'anything-but': { wildcard: ['*', 'x*'] } }] }, { b: wildcards(count) }],
    });
  assert.ok(parsePattern(pattern(14)));
  assert.throws(
    () => parsePattern(pattern(15)),
    (error) => error instanceof PatternFault && error.message.startsWith('Rule is too complex'),
  );
});
