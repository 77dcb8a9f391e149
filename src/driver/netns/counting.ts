/**
 * What a VPC's router counts, beside drops: packets of connections to addresses that are metered (endpoints, load balancers' nodes), and,
 * where flows are logged, each flow by what it is when it enters, leaves or is dropped by a group or an ACL. It judges nothing. Sets
 * whose elements have counters, and so that a packet costs a look-up more, however many addresses there are. Why so, and what the
 * fast path's packets do: docs/decisions/meters.md.
 */
import { type Family, ofFamily } from './family.ts';
import { FLOW_STAGES, type SeenFlow } from './flows.ts';
import { base, type Chain, counted, type NftSet, plain } from './nft.ts';

export interface Counting {
  readonly sets: Readonly<Record<string, NftSet>>;
  readonly chains: Readonly<Record<string, Chain>>;
  /** The rules of chains, with drops that are counted by address or flow led through a chain that does so. */
  through(chains: Readonly<Record<string, Chain>>): Record<string, Chain>;
}

/** Of a packet that leaves: its connection is metered, and that it goes there or back. The fast path reads it (fast-path.bpf.c). */
const THERE = '0x80000001';
const BACK = '0x80000002';
/** Drops of these are a metered address's own; an ACL is at its subnet's boundary. */
const METERED_STAGES: readonly string[] = ['group_in', 'cross', 'spread'];
const FLOW_POINTS: readonly SeenFlow['at'][] = ['enter', 'leave', ...FLOW_STAGES];
/** How long a flow is remembered after its last packet: longer than between two readings. */
export const FLOW_MEMORY_SECONDS = 60;
/** Flows at once in each set. */
const FLOWS = { size: 65_536, timeoutSeconds: FLOW_MEMORY_SECONDS } as const;
/**
 * Priorities of packets that programs at links will count if they leave (fast-path.bpf.c), as told by those, and of those that are past
 * the gates of who sent them.
 */
const NOTED = '1:1';
const ENTERED = '1:2';
/** Where there was no room for a flow. */
const SKIPPED = 'update @flow_skipped { meta l4proto }';

/** Of a first packet, once each: connection tracking has not confirmed its connection. */
export const IS_FIRST = 'ct status & confirmed == 0';
/** Of a segment that breaks a connection off. */
export const IS_RESET = 'ip protocol 6 tcp flags & rst == rst';

/** In the words of table `ip`. `hasEdge`: packets may end in the router itself. `drops`: all stages that drop. */
export function counting(
  family: Family,
  {
    addresses,
    hasEdge,
    isLogged,
    isNoted,
    drops,
  }: {
    readonly addresses: readonly string[];
    readonly hasEdge: boolean;
    readonly isLogged: boolean;
    readonly isNoted: boolean;
    readonly drops: readonly string[];
  },
): Counting {
  const metered = [...new Set(ofFamily(family, addresses))];
  const isMetered = metered.length > 0;
  if (!isMetered && !isLogged) return { sets: {}, chains: {}, through: (chains) => ({ ...chains }) };
  const both = metered.flatMap((address) => [`original . ${address}`, `reply . ${address}`]);
  // One look-up a packet: a first one's counts it as such, too.
  const meter = [
    `${IS_RESET} ct direction . ct original ip daddr @metered_resets`,
    'meta mark set ct direction . ct original ip daddr map @metered',
  ];
  const meterFirst = 'meta mark set ct original ip daddr map @metered_new';
  const byPrograms = isLogged && isNoted && family === 'ip';
  const noteLeaving = isLogged
    ? [
        ...(byPrograms ? [`meta priority ${NOTED} return`, `meta priority ${ENTERED} return`] : []),
        ...['oifname "x-*" return', 'ct state untracked return', 'goto flow_leave'],
      ]
    : [];
  const stages = byPrograms
    ? drops
    : [...new Set([...(isMetered ? METERED_STAGES : []), ...(isLogged ? FLOW_STAGES : [])])];
  const records = isLogged ? FLOW_POINTS.map((at) => recorder(at)) : [];
  return {
    sets: {
      ...(isMetered && {
        metered: counted(
          'ct_dir . ipv4_addr : mark',
          both.map((key) => `${key} : ${key.startsWith('original') ? THERE : BACK}`),
        ),
        metered_new: counted(
          'ipv4_addr : mark',
          metered.map((address) => `${address} : ${THERE}`),
        ),
        metered_resets: counted('ct_dir . ipv4_addr', both),
        metered_dropped: counted('ipv4_addr', metered),
      }),
      ...(isLogged && { flow_skipped: { ...counted('inet_proto', []), flows: { ...FLOWS, size: 256 } } }),
      ...Object.assign({}, ...records.map(({ sets }) => sets)),
    },
    chains: {
      // After all that may drop it. A packet here leaves.
      metering: base('filter hook postrouting priority 200; policy accept;', [
        ...(isMetered ? [`${IS_FIRST} goto metering_first`, ...meter] : []),
        ...noteLeaving,
      ]),
      ...(isMetered && { metering_first: plain([meterFirst, ...noteLeaving]) }),
      ...(isMetered &&
        hasEdge && {
          metering_edge: base('filter hook input priority 200; policy accept;', [
            `${IS_FIRST} goto metering_edge_first`,
            ...meter,
          ]),
          metering_edge_first: plain([meterFirst]),
        }),
      ...(isLogged && {
        // After the gates of who sent it, before any other and before it is rewritten.
        flow_entry: base('filter hook prerouting priority -130; policy accept;', [
          // Who counts it takes the note away.
          ...(byPrograms || family === 'ip6' ? [] : ['meta priority set 0:0']),
          'iifname "x-*" return',
          'ct state untracked return',
          ...(byPrograms ? [`meta priority ${NOTED} meta priority set ${ENTERED} return`] : []),
          'goto flow_enter',
        ]),
      }),
      // What programs took note of, and does not leave.
      ...(byPrograms && {
        flow_arrival: base('filter hook input priority 200; policy accept;', [
          `meta priority ${ENTERED} goto flow_entered`,
        ]),
        // By now it may be translated.
        flow_entered: plain([
          'ct direction original goto flow_entered_there',
          'ct direction reply goto flow_entered_back',
          `goto ${flowSets('enter').tcp}`,
        ]),
        flow_entered_there: noteEntered('original'),
        flow_entered_back: noteEntered('reply'),
      }),
      ...Object.fromEntries(
        stages.map((stage) => [
          `dropped_${stage}`,
          plain([
            ...(isMetered && METERED_STAGES.includes(stage) ? ['ct original ip daddr @metered_dropped'] : []),
            ...(byPrograms ? [`meta priority ${ENTERED} jump flow_entered`] : []),
            ...(isLogged && isFlowStage(stage) ? [`jump flow_${stage}`] : []),
            `counter name "${stage}" drop`,
          ]),
        ]),
      ),
      ...Object.assign({}, ...records.map(({ chains }) => chains)),
    },
    through: (chains) =>
      Object.fromEntries(
        Object.entries(chains).map(([name, chain]) => [
          name,
          { ...chain, rules: chain.rules.map((rule) => throughChain(rule, stages)) },
        ]),
      ),
  };
}

const DROP = /\bcounter name "(\w+)" drop$/;

function throughChain(rule: string, stages: readonly string[]): string {
  return rule.replace(DROP, (text, stage: string) => (stages.includes(stage) ? `goto dropped_${stage}` : text));
}

function isFlowStage(stage: string): boolean {
  return FLOW_STAGES.some((each) => each === stage);
}

function noteEntered(direction: 'original' | 'reply'): Chain {
  const of = (what: string) => `ct ${direction} ${what}`;
  const key = ['iif', of('ip saddr'), of('ip daddr'), of('proto-src'), of('proto-dst')].join(' . ');
  return plain([`meta l4proto 6 update @${flowSets('enter').tcp} { ${key} } return`, SKIPPED]);
}

/** Names of a point's sets, by protocol. */
export function flowSets(at: SeenFlow['at']): Readonly<Record<'tcp' | 'udp' | 'other', string>> {
  return { tcp: `flow_${at}_tcp`, udp: `flow_${at}_udp`, other: `flow_${at}_other` };
}

/** Protocols with ports have sets of their own: so a key fits into what nft can name. */
function recorder(at: SeenFlow['at']): Pick<Counting, 'sets' | 'chains'> {
  const link = at === 'leave' ? 'oif' : 'iif';
  const names = flowSets(at);
  const flow = (type: string): NftSet => ({ ...counted(type, []), flows: FLOWS });
  const note = (name: string, key: string) => plain([`update @${name} { ${key} } return`, SKIPPED]);
  const ends = `${link} . ip saddr . ip daddr`;
  return {
    sets: {
      [names.tcp]: flow('iface_index . ipv4_addr . ipv4_addr . inet_service . inet_service'),
      [names.udp]: flow('iface_index . ipv4_addr . ipv4_addr . inet_service . inet_service'),
      [names.other]: flow('iface_index . ipv4_addr . ipv4_addr . inet_proto'),
    },
    chains: {
      [`flow_${at}`]: plain([
        `meta l4proto 6 goto ${names.tcp}`,
        `meta l4proto 17 goto ${names.udp}`,
        `goto ${names.other}`,
      ]),
      [names.tcp]: note(names.tcp, `${ends} . tcp sport . tcp dport`),
      [names.udp]: note(names.udp, `${ends} . udp sport . udp dport`),
      [names.other]: note(names.other, `${ends} . meta l4proto`),
    },
  };
}
