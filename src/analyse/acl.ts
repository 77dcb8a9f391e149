/**
 * Stage 'acl': the network ACL at a segment's boundary. It judges each packet alone, so what answers needs an entry of its own,
 * to the port that the first packet came from. Nothing is judged between two addresses of one segment, save by the interface of a
 * transit gateway's attachment, which has a boundary of its own.
 * https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
 */
import { cidrContains } from '../net/cidr.ts';
import type { Ip } from '../net/ip.ts';
import type { AclEntry } from '../plan/plan.ts';
import type { Flow, Hop } from './flow.ts';
import { describe, matchesFlow } from './group.ts';
import type { Walk } from './walk.ts';

export interface Boundary {
  readonly segment: string;
  readonly direction: 'egress' | 'ingress';
  /** The address beyond. */
  readonly other: string;
  /** The packet stays in the segment, though `other` is beyond: what a load balancer hands on in its own. */
  readonly isInside?: boolean;
  /** It is that of an attachment's interface, which judges the segment's own addresses too. */
  readonly isAttachment?: boolean;
  /** The link by which the first packet comes straight from another domain; null, absent: it does not. */
  readonly link?: string | null;
}

/** Where Linux takes the ports from that its clients send from. */
const EPHEMERAL = { from: 32_768, to: 60_999 };
/** ICMP messages that ask, with those that answer. */
const ICMP_ANSWERS: Readonly<Record<string, Readonly<Record<number, number>>>> = {
  '1': { 8: 0, 13: 14 },
  '58': { 128: 129 },
};

/** Both packets at one boundary: the first one of a connection now, what answers it when the walk comes back. */
export function passAcl(walk: Walk, boundary: Boundary): void {
  const ip = outside(walk, boundary);
  if (ip === null) return;
  const { domain } = walk;
  const { direction, segment, link } = boundary;
  if (direction === 'egress' || !isOwnAttachment(walk, domain, segment, link)) {
    judge(walk, boundary, ip, direction, direction, [walk.flow]);
  }
  const answers = answersTo(walk.flow);
  if (answers.length === 0) return;
  const back = direction === 'egress' ? 'ingress' : 'egress';
  walk.onReply(() => {
    if (back === 'ingress' && isOwnAttachment(walk, domain, segment, walk.ways.get(domain))) return;
    judge(walk, boundary, ip, back, 'reply', answers);
  });
}

/** Whether what comes by a link comes out of an attachment in the segment. */
function isOwnAttachment(walk: Walk, domain: string, segment: string, link: string | null | undefined): boolean {
  const ends = walk.index.links.get(link ?? '')?.ends ?? [];
  return ends.some((end) => end.domain === domain && end.segment === segment);
}

/** The first packet alone, or what answers it: where the other of the two does not pass. */
export function passAclOnce(walk: Walk, boundary: Boundary, of: 'first' | 'reply' = 'first'): void {
  const ip = outside(walk, boundary);
  if (ip === null) return;
  const packets = of === 'first' ? [walk.flow] : answersTo(walk.flow);
  const { direction, segment, link } = boundary;
  if (direction === 'ingress' && isOwnAttachment(walk, walk.domain, segment, link)) return;
  if (packets.length > 0) judge(walk, boundary, ip, direction, of === 'first' ? direction : 'reply', packets);
}

/** The address beyond; null: nothing is judged there. */
function outside(walk: Walk, boundary: Boundary): Ip | null {
  const { index } = walk;
  const ip = index.ipOf(boundary.other);
  const segment = index.segments.get(boundary.segment);
  if (segment === undefined || ip === undefined) return null;
  const isInside = boundary.isInside || index.isInSegment(segment, ip);
  return isInside && !boundary.isAttachment ? null : ip;
}

type Packet = Pick<Flow, 'protocol' | 'to'>;

/** `packets`: all that it may be, in order; they differ in their port. */
function judge(
  walk: Walk,
  { segment, other }: Boundary,
  ip: Ip,
  list: 'egress' | 'ingress',
  direction: Hop['direction'],
  packets: readonly Packet[],
): void {
  const acl = walk.index.acls.get(walk.index.segments.get(segment)?.acl ?? '');
  if (acl === undefined) throw new Error(`${segment} has no ACL in the plan`);
  const entries = acl[list].filter(({ cidr }) => cidrContains(walk.index.blockOf(cidr), ip));
  const decided = atEdges(entries, packets).map((packet) => ({
    packet,
    entry: entries.find((each) => matchesFlow(each, packet)),
  }));
  const blocked = decided.find(({ entry }) => entry?.action !== 'allow');
  const passed = decided.find(({ entry }) => entry?.action === 'allow');
  if (blocked === undefined) {
    walk.pass('acl', direction, acl.id, `${list} ${passed?.entry?.number}`);
    return;
  }
  const { entry, packet } = blocked;
  const by = entry === undefined ? 'no entry lets' : `entry ${entry.number} does not let`;
  const what = `${direction === 'reply' ? 'the answer, ' : ''}${describe(packet)}`;
  const way = list === 'egress' ? `out of ${segment} to ${other}` : `into ${segment} from ${other}`;
  const sentence = `${acl.id}: ${by} ${what} ${way}`;
  const end = [[acl.id, segment], { list }] as const;
  if (passed === undefined) walk.drop('acl', direction, acl.id, 'SUBNET_ACL_RESTRICTION', sentence, ...end);
  else walk.perhaps('acl', direction, acl.id, 'SUBNET_ACL_RESTRICTION', `${sentence}, but others`, ...end);
}

/** What may answer: at its edges of the range of ports that the first packet may have come from. Empty: nothing. */
export function answersTo({ protocol, to, sourcePort }: Flow): readonly Packet[] {
  if (protocol === '6' || protocol === '17') {
    const ports = sourcePort === undefined ? [EPHEMERAL.from, EPHEMERAL.to] : [sourcePort];
    return ports.map((port) => ({ protocol, to: { address: '', port, code: null } }));
  }
  const answers = ICMP_ANSWERS[protocol];
  if (answers === undefined) return [{ protocol, to }];
  const type = answers[to.port ?? -1];
  return type === undefined ? [] : [{ protocol, to: { address: '', port: type, code: 0 } }];
}

/** One packet of each kind that the entries can tell apart: between their edges all ports fare alike. */
function atEdges(entries: readonly AclEntry[], packets: readonly Packet[]): readonly Packet[] {
  const [first, last] = [packets[0], packets.at(-1)];
  const [from, to] = [first?.to.port ?? 0, last?.to.port ?? 0];
  if (first === undefined || from === to) return packets;
  // One entry for all of them.
  if (entries[0]?.protocol === 'any') return [first];
  const edges = entries.flatMap(({ ports }) => (ports === null ? [] : [ports.from, ports.to + 1]));
  const ports = [...new Set([from, ...edges, to])].filter((port) => port >= from && port <= to).sort((a, b) => a - b);
  return ports.map((port) => ({ ...first, to: { ...first.to, port } }));
}
