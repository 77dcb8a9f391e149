/**
 * WireGuard in user space, for kernels without it: Debian's wireguard-go, one process for each end of a tunnel, told by the same
 * wg(8) what the kernel would be told. An end lives as long as its process. For tests: see docs/decisions/tunnels.md.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { run } from '../exec.ts';
import { Fault } from '../fault.ts';
import { inNetns } from '../netns.ts';
import { hostPaths } from '../paths.ts';
import { SET, type Wireguard } from '../wireguard.ts';
import { bringPrograms } from './programs.ts';

const UP_MS = 20_000;
const LOOK_MS = 5;
/** Its socket's folder is one for the whole machine: here each process has one of its own. */
const START = 'mount -t tmpfs none /run; exec wireguard-go -f "$0"';

export interface UserWireguard extends Wireguard {
  /** As a crash: the device goes with its process. */
  kill(netns: string, name: string): Promise<void>;
  close(): Promise<void>;
}

export function userWireguard(): UserWireguard {
  const ends = new Map<string, ChildProcess>();
  const keyOf = (netns: string, name: string) => `${netns} ${name}`;

  async function kill(key: string): Promise<void> {
    const child = ends.get(key);
    ends.delete(key);
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await once(child, 'exit');
  }

  return {
    async add(netns, name, mtu) {
      const packages = { 'wireguard-go': ['wireguard-go'], wg: ['wireguard-tools'] };
      await bringPrograms({ packages, folder: join(hostPaths().cache, 'test-tools') });
      await kill(keyOf(netns, name));
      const child = inNetns(netns, () => spawn('unshare', ['--mount', 'sh', '-ec', START, name], { stdio: 'ignore' }));
      ends.set(keyOf(netns, name), child);
      const socket = `/proc/${child.pid}/root/run/wireguard/${name}.sock`;
      for (const end = Date.now() + UP_MS; !existsSync(socket); await setTimeout(LOOK_MS)) {
        if (child.exitCode !== null || Date.now() > end) throw new Fault(`wireguard-go makes no ${name}`);
      }
      await run('ip', ['link', 'set', 'dev', name, 'mtu', String(mtu)], { netns });
    },
    async set(netns, name, configuration) {
      const { pid } = ends.get(keyOf(netns, name)) ?? {};
      const command = ['--mount', '--target', String(pid), 'sh', '-ec', SET, name];
      await run('nsenter', command, { input: configuration });
      // It notices some time later that its device is up; the kernel's is there at once.
      const port = Number(/^ListenPort = (\d+)$/m.exec(configuration)?.[1])
        .toString(16)
        .toUpperCase()
        .padStart(4, '0');
      const listens = () => readFileSync(`/proc/${pid}/net/udp`, 'utf8').includes(`:${port} `);
      for (const end = Date.now() + UP_MS; !listens(); await setTimeout(LOOK_MS)) {
        if (Date.now() > end) throw new Fault(`${name} does not listen`);
      }
    },
    kill: (netns, name) => kill(keyOf(netns, name)),
    async close() {
      for (const key of [...ends.keys()]) await kill(key);
    },
  };
}
