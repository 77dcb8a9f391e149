/** How a run of the fuzzer is told: rewritten on a terminal, a line a minute elsewhere, and the summary. No kernel. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Counts } from './fuzz/lab.ts';
import { Progress, summaryOf } from './fuzz/progress.ts';

const COUNTS: Counts = {
  ...{ topologies: 1250, calls: 60_000, refused: 1500, packets: 40_000, unsent: 10_000, questions: 900, unasked: 100 },
  fates: { 'dropped: group in': 12_000, delivered: 27_990, 'dropped: nat': 10 },
  answers: { NXDOMAIN: 300, addresses: 600 },
  spent: {},
};

/** A run of ten minutes, whose clock stands still until it is moved. */
function run(isTTY: boolean, columns = 80) {
  let milliseconds = 5000;
  const written: string[] = [];
  const screen = { isTTY, columns, write: (text: string) => written.push(text) };
  const progress = new Progress(screen, 10, () => milliseconds);
  const pass = (more: number) => {
    milliseconds += more;
  };
  return { progress, written, pass };
}

test('a terminal: one line, rewritten a few times a second and never broken; what stays takes its place', () => {
  const { progress, written, pass } = run(true, 60);
  progress.tell(COUNTS);
  pass(100);
  progress.tell(COUNTS);
  assert.deepEqual(written.splice(0), []);
  pass(83_000);
  progress.tell(COUNTS);
  progress.tell(COUNTS);
  assert.deepEqual(written.splice(0), ['\r\x1b[K1 min 23 s of 10 min 0 s: 1,250 topologies, 40,000 packets,']);
  progress.print('✗ wrong');
  assert.deepEqual(written, ['\r\x1b[K✗ wrong\n']);
});

test('elsewhere: a line a minute', () => {
  const { progress, written, pass } = run(false);
  for (let second = 0; second < 185; second++) {
    pass(1000);
    progress.tell(COUNTS, 'making it smaller: ');
  }
  const what = 'of 10 min 0 s: making it smaller: 1,250 topologies, 40,000 packets, 900 questions\n';
  assert.deepEqual(written, [`1 min 0 s ${what}`, `2 min 0 s ${what}`, `3 min 0 s ${what}`]);
  progress.print('seed 1');
  assert.equal(written.at(-1), 'seed 1\n');
});

test('the end comes when the minutes are over', () => {
  const { progress, pass } = run(false);
  pass(599_999);
  assert.equal(progress.isOver, false);
  pass(1);
  assert.deepEqual([progress.isOver, progress.elapsedMs], [true, 600_000]);
});

test('the summary: what became of packets and names, the most frequent first, and what was not sent', () => {
  assert.equal(
    summaryOf(COUNTS, 600_000),
    `1,250 topologies, 40,000 packets, 900 questions in 10 min 0 s
  packets    27,990   70.0 %  delivered
             12,000   30.0 %  dropped: group in
                 10    0.0 %  dropped: nat
  questions     600   66.7 %  addresses
                300   33.3 %  NXDOMAIN
  unsent     10,000           flows without a sender, or without a receiver
  unasked       100           questions that nobody here answers, or of which several might
  refused     1,500           of 60,000 API calls, as AWS would`,
  );
});
