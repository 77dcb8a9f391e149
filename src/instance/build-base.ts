/**
 * Makes the base image once: `node src/instance/build-base.ts`. mmdebstrap's tar is unpacked inside a user namespace, so that
 * its owners are shifted (a later chown would lose set-user-id bits). All happens in a temporary folder that is renamed at the
 * end: a killed build leaves no half image, and the next one removes what it left. Needs the network; nothing does afterwards.
 * Exit codes: 0 there (or already was), 1 with a sentence on stderr.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { explain, Fault } from '../host/fault.ts';
import { firstLine, lock } from '../host/lock.ts';
import { hostPaths, type Paths } from '../host/paths.ts';
import { ID_BASE, ID_COUNT } from './base.ts';
import { pruneBases, touchBase } from './bases.ts';
import { IMAGE_FOLDER, type Recipe, readRecipe } from './recipe.ts';

/** The image, mmdebstrap's own copy of it and the packages, with a third to spare. */
const NEEDED_MIB = 1600;

/** A part of what mmdebstrap says when a step begins, in its order. */
const STEPS: readonly (readonly [part: string, says: string])[] = [
  ['running apt-get update', 'reading the package lists'],
  ['downloading packages', 'downloading packages'],
  ['extracting archives', 'unpacking the essential packages'],
  ['installing essential packages', 'installing the essential packages'],
  ['installing remaining packages', 'installing the other packages (awscli is the largest)'],
  ['mirror.sh', 'keeping packages for instances to install'],
  ['customize.sh', 'setting it up for instances'],
  ['creating tarball', 'storing it'],
];

const EXCLUDED = [
  '/usr/share/man/*',
  '/usr/share/info/*',
  '/usr/share/locale/*',
  '/usr/share/doc/*',
  '/usr/lib/python3/dist-packages/awscli/examples/*',
];
const INCLUDED = ['/usr/share/doc/*/copyright', '/usr/share/locale/locale.alias'];

export interface BuildOptions {
  readonly paths?: Pick<Paths, 'bases'>;
  readonly say?: (line: string) => void;
}

/** The path of the image's root; builds it if it is absent. */
export async function buildBase(options: BuildOptions = {}): Promise<string> {
  const { paths = hostPaths(), say = (line) => process.stderr.write(`base image: ${line}\n`) } = options;
  const folder = paths.bases;
  const recipe = readRecipe();
  const target = join(folder, recipe.hash);
  const root = join(target, 'root');
  if (existsSync(root)) {
    if (process.getuid?.() === 0) touchBase(folder, recipe.hash);
    return root;
  }
  if (process.getuid?.() !== 0) throw new Fault('the base image can only be built by root');

  mkdirSync(folder, { recursive: true, mode: 0o755 });
  const unlock = await lock(join(folder, '.lock'), () => say('another process is building it: waiting'));
  try {
    if (existsSync(root)) return root;
    for (const stale of readdirSync(folder).filter((name) => name.startsWith('.new-'))) {
      rmSync(join(folder, stale), { recursive: true, force: true });
    }
    checkSpace(folder);
    const work = join(folder, `.new-${recipe.hash}`);
    await build(recipe, work, say);
    // It holds set-user-id programs of the shifted ids: not for the host's other users.
    chmodSync(join(work, 'image'), 0o700);
    renameSync(join(work, 'image'), target);
    rmSync(work, { recursive: true, force: true });
    // The new one is there: what stands in the way of this costs only space.
    await pruneBases(folder, recipe.hash).catch((error) => say(`older base images stay: ${explain(error)}`));
    return root;
  } finally {
    unlock();
  }
}

function checkSpace(folder: string): void {
  const { bavail, bsize } = statfsSync(folder);
  const freeMib = Math.floor((bavail * bsize) / 2 ** 20);
  if (freeMib < NEEDED_MIB) {
    throw new Fault(
      `not enough space in ${folder}: ${freeMib} MiB free, ${NEEDED_MIB} MiB needed to build the base image`,
    );
  }
}

async function build(recipe: Recipe, work: string, say: (line: string) => void): Promise<void> {
  const image = join(work, 'image');
  const root = join(image, 'root');
  for (const dir of [work, join(work, 'tmp'), image, root]) mkdirSync(dir, { mode: 0o755 });
  chownSync(root, ID_BASE, ID_BASE);
  const sources = join(work, 'sources.list');
  writeFileSync(sources, `${recipe.sources.join('\n')}\n`);

  const started = performance.now();
  const seconds = () => `${Math.round((performance.now() - started) / 1000)} s`;
  const total = STEPS.length;
  say(`Debian ${recipe.suite} with ${recipe.packages.length} packages and what they need; once, about a minute`);

  const proxy = await aptProxy();
  const unpack = await unpacker(root);
  const make = spawn(...mmdebstrap(recipe, sources, proxy, join(image, 'packages')), {
    // The temporary chroot is large: it must lie where the space was checked, and go with a killed build.
    env: { PATH: process.env.PATH, TMPDIR: join(work, 'tmp'), LC_ALL: 'C.UTF-8' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const tail: string[] = [];
  createInterface({ input: make.stderr }).on('line', (line) => {
    tail.push(line);
    if (tail.length > 12) tail.shift();
    const at = STEPS.findIndex(([part]) => line.startsWith('I: ') && line.includes(part));
    if (at >= 0) say(`${at + 1}/${total} ${STEPS[at]?.[1]} (${seconds()})`);
  });
  // Neither may wait for the other after its end: without a reader mmdebstrap would write for ever.
  const made = end(make).finally(() => unpack.stdin?.end());
  const unpacked = end(unpack).finally(() => make.kill());
  const piped = pipeline(make.stdout, unpack.stdin as Writable).catch(() => undefined);
  const [unpackStatus, makeStatus] = await Promise.all([unpacked, made, piped]);
  if (unpackStatus !== 0) throw new Fault(`unpacking the base image ended with ${unpackStatus}`);
  if (makeStatus !== 0) throw new Fault(`mmdebstrap ended with ${makeStatus}:\n${tail.join('\n')}`);
  say(`done (${seconds()})`);
}

function mmdebstrap(recipe: Recipe, sources: string, proxy: readonly string[], packages: string): [string, string[]] {
  return [
    'setpriv',
    [
      // mmdebstrap mounts /proc, /sys and /dev in its chroot. In namespaces of its own that end with us, no kill can leave
      // them behind for a later rm -rf to walk into.
      ...['--pdeathsig', 'KILL', 'unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'],
      ...['mmdebstrap', '--mode=root', '--format=tar', '--variant=minbase', `--include=${recipe.packages.join(',')}`],
      ...EXCLUDED.map((path) => `--dpkgopt=path-exclude=${path}`),
      ...INCLUDED.map((path) => `--dpkgopt=path-include=${path}`),
      ...['--aptopt=Apt::Install-Recommends "false"', ...proxy.map((line) => `--aptopt=${line}`)],
      `--customize-hook=${quoted(join(IMAGE_FOLDER, 'mirror.sh'))} "$1" ${quoted(packages)} ${recipe.hash}`,
      `--customize-hook=${quoted(join(IMAGE_FOLDER, 'customize.sh'))} "$1"`,
      ...[recipe.suite, '-', sources],
    ],
  ];
}

/** For sh(1), which runs the hooks. */
function quoted(path: string): string {
  return `'${path.replaceAll("'", "'\\''")}'`;
}

/** mmdebstrap reads none of the host's apt settings; a machine behind a proxy needs this one. */
async function aptProxy(): Promise<string[]> {
  const child = spawn('apt-config', ['dump', '--format=%f "%v";%n', 'Acquire::http::Proxy', 'Acquire::https::Proxy'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const lines: string[] = [];
  createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  await end(child);
  return lines.filter((line) => line.trim() !== '' && !line.includes('""'));
}

/** tar as the root of a new user namespace whose ids are the instances'. Relative to its folder: it cannot walk ours. */
async function unpacker(root: string): Promise<ChildProcess> {
  const child = spawn(
    'unshare',
    [
      '--user',
      // Until the ids are mapped it is nobody there, and nobody's rights end with exec.
      '--keep-caps',
      'sh',
      '-c',
      'echo ready; read go <&3; exec setpriv --reuid=0 --regid=0 --clear-groups tar --extract --numeric-owner --exclude="./dev/*"',
    ],
    { cwd: root, stdio: ['pipe', 'pipe', 'inherit', 'pipe'] },
  );
  await firstLine(child, 'unshare');
  for (const map of ['uid_map', 'gid_map']) writeFileSync(`/proc/${child.pid}/${map}`, `0 ${ID_BASE} ${ID_COUNT}`);
  (child.stdio[3] as Writable).end('\n');
  return child;
}

function end(child: ChildProcess): Promise<number | string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'no status'));
  });
}

if (import.meta.main) {
  try {
    process.stdout.write(`${await buildBase()}\n`);
  } catch (error) {
    process.stderr.write(`base image: ${explain(error)}\n`);
    process.exitCode = 1;
  }
}
