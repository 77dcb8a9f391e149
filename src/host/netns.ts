/**
 * Network namespaces and sockets inside them, in this process: setns there, a few synchronous calls, setns back. A socket stays
 * in the namespace it was made in, so one Node process can serve in all of them. Namespaces are pinned by bind mounts and
 * outlive us. `work` must not await: a thread or child that starts meanwhile would stay there.
 * Read namespaces(7), setns(2).
 */
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Fault } from './fault.ts';
import {
  CLONE_NEWNET,
  CLONE_NEWUSER,
  call,
  closeFd,
  MNT_DETACH,
  MS_BIND,
  MS_REC,
  MS_SHARED,
  openFd,
  withChild,
} from './libc.ts';

const NSFS_MAGIC = 0x6e736673;
const AF_UNIX = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0x80000;
const SOL_SOCKET = 1;
const SO_NETNS_COOKIE = 71;

/** The thread's own namespace, opened before we ever leave it: the way back. */
let home: number | undefined;

/** Runs `work` with this thread inside the namespace pinned at `path`. Nests. */
export function inNetns<T>(path: string, work: () => T): T {
  home ??= openFd('/proc/thread-self/ns/net');
  const there = openFd(path);
  const back = depth === 0 ? home : openFd('/proc/thread-self/ns/net');
  try {
    call('setns', path, there, CLONE_NEWNET);
  } catch (error) {
    if (back !== home) closeFd(back);
    throw error;
  } finally {
    closeFd(there);
  }
  depth++;
  try {
    return work();
  } finally {
    depth--;
    goBack(back);
  }
}

let depth = 0;

function goBack(fd: number): void {
  try {
    call('setns', 'back', fd, CLONE_NEWNET);
  } catch {
    // Everything this thread did from here on would happen in the wrong network.
    process.abort();
  }
  if (fd !== home) closeFd(fd);
}

/** What the kernel numbers namespaces by: unlike an inode's, a number is never given again (Linux 5.14). */
export function netnsCookie(path: string): bigint {
  const fd = inNetns(path, () => call('socket', path, AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  try {
    const cookie = Buffer.alloc(8);
    call('getsockopt', path, fd, SOL_SOCKET, SO_NETNS_COOKIE, cookie, [cookie.length]);
    return cookie.readBigUInt64LE();
  } finally {
    closeFd(fd);
  }
}

/** A new, empty namespace pinned at `path`. */
export function createNetns(path: string): void {
  home ??= openFd('/proc/thread-self/ns/net');
  if (depth > 0) throw new Fault('createNetns inside inNetns');
  pinnable(dirname(path));
  makePin(path);
  call('unshare', 'netns', CLONE_NEWNET);
  try {
    pin('/proc/thread-self/ns/net', path);
  } finally {
    goBack(home);
  }
}

/**
 * A network namespace owned by a new user namespace, in which ids from 0 are the host's from `idBase`: root inside has all
 * rights over this network and none outside. Both are pinned.
 */
export function createUserNetns(netnsPath: string, usernsPath: string, idBase = 1_000_000): void {
  pinnable(dirname(netnsPath));
  pinnable(dirname(usernsPath));
  makePin(netnsPath);
  makePin(usernsPath);
  withChild(CLONE_NEWUSER | CLONE_NEWNET, (pid) => {
    for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${pid}/${map}`, `0 ${idBase} 65536`);
    // The user namespace first: whoever finds the network pinned finds both.
    pin(`/proc/${pid}/ns/user`, usernsPath);
    pin(`/proc/${pid}/ns/net`, netnsPath);
  });
}

/** Removes the pin, and with it the namespace once nobody else holds it. Absent is fine. Also for user namespaces. */
export function deleteNetns(path: string): void {
  while (isPinned(path)) call('umount2', path, path, MNT_DETACH);
  rmSync(path, { force: true });
}

/** Names of the namespaces pinned in `dir`, sorted. What a crash left half-made (a file without a namespace) is not listed. */
export function listNetns(dir: string): string[] {
  return pinNames(dir).filter((name) => isPinned(resolve(dir, name)));
}

/** Removes every pin in `dir` and `dir` itself. */
export function removePins(dir: string): void {
  for (const name of pinNames(dir)) deleteNetns(resolve(dir, name));
  while (mountOf(dir) !== undefined) call('umount2', dir, dir, MNT_DETACH);
  rmSync(dir, { force: true, recursive: true });
}

export function isPinned(path: string): boolean {
  try {
    return statfsSync(path).type === NSFS_MAGIC;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

function pinNames(dir: string): string[] {
  try {
    return readdirSync(dir).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** A file to mount upon; what an earlier crash left there is replaced. */
function makePin(path: string): void {
  deleteNetns(path);
  closeSync(openSync(path, 'wx', 0o444));
}

function pin(source: string, path: string): void {
  call('mount', path, source, path, null, MS_BIND, null);
}

const prepared = new Set<string>();

/**
 * Makes `dir` a shared mount of itself, as ip-netns(8) does: a process in a mount namespace of its own (an instance's
 * supervisor) then sees new pins and, above all, drops its copy of one that is removed. A copy would keep the namespace alive.
 */
function pinnable(dir: string): void {
  if (prepared.has(dir) && mountOf(dir) !== undefined) return;
  mkdirSync(dir, { recursive: true, mode: 0o755 });
  const mount = mountOf(dir);
  if (mount === undefined) call('mount', dir, dir, dir, null, MS_BIND | MS_REC, null);
  if (!mount?.shared) call('mount', dir, null, dir, null, MS_SHARED | MS_REC, null);
  prepared.add(dir);
}

/** The mount whose mount point is `dir` (resolved, no symbolic links), from /proc/self/mountinfo. */
function mountOf(dir: string): { shared: boolean } | undefined {
  const wanted = resolve(dir).replace(/[ \t\n\\]/g, (c) => `\\${c.charCodeAt(0).toString(8).padStart(3, '0')}`);
  const line = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .find((row) => row.split(' ')[4] === wanted);
  return line === undefined ? undefined : { shared: / shared:\d+/.test(line) };
}
