/**
 * A pair of BPF programs at links of routers, one for what comes in and one for what goes out: loaded once for all routers. They are
 * told their router by the number that each attachment has. They stay attached when we end, and a restart takes them up from the kernel.
 */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LoadedObject, loadObject, mapsOf, programById, programId, tryObject } from '../../host/bpf.ts';
import { explain } from '../../host/fault.ts';
import {
  type Attachment,
  attachments,
  attachPrograms,
  detachPrograms,
  type Place,
} from '../../host/traffic-control.ts';

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
  readonly programs: Readonly<Record<keyof Attachment['programs'], string>>;
  readonly maps: readonly string[];
  /** There are two, of priorities 1 and 2. */
  readonly place: Place;
  /** They were loaded, or found at a link. */
  readonly onFound: (maps: LoadedObject['maps']) => void;
}

interface Found extends Pick<LoadedObject, 'maps'> {
  readonly descriptors: Attachment['programs'];
  readonly ids: Attachment['programs'];
}

const STALE = 'stale ';

export function createLinkPrograms({ object, programs: names, maps, place, onFound }: Options): LinkPrograms {
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

  function load(): void {
    const { programs, maps: loaded } = loadObject(readFileSync(file), Object.values(names), maps);
    find({ ingress: programs[names.ingress] ?? -1, egress: programs[names.egress] ?? -1 }, loaded);
  }

  function attempt(): { readonly refusal: string | null } {
    try {
      tryObject(readFileSync(file), Object.values(names));
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
    at: (path, links) =>
      [...attachments(path, links, place)].map(([link, { name, number, programs }]) =>
        name === objectName() && isCurrent(programs) && isNumberOf(path, number) ? link : `${STALE}${link}`,
      ),
    attach(path, links) {
      if (current === undefined || 'refusal' in current) return;
      const number = numberOf(path);
      if (number === null) return;
      const attachment = { programs: current.descriptors, name: objectName(), number };
      attachPrograms(path, [...new Set(links.map(bare))], place, attachment);
    },
    numberAt: (path) => numbers.get(path) ?? null,
    claimNumber: (path) => (current === undefined || 'refusal' in current ? null : numberOf(path)),
    detach: (path, links) => detachPrograms(path, links.map(bare), place),
  };
}

function bare(link: string): string {
  return link.startsWith(STALE) ? link.slice(STALE.length) : link;
}

/**
 * What the programs tell routers apart by. Not the namespace's inode: programs see 16 bits of a class, and a namespace takes dozens of inode numbers, so that some hundred of them would do to have two that look alike.
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
