/**
 * The ways of `culvert why` as boxes and arrows, for whoever draws them: a box for each stage, those that stop the packet marked, and
 * marked too what it would meet only if they were mended. Pure.
 */
import type { Hop, Trace } from '../analyse/flow.ts';
import type { Why } from '../analyse/why.ts';

export interface Box {
  readonly id: string;
  readonly kind: 'place' | 'stage' | 'blocked';
  readonly lines: readonly string[];
  /** The box that the packet comes from, and what stands at the arrow; null: it begins here. */
  readonly after: { readonly box: string; readonly label: string; readonly isReached: boolean } | null;
}

/** Each after the one that it is behind. */
export function whyGraph({ sender, question, paths }: Why): readonly Box[] {
  const from: Box = { id: 'from', kind: 'place', lines: [sender.machine ?? sender.port, sender.domain], after: null };
  const start: Reached = { id: from.id, isStopped: false };
  if (paths.length === 0) {
    const after = { box: from.id, label: '', isReached: false };
    return [from, { id: 'nowhere', kind: 'blocked', lines: [question.to, 'no address'], after }];
  }
  return [from, ...paths.flatMap(({ address, trace }, at) => boxesOf(trace, start, `w${at}`, address))];
}

interface Reached {
  readonly id: string;
  /** The packet comes no further than there. */
  readonly isStopped: boolean;
}

function boxesOf(trace: Trace, from: Reached, id: string, label: string): readonly Box[] {
  const boxes: Box[] = [];
  let last = from;
  const add = (box: Pick<Box, 'id' | 'kind' | 'lines'>) => {
    const after = { box: last.id, label: boxes.length === 0 ? label : '', isReached: !last.isStopped };
    boxes.push({ ...box, after });
    last = { id: box.id, isStopped: last.isStopped || box.kind === 'blocked' };
  };
  for (const [at, hop] of trace.hops.entries()) {
    add({ id: `${id}_${at}`, kind: hop.reason === null ? 'stage' : 'blocked', lines: linesOf(hop) });
  }
  const { receiver, targets } = trace;
  if (targets.length > 0) {
    const beyond = targets.map((target, at) => {
      const { address, port } = target.flow.to;
      return boxesOf(target, last, `${id}_t${at}`, port === null ? address : `${address}:${port}`);
    });
    return [...boxes, ...beyond.flat()];
  }
  if (receiver !== null) add({ id: `${id}_end`, kind: 'place', lines: [`${receiver.kind} ${receiver.id}`] });
  return boxes;
}

function linesOf({ stage, direction, component, by, reason }: Hop): readonly string[] {
  const why = reason === null ? [`by ${by}`] : [reason.code, reason.sentence];
  return [`${stage} ${direction}`, component, ...why];
}
