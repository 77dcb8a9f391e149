/**
 * What is worth asking where no port is said. Groups' rules, ACLs' entries and listeners name ranges of ports; two ports that the
 * same ranges hold fare alike, so that one of each such kind answers for all: the first that there is, and for those that nothing
 * names the highest.
 */
import type { Plan } from '../plan/plan.ts';
import type { Ask } from './reach.ts';

const NAMES: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp' };
export const LAST_PORT = 65_535;

/** An ask, and the ports that it answers for: "tcp/443", "tcp/1-49,51-100", "other tcp", "ping". */
export interface Kind {
  readonly ask: Ask;
  readonly name: string;
}

/** Of TCP all kinds, of UDP those that are named, an echo request where one is named. Sorted: TCP, UDP, ping. */
export function namedKinds(...plans: readonly Plan[]): readonly Kind[] {
  const ranges = plans.flatMap(namedRanges);
  const udp = portKinds(ranges, '17').filter(({ isNamed }) => isNamed);
  const isPing = ranges.some(({ protocol }) => protocol === '1' || protocol === '58');
  return [...portKinds(ranges, '6'), ...udp, ...(isPing ? [PING] : [])];
}

/** All there are: nothing passes if none of these does. */
export function everyKind(...plans: readonly Plan[]): readonly Kind[] {
  const ranges = plans.flatMap(namedRanges);
  return [...portKinds(ranges, '6'), ...portKinds(ranges, '17'), PING];
}

/** Of the ports from `from` to `to`. */
export function kindsWithin(
  protocol: '6' | '17',
  { from, to }: { readonly from: number; readonly to: number },
  plan: Plan,
): readonly Kind[] {
  return portKinds(from === to ? [] : namedRanges(plan), protocol, from, to);
}

export const PING: Kind = { ask: { protocol: '1', port: null }, name: 'ping' };

/** One for each set of ranges that hold a port; sorted, what none holds at the end. */
function portKinds(
  ranges: readonly Range[],
  protocol: '6' | '17',
  first = 1,
  last = LAST_PORT,
): readonly (Kind & { readonly isNamed: boolean })[] {
  const own = new Map(
    ranges
      .filter((each) => each.protocol === protocol && !isWhole(each))
      .map((each) => [`${each.from}-${each.to}`, each] as const),
  );
  // A bit for each range, which turns where the range begins and behind its end.
  const turns = new Map<number, bigint>([[first, 0n]]);
  for (const [at, { from, to }] of [...own.values()].entries()) {
    if (to < first || from > last) continue;
    for (const edge of [Math.max(from, first), to + 1]) {
      if (edge <= last) turns.set(edge, (turns.get(edge) ?? 0n) ^ (1n << BigInt(at)));
    }
  }
  const edges = [...turns].sort(([a], [b]) => a - b);
  const kinds = new Map<bigint, (readonly [from: number, to: number])[]>();
  let held = 0n;
  for (const [at, [edge, turn]] of edges.entries()) {
    held ^= turn;
    const end = (edges[at + 1]?.[0] ?? last + 1) - 1;
    kinds.set(held, [...(kinds.get(held) ?? []), [edge, end]]);
  }
  const isAll = first === 1 && last === LAST_PORT;
  const found = [...kinds].map(([holding, spans]) => {
    const isNamed = holding !== 0n;
    const port = isNamed ? spans[0]?.[0] : spans.at(-1)?.[1];
    const text = spans.map(([from, to]) => (from === to ? from : `${from}-${to}`)).join(',');
    const name = isNamed || !isAll ? `${NAMES[protocol]}/${text}` : `other ${NAMES[protocol]}`;
    return { ask: { protocol, port: port ?? first }, name, isNamed };
  });
  return found.sort((a, b) => Number(b.isNamed) - Number(a.isNamed) || a.ask.port - b.ask.port);
}

interface Range {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
}

function isWhole({ from, to }: Range): boolean {
  return from <= 1 && to === LAST_PORT;
}

function namedRanges({ filters, acls, balancers, crossings, services }: Plan): readonly Range[] {
  const one = (protocol: string, port: number): Range => ({ protocol, from: port, to: port });
  const rules = [...filters, ...acls].flatMap(({ ingress, egress }) => [...ingress, ...egress]);
  const listeners = balancers.flatMap(({ nodes }) => nodes.flatMap((node) => node.listeners));
  return [
    ...rules.flatMap(({ protocol, ports }) =>
      protocol === 'any' ? [] : { protocol, from: ports?.from ?? 0, to: ports?.to ?? LAST_PORT },
    ),
    ...[...listeners, ...crossings.flatMap((crossing) => crossing.listeners)].map(({ protocol, port }) =>
      one(protocol === 'udp' ? '17' : '6', port),
    ),
    ...services.map(({ port }) => one('6', port)),
  ];
}

export function askText(ask: Ask): string {
  return ask.protocol === '1' ? 'ping' : `${protocolName(ask)}/${ask.port}`;
}

export function protocolName({ protocol }: Ask): string {
  return protocol === '1' ? 'ping' : (NAMES[protocol] ?? protocol);
}
