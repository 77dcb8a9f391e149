/**
 * The fast path of established connections: programs at the links of VPCs' routers (fast-path.bpf.c says what they do). An
 * optimisation of this driver: it decides nothing, and where the kernel or libbpf lacks something all packets go the ordinary way.
 */
import {
  batchesOf,
  deleteFromMap,
  entriesOf,
  hasKey,
  keysOf,
  type LoadedObject,
  possibleCpus,
  readMap,
  writeMap,
} from '../../host/bpf.ts';
import { u32 } from '../../host/netlink.ts';
import { netnsCookie } from '../../host/netns.ts';
import { chooseProcessors, processorCount } from '../../host/steering.ts';
import { createLinkPrograms } from './link-programs.ts';
import { crossingLink, SERVICES } from './names.ts';

const FIRST = Buffer.alloc(4);
/** struct present. */
const PRESENT_BYTES = 16;
const LOGS_AT = 4;
const PROCESSORS_AT = 8;
const SHARE_AT = 12;

const programs = createLinkPrograms({
  object: 'fast-path.bpf.o',
  programs: { ingress: 'fast_in', egress: 'fast_out' },
  maps: ['presents', 'counters', 'routers', 'logged', 'meters', 'flows'],
  // After the programs of Proxy Protocol, whose connections it leaves alone. It carries IPv4 alone, but says of all where they go on.
  place: { priority: 2, packets: 'all' },
  onFound(maps) {
    tellProcessors(maps);
    forgetLeasesIn(maps);
  },
});

/** Why there is none; null: there is. */
export const fastPathRefusal = programs.refusal;
/** Among a router's links: flows are counted there; LOGGED: those that are carried, LOGGED_WHOLLY: all that it takes note of. */
export const LOGGED = '+flows';
export const LOGGED_WHOLLY = '+all flows';
/** enum logged. */
const LOGS = [null, LOGGED, LOGGED_WHOLLY] as const;
type Logged = (typeof LOGS)[number];

/** Which of a router's links have it, see link-programs.ts, and one of the two. */
export function fastLinks(path: string, links: readonly string[]): string[] {
  const at = programs.at(path, links);
  const logged = loggedAt(path);
  return logged === null ? at : [...at, logged];
}

/** `wanted`: what is attached next. */
export function detachFastPath(path: string, links: readonly string[], wanted: readonly string[] = []): void {
  const off = links.filter(isLink);
  programs.detach(path, off);
  chooseProcessors(path, off.filter(leadsToRouter), 0);
  const logged = loggedAt(path);
  // One kind of counting that another takes the place of has not ended.
  if (logged !== null && links.includes(logged) && wanted.every(isLink)) tellRouter(path, null);
}

export type FastPathStatus = { readonly refusal: string } | FastPathCounters;

/** What became of it; null: nobody asked for it yet. */
export function fastPathStatus(): FastPathStatus | null {
  if (!programs.isKnown()) return null;
  const refusal = programs.refusal();
  return refusal === null ? fastPathCounters() : { refusal };
}

export function attachFastPath(path: string, links: readonly string[]): void {
  if (links.length === 0) return;
  const before = loggedAt(path);
  const logged = LOGS.find((each) => each !== null && links.includes(each)) ?? before;
  if (logged !== null && before === null) forgetFlows(netnsOf(path));
  tellRouter(path, logged);
  const on = links.filter(isLink);
  programs.attach(path, on);
  chooseProcessors(path, on.filter(leadsToRouter), processorCount());
}

/**
 * What comes from there may be handed to another processor: programs at its far end say which. A hub has none: what it sends on was told
 * before, save what comes out of a tunnel, which the kernel's own hash spreads. What the services' domain sends is its sockets' own.
 */
const leadsToRouter = (link: string) => /^[xp]-/.test(link) && link !== crossingLink(SERVICES);

function tellProcessors({ presents = -1 }: LoadedObject['maps']): void {
  const value = readMap(presents, FIRST, Buffer.alloc(PRESENT_BYTES));
  value.writeUInt32LE(processorCount(), PROCESSORS_AT);
  value.writeUInt32LE(Math.floor(2 ** 32 / processorCount()) >>> 0, SHARE_AT);
  writeMap(presents, FIRST, value);
}

const isLink = (name: string) => !LOGS.some((each) => each === name);

/** What programs know a router by: no other one has it, now or ever. 0: there are no programs. */
export function netnsOf(path: string): number {
  return programs.maps() === null ? 0 : Number(BigInt.asUintN(32, netnsCookie(path)));
}

function isLogged(netns: number): boolean {
  const map = programs.maps()?.logged;
  return map !== undefined && hasKey(map, u32(netns));
}

function loggedAt(path: string): Logged {
  const map = programs.maps()?.logged;
  const key = u32(netnsOf(path));
  if (map === undefined || !hasKey(map, key)) return null;
  return LOGS[readMap(map, key, Buffer.alloc(4)).readUInt32LE()] ?? null;
}

/** Whether programs count all packets of a flow, where they count any. */
export function isLoggedWholly(path: string): boolean {
  return loggedAt(path) === LOGGED_WHOLLY;
}

function tellRouter(path: string, logged: Logged): void {
  const maps = programs.maps();
  const number = programs.claimNumber(path);
  if (maps === null || number === null) return;
  const { routers = -1, logged: all = -1 } = maps;
  const netns = u32(netnsOf(path));
  writeMap(routers, u32(number), netns);
  if (logged === null) forgetLogged(maps, netns);
  else {
    writeMap(all, netns, u32(LOGS.indexOf(logged)));
    tellWhetherLogged(maps, true);
  }
}

/** A router that is to go. */
export function forgetRouter(path: string): void {
  const maps = programs.maps();
  if (maps !== null) forgetLogged(maps, u32(netnsOf(path)));
}

function forgetLogged(maps: LoadedObject['maps'], netns: Buffer): void {
  const { logged = -1 } = maps;
  if (!hasKey(logged, netns)) return;
  deleteFromMap(logged, netns);
  const [another] = keysOf(logged, netns.length);
  tellWhetherLogged(maps, another !== undefined);
}

function tellWhetherLogged({ presents = -1 }: LoadedObject['maps'], isLogged: boolean): void {
  if (countsFlows() === isLogged) return;
  const value = readMap(presents, FIRST, Buffer.alloc(PRESENT_BYTES));
  value.writeUInt32LE(Number(isLogged), LOGS_AT);
  writeMap(presents, FIRST, value);
}

/** Whether any router's flows are: else no packet is asked at which it is. */
export function countsFlows(): boolean {
  const { presents } = programs.maps() ?? {};
  return presents !== undefined && readMap(presents, FIRST, Buffer.alloc(PRESENT_BYTES)).readUInt32LE(LOGS_AT) !== 0;
}

/**
 * From now on each connection's next packet goes the ordinary way. To be called after whatever may change a packet's fate:
 * what was let through before that no longer says anything.
 */
export function forgetLeases(): void {
  const maps = programs.maps();
  if (maps !== null) forgetLeasesIn(maps);
}

function forgetLeasesIn({ presents = -1 }: Readonly<Record<string, number>>): void {
  const value = readMap(presents, FIRST, Buffer.alloc(PRESENT_BYTES));
  value.writeUInt32LE((value.readUInt32LE() + 1) >>> 0);
  writeMap(presents, FIRST, value);
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

/** What was carried of connections to one address. */
export interface CarriedMeter {
  /** Of the router, see `netnsOf`. */
  readonly netns: number;
  readonly address: string;
  readonly way: 'there' | 'back';
  readonly packets: number;
  readonly bytes: number;
}

/** What left of one direction of a connection. */
export interface CarriedFlow {
  readonly netns: number;
  readonly inIndex: number;
  readonly outIndex: number;
  readonly in: CarriedEnds;
  readonly out: CarriedEnds;
  readonly packets: number;
  readonly bytes: number;
  /** Any that was seen. */
  readonly tcpFlags: number;
}

interface CarriedEnds {
  readonly source: string;
  readonly destination: string;
  readonly sourcePort: number;
  readonly destinationPort: number;
}

/** struct meter, passage and count. */
const METER_BYTES = 12;
const PASSAGE_BYTES = 36;
const COUNT_BYTES = 16;
/** struct flow_count. */
const FLOW_COUNT_BYTES = 24;
const WAYS = ['', 'there', 'back', 'skipped'] as const;
type Way = (typeof WAYS)[number];

/** Of all routers. */
export function carriedMeters(): CarriedMeter[] {
  return metersIn(() => false).flatMap(({ way, ...each }) =>
    way === 'there' || way === 'back' ? [{ ...each, way }] : [],
  );
}

/** What was carried at routers that are gone. `known`: all that are there, by `netnsOf`. */
export function forgetStrangers(known: ReadonlySet<number>): void {
  metersIn((netns) => !known.has(netns));
}

/** What was carried to addresses that a router meters no longer: whoever has one next begins anew. */
export function forgetMeters(path: string, addresses: readonly string[]): void {
  const map = programs.maps()?.meters;
  if (map === undefined || addresses.length === 0) return;
  const netns = netnsOf(path);
  for (const address of addresses) {
    for (const way of ['there', 'back'] as const) {
      const key = [u32(netns), Buffer.from(address.split('.').map(Number)), u32(WAYS.indexOf(way))];
      deleteFromMap(map, Buffer.concat(key));
    }
  }
}

/** Packets of flows that there was no room for, since the last time, by router of those that are asked of. */
export function takeSkippedFlows(isAsked: (netns: number) => boolean): Pick<CarriedMeter, 'netns' | 'packets'>[] {
  const isTaken = (netns: number, way: Way) => way === 'skipped' && isAsked(netns);
  return metersIn(isTaken).filter(({ netns, way }) => isTaken(netns, way));
}

function metersIn(
  isTaken: (netns: number, way: Way) => boolean,
): (Omit<CarriedMeter, 'way'> & { readonly way: Way })[] {
  const map = programs.maps()?.meters;
  if (map === undefined) return [];
  const found: ReturnType<typeof metersIn> = [];
  for (const { key, value } of entriesOf(map, METER_BYTES, COUNT_BYTES * possibleCpus())) {
    const netns = key.readUInt32LE();
    const way = WAYS[key.readUInt32LE(8)] ?? '';
    if (isTaken(netns, way)) deleteFromMap(map, key);
    let [packets, bytes] = [0, 0];
    for (let at = 0; at < value.length; at += COUNT_BYTES) {
      packets += Number(value.readBigUInt64LE(at));
      bytes += Number(value.readBigUInt64LE(at + 8));
    }
    found.push({ netns, address: ipv4At(key, 4), way, packets, bytes });
  }
  return found;
}

/** Taken with others', of routers whose flow logs began meanwhile: the next time they are asked of. */
let early: readonly CarriedFlow[] = [];

/** Since the last time, some at a time, of routers that are asked of: what is told here is forgotten there. */
export function* takeCarriedFlows(isAsked: (netns: number) => boolean): Generator<readonly CarriedFlow[], void> {
  const map = programs.maps()?.flows;
  if (map === undefined) return;
  const before = early;
  early = [];
  yield before.filter(({ netns }) => isAsked(netns));
  for (const entries of batchesOf(map, PASSAGE_BYTES, FLOW_COUNT_BYTES, { taken: true })) {
    const flows = entries.map(({ key, value }) => ({
      netns: key.readUInt32LE(),
      inIndex: key.readUInt32LE(4),
      outIndex: key.readUInt32LE(8),
      in: endsAt(key, 12),
      out: endsAt(key, 24),
      packets: Number(value.readBigUInt64LE()),
      bytes: Number(value.readBigUInt64LE(8)),
      tcpFlags: value.readUInt32LE(16),
    }));
    early = [...early, ...flows.filter(({ netns }) => !isAsked(netns) && isLogged(netns))];
    yield flows.filter(({ netns }) => isAsked(netns));
  }
}

/** What was counted at a router until flow logs ended there, and was told to nobody. */
function forgetFlows(netns: number): void {
  early = early.filter((flow) => flow.netns !== netns);
  takeSkippedFlows((each) => each === netns);
  const map = programs.maps()?.flows;
  if (map === undefined) return;
  for (const { key } of entriesOf(map, PASSAGE_BYTES, FLOW_COUNT_BYTES)) {
    if (key.readUInt32LE() === netns) deleteFromMap(map, key);
  }
}

function endsAt(key: Buffer, at: number): CarriedEnds {
  return {
    source: ipv4At(key, at),
    destination: ipv4At(key, at + 4),
    sourcePort: key.readUInt16BE(at + 8),
    destinationPort: key.readUInt16BE(at + 10),
  };
}

function ipv4At(key: Buffer, at: number): string {
  return key.subarray(at, at + 4).join('.');
}
