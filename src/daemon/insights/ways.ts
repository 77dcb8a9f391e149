/**
 * A trace unfolded into ways: one for each target that a load balancer or a forwarding machine may choose, from the sender to who gets
 * the packet and back, with what is in the way of that one.
 */
import type { Hop, Trace } from '../../analyse/flow.ts';

export interface Step {
  readonly hop: Hop;
  /** That the packet goes to here. */
  readonly port: number | null;
}

export interface Blocker {
  /** The analyser's code. */
  readonly code: string;
  readonly direction: 'egress' | 'ingress';
  readonly components: readonly string[];
}

export interface Way {
  readonly trace: Trace;
  readonly forward: readonly Step[];
  readonly back: readonly Hop[];
  /** A port that gets it, or null. */
  readonly receiver: string | null;
  /** The crossing or gateway at which it ends; null: it goes on to a receiver. */
  readonly end: string | null;
  /** The internet gateway that it came in by. */
  readonly entered: string | null;
  /** In the order of the path. */
  readonly blockers: readonly Blocker[];
}

/** `ends`: where what counts of the way ends. */
export function waysOf(trace: Trace, ends: 'receiver' | 'endpoint' | 'gateway'): readonly Way[] {
  const forward = trace.hops.filter(({ direction }) => direction !== 'reply').map((hop) => stepOf(trace, hop));
  const back = trace.hops.filter(({ direction }) => direction === 'reply');
  if (ends !== 'receiver') return [cutAt(trace, forward, back, ends)];
  if (trace.targets.length === 0) {
    const receiver = trace.receiver?.kind === 'port' ? trace.receiver.id : null;
    return [wayOf(trace, forward, back, { receiver, end: null })];
  }
  return trace.targets
    .flatMap((target) => waysOf(target, ends))
    .map((way) => wayOf(trace, [...forward, ...way.forward], [...way.back, ...back], way));
}

function stepOf({ flow }: Trace, hop: Hop): Step {
  return { hop, port: flow.to.port };
}

/** What lies beyond an endpoint or gateway is another's: it does not count. */
function cutAt(trace: Trace, forward: readonly Step[], back: readonly Hop[], ends: 'endpoint' | 'gateway'): Way {
  const isEnd = ({ hop }: Step) =>
    ends === 'endpoint' ? hop.stage === 'cross' : hop.stage === 'gateway' && hop.direction === 'egress';
  const at = forward.findIndex(isEnd);
  const own = (at < 0 ? forward : forward.slice(0, at + 1)).filter(
    ({ hop }) => ends !== 'endpoint' || !hop.component.startsWith('arn:'),
  );
  const last = forward[at]?.hop;
  const counted = own.filter(({ hop }) => hop.reason === null || hop !== last || !isBeyond(hop.reason.code));
  return wayOf(trace, counted, back, { receiver: null, end: last?.component ?? null });
}

/** Whether a service or load balancer takes the port is no matter of the endpoint. */
function isBeyond(code: string): boolean {
  return code.startsWith('CULVERT_') || code === 'ELBV2_LISTENERS_MISMATCH';
}

function wayOf(
  trace: Trace,
  forward: readonly Step[],
  back: readonly Hop[],
  { receiver, end }: Pick<Way, 'receiver' | 'end'>,
): Way {
  const entered =
    forward.find(({ hop }) => hop.stage === 'gateway' && hop.direction === 'ingress')?.hop.component ?? null;
  const blockers = [...forward.map(({ hop }) => hop), ...back].flatMap((hop): Blocker[] => {
    if (hop.reason === null) return [];
    const { code, components } = hop.reason;
    return [{ code, components, direction: directionOf(hop, forward) }];
  });
  return { trace, forward, back, receiver, end, entered, blockers };
}

/** What answers enters the subnet that the first packet left, and leaves the one that it entered. */
function directionOf({ direction, domain, component, stage }: Hop, forward: readonly Step[]): 'egress' | 'ingress' {
  if (direction !== 'reply') return direction;
  const met = forward.find(({ hop }) => stage === 'acl' && hop.component === component && hop.domain === domain)?.hop;
  return met?.direction === 'egress' ? 'ingress' : 'egress';
}
