/**
 * What would stop a packet next, were the route that it misses there: the same way in a Plan that has that route, so that one answer is
 * enough to mend all. Told only where it is certain whom the advised route leads to. Changes nothing of what becomes of the packet now.
 */
import { isIpv6 } from '../net/ip.ts';
import type { Link, Plan, Port } from '../plan/plan.ts';
import { isPublic, vpcBeyond } from './fixes.ts';
import type { Measured, Trace } from './flow.ts';
import { adviceOf } from './hints.ts';
import { indexPlan, indexRerouted, type PlanIndex } from './plan-index.ts';
import type { Advice } from './reasons.ts';
import { trace } from './trace.ts';

/** The advised connection that is not there yet: sentences name it so, and commands by what the one before them has set. */
const NEW_LINK = 'pcx-…';
/** Of a connection within a region; no verdict here asks for it. */
const MTU = 9001;
const MISSING: ReadonlySet<string> = new Set(['NO_ROUTE_TO_DESTINATION', 'BAD_STATE_ROUTE']);

/** `wanted`: the interface that was asked for by an id. Empty: no route is missing at an end, or nothing is certain behind it. */
export function nextOf(plan: Plan, sender: Port, wanted: Port | null, found: Trace, measured: Measured): Advice[] {
  const there = withWayThere(plan, sender, found);
  const then = there === plan ? found : trace(there, found.flow, measured);
  const end = then.hops.find(({ direction, domain }) => direction === 'ingress' && domain !== sender.domain)?.domain;
  const receiver = indexPlan(plan).portAt(end ?? '', found.flow.to.address);
  if (receiver === undefined || (wanted !== null && wanted.domain !== end)) return [];
  const back = withWayBack(there, receiver, then);
  if (back === plan) return [];
  const last = back === there ? then : trace(back, found.flow, measured);
  const told = new Set(found.reasons.map(({ sentence }) => sentence));
  const all = [...adviceOf(indexPlan(there), then), ...adviceOf(indexPlan(back), last)].filter(({ sentence }) => {
    const isNew = !told.has(sentence);
    told.add(sentence);
    return isNew;
  });
  return all.map((advice) => ({ ...advice, fixes: advice.fixes.map((fix) => fix.replaceAll(NEW_LINK, '"$PEERING"')) }));
}

/** The same Plan where the sender's table misses no route, or it is not certain where that leads. */
function withWayThere(plan: Plan, { segment, domain }: Port, { hops, flow }: Trace): Plan {
  const index = indexPlan(plan);
  const { address } = flow.to;
  const table = index.segments.get(segment)?.routeTable ?? '';
  const isMissing = hops.some(
    ({ stage, direction, component, reason }) =>
      stage === 'route' &&
      direction === 'egress' &&
      component === index.tableName(table) &&
      MISSING.has(reason?.code ?? ''),
  );
  // Without a blackhole, a route below it leads on: by another way than this.
  if (!isMissing || index.routeBelow(table, address) !== undefined) return plan;
  const link = advisedLink(index, domain, address);
  return link === undefined ? plan : withRoute(plan, table, address, link);
}

/** With a route of the receiver's table to the client, by the link that the client's packet came by. */
function withWayBack(plan: Plan, { segment }: Port, { hops }: Trace): Plan {
  const index = indexPlan(plan);
  const table = index.segments.get(segment)?.routeTable ?? '';
  const lost = hops.find(
    ({ stage, direction, component, reason }) =>
      stage === 'route' &&
      direction === 'reply' &&
      component === index.tableName(table) &&
      reason?.code === 'CULVERT_NO_WAY_BACK',
  );
  const link = index.links.get(lost?.reason?.components[1] ?? '');
  return lost === undefined || link === undefined ? plan : withRoute(plan, table, lost.destination, link);
}

/** That the route would lead into; undefined: none, or one of several VPCs with equal ranges. In the order in which fixes are advised. */
function advisedLink(index: PlanIndex, domain: string, address: string): Link | undefined {
  const links = [...index.links.values()].filter(({ ends }) => ends.some((end) => end.domain === domain));
  const peered = links.filter(
    ({ kind, ends }) =>
      kind === 'peering' && ends.some((end) => end.domain !== domain && index.isWithin(end.cidrs, address)),
  );
  if (peered.length > 0) return peered.length === 1 ? peered[0] : undefined;
  const way = index.hubTo(domain, address);
  if (way !== undefined) {
    const toHub = links.filter(({ ends }) => ends.some((end) => end.domain === way.hub));
    return toHub.length === 1 ? toHub[0] : undefined;
  }
  const [near, beyond] = [index.domains.get(domain), vpcBeyond(index, domain, address)];
  if (near === undefined || beyond === undefined || isPublic(index, address)) return undefined;
  return {
    id: NEW_LINK,
    origin: [NEW_LINK, near.id, beyond.far.id],
    kind: 'peering',
    ends: [
      { domain: near.id, cidrs: near.cidrs, routeTable: null, segment: null },
      { domain: beyond.far.id, cidrs: beyond.far.cidrs, routeTable: null, segment: null },
    ],
    outside: null,
    mtu: MTU,
  };
}

/** To that address alone, before whatever the table has. */
function withRoute(plan: Plan, table: string, address: string, link: Link): Plan {
  const destination = `${address}/${isIpv6(address) ? 128 : 32}`;
  const route = { destination, via: { kind: 'link', link: link.id } } as const;
  const rerouted = {
    ...plan,
    links: plan.links.includes(link) ? plan.links : [...plan.links, link],
    routeTables: plan.routeTables.map((each) =>
      each.id === table
        ? { ...each, routes: [route, ...each.routes.filter((other) => other.destination !== destination)] }
        : each,
    ),
  };
  indexRerouted(rerouted, plan);
  return rerouted;
}
