/**
 * The driver's door: makes this kernel match a Plan.
 *
 * In steady state it does not ask the kernel again: the state it last applied wholly is taken for what is there, so that a
 * change costs what changed. It observes at its first apply, after a Fault, and after `forget()`. One apply at a time, and beside it
 * one reading of what was counted.
 */

import { crowdedWays, insertFailures } from '../../host/conntrack-ports.ts';
import { Fault } from '../../host/fault.ts';
import type { Log } from '../../host/log.ts';
import { listNetns, removePins } from '../../host/netns.ts';
import { withTable } from '../../host/nft-elements.ts';
import { closeNft } from '../../host/nftables.ts';

import type { Paths } from '../../host/paths.ts';
import { inSlices } from '../../host/slices.ts';
import { kernelWireguard, type Wireguard } from '../../host/wireguard.ts';
import type { Plan, PoolAddress } from '../../plan/plan.ts';
import { apply, prepare } from './apply.ts';
import { FLOW_MEMORY_SECONDS } from './counting.ts';
import { assumed, diff } from './diff.ts';
import { FAMILIES } from './family.ts';
import { type FastPathStatus, fastPathRefusal, fastPathStatus } from './fast-path.ts';
import { type FlowReading, flowsOf, loggedDomains } from './flows.ts';
import { type MeterReading, metersOf } from './meters.ts';
import { NODE_PORTS, type PortRange } from './names.ts';
import { TABLE } from './nft.ts';
import { observe } from './observe.ts';
import { proxyHeaders } from './proxy-header.ts';
import { readMeterCounts, takeFlowCounts } from './read-counts.ts';
import { createMemory } from './remember.ts';
import { render } from './render.ts';
import type { Change, KernelState, NamespaceState } from './state.ts';

export interface Driver {
  /** Resolves when the kernel obeys the plan. Doing it again changes nothing. */
  apply(plan: Plan): Promise<Change[]>;
  /** The next apply asks the kernel what there is. */
  forget(): void;
  /** Removes every namespace and all pins: nothing is left on the host. */
  teardown(): Promise<void>;
  /** What the fast path carried, or why there is none; null before the first apply. */
  fastPath(): FastPathStatus | null;
  /** Whether the kernel can write Proxy Protocol; where it cannot, the user-space engine does. */
  writesHeaders(): boolean;
  /** What was metered of a plan that is in force, since its routers were made. Looks at all connections at endpoints. */
  readMeters(plan: Plan): Promise<readonly MeterReading[]>;
  /**
   * Flows in domains that the plan logs, since the last time: what is told once is not told again. To be asked more often than a minute
   * passes, after which a flow without packets is forgotten.
   */
  readFlows(plan: Plan): Promise<FlowReading>;
  /** Packets dropped in a domain, of both families, by stage. */
  counters(domain: string): Record<string, number>;
  /** First packets, since the domain is there, for which a load balancer's node in it had no port left towards its target. */
  portAllocationErrors(domain: string): number;
  /** Towards whom nodes in a domain have next to no port left. Looks at all connections there. */
  exhausted(domain: string): readonly Exhausted[];
}

/** Of a node and a target, by their addresses. */
export interface Exhausted {
  readonly node: string;
  readonly target: PoolAddress;
  readonly connections: number;
}

/** The kernel gives up looking for a port before the last is taken. */
const NEXT_TO_ALL = 0.95;

export interface DriverOptions {
  readonly paths: Paths;
  readonly log: Log;
  /** false: without programs at links, neither the fast path nor Proxy Protocol, as on a kernel that lacks what they need. */
  readonly fastPath?: boolean;
  /** Of nodes' addresses, towards each target. */
  readonly nodePorts?: PortRange;
  /** What makes the ends of encrypted tunnels, where a Plan has any. */
  readonly wireguard?: Wireguard;
}

export function createDriver({
  paths,
  log,
  fastPath = true,
  nodePorts = NODE_PORTS,
  wireguard = kernelWireguard,
}: DriverOptions): Driver {
  let applied: KernelState | null = null;
  /** The last one that was. */
  let last: KernelState | null = null;
  /** What failed since, by namespace, once each however often it is tried. */
  const failed = new Map<string, Set<NamespaceState>>();
  const memory = createMemory<NamespaceState>();
  let inForce: Plan | null = null;
  /** Grows as a change begins, and as it ends. */
  let changes = 0;
  const inTurn = createTurns();
  // Beside changes, which wait for no reading.
  const inReading = createTurns();
  let refusalTold = false;
  let flowsRead: number | undefined;

  function usesFastPath(): boolean {
    if (!fastPath) return false;
    const refusal = fastPathRefusal();
    if (refusal !== null && !refusalTold) log.warn({ refusal }, 'no fast path: all packets go the ordinary way');
    refusalTold = true;
    return refusal === null;
  }

  /** What a machine has of these addresses is not its root's. */
  function before(id: string): readonly NamespaceState[] {
    const known = last?.namespaces.get(id);
    return [...(known === undefined ? [] : [known]), ...(failed.get(id) ?? [])];
  }

  async function bring(state: KernelState): Promise<Change[]> {
    prepare(paths);
    for (let attempt = 1; ; attempt++) {
      const observed = applied === null ? await observe(paths, state, before) : assumed(applied);
      // Asked only now: programs that were found at links are taken up.
      const wanted = usesFastPath() ? state : withoutFastPath(state);
      const changes = diff(observed, wanted);
      try {
        applied = null;
        await apply(paths, changes, wireguard);
        applied = wanted;
        last = wanted;
        failed.clear();
        return changes;
      } catch (error) {
        for (const [id, each] of wanted.namespaces) failed.set(id, (failed.get(id) ?? new Set()).add(each));
        if (attempt === 2) throw error;
        log.warn({ err: error }, 'the kernel was not as remembered: observing it');
      }
    }
  }

  return {
    apply: (plan) =>
      inTurn(async () => {
        inForce = null;
        changes++;
        try {
          const made = await bring(render(plan, memory, nodePorts));
          inForce = plan;
          return made;
        } catch (error) {
          throw new Fault(`revision ${plan.revision} could not be put in force`, error);
        } finally {
          changes++;
        }
      }),
    forget() {
      applied = null;
    },
    teardown: () =>
      inTurn(async () => {
        applied = null;
        inForce = null;
        // Without a look inside: the kernel takes apart what nobody holds any more, all of it at once.
        for (const id of listNetns(paths.netns)) closeNft(paths.netnsOf(id));
        removePins(paths.netns);
        removePins(paths.userns);
      }),
    fastPath: () => (fastPath ? fastPathStatus() : { refusal: 'it is switched off' }),
    writesHeaders: () => fastPath && proxyHeaders.wouldRefuse() === null,
    counters(domain) {
      const stages: Record<string, number> = {};
      withTable(paths.netnsOf(domain), TABLE, (reader) => {
        for (const family of FAMILIES) {
          for (const [stage, packets] of reader.counters(family)) stages[stage] = (stages[stage] ?? 0) + packets;
        }
      });
      return stages;
    },
    readMeters: (plan) =>
      inReading(async () => {
        const state = { isInForce: () => plan === inForce, changes: () => changes };
        const { addresses, links } = await readMeterCounts(paths, plan, state);
        return metersOf(plan, addresses, links);
      }),
    readFlows: (plan) =>
      inReading(async () => {
        const until = Date.now();
        const since = flowsRead ?? until - 1000 * FLOW_MEMORY_SECONDS;
        flowsRead = until;
        const counts = takeFlowCounts(paths, plan, loggedDomains(plan), { since, until });
        const { seen, skipped } = await inSlices(counts);
        return { flows: await inSlices(flowsOf(plan, seen)), skipped };
      }),
    portAllocationErrors: (domain) => insertFailures(paths.netnsOf(domain)),
    exhausted(domain) {
      const least = NEXT_TO_ALL * (nodePorts.to - nodePorts.from + 1);
      return crowdedWays(paths.netnsOf(domain), least).map(({ source, destination, destinationPort, flows }) => ({
        node: source,
        target: { address: destination, port: destinationPort },
        connections: flows,
      }));
    },
  };
}

/** One after another. */
function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const turn = last.then(work);
    last = turn.catch(() => undefined);
    return turn;
  };
}

/** By what it was made of: what is as it was is to be the very same object as before. */
const slow = new WeakMap<NamespaceState, NamespaceState>();

function withoutFastPath({ namespaces }: KernelState): KernelState {
  return { namespaces: new Map([...namespaces].map(([id, state]) => [id, withoutFast(state)])) };
}

function withoutFast(state: NamespaceState): NamespaceState {
  const known = slow.get(state) ?? { ...state, fast: [] };
  slow.set(state, known);
  return known;
}
