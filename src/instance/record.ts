/** The one file by which a machine's folder remembers its boots (decide.ts). Written whole and renamed: a crash leaves the old one. */
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Fault } from '../host/fault.ts';
import type { MachineRecord } from './decide.ts';

const NAME = 'machine.json';

/** `base`: the base image of machines that were made before each remembered its own. */
export function readRecord(folder: string, base: string): MachineRecord | null {
  let text: string;
  try {
    text = readFileSync(join(folder, NAME), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
  const value = JSON.parse(text) as Partial<MachineRecord>;
  if (typeof value.boots !== 'number' || typeof value.endedInside !== 'boolean') {
    throw new Fault(`${join(folder, NAME)} is not a machine's record`);
  }
  return { base, stopAsked: false, ...value, boots: value.boots, endedInside: value.endedInside };
}

export function writeRecord(folder: string, record: MachineRecord): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const fresh = join(folder, `.${NAME}`);
  writeFileSync(fresh, JSON.stringify(record));
  renameSync(fresh, join(folder, NAME));
}
