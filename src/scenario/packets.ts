/** The packets and questions of a scenario: each asked of the analyser and of the kernel. */
import { writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { echoTo, type Flow } from '../analyse/flow.ts';
import { addressesOf, reachOf, sendersOf } from '../analyse/reach.ts';
import { trace } from '../analyse/trace.ts';
import type { WholeQuestion } from '../daemon/advise/advise.ts';
import { dig } from '../daemon/live/dig.ts';
import { countingPlaces, createDropCounters, type Fate, greetTls, sendFirst } from '../daemon/live/probe.ts';
import { toldByKernel, toldByTrace } from '../daemon/live/told.ts';
import { inNetns } from '../host/netns.ts';
import { runNft } from '../host/nftables.ts';
import { isIpv6, parseIp } from '../net/ip.ts';
import type { Machine, Port } from '../plan/plan.ts';
import type { Finding } from './finding.ts';
import type { Doorstep } from './inside.ts';
import type { Programs } from './programs.ts';
import { areShared } from './shares.ts';
import type {
  DigStep,
  ExpectedFate,
  FlowStep,
  PacketProtocol,
  PacketStep,
  ReachStep,
  SendOnStep,
  ServeStep,
  SharesStep,
  StopStep,
  TlsStep,
  WhyStep,
} from './syntax.ts';
import { agrees, fateText, type Wanted } from './verdict.ts';
import { fillIn } from './words.ts';
import type { World } from './world.ts';

const PROTOCOLS = { tcp: '6', udp: '17', ping: '1' } as const;
const POLL_MS = 4;
/** What is sent now is answered or reset within this time. */
const ANSWER_MS = 10_000;
/** A connection that says nothing for this long is silent. */
const SILENT_MS = 400;

/** As on an instance's own command line: a table of its own, beside nothing of Culvert's. */
const NO_TRANSLATION = 'add table ip forwarder\ndelete table ip forwarder';
const TRANSLATION = `${NO_TRANSLATION}
add table ip forwarder
add chain ip forwarder source { type nat hook postrouting priority srcnat; }
add rule ip forwarder source masquerade`;

export interface Standing extends Doorstep {
  /** null: a host of a site, which nobody gives a role. */
  readonly machine: Machine | null;
}

/** A connection that is kept. */
interface Kept {
  readonly socket: Socket;
  error: string | undefined;
  received: string;
}

export class Packets {
  readonly #world: World;
  readonly #names: ReadonlyMap<string, string>;
  readonly #programs: Programs;
  readonly #flows = new Map<string, Kept>();

  constructor(world: World, names: ReadonlyMap<string, string>, programs: Programs) {
    this.#world = world;
    this.#names = names;
    this.#programs = programs;
  }

  close(): void {
    for (const { socket } of this.#flows.values()) socket.destroy();
  }

  async program(step: ServeStep | StopStep): Promise<string> {
    const machine = this.#port(step.place).machine?.id ?? '';
    if (step.kind === 'serve') {
      const told = step.told === null ? null : this.#fill(step.told);
      await this.#programs.serve({ ...step, machine, told });
    } else if (!this.#programs.stop({ ...step, machine })) throw new Error(`${step.place} serves nothing there`);
    return '';
  }

  sendOn({ place, how }: SendOnStep): string {
    const netns = this.#netnsOf(this.#port(place));
    inNetns(netns, () => writeFileSync('/proc/sys/net/ipv4/ip_forward', how === 'not' ? '0' : '1'));
    runNft(netns, how === 'translated' ? TRANSLATION : NO_TRANSLATION);
    return '';
  }

  async send(step: PacketStep, findings: Finding[]): Promise<string> {
    const { plan, driver } = this.#world;
    const port = this.#port(step.from);
    const netns = this.#netnsOf(port);
    const to = await this.#addressOf(step.to, port);
    const own = port.addresses.find((address) => isIpv6(address) === isIpv6(to));
    const source = step.source === null ? own : this.#fill(step.source);
    if (source === undefined) throw new Error(`${step.from} has no address of the kind of ${to}`);
    if (typeof step.protocol === 'number' && isIpv6(to)) throw new Error('packets of such a protocol are of IPv4 here');
    const drops = createDropCounters(driver, countingPlaces(plan));
    const { port: toPort, protocol } = step;
    const fate = await sendFirst({ netns, source, to, port: toPort, protocol }, drops);
    const flow: Flow = {
      from: { kind: 'port', port: port.id, address: step.source === null ? null : source },
      ...(protocol === 'ping'
        ? echoTo(to)
        : { to: { address: to, port: toPort, code: null }, protocol: numberOf(protocol) }),
    };
    const analyser = toldByTrace(trace(plan, flow), (id) => this.#portById(id)?.machine?.id);
    const kernel = toldByKernel(fate);
    this.#keep(step.flow, fate);
    const wanted = this.#wanted(step.expected);
    const name = (id: string) => this.#nameOf(id);
    if (
      !agrees(analyser, wanted, 'analyser', kernel.kind === 'delivered' ? kernel : analyser) ||
      !agrees(kernel, wanted, 'kernel')
    ) {
      const { line, before } = step.expected;
      const like = wanted.kind === 'delivered' && wanted.seenFrom !== null ? null : wanted.kind;
      const asOne =
        kernel.kind === 'dropped'
          ? analyser.stages.find((stage) => kernel.stages.includes(stage))
          : analyser.kind === 'delivered';
      findings.push({
        line,
        before,
        expected: expectedText(wanted, name),
        got: [
          ['analyser', withWords(fateText(analyser, name), analyser.words)],
          ['kernel', withWords(fateText(kernel, name), kernel.words)],
        ],
        golden: asOne === undefined || asOne === false ? null : fateText(kernel, name, like),
      });
    }
    return withWords(fateText(kernel, name), analyser.words);
  }

  /** A packet for each pair, whether it arrives: as told for all of them at once. */
  async reach({ port, protocol, line, text }: ReachStep, findings: Finding[]): Promise<string> {
    const { plan, driver } = this.#world;
    const reach = reachOf(plan);
    const tally = { '.': 0, X: 0 };
    const pairs = sendersOf(plan).flatMap((from) =>
      plan.ports.flatMap((to) =>
        from === to || !this.#runs(from) ? [] : addressesOf(to).map((each) => ({ from, to: each })),
      ),
    );
    for (const { from, to } of pairs) {
      const source = from.addresses.find((address) => isIpv6(address) === isIpv6(to));
      if (source === undefined) continue;
      const { outcome } = reach.verdict(from, to, { protocol: PROTOCOLS[protocol], port });
      const drops = createDropCounters(driver, countingPlaces(plan));
      const fate = await sendFirst({ netns: this.#netnsOf(from), source, to, port, protocol }, drops);
      this.#keep(null, fate);
      const hasArrived = fate.kind === 'delivered' || fate.kind === 'refused';
      tally[hasArrived ? '.' : 'X']++;
      if (outcome === 'depends' || (outcome === 'delivered') === hasArrived) continue;
      const pair = `${this.#nameOf(from.machine?.id ?? from.id)} -> ${to}`;
      const got = [['kernel', fateText(toldByKernel(fate), (id) => this.#nameOf(id))] as const];
      findings.push({ line, before: text, expected: `${pair}: ${outcome}`, got, golden: null });
    }
    return `${tally['.']} pairs arrive, ${tally.X} do not`;
  }

  #runs({ machine }: Port): boolean {
    return this.#world.plan.machines.some(({ id, wanted }) => id === machine?.id && wanted === 'running');
  }

  /** Whether the certificate that answers there is for the name. */
  async tls({ place, name, port, expected }: TlsStep, findings: Finding[]): Promise<string> {
    const sender = this.#port(place);
    const host = this.#fill(name);
    const to = await this.#addressOf(name, sender);
    const [source = ''] = sender.addresses;
    const isItsName = await greetTls({ netns: this.#netnsOf(sender), source, to, port }, host);
    const got = isItsName ? 'its name' : 'another name';
    const { line, before, value } = expected;
    if (got !== value) findings.push({ line, before, expected: value, got: [['certificate', got]], golden: got });
    return got;
  }

  /** From where calls of an instance's, or of a host of a site, go out, and how it finds whom it calls. */
  standing(place: string): Standing {
    const port = this.#port(place);
    const machine = this.#world.plan.machines.find(({ id }) => id === port.machine?.id) ?? null;
    return { machine, netns: this.#netnsOf(port), lookUp: (host) => this.#addressOf(host, port) };
  }

  /** As `culvert why` is asked. */
  question({ place, to, port, protocol, tls, action, resource, as }: WhyStep): WholeQuestion {
    const host = to.includes('.') ? this.#fill(to) : this.#idOf(to);
    const call = {
      ...(action !== null && { action }),
      ...(resource !== null && { resource: this.#fill(resource) }),
      ...(as !== null && { as: this.#fill(as) }),
    };
    return { from: this.#port(place).id, to: host, protocol: numberOf(protocol), port, tls, ...call };
  }

  /** Whether a kept connection lives. */
  async look({ flow, expected, line, before }: FlowStep, findings: Finding[]): Promise<string> {
    const kept = this.#flows.get(flow);
    if (kept === undefined) throw new Error(`no connection is kept as ${flow}`);
    if (expected === 'ends') {
      kept.socket.destroy();
      this.#flows.delete(flow);
      return '';
    }
    const state = await this.#stateOf(kept, expected === 'is silent' ? SILENT_MS : ANSWER_MS);
    if (state !== expected) findings.push({ line, before, expected, got: [['kernel', state]], golden: state });
    return state;
  }

  async dig({ place, name, type, server, expected }: DigStep, findings: Finding[]): Promise<string> {
    const port = this.#port(place);
    const servers = server === null ? this.#nameServersOf(port) : [this.#fill(server)];
    const found = await dig(this.#netnsOf(port), this.#fill(name), type, servers);
    const wanted = expected.values.map((value) => this.#fill(value)).sort();
    const got = found.join(', ');
    if (got !== wanted.join(', ')) {
      const { line, before } = expected;
      findings.push({ line, before, expected: wanted.join(', '), got: [['resolver', got]], golden: got });
    }
    return got;
  }

  /** How often each answer comes. */
  async shares({ place, name, times, expected }: SharesStep, findings: Finding[]): Promise<string> {
    const port = this.#port(place);
    const [netns, servers] = [this.#netnsOf(port), this.#nameServersOf(port)];
    const counts = new Map<string, number>();
    for (let at = 0; at < times; at++) {
      const found = (await dig(netns, this.#fill(name), 'A', servers)).join(' and ');
      counts.set(found, (counts.get(found) ?? 0) + 1);
    }
    const shares = expected.shares.map((each) => ({ ...each, value: this.#fill(each.value) }));
    const got = [...counts].map(([value, count]) => `${value} in ${Math.round((count / times) * 100)} %`).join(', ');
    if (!areShared(counts, shares, times)) {
      const { line, before } = expected;
      const wanted = shares.map(({ value, percent }) => `${value} in ${percent} %`).join(', ');
      findings.push({ line, before, expected: wanted, got: [['resolver', got]], golden: null });
    }
    return got;
  }

  async #stateOf(kept: Kept, boundMs: number): Promise<string> {
    const word = `${performance.now()}\n`;
    kept.received = '';
    if (kept.error === undefined) kept.socket.write(word);
    for (const end = performance.now() + boundMs; performance.now() < end; ) {
      if (kept.error !== undefined) return kept.error === 'ECONNRESET' ? 'is reset' : kept.error;
      if (kept.received.includes(word)) return 'answers';
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    return 'is silent';
  }

  #keep(flow: string | null, fate: Fate): void {
    if (fate.kind !== 'delivered' || fate.socket === null) return;
    const { socket } = fate;
    if (flow === null) {
      socket.destroy();
      return;
    }
    this.#flows.get(flow)?.socket.destroy();
    const kept: Kept = { socket, error: undefined, received: '' };
    socket.unref();
    socket.on('error', (error: NodeJS.ErrnoException) => {
      kept.error ??= error.code ?? error.message;
    });
    socket.on('data', (chunk) => {
      kept.received += chunk;
    });
    this.#flows.set(flow, kept);
  }

  #wanted(expected: ExpectedFate): Wanted {
    switch (expected.kind) {
      case 'delivered': {
        const seenFrom = expected.seenFrom === null ? null : this.#fill(expected.seenFrom);
        return { kind: 'delivered', to: expected.to.map((place) => this.#idOf(place)), seenFrom };
      }
      case 'refused':
        return { kind: 'refused', to: expected.to.map((place) => this.#idOf(place)) };
      case 'dropped':
        return expected;
    }
  }

  #fill(text: string): string {
    return fillIn(text, this.#names, (sentence) => new Error(sentence));
  }

  /** A name given in the scenario, or an id as it is. */
  #idOf(place: string): string {
    return place.startsWith('$') ? this.#fill(place) : (this.#names.get(place) ?? place);
  }

  #nameOf(id: string): string {
    for (const [name, value] of this.#names) if (value === id) return name;
    return id;
  }

  /** Of an instance (its first interface) or a network interface. */
  #port(place: string): Port {
    const id = this.#idOf(place);
    const { ports } = this.#world.plan;
    const port = ports.find((each) => each.id === id || (each.machine?.id === id && each.machine.deviceIndex === 0));
    if (port?.machine == null) throw new Error(`${place} (${id}) is no instance that runs`);
    return port;
  }

  #portById(id: string): Port | undefined {
    return this.#world.plan.ports.find((each) => each.id === id);
  }

  #netnsOf(port: Port): string {
    return this.#world.paths.netnsOf(port.machine?.id ?? '');
  }

  /** As its VPC's DHCP options name them; of a site its own one. */
  #nameServersOf({ domain }: Port): readonly string[] {
    const { domains, sites } = this.#world.plan;
    const own = sites.find(({ id }) => id === domain)?.dns;
    return own ? [own.address] : (domains.find(({ id }) => id === domain)?.dhcp.nameServers ?? []);
  }

  /** An address, an instance by its name, or a name that the sender's name servers know. */
  async #addressOf(text: string, sender: Port): Promise<string> {
    const filled = this.#fill(text);
    if (parseIp(filled) !== undefined) return filled;
    if (!text.includes('.') && this.#names.has(text)) return this.#port(text).addresses[0] ?? '';
    const ask = (type: string) => dig(this.#netnsOf(sender), filled, type, this.#nameServersOf(sender));
    const found = await ask('A');
    const [address = ''] = found[0] === 'NODATA' ? await ask('AAAA') : found;
    if (parseIp(address) === undefined) throw new Error(`${filled} has no address: ${address}`);
    return address;
  }
}

function numberOf(protocol: PacketProtocol): string {
  return typeof protocol === 'number' ? String(protocol) : PROTOCOLS[protocol];
}

function expectedText(wanted: Wanted, nameOf: (id: string) => string): string {
  if (wanted.kind === 'dropped') {
    return `dropped at ${wanted.stage}${wanted.reason === null ? '' : ` (${wanted.reason})`}`;
  }
  const to =
    wanted.to.length === 0 ? '' : ` ${wanted.kind === 'refused' ? 'by' : 'to'} ${wanted.to.map(nameOf).join(' or ')}`;
  const seen = wanted.kind === 'delivered' && wanted.seenFrom !== null ? `, seen from ${wanted.seenFrom}` : '';
  return `${wanted.kind}${to}${seen}`;
}

function withWords(text: string, words: string): string {
  return words === '' ? text : `${text} (${words})`;
}
