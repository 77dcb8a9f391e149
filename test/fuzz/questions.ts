/** DNS questions of a topology: a real one, by UDP to a real server in the VPC's namespace, and what the analyser tells of the same. */
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { resolveName } from '../../src/analyse/names.ts';
import { trace } from '../../src/analyse/trace.ts';
import { closeFd } from '../../src/host/libc.ts';
import type { Paths } from '../../src/host/paths.ts';
import { udpSocket } from '../../src/host/sockets.ts';
import { isIpv6 } from '../../src/net/ip.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { sendDatagram, takeDatagram } from './doors.ts';
import type { QuestionSeed } from './steps.ts';

/** A loaded machine takes its time. */
const LATE_MS = 20_000;
const POLL_MS = 1;
const DNS_PORT = 53;
const LINK_LOCAL = '169.254.169.253';

/** What is wrong, or null: both tell the same. */
export async function wrongAnswer(plan: Plan, seed: QuestionSeed, paths: Paths): Promise<string | null> {
  const running = new Set(plan.machines.filter(({ wanted }) => wanted === 'running').map(({ id }) => id));
  const senders = plan.ports.filter(({ machine }) => machine !== null && running.has(machine.id));
  const sender = senders[seed.vpc % Math.max(senders.length, 1)];
  if (sender?.machine == null) return null;
  const names = namesIn(plan);
  const name = names[seed.name % names.length] ?? '';
  const told = resolveName(plan, sender.domain, name);
  const from = { kind: 'port', port: sender.id, address: null } as const;
  const way = trace(plan, { from, to: { address: LINK_LOCAL, port: DNS_PORT, code: null }, protocol: '17' });
  const text = `${sender.machine.id} in ${sender.domain} asks for ${name}`;
  // Nobody answers, and nothing is told of that: a drop, which flows ask for.
  if (told.outcome === 'resolverOff')
    return way.outcome === 'delivered' ? `${text}: nobody answers, yet packets arrive` : null;
  if (way.outcome !== 'delivered') return `${text}: questions do not arrive`;
  const source = sender.addresses.find((address) => !isIpv6(address)) ?? '';
  const got = await ask(paths.netnsOf(sender.machine.id), source, name);
  const wanted = {
    addresses: [...told.addresses].sort().join(' '),
    NODATA: 'NODATA',
    NXDOMAIN: 'NXDOMAIN',
    forwarded: 'SERVFAIL',
    world: 'SERVFAIL',
    ownServers: 'SERVFAIL',
  }[told.outcome];
  return got === wanted ? null : `${text}: the server says ${got}, the analyser ${wanted} (${told.outcome})`;
}

/** Of all kinds, and some that nobody has. */
function namesIn(plan: Plan): readonly string[] {
  const zones = [...plan.views.flatMap((view) => view.zones), ...plan.hostedZones, ...plan.publicZones];
  const owned = zones.flatMap(({ records }) => records.map(({ name }) => name.replace(/\.$/, '').replace('*', 'any')));
  return [...new Set(owned), 'www.corp.test', 'nobody.corp.test', 'other.test', 'nobody.ap-south-1.compute.internal'];
}

async function ask(netns: string, source: string, name: string): Promise<string> {
  const fd = udpSocket(netns, { address: source, port: 0 });
  try {
    const questions = [{ type: 'A', name }] as const;
    sendDatagram(
      fd,
      { address: LINK_LOCAL, port: DNS_PORT },
      encode({ type: 'query', id: 1, flags: RECURSION_DESIRED, questions: [...questions] }),
    );
    for (const end = performance.now() + LATE_MS; performance.now() < end; ) {
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
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
