/** DNS questions of a topology: a real one, by UDP to a real server in the VPC's namespace, and what the analyser tells of the same. */
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { type Resolution, resolveName } from '../../src/analyse/names.ts';
import { trace } from '../../src/analyse/trace.ts';
import { closeFd } from '../../src/host/libc.ts';
import type { Paths } from '../../src/host/paths.ts';
import { udpSocket } from '../../src/host/sockets.ts';
import { formatIp, isIpv6, parseIp } from '../../src/net/ip.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { sendDatagram, takeDatagram } from './doors.ts';
import { MACHINES_ANSWER, type Prober } from './prober.ts';
import { inboundIn } from './running.ts';
import type { QuestionSeed } from './steps.ts';

/** A loaded machine takes its time. */
const LATE_MS = 20_000;
const POLL_MS = 1;
/** Shorter than the server itself waits for whom it asks. */
const DROPPED_MS = 50;
const DNS_PORT = 53;
const LINK_LOCAL = '169.254.169.253';

interface Means {
  readonly paths: Paths;
  readonly prober: Prober;
}

export interface Judged {
  /** What the analyser tells of the name; null: nobody was asked. */
  readonly told: Resolution['outcome'] | null;
  /** null: both tell the same. */
  readonly wrong: string | null;
}

const UNASKED: Judged = { told: null, wrong: null };

export async function judgeAnswer(plan: Plan, seed: QuestionSeed, { paths, prober }: Means): Promise<Judged> {
  const running = new Set(plan.machines.filter(({ wanted }) => wanted === 'running').map(({ id }) => id));
  const senders = plan.ports.filter(({ machine }) => machine !== null && running.has(machine.id));
  const sender = senders[seed.vpc % Math.max(senders.length, 1)];
  if (sender?.machine == null) return UNASKED;
  const names = namesIn(plan);
  const name = names[seed.name % names.length] ?? '';
  const inbound = inboundAt(plan, seed);
  const domain = inbound?.domain ?? sender.domain;
  const { type } = seed;
  const resolution = resolveName(plan, domain, name, { type, isInbound: inbound !== null });
  const told = resolution.outcome;
  const judged = (wrong: string | null): Judged => ({ told, wrong });
  const address = inbound?.address ?? LINK_LOCAL;
  const from = { kind: 'port', port: sender.id, address: null } as const;
  const way = trace(plan, { from, to: { address, port: DNS_PORT, code: null }, protocol: '17' });
  const text = `${sender.machine.id} in ${sender.domain} asks ${address} for ${type} of ${name}`;
  const isThere = way.outcome === 'delivered';
  if (inbound !== null) {
    // Another may have that address where the sender is, or its answer be lost: which packets do arrive, flows ask for.
    if (!isThere || way.receiver?.id !== inbound.port || told === 'resolverOff') return UNASKED;
  } else {
    // Nobody answers, and nothing is told of that: a drop, which flows ask for.
    if (told === 'resolverOff') return isThere ? judged(`${text}: nobody answers, yet packets arrive`) : UNASKED;
    if (!isThere) return judged(`${text}: questions do not arrive`);
  }
  const wanted = answerTo(plan, resolution, { type, servers: 0 });
  if (wanted === null) return UNASKED;
  const source = sender.addresses.find((each) => !isIpv6(each)) ?? '';
  const asks = (forMs: number) =>
    ask(paths.netnsOf(sender.machine?.id ?? ''), { source, address, name, type }, prober, forMs);
  if (wanted === 'nobody') {
    const said = await asks(DROPPED_MS);
    // The kernel may say at once that there is no way.
    const isSilent = said === 'nothing' || said === 'SERVFAIL';
    return judged(isSilent ? null : `${text}: the server says ${said}, though nobody can be asked`);
  }
  const end = performance.now() + LATE_MS;
  let got = await asks(LATE_MS);
  // It waits two seconds for whom it asks, which on a loaded machine is little.
  while (wanted !== 'SERVFAIL' && got === 'SERVFAIL' && performance.now() < end) got = await asks(LATE_MS);
  return judged(got === wanted ? null : `${text}: the server says ${got}, the analyser ${wanted} (${told})`);
}

/** One address of an inbound endpoint, where the question is to go to one. */
function inboundAt(
  plan: Plan,
  { inbound }: QuestionSeed,
): { readonly domain: string; readonly port: string; readonly address: string } | null {
  const all = plan.resolverEndpoints
    .filter(({ direction }) => direction === 'inbound')
    .flatMap(({ domain, addresses }) => addresses.map(({ port, address }) => ({ domain, port, address })));
  return inbound == null ? null : (all[inbound % Math.max(all.length, 1)] ?? null);
}

/** Endpoints may lead to one another in a circle. */
const MOST_SERVERS = 4;

interface Asked {
  readonly type: QuestionSeed['type'];
  /** How many servers were asked before this one. */
  readonly servers: number;
}

/** What the server says to it, as textOf writes that; 'nobody': it waits in vain for whom it asks; null: that depends. */
function answerTo(plan: Plan, resolution: Resolution, asked: Asked): string | null {
  const { outcome, addresses } = resolution;
  if (outcome === 'addresses') return [...addresses].sort().join(' ');
  if (outcome === 'forwarded') return passedOn(plan, resolution, asked);
  return outcome === 'NODATA' || outcome === 'NXDOMAIN' ? outcome : 'SERVFAIL';
}

/** Of a question that a rule sends elsewhere, from whichever address, to machines or to inbound endpoints. */
function passedOn(plan: Plan, { rule, steps }: Resolution, { type, servers }: Asked): string | null {
  const exits = plan.resolverEndpoints.find(({ id }) => id === rule?.forward?.endpoint)?.addresses ?? [];
  const ways = exits.flatMap(({ port }) =>
    (rule?.forward?.targets ?? []).map(({ address, port: to }) =>
      trace(plan, {
        from: { kind: 'port', port, address: null },
        to: { address, port: to, code: null },
        protocol: '17',
      }),
    ),
  );
  if (ways.length === 0) return 'SERVFAIL';
  if (ways.every(({ outcome }) => outcome === 'dropped')) return 'nobody';
  if (servers === MOST_SERVERS) return null;
  const inbound = inboundIn(plan);
  const said = ways.map(({ outcome, receiver, targets }) => {
    const port = plan.ports.find(({ id }) => id === receiver?.id);
    if (outcome !== 'delivered' || targets.length > 0 || port?.machine == null) return null;
    // Machines here have no IPv6 address to tell of any name.
    if (!inbound.has(port.machine.id)) return type === 'A' ? MACHINES_ANSWER : 'NODATA';
    const name = steps.at(-1)?.name ?? '';
    const next = resolveName(plan, port.domain, name, { type, isInbound: true });
    return answerTo(plan, next, { type, servers: servers + 1 });
  });
  const [first = null] = said;
  return said.every((each) => each === first) ? first : null;
}

/** Of all kinds, and some that nobody has. */
function namesIn(plan: Plan): readonly string[] {
  const zones = [...plan.views.flatMap((view) => view.zones), ...plan.hostedZones, ...plan.publicZones];
  const owned = zones.flatMap(({ records }) => records.map(({ name }) => name.replace(/\.$/, '').replace('*', 'any')));
  const forwarded = plan.views.flatMap(({ rules }) => rules.map(({ domain }) => `files.${domain}`));
  return [
    ...new Set([...forwarded, ...owned]),
    ...['www.corp.test', 'nobody.corp.test', 'other.test', 'nobody.ap-south-1.compute.internal'],
  ];
}

interface Question {
  readonly source: string;
  readonly address: string;
  readonly name: string;
  readonly type: QuestionSeed['type'];
}

async function ask(
  netns: string,
  { source, address, name, type }: Question,
  prober: Prober,
  forMs: number,
): Promise<string> {
  const fd = udpSocket(netns, { address: source, port: 0 });
  try {
    const questions = [{ type, name }] as const;
    sendDatagram(
      fd,
      { address, port: DNS_PORT },
      encode({ type: 'query', id: 1, flags: RECURSION_DESIRED, questions: [...questions] }),
    );
    for (const end = performance.now() + forMs; performance.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      prober.answerNames();
      const answer = takeDatagram(fd);
      if (answer !== undefined) return textOf(answer.data);
    }
    return 'nothing';
  } finally {
    closeFd(fd);
  }
}

function textOf(bytes: Buffer): string {
  const { answers = [], rcode } = decode(bytes) as ReturnType<typeof decode> & { rcode: string };
  if (rcode !== 'NOERROR') return rcode;
  const addresses = answers
    .flatMap((answer) => (answer.type === 'A' || answer.type === 'AAAA' ? [canonical(answer.data)] : []))
    .sort();
  return addresses.length === 0 ? 'NODATA' : addresses.join(' ');
}

/** dns-packet has a way of its own to write IPv6 addresses. */
function canonical(address: string): string {
  const ip = parseIp(address);
  return ip === undefined ? address : formatIp(ip);
}
