/**
 * `culvert why --live`: sends what was asked about and says where it was seen, where it was lost and who answered, beside what
 * the analyser said. The two cannot differ unless Culvert is wrong, or somebody has changed what Culvert made: a difference that
 * comes again and again is told as one.
 */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import type { Trace } from '../../analyse/flow.ts';
import type { Question, Why } from '../../analyse/why.ts';
import type { Driver } from '../../driver/netns/driver.ts';
import { type Capture, capture } from '../../host/capture.ts';
import type { Paths } from '../../host/paths.ts';
import { isIpv6 } from '../../net/ip.ts';
import type { Plan } from '../../plan/plan.ts';
import { differenceOfNames, differenceOfPackets } from './differences.ts';
import { dig } from './dig.ts';
import { countingPlaces, createDropCounters, sendFirst } from './probe.ts';
import { isFirst, type Mark, parsePacket, recognise, type Seen } from './sightings.ts';
import { type Told, toldByKernel, toldByTrace } from './told.ts';

export interface Live {
  /** null: no name was asked for, or nobody here would answer. */
  readonly name: LiveName | null;
  readonly packets: readonly LivePacket[];
}

export interface LiveName {
  readonly name: string;
  /** Addresses, or one word in capitals (NXDOMAIN, SILENT). */
  readonly answers: readonly string[];
  /** What the analyser says otherwise; null: the same. */
  readonly difference: string | null;
}

export interface LivePacket {
  readonly address: string;
  readonly kind: Told['kind'];
  /** Where it was dropped, as counted. */
  readonly stages: readonly string[];
  /** More about it, for people. */
  readonly words: string;
  /** In the order of the way. */
  readonly seen: readonly Sighting[];
  readonly milliseconds: number;
  readonly difference: string | null;
}

/** In one namespace: an instance's, a VPC's router, a gateway, the services. */
export interface Sighting {
  readonly place: string;
  /** As it left there, "10.0.0.4:40000 → 10.0.1.5:443"; null: not seen there. */
  readonly sent: string | null;
  /** The same of its answer. */
  readonly answer: string | null;
}

/** The same difference so many times, one after the other, is one: other traffic may move a counter. */
const TRIES = 2;
/** Ways that are looked at: a load balancer may have a thousand targets. */
const MOST_PLACES = 24;
const MOST_ADDRESSES = 4;
const SAYS_BYTES = 16;
const PROTOCOLS: Readonly<Record<string, Mark['protocol']>> = { '6': 'tcp', '17': 'udp', '1': 'ping' };

export interface LiveParts {
  readonly paths: Pick<Paths, 'netnsOf'>;
  readonly driver: Pick<Driver, 'counters'>;
}

export async function sendLive(parts: LiveParts, plan: Plan, question: Question, found: Why): Promise<Live> {
  const packets: LivePacket[] = [];
  for (const { trace } of found.paths.slice(0, MOST_ADDRESSES)) {
    packets.push(await again((tries) => sendOne(parts, plan, question, trace, tries)));
  }
  return { name: await again(() => askName(parts, plan, found)), packets };
}

/** Until both say the same, or have not for so many times. */
async function again<T extends { readonly difference: string | null } | null>(
  look: (at: number) => Promise<T>,
): Promise<T> {
  let told = await look(0);
  for (let at = 1; at < TRIES && told !== null && told.difference !== null; at++) told = await look(at);
  return told;
}

async function sendOne(
  { paths, driver }: LiveParts,
  plan: Plan,
  question: Question,
  trace: Trace,
  tries: number,
): Promise<LivePacket> {
  const sender = plan.ports.find(({ id }) => trace.flow.from.kind === 'port' && id === trace.flow.from.port);
  const to = trace.flow.to.address;
  const source = sender?.addresses.find((each) => isIpv6(each) === isIpv6(to));
  const machine = sender?.machine?.id;
  const protocol = PROTOCOLS[question.protocol];
  if (source === undefined || machine === undefined || protocol === undefined) {
    return { ...NOTHING, address: to, words: 'the sender has no address of that kind' };
  }
  const places = placesOf(plan, machine, trace).filter((place) => existsSync(paths.netnsOf(place)));
  const captures = new Map(places.map((place) => [place, capture(paths.netnsOf(place))]));
  const says = protocol === 'udp' ? randomBytes(SAYS_BYTES / 2).toString('hex') : '';
  const record = createRecord(captures, machine, protocol, says);
  const started = performance.now();
  try {
    const counted = new Set(countingPlaces(plan));
    const drops = createDropCounters(
      driver,
      places.filter((place) => counted.has(place)),
    );
    const port = protocol === 'ping' ? null : trace.flow.to.port;
    const probe = { netns: paths.netnsOf(machine), source, to, port, protocol, says };
    const fate = await sendFirst(probe, drops, record.look);
    record.look(null);
    if (fate.kind === 'delivered') fate.socket?.destroy();
    const kernel = toldByKernel(fate);
    const analyser = toldByTrace(trace, (id) => plan.ports.find((each) => each.id === id)?.machine?.id);
    const seen = record.sightings();
    const milliseconds = Math.round((performance.now() - started) * 10) / 10;
    const { difference, words } = differenceOfPackets(analyser, kernel, seen);
    const often = difference === null || tries === 0 ? '' : ', each time';
    return {
      address: to,
      kind: kernel.kind,
      stages: kernel.stages,
      words,
      seen,
      milliseconds,
      difference: difference && `${difference}${often}`,
    };
  } finally {
    for (const each of captures.values()) each.close();
  }
}

const NOTHING: Omit<LivePacket, 'address' | 'words'> = {
  kind: 'failed',
  stages: [],
  seen: [],
  milliseconds: 0,
  difference: null,
};

/** Namespaces in the order of the way; of a load balancer's targets as many as are looked at. */
function placesOf(plan: Plan, machine: string, trace: Trace): readonly string[] {
  const ports = new Map(plan.ports.map((port) => [port.id, port]));
  const gateways = new Set(plan.natGateways.map(({ id }) => id));
  const of = ({ hops, receiver }: Trace) => {
    const hopPlaces = hops.flatMap(({ domain, component }) =>
      gateways.has(component) ? [domain, component] : [domain],
    );
    const port = receiver?.kind === 'port' ? ports.get(receiver.id) : undefined;
    const end = port === undefined ? [] : [port.domain, ...(port.machine === null ? [] : [port.machine.id])];
    const isService = receiver?.kind === 'service' || receiver?.kind === 'mirror';
    return [...hopPlaces, ...end, ...(isService ? ['services', 'internet'] : [])];
  };
  const all = [machine, ...of(trace), ...trace.targets.flatMap(of)];
  return [...new Set(all)].slice(0, MOST_PLACES);
}

interface PacketRecord {
  look(mark: number | null): void;
  sightings(): readonly Sighting[];
}

/** Keeps what it sees until it knows what it looks for: the sender's own namespace shows a connection's first number. */
function createRecord(
  captures: ReadonlyMap<string, Capture>,
  machine: string,
  protocol: Mark['protocol'],
  says: string,
): PacketRecord {
  const kept = new Map<string, Seen[]>([...captures.keys()].map((place) => [place, []]));
  const words = Buffer.from(says);
  let mark: Mark | null = protocol === 'udp' ? { protocol, number: 0, says: words } : null;
  return {
    look(number) {
      for (const [place, each] of captures) {
        for (const bytes of each.take()) {
          const seen = parsePacket(bytes);
          if (seen !== undefined && (mark === null || recognise(seen, mark) !== null)) kept.get(place)?.push(seen);
        }
      }
      if (mark !== null || number === null) return;
      if (protocol === 'ping') mark = { protocol, number, says: words };
      const first = kept.get(machine)?.findLast((seen) => isFirst(seen, number));
      if (first !== undefined) mark = { protocol, number: first.numbers[0], says: words };
    },
    sightings: () =>
      [...kept].map(([place, seen]) => {
        const last = (what: 'sent' | 'answer') =>
          mark === null ? undefined : seen.findLast((one) => recognise(one, mark as Mark) === what);
        return { place, sent: ends(last('sent')), answer: ends(last('answer')) };
      }),
  };
}

function ends(seen: Seen | undefined): string | null {
  if (seen === undefined) return null;
  const end = (address: string, port: number) =>
    port === 0 ? address : isIpv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
  return `${end(seen.source, seen.sourcePort)} → ${end(seen.destination, seen.port)}`;
}

async function askName({ paths }: LiveParts, plan: Plan, found: Why): Promise<LiveName | null> {
  const { resolution, name, sender } = found;
  const servers = plan.domains.find(({ id }) => id === sender.domain)?.dhcp.nameServers ?? [];
  if (resolution === null || name === null || sender.machine === null || servers.length === 0) return null;
  const answers = await dig(paths.netnsOf(sender.machine), name, 'A', servers);
  return { name, answers, difference: differenceOfNames(resolution, answers) };
}
