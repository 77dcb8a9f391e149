/**
 * The C library's calls that Node has no door to: namespaces, mounts, sockets before they are bound. Each wrapper throws a
 * Fault with the call's name and errno. All are synchronous and run on the calling thread, which is what setns needs.
 */
import { getSystemErrorName } from 'node:util';
import koffi from 'koffi';
import { Fault } from './fault.ts';

const libc = koffi.load('libc.so.6');

export const CLONE_NEWUSER = 0x10000000;
export const CLONE_NEWNET = 0x40000000;
export const MS_BIND = 0x1000;
export const MS_REC = 0x4000;
export const MS_SHARED = 0x100000;
export const MNT_DETACH = 2;
const O_CLOEXEC = 0x80000;
const WALL = 0x40000000;
const SIGKILL = 9;

const calls = {
  open: libc.func('int open(const char *path, int flags)'),
  close: libc.func('int close(int fd)'),
  setns: libc.func('int setns(int fd, int kind)'),
  unshare: libc.func('int unshare(int flags)'),
  mount: libc.func(
    'int mount(const char *source, const char *target, const char *type, ulong flags, const void *data)',
  ),
  umount2: libc.func('int umount2(const char *target, int flags)'),
  socket: libc.func('int socket(int domain, int type, int protocol)'),
  bind: libc.func('int bind(int fd, const void *address, uint length)'),
  connect: libc.func('int connect(int fd, const void *address, uint length)'),
  listen: libc.func('int listen(int fd, int backlog)'),
  setsockopt: libc.func('int setsockopt(int fd, int level, int name, const void *value, uint length)'),
  getsockopt: libc.func('int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint32_t *length)'),
  clone: libc.func('int clone(void *entry, void *stack, int flags, void *argument)'),
  kill: libc.func('int kill(int pid, int signal)'),
  send: libc.func('long send(int fd, const void *data, size_t length, int flags)'),
  recv: libc.func('long recv(int fd, _Out_ uint8_t *data, size_t length, int flags)'),
  if_nametoindex: libc.func('uint if_nametoindex(const char *name)'),
  clock_gettime: libc.func('int clock_gettime(int clock, _Out_ uint8_t *time)'),
  // By number: the C library has these names only since 2.36.
  syscall: libc.func('long syscall(long number, long a, long b, long c, long d, long e)'),
  waitpid: libc.func('int waitpid(int pid, void *status, int options)'),
};

type CallName = keyof typeof calls;

/** Calls `name` and gives its result; throws where the result is negative. `about` says on what. */
export function call(name: CallName, about: string, ...args: unknown[]): number {
  const result = calls[name](...args) as number;
  if (result < 0) throw new Fault(`${name} ${about}: ${getSystemErrorName(-koffi.errno())}`);
  return result;
}

export function openFd(path: string): number {
  return call('open', path, path, O_CLOEXEC);
}

export function closeFd(fd: number): void {
  call('close', String(fd), fd);
}

export function send(fd: number, data: Buffer): void {
  call('send', String(fd), fd, data, data.length, 0);
}

/** Blocks: only for sockets whose answer is already there, as the kernel's own are. */
export function receive(fd: number, limit: number): Buffer {
  if (scratch.length < limit) scratch = Buffer.alloc(limit);
  const length = call('recv', String(fd), fd, scratch, limit, 0);
  return Buffer.from(scratch.subarray(0, length));
}

/** Most answers are short, and room for the longest costs more than the call: it is kept, and what came is copied out. */
let scratch = Buffer.alloc(0);

/** Where the child of `withChild` runs: libc's own sleep(), so that no code of ours runs after the fork. */
const SLEEP = libc.symbol('sleep');
const CHILD_SECONDS = 5;
const CHILD_STACK_BYTES = 65536;

/**
 * A child in new namespaces for as long as `work` runs: it does nothing but hold them. A process with threads cannot enter a
 * user namespace itself. Should we die meanwhile, the child ends by itself after a few seconds.
 */
export function withChild<T>(flags: number, work: (pid: number) => T): T {
  const stack = koffi.alloc('char', CHILD_STACK_BYTES);
  const top = koffi.address(stack) + BigInt(CHILD_STACK_BYTES - 16);
  const pid = call('clone', `with flags ${flags.toString(16)}`, SLEEP, top, flags, BigInt(CHILD_SECONDS));
  try {
    return work(pid);
  } finally {
    call('kill', String(pid), pid, SIGKILL);
    call('waitpid', String(pid), pid, null, WALL);
    koffi.free(stack);
  }
}
