/**
 * Programs that tests and benchmarks compare with. What the machine lacks is fetched from Debian's packages and unpacked in a
 * folder of the cache, not installed: no daemon is started and nothing of the machine changes.
 */
import { spawnSync } from 'node:child_process';
import { globSync, mkdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../exec.ts';
import { lock } from '../lock.ts';

export interface Programs {
  /** Packages by program. */
  readonly packages: Readonly<Record<string, readonly string[]>>;
  readonly folder: string;
  /** More than that it is on the PATH. */
  readonly isWhole?: (program: string) => boolean;
  readonly progress?: (line: string) => void;
}

const FETCH_MS = 300_000;

/** Puts the programs on this process's PATH; throws where one cannot be had. */
export async function bringPrograms({ packages, folder, isWhole = () => true, progress }: Programs): Promise<void> {
  use(folder);
  mkdirSync(dirname(folder), { recursive: true });
  // One process at a time, whatever it brings: a program may be there before its libraries are, and apt waits for nobody.
  const unlock = await lock(join(dirname(folder), 'programs.lock'));
  try {
    const missing = Object.keys(packages).filter((program) => !isThere(program) || !isWhole(program));
    if (missing.length === 0) return;
    progress?.(`fetching ${missing.join(', ')} (unpacked in ${folder}, not installed)`);
    await unpack(
      missing.flatMap((program) => packages[program] ?? []),
      folder,
    );
  } finally {
    unlock();
  }
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

/** Once, however many ask. */
function use(folder: string): void {
  const below = (...places: readonly string[]) => places.map((place) => join(folder, place));
  const libraries = below('lib', 'usr/lib').flatMap((place) => [place, join(place, `${machine()}-linux-gnu`)]);
  const add = (variable: string, places: readonly string[]) => {
    const all = [...(process.env[variable] ?? '').split(':'), ...places];
    process.env[variable] = [...new Set(all)].filter(Boolean).join(':');
  };
  add('PATH', below('usr/sbin', 'usr/bin'));
  add('LD_LIBRARY_PATH', libraries);
}

/** As Debian's folder names say it. */
function machine(): string {
  return process.arch === 'x64' ? 'x86_64' : process.arch === 'arm64' ? 'aarch64' : process.arch;
}

function isThere(program: string): boolean {
  return spawnSync('which', [program], { stdio: 'ignore' }).status === 0;
}
