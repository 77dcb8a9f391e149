/**
 * The programs that benchmarks compare with and measure by. Where one cannot be had (no network, no Debian) the rows that need
 * it say "not installed", as they do for moto_server, which is no package.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { explain } from '../src/host/fault.ts';
import { bringPrograms } from '../src/host/testing/programs.ts';

const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  iperf3: ['iperf3'],
  wrk: ['wrk'],
  haproxy: ['haproxy'],
  nginx: ['nginx-light', 'libnginx-mod-stream'],
  unbound: ['unbound'],
  dnsmasq: ['dnsmasq-base'],
  dnsperf: ['dnsperf'],
};

/** Puts the programs on this process's PATH. */
export async function bringTools(cache: string, progress: (line: string) => void): Promise<void> {
  try {
    await bringPrograms({
      packages: PACKAGES,
      folder: folderIn(cache),
      isWhole: (program) => program !== 'nginx' || hasStreams(cache),
      progress,
    });
  } catch (error) {
    progress(`not fetched, rows that need them say so: ${explain(error)}`);
  }
}

/** nginx's module for plain connections, where Debian keeps it; null: it is built in, or nowhere. */
export function nginxStreamModule(cache: string): string | null {
  const file = 'usr/lib/nginx/modules/ngx_stream_module.so';
  return ['/', folderIn(cache)].map((root) => join(root, file)).find(existsSync) ?? null;
}

function hasStreams(cache: string): boolean {
  if (nginxStreamModule(cache) !== null) return true;
  return !spawnSync('nginx', ['-V'], { encoding: 'utf8' }).stderr.includes('--with-stream=dynamic');
}

const folderIn = (cache: string) => join(cache, 'bench-tools');
