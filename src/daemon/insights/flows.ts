/**
 * Which flows a path stands for. A path leaves open what a packet must say: the port it goes to, the one it comes from, out of
 * the internet its source. All that filters and listeners on the way can tell apart is tried: between their edges all fare alike.
 */
import { isOfInternet } from '../../analyse/alike.ts';
import type { Flow, Hop, Trace } from '../../analyse/flow.ts';
import { indexPlan, type PlanIndex } from '../../analyse/plan-index.ts';
import { trace } from '../../analyse/trace.ts';
import type { NetworkInsightsPath } from '../../model/resources.ts';
import { cidrOf } from '../../net/cidr.ts';
import { formatIp, type Ip } from '../../net/ip.ts';
import type { Plan, Port } from '../../plan/plan.ts';

/** From here an analysis stops: more would not tell more. */
const MOST_FLOWS = 512;
/** Where Linux takes the ports from that its clients send from. */
const EPHEMERAL = { from: 32_768, to: 60_999 };
/** Somebody in the internet: an address that is for documentation. */
export const SOMEBODY = '198.51.100.1';
const NUMBERS = { tcp: '6', udp: '17' } as const;

export type Sender = { readonly kind: 'port'; readonly port: Port } | { readonly kind: 'internet' };

/** All of them, the first being what is told of where none arrives. */
export function* tracesOf(plan: Plan, path: NetworkInsightsPath, sender: Sender, address: string): Generator<Trace> {
  const index = indexPlan(plan);
  const flow = (port: number, sourcePort: number, source: string | null): Flow => ({
    from:
      sender.kind === 'port'
        ? { kind: 'port', port: sender.port.id, address: source }
        : { kind: 'internet', address: source ?? SOMEBODY },
    to: { address, port, code: null },
    protocol: NUMBERS[path.protocol],
    sourcePort,
  });
  const first = trace(plan, flow(path.port ?? 1, EPHEMERAL.from, path.sourceAddress));
  const met = metBy(index, first);
  const ports = path.port === null ? [...new Set([1, ...met.ports])].filter((each) => each > 0) : [path.port];
  const sources = sender.kind === 'port' || path.sourceAddress !== null ? [path.sourceAddress] : [null, ...met.sources];
  const sourcePorts = [
    ...new Set([EPHEMERAL.from, ...met.aclPorts.filter((each) => each > EPHEMERAL.from && each <= EPHEMERAL.to)]),
  ];
  let count = 0;
  for (const source of sources) {
    for (const sourcePort of sourcePorts) {
      for (const port of ports) {
        if (++count > MOST_FLOWS) return;
        yield trace(plan, flow(port, sourcePort, source));
      }
    }
  }
}

interface Met {
  readonly ports: readonly number[];
  readonly aclPorts: readonly number[];
  readonly sources: readonly string[];
}

function metBy(index: PlanIndex, { hops }: Trace): Met {
  const rules = hops.filter(({ stage }) => stage === 'group').flatMap((hop) => filtersAt(index, hop));
  const entries = hops.filter(({ stage }) => stage === 'acl').flatMap(({ component }) => entriesOf(index, component));
  const edges = [...rules, ...entries].flatMap(({ ports }) => edgesOf(ports));
  const cidrs = [
    ...rules.flatMap(({ peer }) => ('cidr' in peer ? [peer.cidr] : [])),
    ...entries.map(({ cidr }) => cidr),
  ];
  return {
    ports: [...edges, ...hops.flatMap((hop) => listenedAt(index, hop))],
    aclPorts: entries.flatMap(({ ports }) => edgesOf(ports)),
    sources: [...new Set([...new Set(cidrs)].flatMap(someoneAtEdgesOf))],
  };
}

function edgesOf(ports: { readonly from: number; readonly to: number } | null): readonly number[] {
  return ports === null ? [] : [ports.from, ports.to + 1].filter((port) => port >= 0 && port <= 65_535);
}

function filtersAt(index: PlanIndex, { component, direction }: Hop) {
  return filtersOf(index, component).flatMap((filter) => (direction === 'reply' ? [] : filter[direction]));
}

/** Of a port or a load balancer. */
export function filtersOf(index: PlanIndex, component: string) {
  const ids = index.ports.get(component)?.filters ?? balancerOf(index, component)?.filters ?? [];
  return ids.flatMap((id) => index.filters.get(id) ?? []);
}

export function balancerOf(index: PlanIndex, id: string) {
  for (const { balancer } of index.nodes.values()) if (balancer.id === id) return balancer;
  return undefined;
}

function entriesOf(index: PlanIndex, component: string) {
  const acl = index.acls.get(component);
  return acl === undefined ? [] : [...acl.ingress, ...acl.egress];
}

function listenedAt(index: PlanIndex, { stage, component }: Hop): readonly number[] {
  if (stage === 'cross') return (index.crossings.get(component)?.listeners ?? []).map(({ port }) => port);
  if (stage !== 'spread') return [];
  return (balancerOf(index, component)?.nodes ?? []).flatMap(({ listeners }) => listeners.map(({ port }) => port));
}

/** Of an IPv4 block: who in the internet has an address in it, not its own where it has several, and one past its end, where another's may go on. */
function someoneAtEdgesOf(text: string): readonly string[] {
  const { version, first, last, prefix } = cidrOf(text);
  if (version === 6 || prefix === 0) return [];
  const ips = [prefix >= 31 ? first : first + 1n, last + 1n].map((value): Ip => ({ version, value }));
  return ips.filter(isOfInternet).map(formatIp);
}
