/**
 * Control groups of instances, by cgroupfs, without a systemd on the host. One parent group for each run folder, so that several
 * Culverts live side by side. crun makes an instance's group and sets the limits; this hands the part that systemd inside needs
 * to the instance's root, and removes what is left. Limits themselves stay the host's: only `delegated` files change owner.
 * See systemd.io/CGROUP_DELEGATION and cgroups(7).
 */
import { createHash } from 'node:crypto';
import { chownSync, existsSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { ID_BASE } from './base.ts';

const MOUNT = '/sys/fs/cgroup';

/** hybrid: v1 controllers, with an empty v2 hierarchy at `unified` beside them; crun refuses to see both. */
export type CgroupMode = 'v1' | 'hybrid' | 'v2';

/** `mounts` is the text of /proc/self/mounts. */
export function cgroupMode(mounts: string): CgroupMode {
  const typeOf = (path: string) =>
    mounts
      .split('\n')
      .map((line) => line.split(' '))
      .findLast((fields) => fields[1] === path)?.[2];
  if (typeOf(MOUNT) === 'cgroup2') return 'v2';
  return typeOf(`${MOUNT}/unified`) === 'cgroup2' ? 'hybrid' : 'v1';
}

export function hostCgroupMode(): CgroupMode {
  return cgroupMode(readFileSync('/proc/self/mounts', 'utf8'));
}

/** As in an OCI config: absolute, below the root of each hierarchy. */
export function cgroupParent(run: string): string {
  return `/culvert-${createHash('sha256').update(run).digest('hex').slice(0, 10)}`;
}

/** Between create and start: without its own group systemd ends at once and says nothing. */
export function delegateCgroup(mode: CgroupMode, path: string): void {
  const group = mode === 'v2' ? join(MOUNT, path) : join(MOUNT, 'systemd', path);
  const files =
    mode === 'v2' ? ['cgroup.procs', 'cgroup.subtree_control', 'cgroup.threads'] : ['cgroup.procs', 'tasks'];
  chownSync(group, ID_BASE, ID_BASE);
  for (const file of files) chownSync(join(group, file), ID_BASE, ID_BASE);
}

/** Removes the group and all below it in every hierarchy, if no process is left in it. Never a mount point: `path` is ours. */
export function removeCgroup(mode: CgroupMode, path: string): void {
  const hierarchies = mode === 'v2' ? [MOUNT] : readdirSync(MOUNT).map((name) => join(MOUNT, name));
  for (const hierarchy of hierarchies) removeTree(join(hierarchy, path));
}

function removeTree(group: string): void {
  if (!existsSync(group)) return;
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(group, entry.name));
  }
  try {
    rmdirSync(group);
  } catch (error) {
    // Not empty: another instance's, or a process that is still ending; whoever ends last removes it.
    const { code } = error as NodeJS.ErrnoException;
    if (code !== 'EBUSY' && code !== 'ENOTEMPTY' && code !== 'ENOENT') throw error;
  }
}
