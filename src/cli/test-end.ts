/**
 * Preloaded into the process of each test file by `culvert test`: once its tests are over, a process has so long to end by
 * itself. A socket that a test left open keeps it, and all files behind it, waiting: so what is open is told, and in the end it
 * fails. (Node's --test-force-exit ends at once, and loses what the file told last.)
 */
import { after } from 'node:test';
import { isMainThread } from 'node:worker_threads';

const TELL_MS = 10_000;
/** Longer than the kernel tries to connect. */
const END_MS = 180_000;

/**
 * Registers what happens after all tests of this file; both times are counted from there. Nothing in the runner itself, in threads,
 * and in programs that a file starts with its own options.
 */
export function boundEnd(tellMs: number, endMs: number): void {
  const isOfRunner = process.env.NODE_TEST_CONTEXT === 'child-v8';
  if (!isOfRunner || !isMainThread || !/\.(test|kernel)\.\w+$/.test(process.argv[1] ?? '')) return;
  after(() => {
    setTimeout(() => tell('does not end yet'), tellMs).unref();
    setTimeout(() => {
      tell('did not end');
      process.exit(1);
    }, endMs).unref();
  });
}

function tell(what: string): void {
  const open = new Map<string, number>();
  for (const kind of process.getActiveResourcesInfo()) open.set(kind, (open.get(kind) ?? 0) + 1);
  const list = [...open].map(([kind, count]) => `${count} ${kind}`).join(', ');
  process.stderr.write(`${process.argv[1]}: its tests are over, and its process ${what}; open: ${list}\n`);
}

boundEnd(TELL_MS, END_MS);
