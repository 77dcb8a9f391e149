/**
 * Why can A not reach B? The whole answer from one Plan: how the name resolves there, the way of a packet to each address it
 * may get, all blockers with what would mend them, and one line that says the most likely thing first. Sends nothing.
 */
import { parseIp } from '../net/ip.ts';
import type { Plan, Port, ResolverRule } from '../plan/plan.ts';
import { fixesOf } from './fixes.ts';
import { echoTo, type Flow, type Hop, type Measured, NOTHING_MEASURED, type Trace } from './flow.ts';
import { type Resolution, resolveName } from './names.ts';
import { indexPlan, type PlanIndex } from './plan-index.ts';
import type { Reason } from './reasons.ts';
import { trace } from './trace.ts';

export interface Question {
  /** An instance, a site, a network interface, or a private address that only one interface has. */
  readonly from: string;
  /** A name, an address, an instance, a network interface or an interface endpoint. */
  readonly to: string;
  /** By number; '1' is an echo request, over IPv6 too. */
  readonly protocol: Flow['protocol'];
  /** Of TCP and UDP. */
  readonly port: number | null;
}

export interface Advice {
  readonly sentence: string;
  readonly code: Reason['code'] | null;
  /** Least permission first. */
  readonly fixes: readonly string[];
}

export interface Path {
  readonly address: string;
  readonly trace: Trace;
  /** One for each of the trace's reasons, in their order. */
  readonly advice: readonly Advice[];
}

export interface Why {
  readonly question: Question;
  /** The sender's interface. */
  readonly sender: { readonly port: string; readonly machine: string | null; readonly domain: string };
  readonly name: string | null;
  readonly port: number | null;
  /** null: an address was asked for. */
  readonly resolution: Resolution | null;
  readonly paths: readonly Path[];
  /** What stands in the way beside the packets' own blockers: names that lead elsewhere. */
  readonly hints: readonly Advice[];
  readonly outcome: Trace['outcome'] | 'unresolved';
  readonly headline: string;
}

/** The question cannot be asked of this Plan; the sentence is for its asker. */
export class NotAsked extends Error {}

const WITH_PORTS: ReadonlySet<string> = new Set(['6', '17']);

export function why(plan: Plan, question: Question, measured: Measured = NOTHING_MEASURED): Why {
  const index = indexPlan(plan);
  const sender = senderOf(plan, question.from);
  const host = hostOf(question);
  const { port } = question;
  const zone = plan.segments.find(({ id }) => id === sender.segment)?.zone;
  const known = addressesOf(index, plan, host);
  const resolution = known === null ? resolveName(plan, sender.domain, host, zone) : null;
  const addresses = known ?? resolution?.addresses ?? [];
  const paths = [...addresses].sort().map((address): Path => {
    const from = { kind: 'port', port: sender.id, address: null } as const;
    const { protocol } = question;
    const asked = protocol === '1' ? echoTo(address) : { to: { address, port, code: null }, protocol };
    const found = trace(plan, { from, ...asked }, measured);
    return { address, trace: found, advice: adviceOf(index, found) };
  });
  const outcome = outcomeOf(paths);
  const hints = outcome === 'delivered' ? [] : hintsOf(plan, index, sender, host, resolution);
  return {
    question,
    sender: { port: sender.id, machine: sender.machine?.id ?? null, domain: sender.domain },
    name: resolution === null ? null : host,
    port: paths[0]?.trace.flow.to.port ?? port,
    resolution,
    paths,
    hints,
    outcome,
    headline: headlineOf(outcome, host, paths, hints),
  };
}

function senderOf(plan: Plan, from: string): Port {
  const ports = plan.ports.filter(({ kind }) => kind === 'machine');
  const found = ports.filter(
    ({ id, machine, addresses }) =>
      id === from || (machine?.id === from && machine.deviceIndex === 0) || addresses.includes(from),
  );
  const [only] = found;
  if (only === undefined)
    throw new NotAsked(`nothing here is ${from}: an instance, its network interface or its address, or a site`);
  if (found.length > 1) {
    throw new NotAsked(`${from} is an address of several VPCs: say which (${found.map(({ id }) => id).join(', ')})`);
  }
  return only;
}

function hostOf({ to, protocol, port }: Question): string {
  const host = to.replace(/\.$/, '');
  if (host === '')
    throw new NotAsked('to whom? A name, an address, an instance, a network interface or an interface endpoint');
  if (port === null && WITH_PORTS.has(protocol)) throw new NotAsked(`which port of ${host}?`);
  return host;
}

/** null: it is a name. */
function addressesOf(index: PlanIndex, plan: Plan, host: string): readonly string[] | null {
  if (parseIp(host) !== undefined) return [host];
  const port =
    index.ports.get(host) ?? plan.ports.find(({ machine }) => machine?.id === host && machine.deviceIndex === 0);
  if (port !== undefined) return port.addresses.slice(0, 1);
  const crossings = plan.crossings.filter(({ origin }) => origin.includes(host));
  if (crossings.length > 0) return [...new Set(crossings.map(({ address }) => address))];
  if (/^(i|eni|vpce)-[0-9a-f]+$/.test(host)) throw new NotAsked(`nothing here is ${host}`);
  return null;
}

function adviceOf(index: PlanIndex, found: Trace): Advice[] {
  const own = found.hops.flatMap((hop) => (hop.reason === null ? [] : [adviceFor(index, found.flow, hop, hop.reason)]));
  return [...own, ...found.targets.flatMap((target) => adviceOf(index, target))];
}

function adviceFor(index: PlanIndex, flow: Flow, hop: Hop, { code, sentence }: Reason): Advice {
  return { code, sentence, fixes: fixesOf(index, flow, hop) };
}

function outcomeOf(paths: readonly Path[]): Why['outcome'] {
  const [first] = paths;
  if (first === undefined) return 'unresolved';
  return paths.every(({ trace: { outcome } }) => outcome === first.trace.outcome) ? first.trace.outcome : 'depends';
}

function hintsOf(
  plan: Plan,
  index: PlanIndex,
  sender: Port,
  host: string,
  resolution: Resolution | null,
): readonly Advice[] {
  if (resolution === null) return [];
  if (resolution.outcome === 'resolverOff') {
    const sentence = `DNS support of ${sender.domain} is off: nobody answers its instances' questions`;
    const fixes = [`aws ec2 modify-vpc-attribute --vpc-id ${sender.domain} --enable-dns-support`];
    return [{ sentence, code: null, fixes }];
  }
  if (resolution.outcome === 'ownServers') {
    const servers = index.domains.get(sender.domain)?.dhcp.nameServers.join(', ');
    const sentence = `the DHCP options of ${sender.domain} have its instances ask ${servers}: only they know the address of ${host}`;
    return [{ sentence, code: null, fixes: [] }];
  }
  if (resolution.rule !== null) return forwardHints(plan, index, host, resolution.rule);
  const service = plan.services.find(
    ({ names, internetAddress }) =>
      names.includes(host.toLowerCase()) && resolution.addresses.includes(internetAddress),
  );
  if (service === undefined) return [];
  const endpoint = plan.crossings.find(({ consumer, origin }) => consumer === sender.domain && origin[2] === service.id)
    ?.origin[1];
  if (endpoint !== undefined) {
    const sentence = `${host} is the public address here, not ${endpoint}, which leads to the same service: its private DNS is off`;
    return [
      {
        sentence,
        code: null,
        fixes: [`aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${endpoint} --private-dns-enabled`],
      },
    ];
  }
  const sentence = `${sender.domain} has no endpoint for ${service.id}: its name is the public address`;
  const subnet = index.segments.get(sender.segment)?.id ?? sender.segment;
  const options = `--vpc-id ${sender.domain} --service-name ${service.id} --subnet-ids ${subnet} --private-dns-enabled`;
  return [{ sentence, code: null, fixes: [`aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface ${options}`] }];
}

/** The question's own way: from each address of the outbound endpoint to each target. Where one arrives, the answer is the targets'. */
function forwardHints(plan: Plan, index: PlanIndex, host: string, { id, forward }: ResolverRule): readonly Advice[] {
  const endpoint = plan.resolverEndpoints.find((each) => each.id === forward?.endpoint);
  const traces = (endpoint?.addresses ?? []).flatMap(({ port }) =>
    (forward?.targets ?? []).map((target) =>
      trace(plan, {
        from: { kind: 'port', port, address: null },
        to: { address: target.address, port: target.port, code: null },
        protocol: '17',
      }),
    ),
  );
  const lost = traces.filter(({ outcome }) => outcome !== 'delivered');
  const to = (forward?.targets ?? []).map(({ address }) => address).join(', ');
  const told = `${id} has ${to} asked for ${host} through ${forward?.endpoint}`;
  if (lost.length === 0) return [{ sentence: `${told}: only they know its address`, code: null, fixes: [] }];
  const advice = new Map(lost.flatMap((each) => adviceOf(index, each)).map((each) => [each.sentence, each]));
  return [{ sentence: `${told}, and not all questions arrive there`, code: null, fixes: [] }, ...advice.values()];
}

function headlineOf(outcome: Why['outcome'], host: string, paths: readonly Path[], hints: readonly Advice[]): string {
  if (outcome === 'delivered') return `packets to ${host} arrive, and answers come back`;
  const first = hints[0] ?? paths.flatMap(({ advice }) => advice)[0];
  if (first !== undefined) return first.sentence;
  return `${host} has no address here`;
}
