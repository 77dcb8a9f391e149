/**
 * A reporter for Node's test runner that writes what `culvert test` counts by: a line of JSON for each test that failed and
 * one for the whole. Read back with {@link readReport}.
 */
import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';

export interface TestReport {
  readonly passed: number;
  /** Tests, and files that ended before they could tell of theirs. */
  readonly failed: number;
  readonly skipped: number;
  /** It ran to its end; else nobody knows what the rest would have done. */
  readonly isWhole: boolean;
  /** Names of the tests that failed, by file, relative to the project. */
  readonly failing: ReadonlyMap<string, readonly string[]>;
}

interface Line {
  readonly failed?: { readonly file: string; readonly name: string };
  readonly counts?: Record<'tests' | 'passed' | 'skipped' | 'todo', number>;
}

export default async function* report(events: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  for await (const event of events) {
    let line: Line | undefined;
    if (event.type === 'test:fail') {
      const { file = '', name, details } = event.data;
      // A suite fails because of what is in it, which is told already.
      if (details.type !== 'suite') line = { failed: { file, name } };
    } else if (event.type === 'test:summary' && event.data.file === undefined) {
      line = { counts: event.data.counts };
    }
    if (line !== undefined) yield `${JSON.stringify(line)}\n`;
  }
}

/** A run whose sum is missing ended early: that is a failure, whatever else was told. */
export function readReport(text: string, folder: string): TestReport {
  const failing = new Map<string, string[]>();
  let counts: Line['counts'];
  for (const each of text.split('\n').filter(Boolean)) {
    const line = JSON.parse(each) as Line;
    counts = line.counts ?? counts;
    if (line.failed === undefined) continue;
    const file = relative(folder, line.failed.file);
    failing.set(file, [...(failing.get(file) ?? []), line.failed.name]);
  }
  if (counts === undefined) return { passed: 0, failed: 1, skipped: 0, isWhole: false, failing };
  const { tests, passed, skipped, todo } = counts;
  const failed = Math.max(tests - passed - skipped - todo, failing.size);
  return { passed, failed, skipped: skipped + todo, isWhole: true, failing };
}
