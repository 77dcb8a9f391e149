/** DNS questions of a topology: a real one, by UDP to a real server in the VPC's namespace, and what the analyser tells of the same. */
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { type Resolution, resolveName } from '../../src/analyse/names.ts';
import { trace } from '../../src/analyse/trace.ts';
import { closeFd } from '../../src/host/libc.ts';
import type { Paths } from '../../src/host/paths.ts';
import { udpSocket } from '../../src/host/sockets.ts';
import { isIpv6 } from '../../src/net/ip.ts';
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

/** What is wrong, or null: both tell the same. */
export async function wrongAnswer(plan: Plan, seed: QuestionSeed, { paths, prober }: Means): Promise<string | null> {
  const running = new Set(plan.machines.filter(({ wanted }) => wanted === 'running').map(({ id }) => id));
  const senders = plan.ports.filter(({ machine }) => machine !== null && running.has(machine.id));
  const sender = senders[seed.vpc % Math.max(senders.length, 1)];
  if (sender?.machine == null) return null;
  const names = namesIn(plan);
  const name = names[seed.name % names.length] ?? '';
  const inbound = inboundAt(plan, seed);
  const domain = inbound?.domain ?? sender.domain;
  // Names that instances are answered otherwise: of these resolveName tells what they get.
  if (inbound !== null && plan.views.some(({ id, inboundZones }) => id === domain && inboundZones.length > 0))
    return null;
  const told = resolveName(plan, domain, name);
  const address = inbound?.address ?? LINK_LOCAL;
  const from = { kind: 'port', port: sender.id, address: null } as const;
  const way = trace(plan, { from, to: { address, port: DNS_PORT, code: null }, protocol: '17' });
  const text = `${sender.machine.id} in ${sender.domain} asks ${address} for ${name}`;
  const isThere = way.outcome === 'delivered';
  if (inbound !== null) {
    // Another may have that address where the sender is, or its answer be lost: which packets do arrive, flows ask for.
    if (!isThere || way.receiver?.id !== inbound.port || told.outcome === 'resolverOff') return null;
  } else {
    // Nobody answers, and nothing is told of that: a drop, which flows ask for.
    if (told.outcome === 'resolverOff') return isThere ? `${text}: nobody answers, yet packets arrive` : null;
    if (!isThere) return `${text}: questions do not arrive`;
  }
  const passed = told.outcome === 'forwarded' ? passedOn(plan, told) : 'SERVFAIL';
  if (passed === null) return null;
  const source = sender.addresses.find((each) => !isIpv6(each)) ?? '';
  const asks = (forMs: number) =>
    ask(paths.netnsOf(sender.machine?.id ?? ''), { source, address, name }, prober, forMs);
  if (passed === 'nobody') {
    const said = await asks(DROPPED_MS);
    // The kernel may say at once that there is no way.
    return ['nothing', 'SERVFAIL'].includes(said)
      ? null
      : `${text}: the server says ${said}, though nobody can be asked`;
  }
  const end = performance.now() + LATE_MS;
  let got = await asks(LATE_MS);
  // It waits two seconds for whom it asks, which on a loaded machine is little.
  while (passed === MACHINES_ANSWER && got === 'SERVFAIL' && performance.now() < end) got = await asks(LATE_MS);
  const wanted = {
    addresses: [...told.addresses].sort().join(' '),
    NODATA: 'NODATA',
    NXDOMAIN: 'NXDOMAIN',
    forwarded: passed,
    world: 'SERVFAIL',
    ownServers: 'SERVFAIL',
  }[told.outcome];
  return got === wanted ? null : `${text}: the server says ${got}, the analyser ${wanted} (${told.outcome})`;
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

/**
 * What comes of a question that a rule sends elsewhere, from whichever address: a machine's answer; or 'nobody', where it does not get
 * there, so that the server waits in vain; null: that depends, or another server is asked in turn.
 */
function passedOn(plan: Plan, { rule }: Resolution): string | null {
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
  const inbound = inboundIn(plan);
  const isAnswered = ways.every(({ outcome, receiver, targets }) => {
    const machine = plan.ports.find(({ id }) => id === receiver?.id)?.machine?.id;
    return outcome === 'delivered' && targets.length === 0 && machine !== undefined && !inbound.has(machine);
  });
  if (isAnswered) return MACHINES_ANSWER;
  return ways.every(({ outcome }) => outcome === 'dropped') ? 'nobody' : null;
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
}

async function ask(netns: string, { source, address, name }: Question, prober: Prober, forMs: number): Promise<string> {
  const fd = udpSocket(netns, { address: source, port: 0 });
  try {
    const questions = [{ type: 'A', name }] as const;
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
  const addresses = answers.flatMap((answer) => (answer.type === 'A' ? [answer.data] : [])).sort();
  return addresses.length === 0 ? 'NODATA' : addresses.join(' ');
}
