/**
 * Which of Culvert's processes run: a file each with the process's id and the moment it started, so that an id which the
 * system gave to another process is never taken for ours, let alone signalled.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Paths } from '../host/paths.ts';

export const PROCESS_NAMES = ['supervisor', 'control', 'edge', 'outside'] as const;
export type ProcessName = (typeof PROCESS_NAMES)[number];

export interface RunningProcess {
  readonly name: ProcessName;
  readonly pid: number;
  /** Resident memory in KiB. */
  readonly rssKib: number;
}

export function notePid(paths: Paths, name: ProcessName, pid: number): void {
  const file = paths.pidFile(name);
  mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
  writeFileSync(`${file}.new`, `${pid} ${startOf(pid) ?? 0}\n`);
  renameSync(`${file}.new`, file);
}

export function forgetPid(paths: Paths, name: ProcessName): void {
  rmSync(paths.pidFile(name), { force: true });
}

/** undefined where it does not run. */
export function findProcess(paths: Paths, name: ProcessName): RunningProcess | undefined {
  const [pid, start] = (read(paths.pidFile(name)) ?? '').trim().split(' ').map(Number);
  if (pid === undefined || start === undefined || !(pid > 0) || startOf(pid) !== start) return undefined;
  const rss = /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`) ?? '')?.[1];
  return { name, pid, rssKib: Number(rss ?? 0) };
}

/** SIGTERM, and SIGKILL for what has not ended in time. Resolves when it is gone; at once where it did not run. */
export async function endProcess(paths: Paths, name: ProcessName, graceMs: number): Promise<void> {
  const found = findProcess(paths, name);
  if (found !== undefined) {
    signal(found.pid, 'SIGTERM');
    if (!(await gone(paths, name, graceMs))) {
      signal(found.pid, 'SIGKILL');
      await gone(paths, name, 5000);
    }
  }
  forgetPid(paths, name);
}

/** False where it still runs after that time. */
export async function gone(paths: Paths, name: ProcessName, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (findProcess(paths, name) !== undefined) {
    if (performance.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return true;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended between the look and the signal.
  }
}

/** The process's start in clock ticks since boot: proc_pid_stat(5), field 22. A zombie counts as gone. */
function startOf(pid: number): number | undefined {
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined || fields[0] === 'Z' ? undefined : Number(fields[19]);
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
