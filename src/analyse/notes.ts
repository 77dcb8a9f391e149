/**
 * What a connection must expect on a way that is open, or would be once mended: how large its packets may be, after how long a
 * silence it ends, and whether targets get a Proxy Protocol header. Says nothing of whether the program at either end bears it.
 */
import { isIpv6 } from '../net/ip.ts';
import { CROSSING_IDLE_SECONDS, CROSSING_MTU, NAT_IDLE_SECONDS } from '../plan/fixed.ts';
import type { BalancerListener, Crossing, Link, Plan } from '../plan/plan.ts';
import type { Hop, Trace } from './flow.ts';
import type { Situation } from './hints.ts';
import { listensTo } from './path-balancer.ts';
import type { PlanIndex } from './plan-index.ts';
import type { Note } from './reasons.ts';

/** That of every instance here: a way as wide as that loses nothing. */
const INSTANCE_MTU = 9001;
/** Of IP and TCP. */
const HEADERS = { ipv4: 40, ipv6: 60 } as const;
const MOST_IDLE_SECONDS = 6000;
const IDLE = 'tcp.idle_timeout.seconds';
const PROXY = 'proxy_protocol_v2.enabled';
const GUIDES = {
  endpoint: 'https://docs.aws.amazon.com/vpc/latest/privatelink/vpc-limits-endpoints.html',
  nat: 'https://docs.aws.amazon.com/vpc/latest/userguide/nat-gateway-basics.html',
  balancer: 'https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-listeners.html',
  peering: 'https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/network_mtu.html',
  attachment: 'https://docs.aws.amazon.com/vpc/latest/tgw/transit-gateway-quotas.html',
  tunnel: 'https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-limits.html',
} as const;

/** Each once, whichever of the ways there have it. */
export function notesOf({ plan, index, traces }: Pick<Situation, 'plan' | 'index' | 'traces'>): readonly Note[] {
  const notes = traces.filter(isWhole).flatMap((each) => notesOn(plan, index, each));
  return [...new Map(notes.map((note) => [note.sentence, note])).values()];
}

/** Walks go on behind what drops the packet as if it were mended: this one came to somebody. */
function isWhole({ receiver, targets }: Trace): boolean {
  return receiver !== null || targets.some(isWhole);
}

function notesOn(plan: Plan, index: PlanIndex, way: Trace): readonly Note[] {
  const onward = way.targets.filter(isWhole).flatMap((target) => notesOn(plan, index, target));
  const own = way.hops
    .filter(({ direction }) => direction !== 'reply')
    .flatMap((hop) => [...idleNotes(index, way, hop), ...listenerNotes(plan, index, way, hop)]);
  return [...sizeNotes(index, way), ...own, ...onward];
}

interface Width {
  readonly mtu: number;
  readonly components: readonly string[];
  readonly source: string;
  readonly fixes: readonly string[];
  readonly fragments: boolean;
}

/** Of the narrowest place alone, the first of them. */
function sizeNotes(index: PlanIndex, { hops, flow }: Trace): readonly Note[] {
  const widths = hops.flatMap((hop) => (hop.direction === 'reply' ? [] : (widthAt(index, hop) ?? [])));
  const [narrow] = widths.sort((a, b) => a.mtu - b.mtu);
  if (narrow === undefined || narrow.mtu >= INSTANCE_MTU) return [];
  const { mtu, components, source, fixes, fragments } = narrow;
  const isSix = isIpv6(flow.to.address);
  const fate =
    fragments && !isSix ? 'are fragmented, or vanish where they may not be' : 'vanish, and nobody tells the sender';
  const ofTcp = `TCP is held to an MSS of ${mtu - (isSix ? HEADERS.ipv6 : HEADERS.ipv4)}`;
  const client = `on the client: ip ${isSix ? '-6 ' : ''}route … mtu ${mtu}`;
  return [
    {
      code: 'CULVERT_PATH_MTU',
      components,
      sentence: `packets of more than ${mtu} bytes ${fate}, at ${components[0]}; ${flow.protocol === '6' ? `${ofTcp}; ` : ''}${client}`,
      fixes,
      setting: 'mtu',
      value: mtu,
      source,
    },
  ];
}

function widthAt(index: PlanIndex, { stage, component }: Hop): Width | undefined {
  if (stage === 'cross') {
    const crossing = index.crossings.get(component);
    const fixed = { source: GUIDES.endpoint, fixes: [], fragments: false };
    return crossing && { mtu: CROSSING_MTU, components: endpointOf(crossing), ...fixed };
  }
  const link = stage === 'link' ? index.links.get(component) : undefined;
  return link && widthOf(link);
}

function widthOf({ id, kind, mtu, origin }: Link): Width {
  if (kind === 'direct') {
    const option = `--virtual-interface-id ${id}`;
    const command = `aws directconnect update-virtual-interface-attributes ${option} --mtu ${CROSSING_MTU}`;
    const source = `aws directconnect describe-virtual-interfaces ${option}`;
    return { mtu, components: origin, source, fixes: mtu < CROSSING_MTU ? [command] : [], fragments: false };
  }
  // A link of an attachment's is one of its interfaces.
  const components = kind === 'attachment' ? origin.slice(1) : origin;
  return { mtu, components, source: GUIDES[kind], fixes: [], fragments: kind !== 'attachment' };
}

/** The endpoint, then its service. */
function endpointOf({ origin }: Crossing): readonly string[] {
  return origin.slice(1);
}

/** What tracks connections by AWS's own time: NAT gateways, and endpoints of AWS's services. */
function idleNotes(index: PlanIndex, { flow }: Trace, { stage, component }: Hop): readonly Note[] {
  const isTcp = flow.protocol === '6';
  if (!isTcp && flow.protocol !== '17') return [];
  if (stage === 'nat') return [fixedIdle(isTcp, [component], NAT_IDLE_SECONDS, GUIDES.nat)];
  const crossing = stage === 'cross' ? index.crossings.get(component) : undefined;
  if (crossing === undefined || index.nodesBeyond.has(crossing.targetAddress)) return [];
  return [fixedIdle(isTcp, endpointOf(crossing), CROSSING_IDLE_SECONDS[isTcp ? 'tcp' : 'udp'], GUIDES.endpoint)];
}

function fixedIdle(isTcp: boolean, components: readonly string[], value: number, source: string): Note {
  const sentence = idleSentence(isTcp ? 'tcp' : 'udp', components[0] ?? '', value);
  return { code: 'CULVERT_IDLE_TIMEOUT', components, sentence, fixes: [], setting: 'idle timeout', value, source };
}

/** TLS is ended there: what keeps TCP alive is not passed on. */
function idleSentence(protocol: BalancerListener['protocol'], at: string, seconds: number): string {
  if (protocol === 'udp') return `${at} forgets a flow of UDP that is silent for ${seconds} s`;
  const remedy = protocol === 'tls' ? 'send data' : 'keep it alive';
  return `${at} ends a connection that is silent for ${seconds} s, with a reset: ${remedy} more often`;
}

/** At a load balancer, whose endpoints take their time from its listener. */
function listenerNotes(plan: Plan, index: PlanIndex, { flow }: Trace, { stage, component, by }: Hop): readonly Note[] {
  if (stage !== 'spread' || by === null) return [];
  const balancer = plan.balancers.find(({ id }) => id === component);
  const listeners = balancer?.nodes.flatMap((node) => node.listeners) ?? [];
  const listener = listeners.find((each) => each.id === by && listensTo(each, flow));
  const pool = index.pools.get(listener?.pool ?? '');
  if (listener === undefined || pool === undefined) return [];
  return [idleOf(listener, component), headerOf(listener.protocol, pool)];
}

function idleOf({ id, protocol, idleSeconds }: BalancerListener, balancer: string): Note {
  const note = fixedIdle(protocol !== 'udp', [id, balancer], idleSeconds, GUIDES.balancer);
  const sentence = idleSentence(protocol, id, idleSeconds);
  if (protocol !== 'tcp') return { ...note, sentence };
  const change = `aws elbv2 modify-listener-attributes --listener-arn ${id} --attributes Key=${IDLE},Value=${MOST_IDLE_SECONDS}`;
  return {
    ...{ ...note, sentence, setting: IDLE },
    source: `aws elbv2 describe-listener-attributes --listener-arn ${id}`,
    fixes: idleSeconds < MOST_IDLE_SECONDS ? [change] : [],
  };
}

function headerOf(
  protocol: BalancerListener['protocol'],
  {
    id,
    origin,
    proxyProtocol,
  }: { readonly id: string; readonly origin: readonly string[]; readonly proxyProtocol: boolean },
): Note {
  const what = protocol === 'udp' ? 'datagram' : 'connection';
  const change = `--attributes Key=${PROXY},Value=${!proxyProtocol}`;
  return {
    code: 'CULVERT_PROXY_PROTOCOL',
    components: [...new Set([id, ...origin])],
    sentence: proxyProtocol
      ? `${id} begins each ${what} with a Proxy Protocol v2 header: a target that does not speak it takes it for data`
      : `${id} sends no Proxy Protocol header: a target that expects one waits for it, or refuses the ${what}`,
    fixes: [`aws elbv2 modify-target-group-attributes --target-group-arn ${id} ${change}`],
    setting: PROXY,
    value: proxyProtocol,
    source: `aws elbv2 describe-target-group-attributes --target-group-arn ${id}`,
  };
}
