/**
 * Stage 'group': a port's security groups. A packet passes if any rule of any of them allows it; a port without a group
 * passes nothing. Answers need no rule: groups are stateful.
 */
import type { FilterRule, Port } from '../plan/plan.ts';
import type { Flow } from './flow.ts';
import { matchesPeer, type PlanIndex } from './plan-index.ts';
import type { Reason } from './reasons.ts';
import type { Walk } from './walk.ts';

const WITH_PORTS = new Set(['6', '17']);
const WITH_TYPES = new Set(['1', '58']);

/** `peer` is the address of the other side, as the packet carries it here; `link` leads there, null: none does. */
export function passGroups(
  walk: Walk,
  port: Port,
  direction: 'egress' | 'ingress',
  peer: string,
  link: string | null = walk.link,
): void {
  if (port.filters === null) return;
  passFilters(walk, { ids: port.filters, component: port.id, direction, peer, members: [peer], link });
}

export interface Gate {
  readonly ids: readonly string[];
  /** Whose groups these are. */
  readonly component: string;
  readonly direction: 'egress' | 'ingress';
  readonly peer: string;
  /** Addresses by which a rule that names a group knows the other side. */
  readonly members: readonly string[];
  /** By which the packet goes; absent: by which it came. */
  readonly link?: string | null;
}

/** A gate as a packet met it. */
export interface MetGate extends Gate {
  readonly link: string | null;
  readonly flow: Pick<Flow, 'protocol' | 'to'>;
  /** On one of several ways on. */
  readonly isBranch: boolean;
}

/** What follows on the way does not depend on whether it passes: reach.ts relies on that. */
export function passFilters(walk: Walk, asked: Gate): void {
  const { ids, component, direction, peer, link = walk.link } = asked;
  const gate: MetGate = { ...asked, link, flow: walk.flow, isBranch: walk.isBranch };
  walk.gates?.push(gate);
  const found = judgeGate(walk.index, gate);
  if (typeof found !== 'string') {
    walk.pass('group', direction, component, found.id);
    return;
  }
  const names = ids.join(', ') || 'none';
  walk.drop(
    'group',
    direction,
    component,
    found,
    `no ${direction} rule of ${component}'s groups (${names}) allows ${describe(walk.flow)} ${direction === 'egress' ? 'to' : 'from'} ${peer}`,
    [...ids, component],
  );
}

/** The rule that lets it pass, or why none does. */
export function judgeGate(
  index: PlanIndex,
  gate: Omit<MetGate, 'component' | 'isBranch'>,
): FilterRule | Reason['code'] {
  const { ids, direction, peer, flow } = gate;
  const ip = index.ipOf(peer);
  let isEmpty = true;
  for (const id of ids) {
    const filter = index.filters.get(id);
    if (filter === undefined) continue;
    const rules = filter[direction];
    isEmpty &&= rules.length === 0;
    const found = ip && rules.find((rule) => matchesFlow(rule, flow) && matchesPeer(index, filter, rule, ip, gate));
    if (found !== undefined) return found;
  }
  return isEmpty ? 'SG_HAS_NO_RULES' : 'ENI_SG_RULES_MISMATCH';
}

export function matchesFlow(
  rule: Pick<FilterRule, 'protocol' | 'ports'>,
  { protocol, to }: Pick<Flow, 'protocol' | 'to'>,
): boolean {
  if (rule.protocol === 'any') return true;
  if (rule.protocol !== protocol) return false;
  if (rule.ports === null) return true;
  const { from, to: last } = rule.ports;
  if (WITH_PORTS.has(protocol)) return to.port !== null && to.port >= from && to.port <= last;
  if (WITH_TYPES.has(protocol)) return (from === -1 || from === to.port) && (last === -1 || last === to.code);
  return true;
}

export function describe({ protocol, to }: Pick<Flow, 'protocol' | 'to'>): string {
  if (protocol === '6') return `TCP port ${to.port}`;
  if (protocol === '17') return `UDP port ${to.port}`;
  if (protocol === '1') return `ICMP type ${to.port}`;
  return protocol === '58' ? `ICMPv6 type ${to.port}` : `protocol ${protocol}`;
}
