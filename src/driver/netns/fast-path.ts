/**
 * The fast path of established connections: programs at the links of VPCs' routers (fast-path.bpf.c says what they do). An
 * optimisation of this driver: it decides nothing, and where the kernel or libbpf lacks something all packets go the ordinary way.
 * One set of programs for all routers, loaded once; it stays attached when we end, and a restart takes it up from the kernel.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type LoadedObject,
  loadObject,
  mapsOf,
  possibleCpus,
  programById,
  programId,
  readMap,
  writeMap,
} from '../../host/bpf.ts';
import { explain } from '../../host/fault.ts';
import { type Attachment, attachments, attachPrograms, detachPrograms } from '../../host/traffic-control.ts';

const OBJECT = join(import.meta.dirname, 'fast-path.bpf.o');
const PROGRAMS = ['fast_in', 'fast_out'] as const;
const MAPS = ['generation', 'counters'] as const;
const FIRST = Buffer.alloc(4);
const STALE = 'stale ';

interface FastPath extends Pick<LoadedObject, 'maps'> {
  readonly descriptors: Attachment['programs'];
  readonly ids: Attachment['programs'];
}

let current: FastPath | { readonly refusal: string } | undefined;
let name: string | undefined;

export type FastPathStatus = { readonly refusal: string } | FastPathCounters;

/** What became of it; null: nobody asked for it yet. */
export function fastPathStatus(): FastPathStatus | null {
  if (current === undefined || 'refusal' in current) return current ?? null;
  return fastPathCounters();
}

/** Why there is none; null: there is. Loads the programs where none were found at a link before. */
export function fastPathRefusal(): string | null {
  if (current === undefined) {
    try {
      const { programs, maps } = loadObject(readFileSync(OBJECT), PROGRAMS, MAPS);
      current = fastPath({ ingress: programs.fast_in ?? -1, egress: programs.fast_out ?? -1 }, maps);
      forgetLeases();
    } catch (error) {
      current = { refusal: explain(error) };
    }
  }
  return 'refusal' in current ? current.refusal : null;
}

/**
 * Which of a router's links have programs: of this very version, all with the same maps; the others, whose leases nobody ends,
 * behind STALE, which nobody wants.
 */
export function fastLinks(path: string, links: readonly string[]): string[] {
  return [...attachments(path, links)].map(([link, { name, number, programs }]) => {
    const isOurs = name === objectName() && isCurrent(programs) && isNumberOf(path, number);
    return isOurs ? link : `${STALE}${link}`;
  });
}

export function attachFastPath(path: string, links: readonly string[]): void {
  if (current === undefined || 'refusal' in current || links.length === 0) return;
  const number = numberOf(path);
  if (number === null) return;
  // Leases of a router that had this number before are not this one's.
  forgetLeases();
  attachPrograms(path, links, { programs: current.descriptors, name: objectName(), number });
}

/** Takes links as `fastLinks` gives them. */
export function detachFastPath(path: string, links: readonly string[]): void {
  detachPrograms(
    path,
    links.map((link) => (link.startsWith(STALE) ? link.slice(STALE.length) : link)),
  );
}

/**
 * From now on each connection's next packet goes the ordinary way. To be called after whatever may change a packet's fate:
 * what was let through before that no longer says anything.
 */
export function forgetLeases(): void {
  if (current === undefined || 'refusal' in current) return;
  const generation = current.maps.generation ?? -1;
  const value = readMap(generation, FIRST, Buffer.alloc(4));
  value.writeUInt32LE((value.readUInt32LE() + 1) >>> 0);
  writeMap(generation, FIRST, value);
}

export interface FastPathCounters {
  readonly packets: number;
  readonly bytes: number;
  /** Given, each to the packets of one connection in one direction at one router. */
  readonly leases: number;
}

/** What was carried since the programs were loaded, at all routers; null where there is no fast path. */
export function fastPathCounters(): FastPathCounters | null {
  if (current === undefined || 'refusal' in current) return null;
  const fields = 3;
  const values = readMap(current.maps.counters ?? -1, FIRST, Buffer.alloc(8 * fields * possibleCpus()));
  const sums = [0, 0, 0];
  for (let at = 0; at < values.length / 8; at++)
    sums[at % fields] = (sums[at % fields] ?? 0) + Number(values.readBigUInt64LE(8 * at));
  const [packets = 0, bytes = 0, leases = 0] = sums;
  return { packets, bytes, leases };
}

/** Programs that an earlier process attached become ours where we have none yet. */
function isCurrent(ids: Attachment['programs']): boolean {
  if (current === undefined) {
    try {
      const descriptors = { ingress: programById(ids.ingress), egress: programById(ids.egress) };
      current = fastPath(descriptors, mapsOf(descriptors.ingress));
    } catch {
      // Why there can be none is told when they are loaded.
      return false;
    }
    forgetLeases();
  }
  return !('refusal' in current) && current.ids.ingress === ids.ingress && current.ids.egress === ids.egress;
}

function fastPath(descriptors: Attachment['programs'], maps: LoadedObject['maps']): FastPath {
  return {
    descriptors,
    ids: { ingress: programId(descriptors.ingress), egress: programId(descriptors.egress) },
    maps,
  };
}

/** What tells versions apart. */
function objectName(): string {
  name ??= `culvert-${createHash('sha256').update(readFileSync(OBJECT)).digest('hex').slice(0, 16)}`;
  return name;
}

/**
 * What the programs tell routers apart by. Not the namespace's inode: programs see 16 bits of a class, and a namespace takes dozens of
 * inode numbers, so that some hundred of them would do to have two that look alike.
 */
const NUMBERS = 0xffff;
const routers = new Map<number, string>();
const numbers = new Map<string, number>();
let lastNumber = 0;

/** A number that no other router has at the same time; null: there is none left. */
function numberOf(path: string): number | null {
  const known = numbers.get(path);
  if (known !== undefined) return known;
  for (let tried = 0; tried < NUMBERS; tried++) {
    lastNumber = (lastNumber % NUMBERS) + 1;
    if (claim(path, lastNumber)) return lastNumber;
  }
  return null;
}

/** What an earlier process gave a router stays its own. */
function isNumberOf(path: string, number: number): boolean {
  const known = numbers.get(path);
  return known === undefined ? number <= NUMBERS && claim(path, number) : known === number;
}

function claim(path: string, number: number): boolean {
  const owner = routers.get(number);
  if (owner !== undefined && existsSync(owner)) return false;
  if (owner !== undefined) numbers.delete(owner);
  routers.set(number, path);
  numbers.set(path, number);
  return true;
}
