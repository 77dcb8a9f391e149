/**
 * What is worth asking where no port is said: those that groups' rules, ACLs' entries and listeners name, an echo request where
 * one is named, and a TCP port that nothing names, which stands for all others.
 */
import type { Plan } from '../plan/plan.ts';
import type { Ask } from './reach.ts';

const NAMES: Readonly<Record<string, string>> = { '6': 'tcp', '17': 'udp' };
const LAST_PORT = 65_535;

/** Sorted: TCP, UDP, ping. */
export function namedAsks(...plans: readonly Plan[]): readonly Ask[] {
  const ports: Readonly<Record<string, Set<number>>> = { '6': new Set(), '17': new Set() };
  let isPing = false;
  for (const { protocol, from, to } of plans.flatMap(namedRanges)) {
    if (protocol === '1' || protocol === '58') isPing = true;
    const named = ports[protocol];
    if (named === undefined || (from <= 1 && to === LAST_PORT)) continue;
    named.add(from);
    named.add(to);
  }
  const [tcp, udp] = [ports['6'] ?? [], ports['17'] ?? []].map((each) => [...each].sort((a, b) => a - b));
  return [
    ...(tcp ?? []).map((port): Ask => ({ protocol: '6', port })),
    { protocol: '6', port: otherPort(plans) },
    ...(udp ?? []).map((port): Ask => ({ protocol: '17', port })),
    ...(isPing ? [{ protocol: '1', port: null }] : []),
  ];
}

/** The highest one that no range ends or begins around. */
function otherPort(plans: readonly Plan[]): number {
  const ranges = plans
    .flatMap(namedRanges)
    .filter(({ protocol, from, to }) => protocol === '6' && !(from <= 1 && to === LAST_PORT));
  for (let port = LAST_PORT; port > 0; port--) {
    if (!ranges.some(({ from, to }) => port >= from && port <= to)) return port;
  }
  return LAST_PORT;
}

interface Range {
  readonly protocol: string;
  readonly from: number;
  readonly to: number;
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

export function askText({ protocol, port }: Ask): string {
  return protocol === '1' ? 'ping' : `${NAMES[protocol] ?? protocol}/${port}`;
}
