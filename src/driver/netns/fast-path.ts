/**
 * The fast path of established connections: programs at the links of VPCs' routers (fast-path.bpf.c says what they do). An
 * optimisation of this driver: it decides nothing, and where the kernel or libbpf lacks something all packets go the ordinary way.
 */
import { possibleCpus, readMap, writeMap } from '../../host/bpf.ts';
import { createLinkPrograms } from './link-programs.ts';

/** After the programs of Proxy Protocol, whose connections it leaves alone. */
export const FAST_PATH_PRIORITY = 2;
const FIRST = Buffer.alloc(4);

const programs = createLinkPrograms({
  object: 'fast-path.bpf.o',
  programs: { ingress: 'fast_in', egress: 'fast_out' },
  maps: ['generation', 'counters'],
  priority: FAST_PATH_PRIORITY,
  onFound: forgetLeasesIn,
});

/** Why there is none; null: there is. */
export const fastPathRefusal = programs.refusal;
/** Which of a router's links have it, see link-programs.ts. */
export const fastLinks = programs.at;
export const detachFastPath = programs.detach;

export type FastPathStatus = { readonly refusal: string } | FastPathCounters;

/** What became of it; null: nobody asked for it yet. */
export function fastPathStatus(): FastPathStatus | null {
  if (!programs.isKnown()) return null;
  const refusal = programs.refusal();
  return refusal === null ? fastPathCounters() : { refusal };
}

export function attachFastPath(path: string, links: readonly string[]): void {
  if (links.length === 0) return;
  // Leases of a router that had its number before are not this one's.
  forgetLeases();
  programs.attach(path, links);
}

/**
 * From now on each connection's next packet goes the ordinary way. To be called after whatever may change a packet's fate:
 * what was let through before that no longer says anything.
 */
export function forgetLeases(): void {
  const maps = programs.maps();
  if (maps !== null) forgetLeasesIn(maps);
}

function forgetLeasesIn({ generation = -1 }: Readonly<Record<string, number>>): void {
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
  const maps = programs.maps();
  if (maps === null) return null;
  const fields = 3;
  const values = readMap(maps.counters ?? -1, FIRST, Buffer.alloc(8 * fields * possibleCpus()));
  const sums = [0, 0, 0];
  for (let at = 0; at < values.length / 8; at++)
    sums[at % fields] = (sums[at % fields] ?? 0) + Number(values.readBigUInt64LE(8 * at));
  const [packets = 0, bytes = 0, leases = 0] = sums;
  return { packets, bytes, leases };
}
