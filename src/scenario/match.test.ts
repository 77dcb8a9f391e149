import assert from 'node:assert/strict';
import { describe, it, test } from 'node:test';
import { isAsExpected, lookUp } from './match.ts';
import { fillIn, splitWords, takeNames } from './words.ts';

const OUTPUT = {
  Vpcs: [
    { VpcId: 'vpc-1', Tags: [{ Key: 'Name', Value: 'one' }], Count: 2, Default: false },
    { VpcId: 'vpc-2', Tags: [] },
  ],
};

describe('paths', () => {
  for (const [path, expected] of [
    ['Vpcs[0].VpcId', 'vpc-1'],
    ['Vpcs[*].VpcId', ['vpc-1', 'vpc-2']],
    ['Vpcs[VpcId=vpc-2].Tags', []],
    ['Vpcs[0].Tags[Key=Name].Value', 'one'],
    ['Vpcs[9].VpcId', undefined],
    ['Nothing.At.All', undefined],
  ] as const) {
    it(path, () => assert.deepEqual(lookUp(OUTPUT, path), expected));
  }
});

describe('values', () => {
  for (const [path, verb, value, expected] of [
    ['Vpcs[0].VpcId', 'is', 'vpc-1', true],
    ['Vpcs[0].VpcId', 'is', 'vpc-', false],
    ['Vpcs[0].VpcId', 'is', 'vpc-...', true],
    ['Vpcs[0].Count', 'is', '2', true],
    ['Vpcs[0].Default', 'is', 'false', true],
    ['Vpcs[0].Missing', 'is', 'absent', true],
    ['Vpcs[0].VpcId', 'is', 'absent', false],
    ['Vpcs[0].VpcId', 'is', 'present', true],
    ['Vpcs[1].Tags', 'is', '[]', true],
    ['Vpcs[0].Tags', 'is', '[]', false],
    ['Vpcs', 'is', '[{"VpcId": "vpc-1"}, {"VpcId": "vpc-..."}]', true],
    ['Vpcs', 'is', '[{"VpcId": "vpc-1"}]', false],
    ['Vpcs[0]', 'is', '{"Count": 2}', true],
    ['Vpcs[0]', 'is', '{"Count": 3}', false],
    ['Vpcs[*].VpcId', 'contains', 'vpc-2', true],
    ['Vpcs[*].VpcId', 'contains', 'vpc-3', false],
    ['Vpcs[*].VpcId', 'lacks', 'vpc-3', true],
    ['Vpcs[*].VpcId', 'lacks', 'vpc-2', false],
    ['Missing', 'lacks', 'a', false],
  ] as const) {
    it(`${path} ${verb} ${value}`, () => assert.equal(isAsExpected(lookUp(OUTPUT, path), verb, value), expected));
  }
});

test('names are filled in, or are an error', () => {
  const names = new Map([['vpc', 'vpc-1']]);
  const fill = (text: string) => fillIn(text, names, (sentence) => new Error(sentence));
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is the format's own way to write it.
  assert.equal(fill('$vpc ${vpc}s $$vpc $5'), 'vpc-1 vpc-1s $vpc $5');
  assert.throws(() => fill('$subnet'), /\$subnet was not given a value/);
});

test('values become names again', () => {
  const names = new Map([
    ['vpc', 'vpc-0123'],
    ['vpcs', 'vpc-01234'],
    ['port', '80'],
  ]);
  // biome-ignore lint/suspicious/noTemplateCurlyInString: that is the format's own way to write it.
  assert.equal(takeNames('vpc-0123, vpc-01234, vpc-01235 $80', names), '$vpc, $vpcs, ${vpc}5 $$80');
});

test('words as a shell cuts them', () => {
  const texts = (text: string) => {
    const words = splitWords(text);
    return typeof words === 'string' ? words : words.map((word) => word.text);
  };
  assert.deepEqual(texts(`a  'b c' "d \\"e\\"" f\\ g h'i'`), ['a', 'b c', 'd "e"', 'f g', 'hi']);
  assert.match(String(texts('a > b')), /shell/);
});
