/**
 * Which base images may go. They are shared by every Culvert of the machine, each with a home of its own, so each that uses one
 * says so in `<hash>/homes`. A base stays while a disk or an image of any of these homes lies on it, and for a week after the last
 * use: another version of Culvert may be between two runs.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hostPaths } from '../host/paths.ts';
import { removeTree } from './remove.ts';

const KEPT_MS = 7 * 24 * 60 * 60 * 1000;
const HOMES = 'homes';

/** Called before anything of this home lies on the base image. */
export function noteUse({ bases, home }: { readonly bases: string; readonly home: string }, hash: string): void {
  const homes = join(bases, hash, HOMES);
  mkdirSync(homes, { recursive: true, mode: 0o700 });
  writeFileSync(join(homes, createHash('sha256').update(home).digest('hex').slice(0, 16)), home);
  touchBase(bases, hash);
}

/** A Culvert of this version was started. */
export function touchBase(bases: string, hash: string): void {
  utimesSync(join(bases, hash), new Date(), new Date());
}

/** Removes the base images that nobody needs; never `current`. Those removed, by hash. */
export async function pruneBases(bases: string, current: string, now = Date.now()): Promise<readonly string[]> {
  const unused = readdirSync(bases).filter(
    (hash) => /^[0-9a-f]{12}$/.test(hash) && hash !== current && !isUsed(join(bases, hash), hash, now),
  );
  // Its files belong to instances' ids; rm(1) follows no link and stays on the file system.
  for (const hash of unused) await removeTree(join(bases, hash));
  return unused;
}

function isUsed(base: string, hash: string, now: number): boolean {
  const homes = join(base, HOMES);
  if (now - statSync(base).mtimeMs < KEPT_MS) return true;
  return namesIn(homes).some((name) => needs(readFileSync(join(homes, name), 'utf8'), hash));
}

/** Whether a disk or an image of that home lies on the base image with this hash. */
function needs(home: string, hash: string): boolean {
  const { instances, images } = hostPaths({ CULVERT_HOME: home });
  const files = [
    ...namesIn(instances).map((name) => join(instances, name, 'machine.json')),
    ...namesIn(images).map((name) => join(images, name, 'image.json')),
  ];
  return files
    .filter(existsSync)
    .some((file) => (JSON.parse(readFileSync(file, 'utf8')) as { base?: string }).base === hash);
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
