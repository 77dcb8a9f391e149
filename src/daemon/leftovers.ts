/**
 * What a Culvert with these paths still has on the host: mounts (namespaces are pinned by them), processes, control groups.
 * After a teardown the list is empty; the demo and the kernel tests insist on it. Only looks.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Paths } from '../host/paths.ts';
import { cgroupParent } from '../instance/cgroups.ts';

const CGROUPS = '/sys/fs/cgroup';

/** A sentence each. `except`: processes that may go on, such as the one that asks. */
export function leftovers(paths: Paths, except: readonly number[] = [process.pid]): string[] {
  return [...mounts(paths), ...processes(paths, except), ...groups(paths)];
}

function mounts({ run, home }: Paths): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '')
    .filter((point) => point.startsWith(`${run}/`) || point.startsWith(`${home}/`))
    .map((point) => `mount ${point}`);
}

/** Those that name our folders in their arguments or were given them as variables. */
function processes({ run, home }: Paths, except: readonly number[]): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && !except.includes(Number(name)))
    .flatMap((pid) => {
      const text = read(`/proc/${pid}/cmdline`) + read(`/proc/${pid}/environ`);
      const ours = text
        .split('\0')
        .some((part) => [run, home].some((root) => part.includes(`${root}/`) || part.endsWith(`=${root}`)));
      return ours ? [`process ${pid} (${read(`/proc/${pid}/comm`).trim()})`] : [];
    });
}

function groups({ run }: Paths): string[] {
  const parent = cgroupParent(run);
  if (!existsSync(CGROUPS)) return [];
  return [CGROUPS, ...readdirSync(CGROUPS).map((name) => join(CGROUPS, name))]
    .map((hierarchy) => join(hierarchy, parent))
    .filter((group) => existsSync(group))
    .map((group) => `control group ${group}`);
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    // It ended meanwhile.
    return '';
  }
}
