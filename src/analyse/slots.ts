/**
 * What groups decide on one way, for all pairs that take it and differ in their groups only. Whether a group lets a packet pass changes
 * nothing of the stages behind it (a walk goes on as if it were mended), so that the gates of one pair's way, with the other's groups
 * and addresses put in, are those of the other's.
 */
import type { Port } from '../plan/plan.ts';
import { judgeGate, type MetGate } from './group.ts';
import type { PlanIndex } from './plan-index.ts';

export interface Ends {
  readonly from: Port;
  readonly address: string;
  /** Who has it; undefined: nobody. */
  readonly owner: Port | undefined;
}

/** A gate, and which of its parts are the pair's own; null: it is as it stands whoever asks. */
export interface Slot {
  readonly gate: MetGate;
  readonly ids: 'sender' | 'owner' | null;
  readonly peer: Part | null;
  readonly members: readonly (Part | null)[];
}

/** An address of the sender's by its place among these, or the one that was asked for. */
type Part = number | 'asked';

/** `ends` are those whose gates these are, with addresses that nobody else has. */
export function slotsOf(gates: readonly MetGate[], { from, address, owner }: Ends): readonly Slot[] {
  const partOf = (text: string): Part | null => {
    if (text === address) return 'asked';
    const at = from.addresses.indexOf(text);
    return at < 0 ? null : at;
  };
  return gates.map((gate) => ({
    gate,
    ids: gate.component === from.id ? 'sender' : gate.component === owner?.id ? 'owner' : null,
    peer: partOf(gate.peer),
    members: gate.members.map(partOf),
  }));
}

/** One letter for each gate: whether, and how, it refuses. Of those behind one that all must pass nothing more is to be told. */
export function decisionsAt(index: PlanIndex, slots: readonly Slot[], { from, address, owner }: Ends): string {
  const textOf = (part: Part | null, otherwise: string) =>
    part === null ? otherwise : part === 'asked' ? address : (from.addresses[part] ?? '');
  let text = '';
  for (const { gate, ids, peer, members } of slots) {
    const { direction, link, flow } = gate;
    const found = judgeGate(index, {
      direction,
      link,
      flow,
      ids: ids === null ? gate.ids : ((ids === 'sender' ? from : owner)?.filters ?? []),
      peer: textOf(peer, gate.peer),
      members: members.map((part, at) => textOf(part, gate.members[at] ?? '')),
    });
    text += typeof found !== 'string' ? '.' : found === 'SG_HAS_NO_RULES' ? '0' : 'X';
    if (typeof found === 'string' && !gate.isBranch) break;
  }
  return text;
}
