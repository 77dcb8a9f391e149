/**
 * What the analyser says of a packet and what the kernel did with it, in one form. Names a stage as the kernel's counters do: group_out
 * and group_in are the analyser's group, egress and ingress. Pure.
 */
import type { Hop, Trace } from '../../analyse/flow.ts';
import type { Fate } from './probe.ts';

/** What one of the two says, in a form that can be compared and shown. */
export interface Told {
  readonly kind: 'delivered' | 'refused' | 'dropped' | 'depends' | 'lost' | 'failed';
  /** Ids of who may have got it; empty: that cannot be told. */
  readonly to: readonly string[];
  /** By who got it: one, or those that come into question; a missing one cannot be told. */
  readonly seenFrom: ReadonlyMap<string, readonly string[]>;
  /** Where it was dropped: one, or those that come into question. */
  readonly stages: readonly string[];
  readonly reasons: readonly string[];
  /** More about it, for people. */
  readonly words: string;
}

const NOTHING = { to: [], seenFrom: new Map(), stages: [], reasons: [], words: '' } as const;
/** An address that nobody has, or a port that nobody serves, is no stage of the kernel's: no route leads there. */
const TARGET_STAGES = ['route', 'router', 'spread'];

export function toldByTrace(trace: Trace, machineOf: (port: string) => string | undefined): Told {
  const ways = trace.targets.length === 0 ? [trace] : trace.targets;
  const placeOf = ({ receiver }: Trace) =>
    receiver === null ? undefined : receiver.kind === 'port' ? machineOf(receiver.id) : receiver.id;
  const delivered = ways.filter(({ outcome }) => outcome === 'delivered').map((way) => ({ way, place: placeOf(way) }));
  const blockers = [trace, ...trace.targets].flatMap(({ hops }) => hops.find(({ reason }) => reason !== null) ?? []);
  return {
    kind: trace.outcome,
    to: delivered.flatMap(({ place }) => place ?? []),
    seenFrom: new Map(
      [...Map.groupBy(delivered, ({ place }) => place ?? '')].map(([place, ways]) => [
        place,
        ways.map(({ way }) => way.seenFrom ?? ''),
      ]),
    ),
    stages: blockers.flatMap(stagesOf),
    reasons: blockers.flatMap(({ reason }) => reason?.code ?? []),
    words: blockers.map(({ reason }) => `${reason?.code}: ${reason?.sentence}`).join('; '),
  };
}

function stagesOf({ stage, direction }: Hop): readonly string[] {
  if (stage === 'target') return TARGET_STAGES;
  if (stage !== 'group' && (stage as string) !== 'acl') return [stage];
  // An answer may be stopped on its way into a subnet and out of one.
  if (direction === 'reply') return [`${stage}_in`, `${stage}_out`];
  return [`${stage}_${direction === 'egress' ? 'out' : 'in'}`];
}

export function toldByKernel(fate: Fate): Told {
  switch (fate.kind) {
    case 'delivered': {
      const { where, seenFrom } = fate;
      if (where === null || seenFrom === null) return { ...NOTHING, kind: 'delivered' };
      return { ...NOTHING, kind: 'delivered', to: [where], seenFrom: new Map([[where, [seenFrom]]]) };
    }
    case 'dropped': {
      const words = fate.stages.map(({ domain, stage }) => `${stage} of ${domain}`).join(', ');
      return { ...NOTHING, kind: 'dropped', stages: fate.stages.map(({ stage }) => stage), words };
    }
    case 'failed':
      return { ...NOTHING, kind: 'failed', words: fate.code };
    case 'lost':
      return { ...NOTHING, kind: 'lost', words: 'neither answered nor counted as dropped' };
    case 'refused':
      return { ...NOTHING, kind: 'refused' };
  }
}
