/**
 * A pair of BPF programs at links of routers, one for what comes in and one for what goes out: loaded once for all routers. They are
 * attached by clsact and told their router by the number that each attachment has; or, where that is asked for, by tcx, and see their
 * router's namespace. They stay attached when we end, and a restart takes them up from the kernel.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  bindMap,
  type LoadedObject,
  loadObject,
  mapsOf,
  programById,
  programId,
  tryObject,
  writeMap,
} from '../../host/bpf.ts';
import { explain } from '../../host/fault.ts';
import {
  attachTcx,
  detachTcx,
  hasTcx,
  namespaceId,
  tcxAttachments,
  VERSION_BYTES,
  VERSION_MAP,
} from '../../host/tcx.ts';
import { type Attachment, attachments, attachPrograms, detachPrograms } from '../../host/traffic-control.ts';

export interface LinkPrograms {
  /** Why there are none; null: there are. Loads them where none were found at a link before. */
  refusal(): string | null;
  /** The same without loading them for good: those that an earlier process left at links may still be found. */
  wouldRefuse(): string | null;
  /** Whether anybody asked for them yet, or they were found at a link. */
  isKnown(): boolean;
  /** null: there are none, or nobody asked for them yet. */
  maps(): LoadedObject['maps'] | null;
  /**
   * Which of a router's links have programs: of this very version, all with the same maps; the others behind STALE, which nobody
   * wants.
   */
  at(path: string, links: readonly string[]): string[];
  /** Takes links as `at` gives them; what is there gives way in one step, so that no packet passes between. */
  attach(path: string, links: readonly string[]): void;
  /** By which the programs know the router; null: it has none yet. */
  numberAt(path: string): number | null;
  /** The same, and gives it one; null where there are no programs, or no number is left. */
  claimNumber(path: string): number | null;
  /** Takes links as `at` gives them. */
  detach(path: string, links: readonly string[]): void;
}

interface Options {
  /** Beside this file. */
  readonly object: string;
  /** Those for tcx; for clsact they are called the same with `_class` behind. */
  readonly programs: Readonly<Record<keyof Attachment['programs'], string>>;
  readonly maps: readonly string[];
  /** Of several pairs at a link, those of the lowest come first: there are two, 1 and 2. */
  readonly priority: number;
  /** They were loaded, or found at a link. */
  readonly onFound: (maps: LoadedObject['maps']) => void;
}

interface Found extends Pick<LoadedObject, 'maps'> {
  readonly descriptors: Attachment['programs'];
  readonly ids: Attachment['programs'];
}

/** A way to attach them. */
interface Place {
  found(path: string, links: readonly string[]): Map<string, Attachment>;
  attach(path: string, links: readonly string[], attachment: Attachment): void;
  detach(path: string, links: readonly string[]): void;
}

const STALE = 'stale ';

export function createLinkPrograms({ object, programs: names, maps, priority, onFound }: Options): LinkPrograms {
  const file = join(import.meta.dirname, object);
  let current: Found | { readonly refusal: string } | undefined;
  let tried: { readonly refusal: string | null } | undefined;
  let name: string | undefined;

  /** What tells versions apart. */
  function objectName(): string {
    name ??= `culvert-${createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16)}`;
    return name;
  }

  function find(descriptors: Attachment['programs'], maps: LoadedObject['maps']): void {
    const ids = { ingress: programId(descriptors.ingress), egress: programId(descriptors.egress) };
    current = { descriptors, ids, maps };
    onFound(maps);
  }

  /** Programs that an earlier process attached become ours where we have none yet. */
  function isCurrent(ids: Attachment['programs']): boolean {
    if (current === undefined) {
      try {
        const descriptors = { ingress: programById(ids.ingress), egress: programById(ids.egress) };
        find(descriptors, { ...mapsOf(descriptors.egress), ...mapsOf(descriptors.ingress) });
      } catch {
        // Why there can be none is told when they are loaded.
        return false;
      }
    }
    if (current === undefined || 'refusal' in current) return false;
    return current.ids.ingress === ids.ingress && current.ids.egress === ids.egress;
  }

  function wanted(): Readonly<Record<keyof Attachment['programs'], string>> {
    return hasTcx() ? names : { ingress: `${names.ingress}_class`, egress: `${names.egress}_class` };
  }

  function load(): void {
    const { ingress, egress } = wanted();
    const { programs, maps: loaded } = loadObject(readFileSync(file), [ingress, egress], [...maps, VERSION_MAP]);
    const descriptors = { ingress: programs[ingress] ?? -1, egress: programs[egress] ?? -1 };
    const version = Buffer.alloc(VERSION_BYTES);
    version.write(objectName());
    writeMap(loaded[VERSION_MAP] ?? -1, Buffer.alloc(4), version);
    for (const each of Object.values(descriptors)) bindMap(each, loaded[VERSION_MAP] ?? -1);
    find(descriptors, loaded);
  }

  const byTcx: Place = {
    found: (path, links) => tcxAttachments(path, links, names),
    attach: (path, links, { programs }) => attachTcx(path, links, names, { programs, isFirst: priority === 1 }),
    detach: (path, links) => detachTcx(path, links, names),
  };
  const byClass: Place = {
    found: (path, links) => attachments(path, links, priority),
    attach: (path, links, attachment) => attachPrograms(path, links, priority, attachment),
    detach: (path, links) => detachPrograms(path, links, priority),
  };

  /** Where ours are, and where those may be of a version before ours, or of one that was told otherwise. */
  function places(): { readonly own: Place; readonly other: Place } {
    return hasTcx() ? { own: byTcx, other: byClass } : { own: byClass, other: byTcx };
  }

  function attempt(): { readonly refusal: string | null } {
    try {
      tryObject(readFileSync(file), Object.values(wanted()));
      return { refusal: null };
    } catch (error) {
      return { refusal: explain(error) };
    }
  }

  return {
    refusal() {
      if (current === undefined) {
        try {
          load();
        } catch (error) {
          current = { refusal: explain(error) };
        }
      }
      return current !== undefined && 'refusal' in current ? current.refusal : null;
    },
    wouldRefuse() {
      if (current !== undefined) return 'refusal' in current ? current.refusal : null;
      tried ??= attempt();
      return tried.refusal;
    },
    isKnown: () => current !== undefined,
    maps: () => (current === undefined || 'refusal' in current ? null : current.maps),
    at(path, links) {
      const { own, other } = places();
      const before = other.found(path, links);
      const there = [...own.found(path, links)].map(([link, { name, number, programs }]) => {
        const isOurs = name === objectName() && isCurrent(programs) && isNumberOf(path, number);
        return isOurs && !before.has(link) ? link : `${STALE}${link}`;
      });
      return [...new Set([...there, ...[...before.keys()].map((link) => `${STALE}${link}`)])];
    },
    attach(path, links) {
      if (current === undefined || 'refusal' in current) return;
      const number = numberOf(path);
      if (number === null) return;
      const { own, other } = places();
      const attachment = { programs: current.descriptors, name: objectName(), number };
      own.attach(path, [...new Set(links.map(bare))], attachment);
      // Only now, so that no packet passes between: what ours are done with, those no longer see.
      other.detach(path, links.filter(isStale).map(bare));
    },
    numberAt: (path) => (hasTcx() ? namespaceId(path) : (numbers.get(path) ?? null)),
    claimNumber: (path) => (current === undefined || 'refusal' in current ? null : numberOf(path)),
    detach(path, links) {
      const { own, other } = places();
      own.detach(path, links.map(bare));
      other.detach(path, links.filter(isStale).map(bare));
    },
  };
}

function isStale(link: string): boolean {
  return link.startsWith(STALE);
}

function bare(link: string): string {
  return isStale(link) ? link.slice(STALE.length) : link;
}

/**
 * What the programs tell routers apart by, where they do not see namespaces. Not the namespace's inode: programs see 16 bits of a
 * class, and a namespace takes dozens of inode numbers, so that some hundred of them would do to have two that look alike.
 */
const NUMBERS = 0xffff;
const routers = new Map<number, string>();
const numbers = new Map<string, number>();
let lastNumber = 0;

/** A number that no other router has at the same time; null: there is none left. */
function numberOf(path: string): number | null {
  if (hasTcx()) return namespaceId(path);
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
  // There it is nobody's to give.
  if (hasTcx()) return true;
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
