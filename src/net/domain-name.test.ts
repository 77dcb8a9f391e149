/** Names between how they are written and the one text that each has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { isName, labelBytes, readName, spellByte } from './domain-name.ts';

const LABEL = 'a'.repeat(63);
const LONGEST = [LABEL, LABEL, LABEL, 'b'.repeat(61)].join('.');

const READ: readonly [text: string, name: string][] = [
  ['WWW.Example.com.', 'www.example.com'],
  ['*.example.com', '*.example.com'],
  ['\\052.example.com', '*.example.com'],
  ['a.\\052.example.com', 'a.*.example.com'],
  ['_dmarc.x-1.test', '_dmarc.x-1.test'],
  ['a$b+c/d.test', 'a$b+c/d.test'],
  ['A\\040B.test', 'a\\040b.test'],
  ['\\101.test', 'a.test'],
  ['a\\056b.test', 'a\\056b.test'],
  ['a"b.test', 'a\\042b.test'],
  ['\\377.test', '\\377.test'],
  [LONGEST, LONGEST],
  [`${LONGEST}.`, LONGEST],
  ['\\040'.repeat(63), '\\040'.repeat(63)],
];

for (const [text, name] of READ) {
  test(`"${text.slice(0, 30)}" is read`, () => {
    assert.deepEqual(readName(text), { name });
    assert.ok(isName(name));
  });
}

const FAULTS: readonly [text: string, kind: string][] = [
  ['', 'empty'],
  ['.', 'empty'],
  ['a..test', 'empty'],
  ['a.test..', 'empty'],
  ['.a.test', 'empty'],
  [`${LABEL}a.test`, 'longLabel'],
  ['\\040'.repeat(64), 'longLabel'],
  [`${LONGEST}b`, 'long'],
  ['a b.test', 'character'],
  ['exámple.test', 'character'],
  ['😀.test', 'character'],
  ['a\\b.test', 'character'],
  ['a\\400.test', 'character'],
  ['a\\', 'character'],
];

for (const [text, kind] of FAULTS) {
  test(`"${text.slice(0, 30)}": ${kind}`, () => {
    const read = readName(text);
    assert.equal('fault' in read && read.fault.kind, kind);
    assert.equal(isName(text), false);
  });
}

test('only one text of a name is its own', () => {
  for (const other of ['A.test', 'a.test.', '\\141.test', '\\101.test', '\\052.test'])
    assert.equal(isName(other), false);
});

test('any bytes of a label come back', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  fc.assert(
    fc.property(fc.array(byte, { minLength: 1, maxLength: 63 }), (codes) => {
      const label = codes.map(spellByte).join('');
      assert.deepEqual(
        [...labelBytes(label)].map((each) => each.charCodeAt(0)),
        codes,
      );
      const read = readName(label);
      assert.ok('name' in read && isName(read.name));
    }),
    { seed: 1 },
  );
});
