/**
 * `culvert test`: everything that can fail, in order of cost: format, lint and types; tests without privileges; tests in the
 * kernel, with real namespaces and containers. All of it runs even where some of it fails; the last line is the sum.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Paths } from '../host/paths.ts';
import { needKernel, needRoot } from './checks.ts';
import { EXITS } from './exits.ts';
import { runHere } from './run-here.ts';
import { duration, penFor } from './text.ts';
import { needBase } from './up.ts';

/** The kernel tests use both cores themselves. */
const UNIT = ['--test-concurrency=2', 'src/**/*.test.ts', 'test/*.test.ts'];
const KERNEL = ['--test-concurrency=1', 'src/**/*.kernel.ts', 'test/*.kernel.ts'];

interface Sum {
  passed: number;
  failed: number;
  skipped: number;
}

export async function test(paths: Paths): Promise<void> {
  needRoot('culvert test');
  await needKernel();
  await needBase(paths);
  const started = performance.now();
  const pen = penFor(process.stdout);
  const sum: Sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [title, command, args] of [
    ['format and lint', 'node_modules/.bin/biome', ['check', '.']],
    ['types', 'node_modules/.bin/tsc', ['-p', 'tsconfig.json']],
    ['types of the pure rooms', 'node_modules/.bin/tsc', ['-p', 'tsconfig.pure.json']],
  ] as const) {
    process.stdout.write(pen('bold', `── ${title}\n`));
    if ((await runHere(command, args)) === 0) sum.passed++;
    else sum.failed++;
  }
  process.stdout.write(pen('bold', '── tests\n'));
  await runTests(UNIT, sum);
  process.stdout.write(pen('bold', '── tests in the kernel\n'));
  await runTests(KERNEL, sum);
  const { passed, failed, skipped } = sum;
  const line = `culvert test: ${passed} passed, ${failed} failed, ${skipped} skipped (${duration(performance.now() - started)})`;
  process.stdout.write(`${pen(failed === 0 ? 'green' : 'red', line)}\n`);
  if (failed > 0) process.exitCode = EXITS.failed;
}

/** Node's own reporter for people, and a second one to count by. A run that ends early counts as a failure. */
async function runTests(args: readonly string[], sum: Sum): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'culvert-test-'));
  const counts = join(folder, 'counts.tap');
  const reporters = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
  const counter = ['--test-reporter=tap', `--test-reporter-destination=${counts}`];
  const code = await runHere(process.execPath, ['--test', ...reporters, ...counter, ...args]);
  const tap = readFileSync(counts, 'utf8');
  rmSync(folder, { recursive: true });
  const count = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1] ?? 0);
  sum.passed += count('pass');
  const failed = count('fail') + count('cancelled');
  sum.failed += code !== 0 && failed === 0 ? 1 : failed;
  sum.skipped += count('skipped') + count('todo');
}
