/**
 * Sends a first packet from an instance's namespace and tells what became of it. That it was dropped is told by the counter of
 * the stage that moved, in whatever domain; an answer counts more than a counter, which something else may have moved.
 */
import dgram from 'node:dgram';
import { Socket } from 'node:net';
import { checkServerIdentity, connect as connectTls } from 'node:tls';
import type { Driver } from '../../driver/netns/driver.ts';
import { ping, rawEnd, sendPacket } from '../../host/raw-packets.ts';
import { tcpSocket, udpSocket } from '../../host/sockets.ts';
import type { Plan } from '../../plan/plan.ts';

/** What a program of ours that is greeted says of itself and of its client. */
export interface Greeting {
  /** An instance, an AWS service, a domain's own. */
  readonly where: string;
  readonly seenFrom: string;
}

/** What the kernel did with it. */
export type Fate =
  /** `where` and `seenFrom` are null where who answers does not tell. */
  | {
      readonly kind: 'delivered';
      readonly where: string | null;
      readonly seenFrom: string | null;
      readonly socket: Socket | null;
    }
  | { readonly kind: 'refused' }
  | { readonly kind: 'dropped'; readonly stages: readonly Drop[] }
  /** Neither an answer nor a counter. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'failed'; readonly code: string };

export interface Drop {
  readonly domain: string;
  readonly stage: string;
}

export interface Probe {
  /** Path of the sender's namespace. */
  readonly netns: string;
  readonly source: string;
  readonly to: string;
  readonly port: number | null;
  /** By number: one without ports, of IPv4. */
  readonly protocol: 'tcp' | 'udp' | 'ping' | number;
  /** What is said to whoever answers, and in UDP's first packet; absent: a greeting, which programs of ours answer. '': nothing, so that a TCP connection is delivered as soon as it is there. */
  readonly says?: string;
}

const POLL_MS = 4;
/** As many bytes as a record of TLS begins with: who speaks TLS then hangs up at once, and waits for no more. */
const GREETING = 'who?\n';
/** Nothing has come, and no counter has moved. */
const LOST_MS = 3000;
/** How long an answer may still come after a counter has moved. */
const GRACE_MS = 25;
/** What is connected says who it is within this time, or never. */
const GREETING_MS = 1000;
const HANDSHAKE_MS = 10_000;

/** Domains and NAT gateways: where drops are counted. */
export function countingPlaces({ domains, natGateways }: Plan): readonly string[] {
  return [...domains, ...natGateways].map(({ id }) => id);
}

/** Counts drops in these places from now on. */
export function createDropCounters(driver: Pick<Driver, 'counters'>, places: readonly string[]) {
  const read = () => places.map((id) => [id, driver.counters(id)] as const);
  const before = new Map(read());
  return {
    moved(): Drop[] {
      return read().flatMap(([domain, stages]) =>
        Object.entries(stages)
          .filter(([stage, packets]) => packets !== before.get(domain)?.[stage])
          // A first packet is never of no connection: such a drop is of an earlier one that ends only now.
          .filter(([stage]) => stage !== 'invalid')
          .map(([stage]) => ({ domain, stage })),
      );
    },
  };
}

/** `look` is called again and again while it is under way, with what tells this packet from others. */
export async function sendFirst(
  probe: Probe,
  drops: { moved(): readonly Drop[] },
  look: (mark: number | null) => void = () => undefined,
): Promise<Fate> {
  const attempt = start(probe);
  let dropped: readonly Drop[] = [];
  for (let end = performance.now() + LOST_MS; performance.now() < end; ) {
    const fate = attempt.fate();
    if (fate !== undefined) return fate;
    // Sockets of this very process are heard between two looks only.
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    look(attempt.mark());
    if (attempt.isConnected()) continue;
    const moved = drops.moved();
    if (moved.length > dropped.length) end = Math.min(end, performance.now() + GRACE_MS);
    dropped = moved;
  }
  const fate = attempt.fate();
  if (fate !== undefined) return fate;
  attempt.close();
  return dropped.length > 0 ? { kind: 'dropped', stages: dropped } : { kind: 'lost' };
}

interface Attempt {
  /** The port that it is sent from, of a ping its number; null: none yet. */
  mark(): number | null;
  fate(): Fate | undefined;
  /** Somebody has answered, who may still say who it is. */
  isConnected(): boolean;
  close(): void;
}

function start(probe: Probe): Attempt {
  const { netns, source, to, port, says = GREETING } = probe;
  if (typeof probe.protocol === 'number') return startRaw(netns, source, to, probe.protocol, says);
  if (port === null) return startPing(netns, source, to);
  return probe.protocol === 'udp' ? startUdp(netns, source, to, port, says) : startTcp(netns, source, to, port, says);
}

function startPing(netns: string, source: string, to: string): Attempt {
  let fate: Fate | undefined;
  try {
    const probe = ping(netns, to, source);
    return {
      mark: () => probe.id,
      fate() {
        if (fate === undefined && probe.answered()) {
          fate = { kind: 'delivered', where: null, seenFrom: null, socket: null };
          probe.close();
        }
        return fate;
      },
      isConnected: () => false,
      close: () => probe.close(),
    };
  } catch (error) {
    return failed(error);
  }
}

/** Before what is said: a plain GRE header that means nothing to other protocols, as long as ICMP must be able to quote. */
export const RAW_HEADER = Buffer.alloc(8);

function startRaw(netns: string, source: string, to: string, protocol: number, says: string): Attempt {
  let end: ReturnType<typeof rawEnd> | undefined;
  let fate: Fate | undefined;
  try {
    end = rawEnd(netns, protocol, to);
    sendPacket(netns, { source, destination: to, protocol, payload: Buffer.concat([RAW_HEADER, Buffer.from(says)]) });
  } catch (error) {
    end?.close();
    return failed(error);
  }
  const answers = end;
  return {
    mark: () => null,
    fate() {
      if (fate !== undefined) return fate;
      fate = answerAt(answers);
      if (fate !== undefined) answers.close();
      return fate;
    },
    isConnected: () => false,
    close: () => answers.close(),
  };
}

/** The kernel took not even the packet. */
function failed(error: unknown): Attempt {
  const fate = failure(error as NodeJS.ErrnoException);
  return { mark: () => null, fate: () => fate, isConnected: () => false, close: () => undefined };
}

function answerAt(end: ReturnType<typeof rawEnd>): Fate | undefined {
  try {
    const [answer] = end.take();
    return answer && greeted(answer.payload.subarray(RAW_HEADER.length), null);
  } catch (error) {
    if ((error as Error).message.endsWith('ENOPROTOOPT')) return { kind: 'refused' };
    throw error;
  }
}

function startUdp(netns: string, source: string, to: string, port: number, says: string): Attempt {
  let fate: Fate | undefined;
  const socket = dgram.createSocket(to.includes(':') ? 'udp6' : 'udp4');
  socket.bind({ fd: udpSocket(netns, { address: source, port: 0 }) });
  // Now: a closed socket does not tell it any more.
  const { port: mark } = socket.address();
  const end = (found: Fate) => {
    fate = found;
    socket.close();
  };
  socket.once('message', (text) => end(greeted(text, null)));
  // Connected: that nobody listens is told to such only.
  socket.connect(port, to, (error?: Error) => (error === undefined ? socket.send(says) : undefined));
  socket.on('error', (error) => fate ?? end(failure(error)));
  return { mark: () => mark, fate: () => fate, isConnected: () => false, close: () => socket.close() };
}

function startTcp(netns: string, source: string, to: string, port: number, says: string): Attempt {
  let fate: Fate | undefined;
  let connected = false;
  const socket = new Socket({ fd: tcpSocket(netns, { address: source, port: 0 }) });
  const silent = () => ({ kind: 'delivered', where: null, seenFrom: null, socket }) as const;
  socket.once('connect', () => {
    connected = true;
    if (says === '') {
      fate ??= silent();
      return;
    }
    socket.write(says);
    setTimeout(() => {
      fate ??= silent();
    }, GREETING_MS).unref();
  });
  socket.once('data', (text) => {
    fate ??= greeted(text, socket);
  });
  socket.once('close', () => {
    fate ??= silent();
  });
  socket.on('error', (error) => {
    fate ??= connected ? silent() : failure(error);
  });
  socket.connect({ host: to, port });
  return {
    mark: () => socket.localPort ?? null,
    fate: () => fate,
    isConnected: () => connected,
    close: () => socket.destroy(),
  };
}

/** Shakes hands as a client of `name`; true: the certificate that answers is for it. Whoever has signed it. */
export function greetTls({ netns, source, to, port }: Omit<Probe, 'protocol'>, name: string): Promise<boolean> {
  const socket = new Socket({ fd: tcpSocket(netns, { address: source, port: 0 }) });
  return new Promise((resolve, reject) => {
    socket.setTimeout(HANDSHAKE_MS, () => socket.destroy(new Error(`no handshake within ${HANDSHAKE_MS / 1000} s`)));
    socket.once('error', reject);
    socket.connect({ host: to, port: port ?? 443 }, () => {
      const secure = connectTls({ socket, servername: name, rejectUnauthorized: false }, () => {
        resolve(checkServerIdentity(name, secure.getPeerCertificate()) === undefined);
        socket.destroy();
      });
      secure.once('error', reject);
    });
  });
}

function greeted(text: Buffer, socket: Socket | null): Fate {
  try {
    const { where, seenFrom } = JSON.parse(String(text)) as Greeting;
    return { kind: 'delivered', where, seenFrom, socket };
  } catch {
    return { kind: 'delivered', where: null, seenFrom: null, socket };
  }
}

function failure(error: NodeJS.ErrnoException): Fate {
  return error.code === 'ECONNREFUSED' ? { kind: 'refused' } : { kind: 'failed', code: error.code ?? error.message };
}
