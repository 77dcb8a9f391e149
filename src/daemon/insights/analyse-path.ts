/**
 * One analysis: the path's ends looked up in a Plan, flows between them traced, and the first that arrives told as AWS tells it, or why
 * none does. As AWS's analyser: no packet, no health, no names, no policies; IPv4 where an end has it; an endpoint as destination is
 * reached at its interface, an internet gateway where the packet leaves by it. Pure.
 * https://docs.aws.amazon.com/vpc/latest/reachability/how-reachability-analyzer-works.html
 */
import type { Trace } from '../../analyse/flow.ts';
import { indexPlan, type PlanIndex } from '../../analyse/plan-index.ts';
import type { Intent } from '../../model/intent.ts';
import type { AnalysisResult, NetworkInsightsPath, PathExplanation } from '../../model/resources.ts';
import { isIpv6 } from '../../net/ip.ts';
import type { Crossing, Plan, Port } from '../../plan/plan.ts';
import { explanationsOf } from './explain.ts';
import { type Sender, SOMEBODY, tracesOf } from './flows.ts';
import { namer } from './names.ts';
import { stepsOf } from './steps.ts';
import { type Way, waysOf } from './ways.ts';

/** Where a path may lead: an address, and what of a packet's way there counts. */
export interface Goal {
  readonly address: string;
  /** What the path leads through counts up to here and no further. */
  readonly ends: 'receiver' | 'endpoint' | 'gateway';
  /** The port that gets it; null: any that the address leads to. */
  readonly receiver: string | null;
  /** Which of its kind the packet must meet where the path ends; null: none. */
  readonly at: string | null;
}

export function analysePath(plan: Plan, intent: Intent, path: NetworkInsightsPath): AnalysisResult {
  const index = indexPlan(plan);
  const senders = sendersOf(plan, index, path);
  const goals = senders.length === 0 ? [] : goalsOf(plan, index, path, senders);
  const named = namer(intent, path);
  if (senders.length === 0 || goals.length === 0) return unreachable(nowhere(path, named, senders));
  let best: Way | null = null;
  for (const sender of senders) {
    for (const goal of goals) {
      for (const trace of tracesOf(plan, path, sender, goal.address)) {
        for (const way of waysTo(index, trace, sender, goal, path)) {
          if (way.blockers.length === 0)
            return { state: 'succeeded', isFound: true, ...stepsOf(plan, way, named), explanations: [] };
          if (best === null || way.blockers.length < best.blockers.length) best = way;
        }
      }
    }
  }
  return unreachable(best === null ? nowhere(path, named, senders) : explanationsOf(plan, best, named));
}

function unreachable(explanations: readonly PathExplanation[]): AnalysisResult {
  return { state: 'succeeded', isFound: false, forward: [], back: [], explanations };
}

/** An end is not there any more, or leads to nobody. */
function nowhere(
  { source, destination }: NetworkInsightsPath,
  named: ReturnType<typeof namer>,
  senders: readonly Sender[],
): readonly PathExplanation[] {
  const isSource = senders.length === 0;
  const components = [isSource ? source : (destination ?? source)].map(named);
  const direction = isSource ? 'egress' : 'ingress';
  return [{ code: 'NO_SOURCE_OR_DESTINATION', direction, components, port: null, address: null }];
}

function sendersOf(plan: Plan, index: PlanIndex, { source }: NetworkInsightsPath): readonly Sender[] {
  if (source.startsWith('igw-')) return index.gateways.has(source) ? [{ kind: 'internet' }] : [];
  return portsOf(plan, index, source).map((port) => ({ kind: 'port', port }));
}

/** Of an instance, its first interface. */
function portsOf(plan: Plan, index: PlanIndex, id: string): readonly Port[] {
  const port = index.ports.get(id);
  if (port !== undefined) return [port];
  if (!id.startsWith('i-')) return crossingsOf(plan, id).flatMap((each) => index.ports.get(each.port) ?? []);
  return plan.ports.filter(({ machine }) => machine?.id === id && machine.deviceIndex === 0);
}

function crossingsOf(plan: Plan, endpoint: string): readonly Crossing[] {
  return byIpv4(plan.crossings.filter(({ origin }) => origin[1] === endpoint));
}

/** Of each interface one: by IPv6 where it has nothing else. */
function byIpv4(crossings: readonly Crossing[]): readonly Crossing[] {
  const ports = Map.groupBy(crossings, ({ port }) => port);
  return [...ports.values()].flatMap((all) => all.find(({ address }) => !isIpv6(address)) ?? all.slice(0, 1));
}

function goalsOf(plan: Plan, index: PlanIndex, path: NetworkInsightsPath, senders: readonly Sender[]): readonly Goal[] {
  const { destination, destinationAddress } = path;
  if (destination === null) {
    return [{ address: destinationAddress ?? '', ends: 'receiver', receiver: null, at: null }];
  }
  if (destination.startsWith('igw-')) {
    if (!index.gateways.has(destination)) return [];
    return [{ address: destinationAddress ?? SOMEBODY, ends: 'gateway', receiver: null, at: destination }];
  }
  if (destination.startsWith('vpce-svc-')) {
    const domains = new Set(senders.flatMap((each) => (each.kind === 'port' ? [each.port.domain] : [])));
    const led = plan.crossings.filter(
      ({ consumer, origin }) => domains.has(consumer) && origin[2]?.endsWith(destination) === true,
    );
    return byIpv4(led).map(({ address }) => ({ address, ends: 'receiver', receiver: null, at: null }));
  }
  if (destination.startsWith('vpce-')) {
    const gateway = index.serviceGateways.get(destination);
    const addresses =
      gateway === undefined ? crossingsOf(plan, destination).map(({ address }) => address) : [gateway.address];
    return addresses.map((address) => ({ address, ends: 'endpoint', receiver: null, at: destination }));
  }
  const isOutside = senders.some(({ kind }) => kind === 'internet');
  return portsOf(plan, index, destination).flatMap((port): Goal[] => {
    const [first = ''] = port.addresses;
    const address = destinationAddress ?? (isOutside ? (port.publics[0]?.publicAddress ?? first) : first);
    return [{ address, ends: 'receiver', receiver: port.id, at: null }];
  });
}

/** With what is amiss where a way leads somewhere else, or comes from there. */
function waysTo(
  index: PlanIndex,
  trace: Trace,
  sender: Sender,
  goal: Goal,
  { source }: NetworkInsightsPath,
): readonly Way[] {
  return waysOf(trace, goal.ends).map((way) => {
    const [, end = way.end] = index.crossings.get(way.end ?? '')?.origin ?? [];
    const isElsewhere =
      (goal.receiver !== null && way.receiver !== goal.receiver) || (goal.at !== null && end !== goal.at);
    const isOther = sender.kind === 'internet' && way.entered !== null && way.entered !== source;
    if (way.blockers.length > 0 || !(isElsewhere || isOther)) return way;
    const components = [goal.receiver ?? goal.at ?? source];
    return { ...way, blockers: [{ code: 'NO_PATH', direction: 'ingress', components }] };
  });
}
