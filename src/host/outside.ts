/**
 * The way to the real world through the host, with nothing of the host's network changed: slirp4netns, an unchanged program of
 * Debian's, takes packets off a tap device in a namespace and speaks for them from ordinary sockets of the host's. It reads what
 * instances wrote, so it is locked in: no file, no socket of /run, no right but that to low ports, few system calls. What may pass to it
 * is the packet program's to say. Here: the program's command, whether it can run, and what the host has that is nobody's to reach.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { Fault } from './fault.ts';

/** The device in the internet domain's namespace, and who is at its other end. Of 252.0.0.0/6, as all links between namespaces. */
export const TAP = {
  name: 'outside',
  mac: '02:cf:00:00:00:01',
  /** Everything that an instance may send: the program's own sockets make of it what the world takes. */
  mtu: 9001,
  cidr: '252.0.2.0/24',
  address: '252.0.2.100',
  far: '252.0.2.2',
  /** What the program makes of `far`. */
  farMac: '52:55:fc:00:02:02',
} as const;

const PROGRAM = 'slirp4netns';
/** Without these the program would look for files of the host's, and find sockets of its daemons. */
const HIDDEN = ['/run', '/etc'];
/** In blocks of 512 bytes. A program whose device is gone says so without an end; the limit ends it, and it is started anew. */
const MOST_LOG_BLOCKS = 512;
/** Mounts of the host's that go, go here too: a copy of a pinned namespace would keep it. What is done here is nobody else's. */
const LOCKED = ['--mount', '--propagation', 'slave'];
const SCRIPT = `ulimit -f ${MOST_LOG_BLOCKS}
for folder in ${HIDDEN.join(' ')}; do mount -t tmpfs -o ro,size=4k,mode=755 none "$folder" || exit 1; done
exec "$@"`;
const NAMESPACE_FD = 3;
const LOCAL = '/proc/net/fib_trie';
const NOT_TOLD = `the kernel does not tell in ${LOCAL} which addresses are the host's own`;

/** Why there can be no way outside; null: there can. */
export function outsideRefusal(): string | null {
  if (spawnSync('which', [PROGRAM], { stdio: 'ignore' }).status !== 0) {
    return `${PROGRAM} is not there: apt-get install ${PROGRAM}`;
  }
  if (!existsSync('/dev/net/tun')) return 'the kernel has no /dev/net/tun';
  return localBlocks(read(LOCAL)).length === 0 ? NOT_TOLD : null;
}

/**
 * Starts the program for the device in the namespace at `netns`; it speaks from the network that this process is in. `log`: a
 * descriptor that it writes to. `env`: by which it is known. It ends when it is told to, and should the device go.
 */
export function startOutside(
  netns: string,
  { log, env = {} }: { readonly log: number; readonly env?: Readonly<Record<string, string>> },
): ChildProcess {
  const { PATH, LD_LIBRARY_PATH } = process.env;
  const namespace = openSync(netns, 'r');
  try {
    const args = [
      ...['--mtu', String(TAP.mtu), '--cidr', TAP.cidr, '--disable-host-loopback', '--disable-dns'],
      ...['--enable-sandbox', '--enable-seccomp', '--netns-type=path', `/proc/self/fd/${NAMESPACE_FD}`, TAP.name],
    ];
    return spawn('unshare', [...LOCKED, 'sh', '-c', SCRIPT, 'sh', PROGRAM, ...args], {
      stdio: ['ignore', log, log, namespace],
      env: { PATH, LD_LIBRARY_PATH, ...env },
      detached: true,
    });
  } finally {
    closeSync(namespace);
  }
}

export interface HostNetwork {
  /** IPv4 blocks of the host's own addresses and of the networks it is on, sorted; each once. */
  readonly hostBlocks: readonly string[];
  /** Whether the program, which has no rights, may send echo requests: it is of group 0. */
  readonly echoes: boolean;
}

/** Of the network that this process is in. Read proc_net(5), fib_trie. */
export function hostNetwork(): HostNetwork {
  const own = localBlocks(read(LOCAL));
  // What is not known cannot be closed.
  if (own.length === 0) throw new Fault(NOT_TOLD);
  const blocks = [...own, ...networks(read('/proc/net/route'))];
  const [first = 1] = read('/proc/sys/net/ipv4/ping_group_range').split(/\s+/).map(Number);
  return { hostBlocks: [...new Set(blocks)].sort(), echoes: first === 0 };
}

/** What the host takes for its own, whatever interface has it: "|-- 203.0.113.1", and below "/32 host LOCAL". */
export function localBlocks(trie: string): readonly string[] {
  let address = '';
  return trie.split('\n').flatMap((line) => {
    address = /\|-- (\S+)/.exec(line)?.[1] ?? address;
    const prefix = /^\s*\/(\d+) host LOCAL/.exec(line)?.[1];
    return prefix === undefined ? [] : [`${address}/${prefix}`];
  });
}

/** No network is larger; a route to half of the world, over a line of two, is to no network. */
const SHORTEST_PREFIX = 8;

/** Those reached without a gateway; the numbers are as the processor has them. */
export function networks(table: string): readonly string[] {
  return table
    .split('\n')
    .slice(1)
    .flatMap((line) => {
      const [, destination, gateway, , , , , mask] = line.split('\t');
      if (destination === undefined || mask === undefined || Number(`0x${gateway}`) !== 0) return [];
      const bits = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length;
      return bits < SHORTEST_PREFIX ? [] : [`${addressOf(destination)}/${bits}`];
    });
}

function addressOf(hex: string): string {
  return [...Buffer.from(hex, 'hex').reverse()].join('.');
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}
