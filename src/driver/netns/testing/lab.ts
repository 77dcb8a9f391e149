/**
 * A laboratory for packet tests: a Plan in force under a directory of its own, programs that answer at every address where
 * something could listen, and probes that tell what became of a packet. A dropped packet is known by the drop counter that
 * moved, not by waiting; each probe's outcome is compared with what the analyser says of the same flow.
 */
import assert from 'node:assert/strict';
import dgram from 'node:dgram';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { echoTo, type Flow } from '../../../analyse/flow.ts';
import { trace } from '../../../analyse/trace.ts';
import { silentLog } from '../../../host/log.ts';
import { inNetns, isPinned } from '../../../host/netns.ts';
import { hostPaths, type Paths } from '../../../host/paths.ts';
import { ping } from '../../../host/raw-packets.ts';
import { tcpListener, tcpSocket, udpSocket } from '../../../host/sockets.ts';
import { isIpv6 } from '../../../net/ip.ts';
import type { Plan, Port } from '../../../plan/plan.ts';
import { createDriver, type Driver, type DriverOptions } from '../driver.ts';

const LATE_MS = 10_000;
/** How long another drop than that of no connection is waited for. */
const STRAY_MS = 200;
const POLL_MS = 4;
/** Where programs of machines listen. */
export const MACHINE_PORTS = [22, 80, 443, 8080];

/** Who answers for listeners that the edge serves. */
export const EDGE = 'edge';

/** What became of a packet. `where` is the namespace that answered, `seenFrom` the source it saw. */
export type Outcome =
  | { readonly kind: 'delivered'; readonly where: string; readonly seenFrom: string }
  | { readonly kind: 'dropped'; readonly domain: string; readonly stage: string }
  | { readonly kind: 'error'; readonly code: string };

export class Lab {
  readonly root = mkdtempSync(join(tmpdir(), 'culvert-lab-'));
  readonly paths: Paths = hostPaths({
    CULVERT_HOME: join(this.root, 'home'),
    CULVERT_RUN: join(this.root, 'run'),
    CULVERT_CACHE: join(this.root, 'cache'),
  });
  driver: Driver;
  #plan: Plan | undefined;
  readonly #servers = new Map<string, net.Server | dgram.Socket>();

  readonly #options: Pick<DriverOptions, 'nodePorts' | 'wireguard'>;

  constructor(options: Pick<DriverOptions, 'nodePorts' | 'wireguard'> = {}) {
    this.#options = options;
    this.driver = this.newDriver();
  }

  get plan(): Plan {
    assert.ok(this.#plan !== undefined, 'no plan is in force');
    return this.#plan;
  }

  /** As after a restart of the control process: it remembers nothing. */
  newDriver(): Driver {
    this.driver = createDriver({ paths: this.paths, log: silentLog(), ...this.#options });
    return this.driver;
  }

  async apply(plan: Plan): Promise<number> {
    const changes = await this.driver.apply(plan);
    this.#plan = plan;
    await this.#listen();
    return changes.length;
  }

  port(id: string): Port {
    const port = this.plan.ports.find((one) => one.id === id);
    assert.ok(port, `no port ${id}`);
    return port;
  }

  /** The namespace of the machine that the port is plugged into. */
  netnsOfPort(id: string): string {
    return this.paths.netnsOf(this.port(id).machine?.id ?? '');
  }

  /** Sends a first packet and tells its fate; fails where the analyser would have told another. */
  async send(from: string, to: string, port: number | 'ping', protocol: 'tcp' | 'udp' = 'tcp'): Promise<Outcome> {
    const before = this.drops();
    const path = this.netnsOfPort(from);
    const source = this.port(from).addresses.find((address) => isIpv6(address) === isIpv6(to)) ?? '';
    const fate = port === 'ping' ? this.#ping(path, to) : this.#connect(path, source, to, port, protocol);
    let outcome: Outcome | undefined;
    fate.done.then((result) => {
      outcome = result;
    });
    try {
      for (const end = Date.now() + LATE_MS; outcome === undefined; ) {
        assert.ok(Date.now() < end, `${from} → ${to} ${port}: neither answered nor counted as dropped`);
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        // A first packet is never of no connection: such a drop is of an earlier one that ends only now.
        outcome ??= this.newDrop(before, (stage) => stage !== 'invalid');
      }
    } finally {
      fate.close();
    }
    this.#agree(from, to, port, protocol, outcome);
    return outcome;
  }

  async delivered(...probe: Parameters<Lab['send']>): Promise<Extract<Outcome, { kind: 'delivered' }>> {
    const outcome = await this.send(...probe);
    assert.equal(outcome.kind, 'delivered', `${probe.join(' ')}: ${JSON.stringify(outcome)}`);
    return outcome as Extract<Outcome, { kind: 'delivered' }>;
  }

  async dropped(at: string, ...probe: Parameters<Lab['send']>): Promise<void> {
    const outcome = await this.send(...probe);
    assert.ok(outcome.kind === 'dropped', `${probe.join(' ')}: ${JSON.stringify(outcome)}`);
    assert.equal(outcome.stage, at, `${probe.join(' ')} at ${outcome.domain}`);
  }

  /** A connection that stays, to see what cuts it. */
  async connection(from: string, to: string, port: number): Promise<Connection> {
    return this.connectionIn(this.netnsOfPort(from), to, port);
  }

  /** From a namespace; `source` is an address of its router's own. */
  async connectionIn(path: string, to: string, port: number, source?: string): Promise<Connection> {
    const from = source === undefined ? anyOf(to) : { address: source, port: 0, freebind: true };
    const socket = new net.Socket({ fd: tcpSocket(path, from) });
    socket.connect({ host: to, port });
    socket.unref();
    const connection = new Connection(socket);
    assert.match((await connection.line()) ?? '', /^\{/, 'no greeting');
    return connection;
  }

  /** Waits until no connection is ending: what judges each packet by itself would count the last of them as a drop of a later one. */
  async quiet(): Promise<void> {
    const places = [...this.plan.machines, ...this.plan.domains].map(({ id }) => this.paths.netnsOf(id));
    for (const end = Date.now() + LATE_MS; places.some(hasEndingConnections); ) {
      assert.ok(Date.now() < end, 'a connection does not end');
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  }

  counters(): Record<string, Record<string, number>> {
    return Object.fromEntries(
      [...this.plan.domains, ...this.plan.natGateways].map(({ id }) => [id, this.driver.counters(id)]),
    );
  }

  async close(): Promise<void> {
    for (const server of this.#servers.values()) server.close();
    await this.newDriver().teardown();
    rmSync(this.root, { recursive: true });
    assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(this.root), 'a mount is left');
  }

  drops(): Map<string, number> {
    const drops = new Map<string, number>();
    for (const [domain, stages] of Object.entries(this.counters())) {
      for (const [stage, packets] of Object.entries(stages)) drops.set(`${domain} ${stage}`, packets);
    }
    return drops;
  }

  newDrop(
    before: ReadonlyMap<string, number>,
    counts: (stage: string) => boolean = () => true,
  ): Extract<Outcome, { kind: 'dropped' }> | undefined {
    for (const [key, packets] of this.drops()) {
      if (packets === before.get(key)) continue;
      const [domain = '', stage = ''] = key.split(' ');
      if (!counts(stage)) continue;
      return { kind: 'dropped', domain, stage };
    }
    return undefined;
  }

  #connect(path: string, source: string, host: string, port: number, protocol: 'tcp' | 'udp'): Fate {
    if (protocol === 'udp') {
      const socket = dgram.createSocket(isIpv6(host) ? 'udp6' : 'udp4');
      socket.bind({ fd: udpSocket(path, { address: source, port: 0 }) });
      socket.send('?', port, host);
      return {
        done: Promise.race([
          once(socket, 'message').then(([text]) => greeting(text)),
          once(socket, 'error').then(([error]) => failure(error)),
        ]),
        close: () => socket.close(),
      };
    }
    const socket = new net.Socket({ fd: tcpSocket(path, { address: source, port: 0 }) });
    const done = new Promise<Outcome>((resolve) => {
      socket.once('data', (text) => resolve(greeting(text)));
      socket.once('error', (error) => resolve(failure(error)));
    });
    socket.connect({ host, port });
    return { done, close: () => socket.destroy() };
  }

  #ping(path: string, to: string): Fate {
    const probe = ping(path, to);
    let open = true;
    const done = (async () => {
      while (open && !probe.answered()) await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      return { kind: 'delivered', where: '', seenFrom: '' } as const;
    })();
    return {
      done,
      close() {
        open = false;
        probe.close();
      },
    };
  }

  #agree(from: string, to: string, port: number | 'ping', protocol: 'tcp' | 'udp', outcome: Outcome): void {
    const flow: Flow = {
      from: { kind: 'port', port: from, address: null },
      ...(port === 'ping'
        ? echoTo(to)
        : { to: { address: to, port, code: null }, protocol: protocol === 'tcp' ? '6' : '17' }),
    };
    const told = trace(this.plan, flow);
    const text = `${from} → ${to} ${port}: packet ${JSON.stringify(outcome)}, analyser ${JSON.stringify(told)}`;
    if (told.outcome !== 'depends') assert.equal(outcome.kind, told.outcome, text);
    const ways = told.targets.length === 0 ? [told] : told.targets;
    if (outcome.kind === 'dropped') {
      const blockers = [told, ...told.targets].flatMap(({ hops }) => {
        const first = hops.find((one) => one.reason !== null);
        // Where several stages of one side block, which of them counts the packet is the kernel's own affair.
        return hops.filter((one) => one.reason !== null && one.direction === first?.direction);
      });
      // An address that nobody has, or a port that nobody serves, is no stage of the kernel's: no route leads there.
      // What a load balancer's node itself answers, in the edge, comes back to its router where no way leads.
      const isSpread = told.hops.some(({ stage }) => stage === 'spread');
      const stages = blockers.flatMap(({ stage, direction }) => {
        if (stage === 'target') return ['route', 'router', 'spread'];
        return stage === 'route' && direction === 'reply' && isSpread ? ['route', 'router'] : [stage];
      });
      assert.ok(stages.includes(outcome.stage.split('_')[0] as 'route'), text);
    }
    // What the edge spreads is told as if it had arrived: here it ends at the edge.
    if (outcome.kind === 'delivered' && port !== 'ping' && outcome.where !== EDGE) {
      const there = ways.filter((one) => this.#place(one.receiver) === outcome.where);
      assert.ok(
        there.some(({ seenFrom }) => seenFrom === outcome.seenFrom),
        text,
      );
    }
  }

  #place(receiver: ReturnType<typeof trace>['receiver']): string | undefined {
    if (receiver?.kind === 'port') return this.port(receiver.id).machine?.id;
    return receiver?.kind === 'service' || receiver?.kind === 'mirror' ? receiver.kind : receiver?.id;
  }

  /** Programs for all addresses of the plan that have none yet; those whose namespace is gone are closed. */
  async #listen(): Promise<void> {
    const wanted = new Map<string, { path: string; where: string; address: string; port: number; udp: boolean }>();
    const want = (netns: string, where: string, address: string, port: number, udp = false) => {
      const path = this.paths.netnsOf(netns);
      // By inode: a namespace that was made anew needs new sockets.
      wanted.set([statSync(path).ino, address, port, udp].join(' '), { path, where, address, port, udp });
    };
    for (const machine of this.plan.machines) {
      const hasIpv6 = machine.ports.some((id) => this.port(id).addresses.some(isIpv6));
      for (const port of MACHINE_PORTS) {
        want(machine.id, machine.id, '0.0.0.0', port);
        if (hasIpv6) want(machine.id, machine.id, '::', port);
      }
    }
    for (const port of this.plan.ports) {
      if (port.machine === null) continue;
      for (const address of port.addresses) want(port.machine.id, port.machine.id, address, 9000, true);
    }
    for (const domain of this.plan.domains) {
      for (const address of domain.resolverAddresses) {
        want(domain.id, domain.id, address, 53);
        want(domain.id, domain.id, address, 53, true);
      }
      for (const address of domain.metadataAddresses) want(domain.id, domain.id, address, 80);
      for (const address of domain.timeAddresses) want(domain.id, domain.id, address, 123, true);
    }
    for (const service of this.plan.services) {
      for (const address of [service.serviceAddress, service.serviceAddress6 ?? []].flat()) {
        want('services', 'service', address, service.port);
      }
      want('internet', 'service', service.internetAddress, service.port);
    }
    for (const { address, port } of this.plan.serviceGateways) want('services', 'service', address, port);
    for (const { domain, nodes } of this.plan.balancers) {
      for (const { address, crossingAddress, listeners } of nodes) {
        for (const { port, protocol } of listeners.filter((one) => one.engine === 'user')) {
          for (const own of [address, crossingAddress]) want(domain, EDGE, own, port, protocol === 'udp');
        }
      }
    }
    for (const mirror of this.plan.mirrors) want('internet', 'mirror', mirror.address, mirror.port);
    for (const [key, server] of this.#servers) {
      if (wanted.has(key)) continue;
      server.close();
      this.#servers.delete(key);
    }
    for (const [key, at] of wanted) {
      if (this.#servers.has(key)) continue;
      assert.ok(isPinned(at.path), at.path);
      // An answer that was dropped is not sent again: it would be counted once more, during another test.
      inNetns(at.path, () => writeFileSync('/proc/sys/net/ipv4/tcp_synack_retries', '0'));
      this.#servers.set(key, at.udp ? udpServer(at) : await tcpServer(at));
    }
  }
}

/** Does something that makes one packet; tells the domain and stage whose counter moved. */
export async function dropStage(lab: Lab, work: () => unknown): Promise<string> {
  const before = lab.drops();
  work();
  let drop: ReturnType<Lab['newDrop']>;
  for (let end = Date.now() + LATE_MS; Date.now() < end; ) {
    drop = lab.newDrop(before, (stage) => stage !== 'invalid') ?? drop;
    if (drop !== undefined && drop.stage !== 'invalid') break;
    // Perhaps the end of an earlier connection: another stage may still be told.
    if (drop === undefined) {
      drop = lab.newDrop(before);
      if (drop !== undefined) end = Math.min(end, Date.now() + STRAY_MS);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return drop === undefined ? 'no drop' : `${drop.domain} ${drop.stage}`;
}

/** For what the kernel may refuse to the sender itself. */
export function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // EPERM: a packet dropped in `output` is told to its sender. The drop counter is what a test looks at.
  }
}

/** Where a socket starts that is to reach `host`. */
function anyOf(host: string): { readonly address: string; readonly port: number } {
  return { address: isIpv6(host) ? '::' : '0.0.0.0', port: 0 };
}

interface Fate {
  readonly done: Promise<Outcome>;
  close(): void;
}

interface Place {
  readonly path: string;
  readonly where: string;
  readonly address: string;
  readonly port: number;
}

/** In /proc/net/tcp: FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT, LAST_ACK, CLOSING. */
const ENDING = new Set(['04', '05', '08', '09', '0B']);

function hasEndingConnections(path: string): boolean {
  const text = inNetns(path, () => readFileSync('/proc/thread-self/net/tcp', 'utf8'));
  return text.split('\n').some((line) => ENDING.has(line.trim().split(/\s+/)[3] ?? ''));
}

/** Greets with where it is and whom it sees, then echoes lines. */
async function tcpServer({ path, where, address, port }: Place): Promise<net.Server> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.unref();
    socket.write(`${JSON.stringify({ where, seenFrom: socket.remoteAddress })}\n`);
    socket.pipe(socket);
  });
  server.listen({ fd: tcpListener(path, { address, port, freebind: true }) });
  await once(server, 'listening');
  server.unref();
  return server;
}

function udpServer({ path, where, address, port }: Place): dgram.Socket {
  const socket = dgram.createSocket(isIpv6(address) ? 'udp6' : 'udp4');
  socket.bind({ fd: udpSocket(path, { address, port, freebind: true }) });
  socket.on('message', (_, peer) => {
    socket.send(`${JSON.stringify({ where, seenFrom: peer.address })}\n`, peer.port, peer.address);
  });
  socket.on('error', () => undefined);
  socket.unref();
  return socket;
}

function greeting(text: Buffer): Outcome {
  return { kind: 'delivered', ...JSON.parse(String(text)) };
}

function failure(error: NodeJS.ErrnoException): Outcome {
  return { kind: 'error', code: error.code ?? error.message };
}

export class Connection {
  readonly socket: net.Socket;
  /** Set by the first error: ECONNRESET. */
  error: string | undefined;
  #text = '';
  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      this.error ??= error.code ?? error.message;
    });
    socket.on('data', (chunk) => {
      this.#text += chunk;
    });
  }

  /** The next line, or undefined where none comes in time or the connection has failed. */
  async line(withinMs = LATE_MS): Promise<string | undefined> {
    for (const end = Date.now() + withinMs; this.error === undefined && Date.now() < end; ) {
      const at = this.#text.indexOf('\n');
      if (at >= 0) {
        const line = this.#text.slice(0, at);
        this.#text = this.#text.slice(at + 1);
        return line;
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return undefined;
  }

  /** Whether what is sent now comes back. */
  async echoes(withinMs?: number): Promise<boolean> {
    const word = String(Math.random());
    this.socket.write(`${word}\n`);
    for (;;) {
      const line = await this.line(withinMs);
      if (line === undefined || line === word) return line === word;
    }
  }

  /** Whether what is sent now is answered by a reset. */
  async isReset(): Promise<boolean> {
    this.socket.write('x\n');
    for (const end = Date.now() + LATE_MS; this.error === undefined && Date.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return this.error === 'ECONNRESET';
  }

  /** With a reset: a connection that is cut would go on sending for minutes otherwise. */
  close(): void {
    this.socket.resetAndDestroy();
  }
}
