/**
 * What of a Plan the user-space engine needs, and no more: it goes to another thread. Listeners that the kernel serves, and
 * crossings that lead elsewhere, are absent. Pure.
 */
import type { BalancerListener, Plan, Pool, PoolAddress } from '../../plan/plan.ts';

export interface BalanceState {
  readonly fronts: readonly Front[];
  readonly pools: readonly EnginePool[];
  readonly passages: readonly Passage[];
}

/** A listener at one node: where connections are accepted, and how they go on. */
export interface Front {
  /** Of the listener, the node and, for UDP, the protocol. */
  readonly id: string;
  readonly domain: string;
  readonly address: string;
  /** Where connections to targets come from. */
  readonly from: string;
  readonly crossingAddress: string;
  readonly port: number;
  readonly protocol: BalancerListener['protocol'];
  readonly pool: string;
  readonly certificates: BalancerListener['certificates'];
  readonly tls: BalancerListener['tls'];
  readonly idleSeconds: number;
  readonly targets: readonly PoolAddress[];
}

export interface EnginePool {
  readonly id: string;
  readonly tls: boolean;
  readonly proxyProtocol: boolean;
  readonly sticky: boolean;
  readonly cut: readonly PoolAddress[];
}

/** An open crossing that leads to a node. */
export interface Passage {
  readonly linkAddress: string;
  readonly crossingAddress: string;
  readonly consumer: string;
  readonly vpcEndpointId: string;
}

export function selectBalancing(plan: Pick<Plan, 'balancers' | 'pools' | 'crossings'>): BalanceState {
  const fronts = plan.balancers.flatMap(({ domain, nodes }) =>
    nodes.flatMap(({ address, crossingAddress, listeners }) =>
      listeners
        .filter(({ engine }) => engine === 'user')
        .map(({ id, protocol, port, pool, from, certificates, tls, idleSeconds, targets }): Front => {
          return {
            // One that takes TCP and UDP is two.
            id: `${id} ${address}${protocol === 'udp' ? ' udp' : ''}`,
            domain,
            address,
            from,
            crossingAddress,
            port,
            protocol,
            pool,
            certificates,
            tls,
            idleSeconds,
            targets,
          };
        }),
    ),
  );
  const used = new Set(fronts.map(({ pool }) => pool));
  const entered = new Set(fronts.map(({ crossingAddress }) => crossingAddress));
  return {
    fronts,
    pools: plan.pools.filter(({ id }) => used.has(id)).map(poolOf),
    passages: plan.crossings
      .filter(({ open, targetAddress }) => open && entered.has(targetAddress))
      .map(({ linkAddress, targetAddress, consumer, origin }) => ({
        linkAddress,
        crossingAddress: targetAddress,
        consumer,
        vpcEndpointId: origin[1] ?? '',
      })),
  };
}

function poolOf({ id, protocol, proxyProtocol, stickiness, cut }: Pool): EnginePool {
  return { id, tls: protocol === 'tls', proxyProtocol, sticky: stickiness === 'source', cut };
}
