/**
 * Listeners of a domain's crossings in its packet program: where their connections lead to, and how long these may be silent. What leaves
 * for another domain is told its idle time on the way out, where the same look-up shows that it was to a listener; what stays, as it
 * comes in.
 */
import type { Crossing } from '../../plan/plan.ts';
import { type Chain, map, type NftSet, plain, type Timeout } from './nft.ts';
import { idleName, PROTOCOLS } from './spread.ts';

export interface CrossingListeners {
  readonly sets: Readonly<Record<string, NftSet>>;
  readonly chains: Readonly<Record<string, Chain>>;
  readonly timeouts: Readonly<Record<string, Timeout>>;
}

const KEY = 'ipv4_addr . inet_proto . inet_service';

/** `idleSeconds`: how long a connection to a crossing's listener may be silent. */
export function crossingListeners(
  open: readonly Crossing[],
  idleSeconds: (crossing: Crossing, listener: Crossing['listeners'][number]) => number,
): CrossingListeners {
  const all = open.flatMap((crossing) =>
    crossing.listeners.map((listener) => {
      const { address, targetAddress, consumer, provider } = crossing;
      const { protocol, port, targetPort } = listener;
      const idle: Timeout = { protocol, seconds: idleSeconds(crossing, listener) };
      const [from, to] = [port, targetPort].map((at) => `${address} . ${PROTOCOLS[protocol]} . ${at}`);
      return { from, to, target: `${targetAddress} . ${targetPort}`, idle, leaves: consumer !== provider };
    }),
  );
  const outward = all.filter(({ leaves }) => leaves);
  const inner = all.filter(({ leaves }) => !leaves);
  const set = (idle: Timeout) => `ct timeout set "${idleName(idle)}"`;
  return {
    sets: {
      crossing_target: map(
        `${KEY} : ipv4_addr . inet_service`,
        all.map(({ from, target }) => `${from} : ${target}`),
      ),
      crossing_idle: map(`${KEY} : verdict`, [
        ...new Set(outward.map(({ to, idle }) => `${to} : goto crossing_${idleName(idle)}`)),
      ]),
      inner_idle: map(
        `${KEY} : verdict`,
        inner.map(({ from, idle }) => `${from} : jump ${idleName(idle)}`),
      ),
    },
    chains: Object.fromEntries([
      ...inner.map(({ idle }) => [idleName(idle), plain([set(idle)])] as const),
      ...outward.map(({ idle }) => [`crossing_${idleName(idle)}`, plain([set(idle), 'accept'])] as const),
    ]),
    timeouts: Object.fromEntries(all.map(({ idle }) => [idleName(idle), idle])),
  };
}
