/** Flows of a topology, and whether the analyser and the kernel tell the same of each. */
import { echoTo, type Flow, type Hop, type Trace } from '../../src/analyse/flow.ts';
import { trace } from '../../src/analyse/trace.ts';
import { cidrContains, cidrOf } from '../../src/net/cidr.ts';
import { isIpv6, parseIp } from '../../src/net/ip.ts';
import type { Plan, Port } from '../../src/plan/plan.ts';
import type { Fate, Probe, Prober } from './prober.ts';
import { inboundIn, runningIn } from './running.ts';
import type { FlowSeed, Toward } from './steps.ts';

const DNS_PORT = 53;
const NUMBERS = { tcp: '6', udp: '17' } as const;
const NOBODY = ['10.0.0.250', '10.1.0.250', '172.31.0.250', '8.8.8.8', '198.18.255.250', '2001:db8::1'];

const NOBODYS_PUBLIC = ['198.18.255.250'];

/** The analyser's own bound. */
const MOST_LINKS = 16;

const EDGE_KNOWS: ReadonlySet<string> = new Set(['ELBV2_NO_TARGETS_IN_AZ', 'ELB_NOT_CROSSZONE']);

export interface Answered {
  readonly probe: Probe;
  readonly told: Trace;
  readonly fate: Fate;
}

/** What is asked, if the topology has a sender and somebody to send to. */
export function probeOf(plan: Plan, seed: FlowSeed, prober: Prober): Probe | undefined {
  if (seed.isOutsider) return outsidersProbe(plan, seed, prober);
  const senders = plan.ports.filter(({ machine }) => machine !== null && runningIn(plan).has(machine.id));
  const sender = pick(senders, seed.from);
  if (sender?.machine == null) return undefined;
  const there = receivers(plan, sender, seed);
  const to = pick(there.length > 0 ? there : receivers(plan, sender, { ...seed, toward: 'near' }), seed.at);
  if (to === undefined) return undefined;
  const { protocol, port } = seed;
  const isOfFamily = (address: string) => isIpv6(address) === isIpv6(to);
  const own = pick(sender.addresses.filter(isOfFamily), seed.at);
  // Nothing of that family leaves it.
  if (own === undefined) return undefined;
  const forged = seed.isForged && protocol !== 'icmp' ? forgedSource(plan, senders, seed, { sender, to }) : undefined;
  const from = forged === undefined ? sender : exitOf(plan, senders, sender, to);
  const source = forged ?? own;
  const isForged = forged !== undefined;
  const sourcePort = prober.nextSourcePort();
  const asked = isForged ? 'udp' : protocol;
  const isQuestion = asked === 'udp' && port === DNS_PORT && isResolver(plan, to);
  const how = { isForged, isOutsider: false, isQuestion };
  return { machine: sender.machine.id, sender: from.id, source, ...how, to, protocol: asked, port, sourcePort };
}

/** Somebody else's address, of the family that is sent to. */
function forgedSource(
  plan: Plan,
  senders: readonly Port[],
  { at }: FlowSeed,
  { sender, to }: { readonly sender: Port; readonly to: string },
): string | undefined {
  const own = new Set(portsOf(senders, sender).flatMap(({ addresses }) => addresses));
  const others = senders
    .flatMap(({ addresses }) => addresses)
    .filter((each) => isIpv6(each) === isIpv6(to) && !own.has(each) && each !== to && !isHeld(plan, sender, each));
  return pick(others, at);
}

/** The interface that a machine sends by what has no address of its own: that of the destination's subnet, else its first. */
function exitOf(plan: Plan, senders: readonly Port[], sender: Port, to: string): Port {
  const all = portsOf(senders, sender).filter(({ addresses }) => addresses.some((each) => isIpv6(each) === isIpv6(to)));
  const ip = parseIp(to);
  const segments = new Map(plan.segments.map((each) => [each.id, each]));
  const near = all.find(({ segment }) => {
    const cidr = segments.get(segment)?.cidr;
    return ip !== undefined && cidr != null && cidrContains(cidrOf(cidr), ip);
  });
  return near ?? all[0] ?? sender;
}

/** Of its machine, the first interface first. */
function portsOf(senders: readonly Port[], { machine }: Port): readonly Port[] {
  const all = senders.filter((each) => each.machine?.id === machine?.id);
  return all.sort((a, b) => (a.machine?.deviceIndex ?? 0) - (b.machine?.deviceIndex ?? 0));
}

/** Whether a real name server is at the address, in whichever domain. */
function isResolver(plan: Plan, to: string): boolean {
  const inbound = inboundIn(plan);
  return (
    plan.domains.some(({ resolverAddresses }) => resolverAddresses.includes(to)) ||
    plan.ports.some(({ machine, addresses }) => inbound.has(machine?.id ?? '') && addresses.includes(to))
  );
}

/** Of those who stand in the internet, whom no VPC reaches by another way: each asks an address and port once, since its own port is one. */
function outsidersProbe(plan: Plan, { from, at, port }: FlowSeed, prober: Prober): Probe | undefined {
  const privately = new Set(plan.serviceGateways.map(({ service }) => service));
  const own = pick(
    plan.services.filter(({ id }) => !privately.has(id)),
    from,
  );
  const publics = plan.ports.flatMap((each) => each.publics.map(({ publicAddress }) => publicAddress));
  const to = pick([...publics, ...NOBODYS_PUBLIC], at);
  if (own === undefined || to === undefined || !prober.isNewTo(own.internetAddress, to, port)) return undefined;
  const sender = { machine: 'internet', sender: '', source: own.internetAddress, sourcePort: own.port };
  return { ...sender, isForged: false, isOutsider: true, isQuestion: false, to, protocol: 'tcp', port };
}

/** By the sender's router itself: forged, its ACL judges it as the router's own, which the analyser does not tell. */
function isHeld({ ports }: Plan, { domain }: Port, address: string): boolean {
  return ports.some((each) => each.domain === domain && each.kind !== 'machine' && each.addresses.includes(address));
}

function receivers(plan: Plan, sender: Port, { toward, isIpv6: wantsIpv6 }: FlowSeed): readonly string[] {
  const here = ({ domain }: Port) => domain === sender.domain;
  const linked = new Set(
    plan.links.flatMap(({ ends }) =>
      ends.some(({ domain }) => domain === sender.domain) ? ends.map(({ domain }) => domain) : [],
    ),
  );
  const hubs = new Set(plan.domains.filter(({ id, kind }) => kind === 'hub' && linked.has(id)).map(({ id }) => id));
  const beyond = new Set(
    plan.links.flatMap(({ ends }) =>
      ends.some(({ domain }) => hubs.has(domain)) ? ends.map(({ domain }) => domain) : [],
    ),
  );
  const of = (which: (port: Port) => boolean) => plan.ports.filter(which).flatMap(({ addresses }) => addresses);
  const all: readonly string[] = {
    near: () => of((port) => here(port) && port.kind === 'machine'),
    peer: () => of((port) => linked.has(port.domain)),
    beyond: () => of((port) => beyond.has(port.domain)),
    far: () => of((port) => !here(port)),
    endpoint: () => of((port) => here(port) && port.kind === 'crossing'),
    balancer: () => of((port) => port.kind === 'balancer'),
    public: () => plan.ports.flatMap(({ publics }) => publics.map(({ publicAddress }) => publicAddress)),
    service: () => [
      ...plan.services.map(({ internetAddress }) => internetAddress),
      ...plan.serviceGateways.map(({ address }) => address),
    ],
    router: () => [
      ...plan.domains.flatMap(({ id, resolverAddresses, metadataAddresses }) =>
        id === sender.domain || linked.has(id) ? [...resolverAddresses, ...metadataAddresses] : [],
      ),
      ...plan.segments
        .filter(({ domain }) => domain === sender.domain)
        .flatMap(({ routerAddress }) => routerAddress ?? []),
    ],
    hidden: () => plan.crossings.flatMap(({ linkAddress, targetAddress }) => [linkAddress, targetAddress]),
    nobody: () => NOBODY,
  }[toward as Toward]();
  const family = all.filter((address) => isIpv6(address) === wantsIpv6);
  const found = family.length > 0 ? family : all;
  return found.filter((address) => !sender.addresses.includes(address));
}

/** undefined: a forged question that a name server gets, whose answer goes to whom it names: nobody here sees it. */
export async function ask(plan: Plan, probe: Probe, prober: Prober): Promise<Answered | undefined> {
  const { source, isForged, isOutsider, to, protocol, port, sourcePort } = probe;
  const flow: Flow = {
    from: isOutsider ? { kind: 'internet', address: source } : { kind: 'port', port: probe.sender, address: source },
    ...(protocol === 'icmp'
      ? echoTo(to)
      : { to: { address: to, port, code: null }, protocol: NUMBERS[protocol], sourcePort }),
  };
  const told = trace(plan, flow);
  const expected = {
    countsStrays: told.hops.some(isStray),
    isSilent: isSilent(told, probe) || isRouterStuck(plan, told),
  };
  if (!probe.isQuestion) return { probe, told, fate: prober.send(probe, expected) };
  if (!isForged) return { probe, told, fate: await prober.question(probe, expected) };
  const isStopped = blockersOf(told, probe).length > 0;
  return isStopped ? { probe, told, fate: prober.send(probe, expected) } : undefined;
}

/** Nobody answers, and nobody counts it. */
function isSilent(told: Trace, { isForged }: Probe): boolean {
  // A site's router lets in what strays there, and whoever gets it knows nothing of it.
  const isLost = told.hops.some((hop) => isReset(hop) || isStray(hop) || isFromItself(hop));
  return isLost || isUncounted(told, isForged) || isForwarded(told) || isCircling(told);
}

/**
 * An answer that a NAT gateway knows nothing of: of TCP, whoever answers is told to forget the connection. What UDP answers is to the
 * gateway a question like any other, which it sends on in its own name, however far that comes.
 */
function isReset({ stage, direction, reason }: Hop): boolean {
  return stage === 'nat' && direction === 'reply' && reason !== null;
}

/** What answers goes to another domain than the one that asked, where nobody knows of it. */
function isStray({ stage, direction, reason }: Hop): boolean {
  return stage === 'link' && direction === 'reply' && reason !== null;
}

/** Its own kernel throws it away; of IPv6 it does not. */
function isFromItself({ stage, direction, reason }: Hop): boolean {
  return stage === 'target' && direction === 'ingress' && reason?.code === 'CULVERT_NO_WAY_BACK';
}

/** A machine that was given what is for others does here nothing with it, and no counter tells: a first packet, or what answers. */
function isForwarded({ hops, targets }: Trace): boolean {
  const isMet = targets.length > 0 && !hops.some(({ stage }) => stage === 'spread');
  const isAnswer = hops.some(({ direction, component }) => direction === 'reply' && component.startsWith('eni-'));
  const stopped = hops.filter(({ reason }) => reason !== null);
  // What would stop the answer is told all the same.
  const isLost = isMet ? stopped.every(({ direction }) => direction === 'reply') : isAnswer && stopped.length === 0;
  return isLost || targets.some(isForwarded);
}

/** What the router itself answers is not forwarded, and where it does not come back not always counted. */
function isRouterStuck(plan: Plan, told: Trace): boolean {
  return told.hops.some(({ direction, reason }) => direction === 'reply' && reason) && isServedByEdge(plan, told);
}

/** In a circle of links, or of several NAT gateways: it dies of its TTL, which no counter of ours tells. */
function isCircling({ hops }: Trace): boolean {
  const isLoop = hops.some(({ reason }) => reason?.code === 'CULVERT_ROUTE_LOOP');
  const gateways = hops.filter(({ stage, reason }) => stage === 'nat' && reason === null);
  return hops.filter(({ stage }) => stage === 'link').length >= MOST_LINKS || (isLoop && gateways.length > 1);
}

/**
 * Of IPv6, beyond a link or from a forged source: the kernel refuses where no route leads, and it has no way on which to tell the sender,
 * which would count. To whom nobody has plugged in none leads either.
 */
function isUncounted({ flow, hops }: Trace, isForged: boolean): boolean {
  if (!isIpv6(flow.to.address)) return false;
  if (isForged && hops.some(({ stage, reason }) => stage === 'route' && reason !== null)) return true;
  if (!isForged && !hops.some(({ stage }) => stage === 'link')) return false;
  return hops.some(({ stage, direction }) => stage === 'target' && direction === 'ingress');
}

/** What is wrong, or null: both tell the same. */
export function disagreement(plan: Plan, { probe, told, fate }: Answered): string | null {
  if (fate.kind === 'failed') return fate.why;
  if (fate.kind === 'silent') return null;
  // What the edge spreads is told as if it had been handed on: here a listener in its place takes it, even where that has nobody
  // to hand it to. What that answers comes from the router itself.
  const isEdges = isServedByEdge(plan, told);
  const own = blockersOf(told, probe).filter(({ reason }) => !(isEdges && EDGE_KNOWS.has(reason?.code ?? '')));
  const there = own.filter(({ direction }) => direction !== 'reply');
  const ways = told.targets.length > 0 && there.length === 0 ? told.targets : [told];
  if (fate.kind === 'delivered') {
    // Whom an outsider reaches is not seen.
    if ((fate.where === 'edge' || probe.isOutsider) && isEdges && own.length === 0) return null;
    if (own.length > 0) return 'the packet arrives';
    if (fate.where === null)
      return ways.some((way) => blockersOf(way, probe).length === 0) ? null : 'the packet is answered';
    const isTold = ways.some(
      (way) =>
        blockersOf(way, probe).length === 0 &&
        placeOf(plan, way) === fate.where &&
        (way.seenFrom === fate.seenFrom || way.receiver?.kind === 'metadata'),
    );
    return isTold ? null : `the packet arrives at ${fate.where}, which sees ${fate.seenFrom}`;
  }
  const counted = isEdges ? stagesOf(own) : ways.flatMap((way) => stagesOf([...blockersOf(way, probe), ...own]));
  const isAnswerLost = isEdges && there.length === 0 && own.some(({ domain }) => domain === fate.domain);
  if (isAnswerLost && fate.stage === 'router') return null;
  // An answer that strayed: the router there knows of no connection, and judges it as what it looks like.
  if (told.hops.some(isReset) && probe.protocol === 'udp' && there.length === 0) return null;
  const strayed = told.hops.some(isStray) && own.every(({ domain }) => domain !== fate.domain);
  if (strayed && there.length === 0) return null;
  // What is sent in the internet itself, to nobody, comes back to it by lo.
  if (probe.isOutsider && fate.domain === 'internet' && fate.stage === 'source' && counted.includes('internet route'))
    return null;
  return counted.includes(`${fate.domain} ${fate.stage.split('_')[0]}`)
    ? null
    : `the packet is dropped at ${fate.stage} of ${fate.domain}`;
}

function isServedByEdge(plan: Plan, { hops, flow }: Trace): boolean {
  const met = hops.find(({ stage }) => stage === 'spread');
  const balancer = plan.balancers.find(({ id }) => id === met?.component);
  const number = (protocol: string) => (protocol === 'udp' ? '17' : '6');
  // A dualstack one serves targets of the other family by the edge, those of the same by the kernel.
  const nodes = (balancer?.nodes ?? []).filter(({ address, crossingAddress }) =>
    [address, crossingAddress].includes(met?.destination ?? ''),
  );
  const listeners = nodes.flatMap((node) => node.listeners);
  return listeners.some(
    ({ port, protocol, engine }) => engine === 'user' && port === flow.to.port && number(protocol) === flow.protocol,
  );
}

/** Of a forged packet only its way there counts: whoever gets an answer did not ask. */
function blockersOf({ hops }: Trace, { isForged }: Probe): readonly Hop[] {
  return hops.filter(({ reason, direction }) => reason !== null && !(isForged && direction === 'reply'));
}

/** As the kernel counts them. Where several of one direction block, which of them counts is the kernel's own affair. */
function stagesOf(blockers: readonly Hop[]): readonly string[] {
  const first = blockers.find(({ direction }) => direction !== 'reply') ?? blockers[0];
  const alike = blockers.filter(({ direction }) => direction === first?.direction);
  return alike.flatMap(({ stage, domain, component, direction, destination, reason }) => {
    // In a namespace of its own.
    if (stage === 'nat') return [`${component} nat`];
    // The internet has no route to whose machine is stopped, or to an interface that has none, by the public address.
    // An address that nobody has, or a port that nobody serves, is no stage of the kernel's: no route leads there.
    if (stage === 'target' && (reason?.code === 'BAD_STATE' || reason?.code === 'UNASSOCIATED_COMPONENT'))
      return [`${domain} route`, `${domain} router`, 'internet route'];
    if (stage === 'target') return ['route', 'router', 'spread'].map((each) => `${domain} ${each}`);
    // What answers, but leaves by a gateway, is forged to the internet, or with IPv6 as good as any, for somebody of whom it knows
    // no way; unless it is of an interface that gateways take nothing from.
    if (stage === 'gateway' && direction === 'reply') {
      const isKeptAway = reason?.components.some((each) => each.startsWith('eni-'));
      return [`internet ${isIpv6(destination) && !isKeptAway ? 'route' : 'source'}`];
    }
    return [`${domain} ${stage}`];
  });
}

function placeOf(plan: Plan, { receiver }: Trace): string | undefined {
  if (receiver?.kind === 'port') return plan.ports.find(({ id }) => id === receiver.id)?.machine?.id;
  return receiver?.kind === 'service' || receiver?.kind === 'mirror' ? receiver.kind : receiver?.id;
}

/** One line for people. */
export function textOf({ probe, told, fate }: Answered): string {
  const { machine, source, isForged, to, protocol, port } = probe;
  const reasons = [told, ...told.targets].map(({ outcome, hops, receiver, seenFrom }) => {
    const blockers = hops.filter(({ reason }) => reason !== null);
    return `${outcome} ${JSON.stringify(receiver)} ${seenFrom} ${blockers.map(({ domain, stage, direction, reason }) => `[${domain} ${stage} ${direction} ${reason?.code}: ${reason?.sentence}]`).join(' ')}`;
  });
  return `${machine} ${isForged ? 'as ' : ''}${source} → ${to} ${protocol}/${port}\n  kernel: ${JSON.stringify(fate)}\n  analyser: ${reasons.join('\n    target: ')}`;
}

function pick<T>(list: readonly T[], at: number): T | undefined {
  return list[at % Math.max(list.length, 1)];
}
