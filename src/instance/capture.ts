/**
 * An image's layer out of an instance's disk: a copy of its upper layer (deleted files and all, as overlayfs keeps them) without
 * what belongs to that one instance. Made in a folder that is renamed at the end: killed at any moment it leaves no half image,
 * and is begun anew. The instance's root made these files: nothing here follows a link of theirs, or runs a program of theirs.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/creating-an-ami-ebs.html
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { run } from '../host/exec.ts';
import type { Paths } from '../host/paths.ts';
import { failureFile, layerFolder } from './layers.ts';
import { removeTree } from './remove.ts';

/** For a disk of some tens of GB. */
const COPY_TIMEOUT_MS = 10 * 60_000;

/** By find's -path, whose * stands for any number of folders: what no two instances may share, and what only fills the image. */
const LEFT_OUT: readonly (readonly string[])[] = [
  ...[
    'etc/machine-id',
    'var/lib/dbus/machine-id',
    'etc/hostname',
    'etc/hosts',
    'etc/resolv.conf',
    'etc/ssh/ssh_host_*',
    'var/lib/cloud/*',
    'var/lib/systemd/random-seed',
    'tmp/*',
    'var/tmp/*',
    'var/cache/apt/*.bin',
    'var/cache/apt/archives/*.deb',
    'var/lib/apt/lists/*_*',
  ].map((path) => ['-path', `./${path}`]),
  // Services do not make the folders of their logs again.
  ['-path', './var/log/*', '-type', 'f'],
];

/** The disk of a machine as it is now, to be finished below. The machine does not run meanwhile, or is held still. */
export async function copyDisk(paths: Paths, image: string, machine: string): Promise<void> {
  const fresh = freshFolder(paths, image);
  await removeTree(fresh);
  mkdirSync(fresh, { recursive: true, mode: 0o700 });
  // It ends with us: the next process must not find it still writing.
  const command = ['--pdeathsig', 'KILL', 'cp', '--archive', '--reflink=auto', '--no-target-directory'];
  const upper = join(paths.instanceOf(machine), 'upper');
  await run('setpriv', [...command, upper, join(fresh, 'root')], { timeoutMs: COPY_TIMEOUT_MS });
}

/** `base`: the hash of the base image below it. Once this returns, the layer outlives a power cut. */
export async function finishLayer(paths: Paths, image: string, base: string): Promise<void> {
  const fresh = freshFolder(paths, image);
  const conditions = LEFT_OUT.flatMap((each, at) => [...(at === 0 ? [] : ['-o']), '(', ...each, ')']);
  await run('find', ['-P', '.', '-xdev', '(', ...conditions, ')', '-delete'], { cwd: join(fresh, 'root') });
  writeFileSync(join(fresh, 'image.json'), JSON.stringify({ base }));
  await run('sync', ['--file-system', fresh], { timeoutMs: COPY_TIMEOUT_MS });
  renameSync(fresh, layerFolder(paths, image));
  await run('sync', ['--file-system', paths.images], { timeoutMs: COPY_TIMEOUT_MS });
}

/** It will not be tried again: what there was is removed, and the sentence kept. */
export async function giveUp(paths: Paths, image: string, sentence: string): Promise<void> {
  await removeTree(freshFolder(paths, image));
  const file = failureFile(paths, image);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, sentence);
  renameSync(`${file}.new`, file);
}

function freshFolder(paths: Paths, image: string): string {
  return join(paths.images, `.new-${image}`);
}
