/**
 * Removes folders that roots of instances have written to: rm(1) walks by descriptor, follows no link, and no path is too long for it.
 * Who ends this process waits for what is being removed: its children would go on without it.
 */
import { run } from '../host/exec.ts';

const underWay = new Set<Promise<unknown>>();

export async function removeTree(path: string): Promise<void> {
  const work = run('rm', ['-rf', '--one-file-system', path]);
  underWay.add(work);
  try {
    await work;
  } finally {
    underWay.delete(work);
  }
}

export async function removalsEnded(): Promise<void> {
  await Promise.allSettled(underWay);
}
