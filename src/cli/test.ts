/**
 * `culvert test`: everything that can fail, in order of cost: format, lint and types; tests without privileges; tests in the
 * kernel, with real namespaces and containers, labs and demos. All of it runs even where some of it fails; the last line is the sum.
 *
 * A test in the kernel meets the machine it runs on: another's load can make it miss a bound. So where few files of those
 * fail, and all the others ran, they run once more, alone. What fails twice has failed; what passes then is named and counted as unsteady.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Paths } from '../host/paths.ts';
import { needKernel, needRoot } from './checks.ts';
import { EXITS } from './exits.ts';
import { readReport, type TestReport } from './report.ts';
import { runHere } from './run-here.ts';
import { duration, penFor } from './text.ts';
import { needBase } from './up.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const REPORTER = fileURLToPath(new URL('./report.ts', import.meta.url));
/** A file whose process does not end fails, see there. */
const END = `--import=${new URL('./test-end.ts', import.meta.url)}`;
const UNIT = ['--test-concurrency=2', 'src/**/*.test.ts', 'test/*.test.ts'];
/**
 * Each in namespaces, folders and on ports of its own; half of their time is waiting, so three keep two cores at work. What takes minutes
 * is in several files.
 */
const KERNEL = ['--test-concurrency=3', 'src/**/*.kernel.ts', 'test/*.kernel.ts'];
const ONE_BY_ONE = '--test-concurrency=1';
/** A test that hangs fails after this time, and the next begins. */
const BOUND = '--test-timeout=400000';
/** More files than this do not fail by accident. */
const MOST_AGAIN = 3;

export async function test(paths: Paths): Promise<void> {
  needRoot('culvert test');
  await needKernel();
  await needBase(paths);
  const started = performance.now();
  const pen = penFor(process.stdout);
  const head = (text: string) => process.stdout.write(pen('bold', `── ${text}\n`));
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const [title, command, args] of [
    ['format and lint', 'node_modules/.bin/biome', ['check', '.']],
    ['types', 'node_modules/.bin/tsc', ['-p', 'tsconfig.json']],
    ['types of the pure rooms', 'node_modules/.bin/tsc', ['-p', 'tsconfig.pure.json']],
  ] as const) {
    head(title);
    if ((await runHere(command, args)) === 0) sum.passed++;
    else sum.failed++;
  }
  const add = (report: TestReport) => {
    sum.passed += report.passed;
    sum.failed += report.failed;
    sum.skipped += report.skipped;
  };
  head('tests');
  add(await runTests(UNIT));
  head('tests in the kernel, labs and demos');
  const inKernel = await runTests(KERNEL);
  add(inKernel);
  const unsteady: string[] = [];
  const files = [...inKernel.failing.keys()];
  if (inKernel.isWhole && files.length > 0 && files.length <= MOST_AGAIN) {
    head(`once more, alone: ${files.join(', ')}`);
    const { failed, failing } = await runTests([ONE_BY_ONE, ...files]);
    sum.passed += Math.max(0, inKernel.failed - failed);
    sum.failed += failed - inKernel.failed;
    for (const [file, names] of inKernel.failing) {
      const again = failing.get(file) ?? [];
      unsteady.push(...names.filter((name) => !again.includes(name)).map((name) => `${file}: ${name}`));
    }
  }
  for (const each of unsteady) process.stdout.write(pen('yellow', `unsteady: failed, and passed alone: ${each}\n`));
  const { passed, failed, skipped } = sum;
  const counts = [`${passed} passed`, `${failed} failed`, `${skipped} skipped`];
  if (unsteady.length > 0) counts.push(`${unsteady.length} unsteady`);
  const line = `culvert test: ${counts.join(', ')} (${duration(performance.now() - started)})`;
  process.stdout.write(`${pen(failed === 0 ? 'green' : 'red', line)}\n`);
  if (failed > 0) process.exitCode = EXITS.failed;
}

/** Node's own reporter for people, and ours to count by. */
async function runTests(args: readonly string[]): Promise<TestReport> {
  const folder = mkdtempSync(join(tmpdir(), 'culvert-test-'));
  const told = join(folder, 'report');
  try {
    const people = ['--test-reporter=spec', '--test-reporter-destination=stdout'];
    const counter = [`--test-reporter=${REPORTER}`, `--test-reporter-destination=${told}`];
    const code = await runHere(process.execPath, [END, '--test', BOUND, ...people, ...counter, ...args]);
    const report = readReport(readFileSync(told, { encoding: 'utf8', flag: 'a+' }), ROOT);
    return code !== 0 && report.failed === 0 ? { ...report, failed: 1 } : report;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
