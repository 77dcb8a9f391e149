/**
 * How load balancers' nodes run out of ports towards their targets, asked of the kernel and of the edge when somebody wants to
 * know. The kernel counts in each domain; which ways are full is only looked for where it has counted any.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-troubleshooting.html
 */
import { type Measured, wayOf } from '../analyse/flow.ts';
import type { Driver } from '../driver/netns/driver.ts';
import { Fault } from '../host/fault.ts';
import type { Plan } from '../plan/plan.ts';

export interface PortTrouble {
  readonly vpcId: string;
  /** ARNs of those that stand there. */
  readonly loadBalancers: readonly string[];
  /** Connections that could not be made, since the VPC's network is there. */
  readonly errors: number;
  /** "NODE → TARGET:PORT", where next to no port is left now. */
  readonly exhausted: readonly string[];
}

type Ports = Pick<Driver, 'portAllocationErrors' | 'exhausted'>;

/** What the edge has counted, by listener and node. */
export type EdgeCounts = Readonly<Record<string, { readonly portAllocationErrors: number }>>;

/** VPCs where it ever happened. */
export function portTroubles(plan: Pick<Plan, 'balancers'>, driver: Ports, edge: EdgeCounts): PortTrouble[] {
  const inEdge = Map.groupBy(Object.entries(edge), ([key]) => key.split(' ')[0] ?? '');
  return [...Map.groupBy(plan.balancers, ({ domain }) => domain)].flatMap(([vpcId, balancers]) => {
    const listeners = new Set(
      balancers.flatMap(({ nodes }) => nodes.flatMap((node) => node.listeners.map(({ id }) => id))),
    );
    const counts = [...listeners].flatMap((id) => inEdge.get(id) ?? []);
    const kernel = there(() => driver.portAllocationErrors(vpcId), 0);
    const errors = counts.reduce((sum, [, count]) => sum + count.portAllocationErrors, kernel);
    if (errors === 0) return [];
    const ways = there(() => driver.exhausted(vpcId), []);
    return [
      {
        vpcId,
        loadBalancers: balancers.map(({ id }) => id),
        errors,
        exhausted: ways.map(({ node, target }) => `${node} → ${target.address}:${target.port}`),
      },
    ];
  });
}

/** For the analyser. */
export function measuredPorts(plan: Pick<Plan, 'balancers'>, driver: Ports): Measured {
  const domains = [...new Set(plan.balancers.map(({ domain }) => domain))];
  const ways = domains
    .filter((domain) => there(() => driver.portAllocationErrors(domain), 0) > 0)
    .flatMap((domain) => there(() => driver.exhausted(domain), []));
  return { exhausted: new Set(ways.map(({ node, target }) => wayOf(node, target))) };
}

/** A domain may go while it is asked about. */
function there<T>(ask: () => T, otherwise: T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof Fault) return otherwise;
    throw error;
  }
}
