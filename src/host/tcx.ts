/**
 * BPF programs at links by tcx (Linux 6.6), which costs a packet less than traffic-control.ts. Nothing is given to an attachment: programs
 * see their link's namespace, and say who they are themselves, by name and by a version in a map of theirs. They outlive us.
 * Read linux/bpf.h (BPF_PROG_ATTACH, BPF_PROG_QUERY; BPF_TCX_INGRESS).
 */
import { attachAt, detachFrom, mapsOf, programById, programId, programName, programsAt, readMap } from './bpf.ts';
import { Fault } from './fault.ts';
import { call, closeFd } from './libc.ts';
import { inNetns, netnsCookie } from './netns.ts';
import { type Attachment, WAYS, type Way } from './traffic-control.ts';

const TYPES = { ingress: 46, egress: 47 } as const;
const REPLACE = 4;
const BEFORE = 8;
/** Loopback's, in every namespace. */
const FIRST_LINK = 1;
/** The map that names a program's version, and how long such a name may be. */
export const VERSION_MAP = 'version';
export const VERSION_BYTES = 24;

/** What identifies a pair of programs at a link, whatever their version. */
type Names = Readonly<Record<Way, string>>;

let known: boolean | undefined;

/** Whether the kernel has it, and lets us; without BPF at all there is nothing to find at links either. */
function isThere(): boolean {
  if (known !== undefined) return known;
  try {
    known = programsAt(FIRST_LINK, TYPES.ingress) !== null;
  } catch {
    known = false;
  }
  return known;
}

/**
 * Whether programs are to be attached so: with `CULVERT_TCX=on`, where the kernel has it. Not by default, since the kernel waits for all
 * processors at each attachment: docs/decisions/fast-path.md.
 */
export function hasTcx(): boolean {
  return process.env.CULVERT_TCX === 'on' && isThere();
}

/** What programs know a namespace by: the lower half of its cookie. */
export function namespaceId(path: string): number {
  return Number(BigInt.asUintN(32, netnsCookie(path)));
}

/**
 * At each of these links of the namespace at `path`. What is there already under the same name is replaced in one step; `isFirst`: of
 * several these come before all others.
 */
export function attachTcx(
  path: string,
  links: readonly string[],
  names: Names,
  { programs, isFirst }: { readonly programs: Attachment['programs']; readonly isFirst: boolean },
): void {
  inNetns(path, () => {
    for (const link of links) {
      const index = indexOf(link);
      if (index === 0) throw new Fault(`BPF programs at ${link}: there is no such link`);
      for (const way of WAYS) {
        const there = found(index, way, names);
        const own = programs[way];
        if (there === undefined) attachAt(own, index, TYPES[way], isFirst ? BEFORE : 0);
        else if (there.id !== programId(own))
          withProgram(there.id, (old) => attachAt(own, index, TYPES[way], REPLACE, old));
      }
    }
  });
}

export function detachTcx(path: string, links: readonly string[], names: Names): void {
  if (!isThere()) return;
  inNetns(path, () => {
    for (const link of links) {
      const index = indexOf(link);
      for (const way of WAYS) {
        const there = found(index, way, names);
        if (there !== undefined) withProgram(there.id, (fd) => detachFrom(fd, index, TYPES[way]));
      }
    }
  });
}

/** By link, where there is one of them; both of the same version, or none of any. */
export function tcxAttachments(path: string, links: readonly string[], names: Names): Map<string, Attachment> {
  const all = new Map<string, Attachment>();
  if (!isThere()) return all;
  inNetns(path, () => {
    const number = namespaceId(path);
    for (const link of links) {
      const index = indexOf(link);
      const [ingress, egress] = WAYS.map((way) => found(index, way, names));
      if (ingress === undefined && egress === undefined) continue;
      const name = ingress?.version === egress?.version ? (ingress?.version ?? '') : '';
      all.set(link, { programs: { ingress: ingress?.id ?? 0, egress: egress?.id ?? 0 }, name, number });
    }
  });
  return all;
}

interface Found {
  readonly id: number;
  readonly version: string;
}

function found(index: number, way: Way, names: Names): Found | undefined {
  for (const id of programsAt(index, TYPES[way]) ?? []) {
    const about = aboutProgram(id);
    if (about !== null && about.name === names[way]) return { id, version: about.version };
  }
  return undefined;
}

/** By the number that the kernel gave it, which it gives no other one; null: it is not one of ours. */
const programs = new Map<number, { readonly name: string; readonly version: string } | null>();

function aboutProgram(id: number): { readonly name: string; readonly version: string } | null {
  const before = programs.get(id);
  if (before !== undefined) return before;
  const about = withProgram(id, (fd) => {
    const maps = mapsOf(fd);
    try {
      const map = maps[VERSION_MAP];
      if (map === undefined) return null;
      const value = readMap(map, Buffer.alloc(4), Buffer.alloc(VERSION_BYTES));
      return { name: programName(fd), version: value.toString().split('\0')[0] ?? '' };
    } finally {
      for (const each of Object.values(maps)) closeFd(each);
    }
  });
  programs.set(id, about);
  return about;
}

function withProgram<T>(id: number, work: (fd: number) => T): T {
  const fd = programById(id);
  try {
    return work(fd);
  } finally {
    closeFd(fd);
  }
}

/** Only inside the namespace. 0: there is none. */
function indexOf(link: string): number {
  return call('if_nametoindex', link, link);
}
