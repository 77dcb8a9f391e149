/**
 * Whether this machine can run Culvert, asked before anything is started, so that what is missing has a name. Tries the real
 * thing where a version number would only be a guess; leaves nothing behind.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, statfsSync } from 'node:fs';
import { basename } from 'node:path';
import { run } from '../host/exec.ts';
import { explain } from '../host/fault.ts';
import { outsideRefusal } from '../host/outside.ts';
import type { Paths } from '../host/paths.ts';
import { Exit } from './exits.ts';

export function needRoot(what: string): void {
  if (process.getuid?.() !== 0) {
    throw new Exit(
      'notRoot',
      `${what} needs root (namespaces, mounts): sudo ${process.env.CULVERT_PROGRAM ?? 'culvert'} …`,
    );
  }
}

/** One script in namespaces of its own, which end with it. */
const KERNEL_PROBES: readonly (readonly [name: string, script: string])[] = [
  ['network namespaces and veth', 'ip link add probe0 type veth peer name probe1'],
  [
    'overlayfs',
    'd=$(mktemp -d); mount -t tmpfs none "$d"; mkdir "$d/l" "$d/u" "$d/w" "$d/m"; mount -t overlay none -o "lowerdir=$d/l,upperdir=$d/u,workdir=$d/w" "$d/m"; umount "$d/m" "$d"; rmdir "$d"',
  ],
  [
    'nftables with NAT, maps and connection tracking',
    'printf "table ip probe {\n map m { type ipv4_addr : ipv4_addr; }\n chain c { type nat hook prerouting priority -100; dnat to ip daddr map @m; }\n chain f { type filter hook forward priority 0; policy drop; ct state established accept; }\n}\n" | nft -f -',
  ],
  ['user namespaces', 'unshare --user true'],
];

/** What the kernel refuses, with its own words; null: it can do that. */
async function probe(script: string): Promise<string | null> {
  try {
    await run('unshare', ['--mount', '--net', 'sh', '-ec', script], { timeoutMs: 10_000 });
    return null;
  } catch (error) {
    return explain(error);
  }
}

export function probeKernel(): Promise<{ readonly name: string; readonly refusal: string | null }[]> {
  return Promise.all(KERNEL_PROBES.map(async ([name, script]) => ({ name, refusal: await probe(script) })));
}

export async function needKernel(): Promise<void> {
  const missing = (await probeKernel()).find(({ refusal }) => refusal !== null);
  if (missing !== undefined) throw new Exit('kernel', `this kernel lacks ${missing.name}: ${missing.refusal}`);
}

export function needOutside(): void {
  const refusal = outsideRefusal();
  if (refusal !== null) throw new Exit('setUp', `--internet is not possible: ${refusal}`);
}

/** Databases, logs and what instances write. */
const NEEDED_MIB = 200;

export function needSpace(paths: Paths): void {
  for (const folder of [paths.home, paths.run]) {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const { bavail, bsize } = statfsSync(folder);
    const free = Math.floor((bavail * bsize) / 2 ** 20);
    const needed = folder === paths.home ? NEEDED_MIB : 10;
    if (free < needed) throw new Exit('noSpace', `no space: ${folder} has ${free} MiB free, ${needed} MiB are needed`);
  }
}

/** The program; not the name of its main thread, which Node sets to no use. */
function nameOf(pid: string): string {
  const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  return basename(program.split(' ')[0] ?? '') || readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
}

/** "nginx (pid 812)" where somebody listens on that TCP port and /proc tells who; null where nobody does. */
export function portHolder(port: number): string | null {
  const inodes = new Set<string>();
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    if (!existsSync(table)) continue;
    for (const line of readFileSync(table, 'utf8').split('\n').slice(1)) {
      const fields = line.trim().split(/\s+/);
      const LISTENING = '0A';
      if (fields[3] === LISTENING && Number.parseInt(fields[1]?.split(':')[1] ?? '', 16) === port)
        inodes.add(fields[9] ?? '');
    }
  }
  if (inodes.size === 0) return null;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      for (const fd of readdirSync(`/proc/${pid}/fd`)) {
        const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
        if (inode !== undefined && inodes.has(inode)) {
          return `${nameOf(pid)} (pid ${pid})`;
        }
      }
    } catch {
      // It ended meanwhile, or is not ours to look into.
    }
  }
  return 'a process that cannot be seen from here';
}
