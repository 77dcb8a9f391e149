/**
 * Why can A not reach B? The whole answer from one Plan: how the name resolves there, the way of a packet to each address it
 * may get, all blockers with what would mend them, and one line that says the most likely thing first. Sends nothing.
 */
import { parseIp } from '../net/ip.ts';
import type { Plan, Port } from '../plan/plan.ts';
import { echoTo, type Flow, type Measured, NOTHING_MEASURED, type Trace } from './flow.ts';
import { adviceOf, hintsOf, isElsewhere, isServiceName } from './hints.ts';
import { type Resolution, resolveName } from './names.ts';
import { nextOf } from './next.ts';
import { notesOf } from './notes.ts';
import { indexPlan, type PlanIndex } from './plan-index.ts';
import type { Advice, Note } from './reasons.ts';
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

export interface Path {
  readonly address: string;
  readonly trace: Trace;
  /** One for each of the trace's reasons, in their order. */
  readonly advice: readonly Advice[];
  /** What would stop it next, as if the route that it misses were there; none of it is met now. Its commands come after that route's. */
  readonly next: readonly Advice[];
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
  /** What stands in the way beside the packets' own blockers: names that lead elsewhere, who may call. */
  readonly hints: readonly Advice[];
  /** What a connection must expect there, where its way is open or would be once mended; empty where it would be another way. */
  readonly notes: readonly Note[];
  /** The likeliest cause; null: nothing is known that stands in the way. */
  readonly top: Advice | null;
  /** elsewhere: packets arrive, but at another than who was asked for. refused: they arrive, but what is asked for is not granted. */
  readonly outcome: Trace['outcome'] | 'unresolved' | 'elsewhere' | 'refused';
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
  const wanted = wantedPort(index, plan, host);
  const known = addressesOf(index, plan, sender, host, wanted);
  const resolution = known === null ? resolveName(plan, sender.domain, host, { zone }) : null;
  const addresses = known ?? resolution?.addresses ?? [];
  const paths = [...addresses].sort().map((address): Path => {
    const from = { kind: 'port', port: sender.id, address: null } as const;
    const { protocol } = question;
    const asked = protocol === '1' ? echoTo(address) : { to: { address, port, code: null }, protocol };
    const found = trace(plan, { from, ...asked }, measured);
    const next = nextOf(plan, sender, wanted, found, measured);
    return { address, trace: found, advice: adviceOf(index, found), next };
  });
  const situation = { plan, index, sender, host, wanted, resolution, traces: paths.map((path) => path.trace) };
  const outcome = isElsewhere(situation) ? 'elsewhere' : outcomeOf(paths);
  const { first, after } = outcome === 'delivered' ? { first: [], after: [] } : hintsOf(situation);
  const met = paths.flatMap(({ advice }) => advice);
  // Whatever is opened on the way there, nobody would answer on that port.
  const unserved = met.find(({ code }) => code === 'CULVERT_PORT_NOT_SERVED');
  const top = first[0] ?? unserved ?? met[0] ?? after[0] ?? null;
  return {
    question,
    sender: { port: sender.id, machine: sender.machine?.id ?? null, domain: sender.domain },
    name: resolution === null ? null : host,
    port: paths[0]?.trace.flow.to.port ?? port,
    resolution,
    paths,
    hints: [...first, ...after],
    notes: first.length > 0 || outcome === 'elsewhere' ? [] : notesOf(situation),
    top,
    outcome,
    headline: headlineOf(outcome, host, top),
  };
}

function senderOf(plan: Plan, from: string): Port {
  const found = plan.ports.filter(
    ({ id, kind, machine, addresses }) =>
      id === from ||
      (kind === 'machine' && ((machine?.id === from && machine.deviceIndex === 0) || addresses.includes(from))),
  );
  const [only] = found;
  if (only === undefined)
    throw new NotAsked(`nothing here is ${from}: an instance, its network interface or its address, or a site`);
  if (found.length > 1) {
    throw new NotAsked(`${from} is an address of several VPCs: say which (${found.map(({ id }) => id).join(', ')})`);
  }
  return only;
}

const NOT_IN_NAMES = /[\s'"`$;&|<>()\\]/;

function hostOf({ to, protocol, port }: Question): string {
  const host = to.replace(/\.$/, '');
  if (host === '')
    throw new NotAsked('to whom? A name, an address, an instance, a network interface or an interface endpoint');
  // It stands in advised commands as it is.
  if (NOT_IN_NAMES.test(host)) throw new NotAsked(`${host} is neither a name nor an address`);
  if (port === null && WITH_PORTS.has(protocol)) throw new NotAsked(`which port of ${host}?`);
  return host;
}

function wantedPort(index: PlanIndex, plan: Plan, host: string): Port | null {
  const ofMachine = () => plan.ports.find(({ machine }) => machine?.id === host && machine.deviceIndex === 0);
  return index.ports.get(host) ?? ofMachine() ?? null;
}

/** null: it is a name. Empty: it is a service, and nothing leads there from here. */
function addressesOf(
  index: PlanIndex,
  plan: Plan,
  sender: Port,
  host: string,
  wanted: Port | null,
): readonly string[] | null {
  if (parseIp(host) !== undefined) return [host];
  if (wanted !== null) return wanted.addresses.slice(0, 1);
  const isService = isServiceName(host);
  const crossings = plan.crossings.filter(
    ({ origin, consumer }) => origin.includes(host) && (!isService || consumer === sender.domain),
  );
  if (crossings.length > 0) return [...new Set(crossings.map(({ address }) => address))];
  if (isService) {
    const gateway = plan.serviceGateways.find(({ domain, service }) => domain === sender.domain && service === host);
    return gateway === undefined ? [] : [gateway.address];
  }
  const gateway = index.serviceGateways.get(host);
  if (gateway !== undefined) return [gateway.address];
  if (/^(i|eni|vpce)-[0-9a-f]+$/.test(host)) throw new NotAsked(`nothing here is ${host}`);
  return null;
}

function outcomeOf(paths: readonly Path[]): Why['outcome'] {
  const [first] = paths;
  if (first === undefined) return 'unresolved';
  return paths.every(({ trace: { outcome } }) => outcome === first.trace.outcome) ? first.trace.outcome : 'depends';
}

function headlineOf(outcome: Why['outcome'], host: string, top: Advice | null): string {
  if (outcome === 'delivered') return `packets to ${host} arrive, and answers come back`;
  return top?.sentence ?? `${host} has no address here`;
}
