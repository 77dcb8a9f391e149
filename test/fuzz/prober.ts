/**
 * Asks the kernel what becomes of a first packet: who gets it and whom he sees, or at which stage of which router it is dropped.
 * Programs listen wherever something could; a drop is known by the counter that moved. One packet at a time, each from a port
 * that no other packet of the run had.
 */
import { statSync, writeFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { decode, encode, RECURSION_AVAILABLE, RECURSION_DESIRED } from 'dns-packet';
import { TABLE } from '../../src/driver/netns/nft.ts';
import { capture } from '../../src/host/capture.ts';
import { closeFd } from '../../src/host/libc.ts';
import { inNetns } from '../../src/host/netns.ts';
import type { Paths } from '../../src/host/paths.ts';
import { ping, sendPacket, tcp, udp } from '../../src/host/raw-packets.ts';
import { tcpListener, tcpSocket, udpSocket } from '../../src/host/sockets.ts';
import { type Counters, openCounters } from '../../src/host/testing/nft-counters.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { accept, readable, reset, sendDatagram, startConnect, stateOf, takeDatagram } from './doors.ts';
import { type Place, places } from './places.ts';

/** Between two looks, once the first few found nothing. */
const PAUSE_MS = 1;
const EAGER_LOOKS = 5;
/** What is not here by then will not come, mostly: whoever takes longer is not found out, and nothing else is wrong. */
const SILENT_MS = 200;
const SYN = 2;
/** Of an IPv4 packet without options: its addresses, then TCP's ports. */
const SOURCE_AT = 12;
const PORTS_END = 24;
const DNS_PORT = 53;
/** Bytes; a probe's word has fewer. */
const DNS_HEADER = 12;
/** Every name server answers that by itself. */
const QUESTION = encode({
  ...{ type: 'query', id: 1, flags: RECURSION_DESIRED },
  questions: [{ type: 'A', name: 'localhost' }],
});
/** What programs at machines say to every question. */
export const MACHINES_ANSWER = '192.0.2.253';
/** Of the packets' sources: below, Linux may choose ports itself. */
const FIRST_SOURCE_PORT = 10_000;
const LAST_SOURCE_PORT = 60_999;

export interface Probe {
  readonly machine: string;
  /** The port that it is sent from; '': none. */
  readonly sender: string;
  readonly source: string;
  /** Forged: sent by hand, and judged by whether it arrives. */
  readonly isForged: boolean;
  /** Sent by hand in the internet's own namespace: `machine` is that. */
  readonly isOutsider: boolean;
  /** Of DNS, to where a name server may be. */
  readonly isQuestion: boolean;
  readonly to: string;
  readonly protocol: 'tcp' | 'udp' | 'icmp';
  readonly port: number;
  readonly sourcePort: number;
}

/** `where`: a machine's id, 'service', 'mirror', 'edge', or a domain's id for what its router answers; null: who cannot be told. */
export type Fate =
  | { readonly kind: 'delivered'; readonly where: string | null; readonly seenFrom: string | null }
  | { readonly kind: 'dropped'; readonly domain: string; readonly stage: string; readonly arrived: string | null }
  | { readonly kind: 'silent' }
  | { readonly kind: 'failed'; readonly why: string };

export interface Expected {
  /** Drops of no connection count too, which else are of an earlier one that ends. */
  readonly countsStrays: boolean;
  /** Neither an answer nor a drop is to be expected, so that there is no use in waiting long. */
  readonly isSilent: boolean;
}

interface Program {
  readonly fd: number;
  readonly where: string;
  readonly isUdp: boolean;
  readonly port: number;
}

/** At which program something came in, and from which address. */
interface Arrival {
  readonly where: string;
  readonly seenFrom: string;
}

type Look = () => 'answered' | Fate | undefined;

export class Prober {
  readonly #paths: Paths;
  readonly #lateMs: number;
  readonly #programs = new Map<string, Program>();
  readonly #counters = new Map<string, Counters>();
  readonly #asked = new Set<string>();
  #expected: Expected = { countsStrays: false, isSilent: false };
  #sourcePort = FIRST_SOURCE_PORT;
  readonly #pause = new Int32Array(new SharedArrayBuffer(4));

  /** `lateMs`: what is neither answered nor dropped by then is lost. A loaded machine takes its time. */
  constructor(paths: Paths, lateMs: number) {
    this.#lateMs = lateMs;
    this.#paths = paths;
  }

  nextSourcePort(): number {
    this.#sourcePort = this.#sourcePort === LAST_SOURCE_PORT ? FIRST_SOURCE_PORT : this.#sourcePort + 1;
    return this.#sourcePort;
  }

  /** Once of each, for a plan. */
  isNewTo(source: string, to: string, port: number): boolean {
    const key = `${source} ${to} ${port}`;
    const isNew = !this.#asked.has(key);
    this.#asked.add(key);
    return isNew;
  }

  /** Programs for all places of the plan, which is in force; those whose place is gone end. */
  listen(plan: Plan): void {
    this.#endCounters();
    this.#asked.clear();
    for (const { id } of [...plan.domains, ...plan.natGateways])
      this.#counters.set(id, openCounters(this.#paths.netnsOf(id), TABLE));
    const wanted = new Map<string, Place>();
    for (const place of places(plan, this.#paths)) {
      // By inode: a namespace that was made anew needs new sockets.
      const key = [statSync(place.path).ino, place.address, place.port, place.isUdp].join(' ');
      if (!wanted.has(key)) wanted.set(key, place);
    }
    for (const [key, { fd }] of this.#programs) {
      if (wanted.has(key)) continue;
      closeFd(fd);
      this.#programs.delete(key);
    }
    const prepared = new Set<string>();
    for (const [key, place] of wanted) {
      if (this.#programs.has(key)) continue;
      const { path, where, isUdp, address, port } = place;
      // An answer that is dropped is not sent again: it would be counted once more, during another probe.
      if (!prepared.has(path)) inNetns(path, () => writeFileSync('/proc/sys/net/ipv4/tcp_synack_retries', '0'));
      prepared.add(path);
      const open = isUdp ? udpSocket : tcpListener;
      this.#programs.set(key, { fd: open(path, { address, port, freebind: true }), where, isUdp, port });
    }
  }

  close(): void {
    for (const { fd } of this.#programs.values()) closeFd(fd);
    this.#programs.clear();
    this.#endCounters();
  }

  #endCounters(): void {
    for (const each of this.#counters.values()) each.close();
    this.#counters.clear();
  }

  send(probe: Probe, expected: Expected): Fate {
    this.#expected = expected;
    const before = this.drops();
    if (probe.isForged) return this.#forged(probe, before);
    if (probe.isOutsider) return this.#fromOutside(probe, before);
    if (probe.protocol === 'icmp') return this.#ping(probe, before);
    return probe.protocol === 'tcp' ? this.#connect(probe, before) : this.#datagram(probe, before);
  }

  /** Of all domains: packets by "domain stage". */
  drops(): ReadonlyMap<string, number> {
    const found = new Map<string, number>();
    for (const [domain, counters] of this.#counters) {
      for (const [stage, packets] of Object.entries(counters.read())) found.set(`${domain} ${stage}`, packets);
    }
    return found;
  }

  #connect({ machine, source, to, port, sourcePort }: Probe, before: ReadonlyMap<string, number>): Fate {
    const fd = tcpSocket(this.#paths.netnsOf(machine), { address: source, port: sourcePort });
    try {
      if (!startConnect(fd, { address: to, port })) return { kind: 'failed', why: 'connect' };
      const fate = this.#until(before, () => {
        const state = stateOf(fd);
        if (state === 'waiting') return undefined;
        return state === 'connected' ? 'answered' : { kind: 'failed', why: `error ${state}` };
      });
      if (fate !== 'answered') return fate;
    } finally {
      reset(fd);
    }
    const got = this.#taken(false);
    return { kind: 'delivered', where: got?.where ?? null, seenFrom: got?.seenFrom ?? null };
  }

  /** Whom the connection that was just made went to. */
  #taken(isUdp: boolean): Arrival | undefined {
    const programs = [...this.#programs.values()].filter((each) => each.isUdp === isUdp);
    const ready = readable(programs.map(({ fd }) => fd));
    for (const [at, { fd, where }] of programs.entries()) {
      const from = ready[at] ? accept(fd) : undefined;
      if (from !== undefined) return { where, seenFrom: from.address };
    }
    return undefined;
  }

  #datagram({ machine, source, to, port, sourcePort }: Probe, before: ReadonlyMap<string, number>): Fate {
    const fd = udpSocket(this.#paths.netnsOf(machine), { address: source, port: sourcePort });
    const word = Buffer.from(`${sourcePort}`);
    let arrived: Arrival | undefined;
    try {
      if (!sendDatagram(fd, { address: to, port }, word)) return { kind: 'failed', why: 'send' };
      const fate = this.#until(before, () => {
        arrived ??= this.#received(word, true);
        // From whom was asked: a NAT gateway may have put itself in front of what answers.
        const from = takeDatagram(fd)?.from;
        return from?.address === to && from.port === port ? 'answered' : undefined;
      });
      if (fate === 'answered')
        return { kind: 'delivered', where: arrived?.where ?? null, seenFrom: arrived?.seenFrom ?? null };
      return fate.kind === 'dropped' ? { ...fate, arrived: arrived?.where ?? null } : fate;
    } finally {
      closeFd(fd);
    }
  }

  /** The program that got the word; it answers with the same. Others' words are late, and nobody's. */
  #received(word: Buffer, isAnswered: boolean): Arrival | undefined {
    const programs = [...this.#programs.values()].filter(({ isUdp }) => isUdp);
    const ready = readable(programs.map(({ fd }) => fd));
    for (const [at, { fd, where }] of programs.entries()) {
      for (let got = ready[at] ? takeDatagram(fd) : undefined; got !== undefined; got = takeDatagram(fd)) {
        if (!got.data.equals(word)) continue;
        if (isAnswered) sendDatagram(fd, got.from, word);
        return { where, seenFrom: got.from.address };
      }
    }
    return undefined;
  }

  /**
   * What was asked of machines by DNS meanwhile is answered, each question alike; who was asked last, and by whom. Words of earlier
   * probes may be here too.
   */
  answerNames(): Arrival | undefined {
    const programs = [...this.#programs.values()].filter(({ isUdp, port }) => isUdp && port === DNS_PORT);
    const ready = readable(programs.map(({ fd }) => fd));
    let arrival: Arrival | undefined;
    for (const [at, { fd, where }] of programs.entries()) {
      const got = ready[at] ? takeDatagram(fd) : undefined;
      if (got === undefined || got.data.length <= DNS_HEADER) continue;
      sendDatagram(fd, got.from, answerTo(got.data));
      arrival = { where, seenFrom: got.from.address };
    }
    return arrival;
  }

  /** A real question: a name server needs our event loop to answer it, a machine that is asked in its place does not. */
  async question({ machine, source, to, port, sourcePort }: Probe, expected: Expected): Promise<Fate> {
    this.#expected = expected;
    const before = this.drops();
    const fd = udpSocket(this.#paths.netnsOf(machine), { address: source, port: sourcePort });
    let arrived: Arrival | undefined;
    try {
      if (!sendDatagram(fd, { address: to, port }, QUESTION)) return { kind: 'failed', why: 'send' };
      for (const end = this.#endOfWait(); performance.now() < end; ) {
        const found = this.#lookOnce(before, () => {
          arrived ??= this.answerNames();
          const from = takeDatagram(fd)?.from;
          return from?.address === to && from.port === port ? 'answered' : undefined;
        });
        if (found === 'answered')
          return { kind: 'delivered', where: arrived?.where ?? null, seenFrom: arrived?.seenFrom ?? null };
        if (found !== undefined) return found;
        await setTimeout(PAUSE_MS);
      }
      return this.#lost(before);
    } finally {
      closeFd(fd);
    }
  }

  #ping({ machine, source, to }: Probe, before: ReadonlyMap<string, number>): Fate {
    const probe = ping(this.#paths.netnsOf(machine), to, source);
    try {
      const fate = this.#until(before, () => (probe.answered() ? 'answered' : undefined));
      return fate === 'answered' ? { kind: 'delivered', where: null, seenFrom: null } : fate;
    } finally {
      probe.close();
    }
  }

  #forged({ machine, source, to, protocol, port, sourcePort }: Probe, before: ReadonlyMap<string, number>): Fate {
    const word = `${sourcePort}`;
    const ports = [sourcePort, port] as const;
    const payload =
      protocol === 'tcp' ? tcp(source, to, ports, SYN) : udp(sourcePort, port, word, { source, destination: to });
    sendPacket(this.#paths.netnsOf(machine), {
      source,
      destination: to,
      protocol: protocol === 'tcp' ? 6 : 17,
      payload,
    });
    let arrived: Arrival | undefined;
    const fate = this.#until(before, () => {
      arrived ??= this.#received(Buffer.from(word), false);
      return arrived === undefined ? undefined : 'answered';
    });
    return fate === 'answered'
      ? { kind: 'delivered', where: arrived?.where ?? null, seenFrom: arrived?.seenFrom ?? null }
      : fate;
  }

  /** Who gets it answers to nobody: the internet's own kernel then resets what it did not begin. */
  #fromOutside({ machine, source, to, port, sourcePort }: Probe, before: ReadonlyMap<string, number>): Fate {
    const path = this.#paths.netnsOf(machine);
    const seen = capture(path);
    try {
      const payload = tcp(source, to, [sourcePort, port], SYN);
      sendPacket(path, { source, destination: to, protocol: 6, payload });
      const answer = Buffer.concat([addressBytes(to), addressBytes(source), portBytes(port), portBytes(sourcePort)]);
      const fate = this.#until(before, () => {
        const isHere = seen.take().some((packet) => packet.subarray(SOURCE_AT, PORTS_END).equals(answer));
        return isHere ? 'answered' : undefined;
      });
      return fate === 'answered' ? { kind: 'delivered', where: null, seenFrom: null } : fate;
    } finally {
      seen.close();
    }
  }

  /** Looks until there is an answer, or a drop. */
  #until(before: ReadonlyMap<string, number>, look: Look): 'answered' | Fate {
    const end = this.#endOfWait();
    // Then the kernel works on it behind us, and needs what looking takes.
    for (let looks = 0; performance.now() < end; looks++) {
      if (looks >= EAGER_LOOKS) Atomics.wait(this.#pause, 0, 0, PAUSE_MS);
      const found = this.#lookOnce(before, look);
      if (found !== undefined) return found;
    }
    return this.#lost(before);
  }

  #endOfWait(): number {
    return performance.now() + (this.#expected.isSilent ? SILENT_MS : this.#lateMs);
  }

  #lookOnce(before: ReadonlyMap<string, number>, look: Look): ReturnType<Look> {
    const found = look();
    if (found !== undefined) return found;
    for (const [key, packets] of this.drops()) {
      const [domain = '', stage = ''] = key.split(' ');
      if ((stage === 'invalid' && !this.#expected.countsStrays) || packets <= (before.get(key) ?? 0)) continue;
      // Sent off before it was counted: an answer that is here by now came by another way.
      return look() ?? { kind: 'dropped', domain, stage, arrived: null };
    }
    return undefined;
  }

  #lost(before: ReadonlyMap<string, number>): Fate {
    if (this.#expected.isSilent) return { kind: 'silent' };
    const moved = [...this.drops()].filter(([key, packets]) => packets !== before.get(key)).map(([key]) => key);
    return {
      kind: 'failed',
      why: `neither answered nor counted as dropped; counted: ${moved.join(', ') || 'nothing'}`,
    };
  }
}

function addressBytes(address: string): Buffer {
  return Buffer.from(address.split('.').map(Number));
}

function portBytes(port: number): Buffer {
  return Buffer.of(port >> 8, port & 0xff);
}

function answerTo(question: Buffer): Buffer {
  const { id, questions = [] } = decode(question);
  const [asked] = questions;
  const answers = asked?.type === 'A' ? [{ type: 'A', name: asked.name, ttl: 1, data: MACHINES_ANSWER } as const] : [];
  return encode({ type: 'response', id, flags: RECURSION_DESIRED | RECURSION_AVAILABLE, questions, answers });
}
