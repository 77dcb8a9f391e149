/**
 * The programs that benchmarks compare with and measure by. What the machine lacks is fetched from Debian's packages and
 * unpacked below the cache, not installed: no daemon is started and nothing of the machine changes. Where that fails (no
 * network, no Debian) the rows that need a program say "not installed", as they do for moto_server, which is no package.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, globSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { run } from '../src/host/exec.ts';
import { explain } from '../src/host/fault.ts';

const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  iperf3: ['iperf3'],
  wrk: ['wrk'],
  haproxy: ['haproxy'],
  nginx: ['nginx-light', 'libnginx-mod-stream'],
  unbound: ['unbound'],
  dnsmasq: ['dnsmasq-base'],
  dnsperf: ['dnsperf'],
};
const FETCH_MS = 300_000;

/** Puts the programs on this process's PATH. */
export async function bringTools(cache: string, progress: (line: string) => void): Promise<void> {
  const folder = join(cache, 'bench-tools');
  use(folder);
  const missing = Object.keys(PACKAGES).filter((program) => !isThere(program, cache));
  if (missing.length === 0) return;
  progress(`fetching ${missing.join(', ')} (unpacked in ${folder}, not installed)`);
  try {
    await unpack(
      missing.flatMap((program) => PACKAGES[program] ?? []),
      folder,
    );
  } catch (error) {
    progress(`not fetched, rows that need them say so: ${explain(error)}`);
  }
}

/** nginx's module for plain connections, where Debian keeps it; null: it is built in, or nowhere. */
export function nginxStreamModule(cache: string): string | null {
  const file = 'usr/lib/nginx/modules/ngx_stream_module.so';
  return ['/', join(cache, 'bench-tools')].map((root) => join(root, file)).find(existsSync) ?? null;
}

/** Beside what an earlier run unpacked. */
async function unpack(packages: readonly string[], folder: string): Promise<void> {
  const archives = join(folder, 'archives');
  mkdirSync(join(archives, 'partial'), { recursive: true });
  const options = [
    '-q',
    '--yes',
    '--no-install-recommends',
    '--download-only',
    '-o',
    `Dir::Cache::archives=${archives}`,
  ];
  const fetch = () => run('apt-get', ['install', ...options, ...packages], { timeoutMs: FETCH_MS });
  try {
    await fetch();
  } catch {
    await run('apt-get', ['update', '-q'], { timeoutMs: FETCH_MS });
    await fetch();
  }
  for (const file of globSync(join(archives, '*.deb'))) await run('dpkg-deb', ['--extract', file, folder]);
  rmSync(archives, { recursive: true });
}

function use(folder: string): void {
  const below = (...places: readonly string[]) => places.map((place) => join(folder, place));
  const libraries = below('lib', 'usr/lib').flatMap((place) => [place, join(place, `${machine()}-linux-gnu`)]);
  process.env.PATH = [process.env.PATH, ...below('usr/sbin', 'usr/bin')].join(':');
  process.env.LD_LIBRARY_PATH = [process.env.LD_LIBRARY_PATH, ...libraries].filter(Boolean).join(':');
}

/** As Debian's folder names say it. */
function machine(): string {
  return process.arch === 'x64' ? 'x86_64' : process.arch === 'arm64' ? 'aarch64' : process.arch;
}

function isThere(program: string, cache: string): boolean {
  if (spawnSync('which', [program], { stdio: 'ignore' }).status !== 0) return false;
  if (program !== 'nginx' || nginxStreamModule(cache) !== null) return true;
  return !spawnSync('nginx', ['-V'], { encoding: 'utf8' }).stderr.includes('--with-stream=dynamic');
}
