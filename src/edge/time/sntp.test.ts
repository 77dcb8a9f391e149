import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answerTo } from './sntp.ts';

const ASKED = Buffer.from('0123456789abcdef', 'hex');

function question(first: number, length = 48): Buffer {
  const bytes = Buffer.alloc(length);
  bytes[0] = first;
  bytes[2] = 6;
  ASKED.copy(bytes, 40);
  return bytes;
}

test('an answer has the version and time of its question, and the clock’s', () => {
  // 2026-01-01T00:00:00.5Z and a quarter of a second later.
  const received = 1_767_225_600_500_000_000n;
  const answer = answerTo(question(0x23), received, received + 250_000_000n);
  assert.equal(answer?.length, 48);
  assert.deepEqual([answer[0], answer[1], answer[2]], [0x24, 3, 6]);
  assert.deepEqual([...answer.subarray(12, 16)], [169, 254, 169, 122]);
  assert.deepEqual(answer.subarray(24, 32), ASKED);
  const seconds = 1_767_225_600 + 2_208_988_800;
  assert.deepEqual([answer.readUInt32BE(32), answer.readUInt32BE(36)], [seconds, 0x80000000]);
  assert.deepEqual([answer.readUInt32BE(40), answer.readUInt32BE(44)], [seconds, 0xc0000000]);
  assert.equal(answerTo(question(0x1b), received, received)?.[0], 0x1c);
});

test('after February 2036 the seconds begin anew', () => {
  const second = 1_000_000_000n;
  const answer = answerTo(question(0x23), 2_085_978_496n * second, 2_085_978_497n * second);
  assert.deepEqual([answer?.readUInt32BE(32), answer?.readUInt32BE(40)], [0, 1]);
});

test('what is no client’s question gets no answer', () => {
  for (const [first, length] of [
    [0x23, 47],
    [0x23, 0],
    [0x24, 48],
    [0x21, 48],
    [0x27, 48],
    [0x03, 48],
    [0x2b, 48],
    [0x3b, 48],
  ] as const) {
    assert.equal(answerTo(question(first, Math.max(length, 48)).subarray(0, length), 0n, 0n), undefined, `${first}`);
  }
});
