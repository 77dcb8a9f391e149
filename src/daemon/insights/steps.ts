/** A way as the components that it leads through, with the rule, entry, route or listener that lets it on. Pure. */
import type { Hop } from '../../analyse/flow.ts';
import { indexPlan, type PlanIndex } from '../../analyse/plan-index.ts';
import type { PathComponent, PathDecision, PathPacket, PathStep } from '../../model/resources.ts';
import type { Plan, Port, Route } from '../../plan/plan.ts';
import { filtersOf } from './flows.ts';
import { isResource, type Named } from './names.ts';
import type { Way } from './ways.ts';

export interface Steps {
  readonly forward: readonly PathStep[];
  readonly back: readonly PathStep[];
}

export function stepsOf(plan: Plan, way: Way, named: Named): Steps {
  const view: View = { plan, index: indexPlan(plan), named, protocol: way.trace.flow.protocol };
  const { from } = way.trace.flow;
  const sender = from.kind === 'port' ? view.index.ports.get(from.port) : undefined;
  const receiver = way.receiver === null ? undefined : view.index.ports.get(way.receiver);
  const hops = way.forward.map(({ hop }) => hop);
  const packets = way.forward.map(({ hop, port }) => packetOf(view, hop, port));
  const first = packets[0] ?? null;
  const last = packets.at(-1) ?? null;
  const inner = hops.flatMap((hop, at) => {
    const step = stepOf(view, hop, hops[at - 1]);
    const isChanged = packets[at + 1] !== undefined && REWRITES.has(hop.stage);
    return step === undefined ? [] : [{ ...step, outbound: isChanged ? (packets[at + 1] ?? null) : null }];
  });
  const forward = [...startOf(view, sender, first), ...inner, ...endOf(view, receiver, last)];
  const backHops = way.back.flatMap((hop) => stepOf(view, hop, undefined) ?? []);
  const back = [
    ...startOf(view, receiver, turned(last)),
    ...withRoute(view, receiver, backHops, last),
    ...endOf(view, sender, turned(first)),
  ];
  return { forward, back };
}

interface View {
  readonly plan: Plan;
  readonly index: PlanIndex;
  readonly named: Named;
  readonly protocol: string;
}

/** Beyond these the packet has other addresses. */
const REWRITES: ReadonlySet<Hop['stage']> = new Set(['gateway', 'nat', 'cross', 'spread']);

function packetOf({ protocol }: View, { source, destination }: Hop, port: number | null): PathPacket {
  return { protocol, source, destination, sourcePort: null, destinationPort: port };
}

function turned(packet: PathPacket | null): PathPacket | null {
  if (packet === null) return null;
  const { protocol, source, destination, sourcePort, destinationPort } = packet;
  return {
    protocol,
    source: destination,
    destination: source,
    sourcePort: destinationPort,
    destinationPort: sourcePort,
  };
}

function bare(component: PathComponent): PathStep {
  return {
    component,
    attachedTo: null,
    domain: null,
    segment: null,
    transitGateway: null,
    inbound: null,
    outbound: null,
    decision: null,
  };
}

function ownSteps({ named }: View, port: Port): { readonly machine: readonly PathStep[]; readonly eni: PathStep } {
  const machine = port.machine === null ? null : named(port.machine.id);
  const isOurs = machine !== null && isResource(machine.id);
  const eni: PathStep = {
    ...bare(named(port.id)),
    attachedTo: isOurs ? machine : null,
    domain: named(port.domain),
    segment: named(port.segment),
  };
  return { machine: isOurs ? [bare(machine)] : [], eni };
}

function startOf(view: View, port: Port | undefined, packet: PathPacket | null): readonly PathStep[] {
  if (port === undefined) return [];
  const { machine, eni } = ownSteps(view, port);
  return [...machine, { ...eni, outbound: packet }];
}

function endOf(view: View, port: Port | undefined, packet: PathPacket | null): readonly PathStep[] {
  if (port === undefined) return [];
  const { machine, eni } = ownSteps(view, port);
  return [{ ...eni, inbound: packet }, ...machine];
}

/** What answers leaves the receiver's subnet by its route table, beyond its ACL. */
function withRoute(
  view: View,
  receiver: Port | undefined,
  steps: readonly PathStep[],
  packet: PathPacket | null,
): readonly PathStep[] {
  const [first, second, ...others] = steps;
  // The walk tells its route first.
  if (first?.decision?.kind === 'route' && second?.decision?.kind === 'aclEntry') return [second, first, ...others];
  if (receiver === undefined || packet === null || first === undefined) return steps;
  const table = view.index.segments.get(receiver.segment)?.routeTable ?? '';
  const route = view.index.route(table, packet.source);
  const isTold = steps.some(({ decision }) => decision?.kind === 'route');
  if (route === undefined || isTold) return steps;
  const routed: PathStep = {
    ...bare(view.named(view.index.tableName(table))),
    domain: view.named(receiver.domain),
    decision: { kind: 'route', destination: route.destination, target: targetOf(view.index, route) },
  };
  return [first, routed, ...steps.slice(1)];
}

function stepOf(view: View, hop: Hop, before: Hop | undefined): PathStep | undefined {
  const { index, named } = view;
  const made = (id: string, decision: PathDecision | null): PathStep => ({
    ...bare(named(id)),
    domain: hop.domain.startsWith('vpc-') ? named(hop.domain) : null,
    decision,
  });
  switch (hop.stage) {
    case 'group': {
      const found = groupRule(index, hop);
      return found && made(found.group, found.decision);
    }
    case 'acl':
      return made(hop.component, aclEntry(index, hop));
    case 'route':
      return routeStep(view, hop, made);
    case 'link': {
      const id = linkName(index, hop.component);
      if (before?.stage === 'link' && linkName(index, before.component) === id) return undefined;
      const hub = index.links.get(hop.component)?.ends.find(({ domain }) => domain.startsWith('tgw-'));
      return { ...made(id, null), transitGateway: hub === undefined ? null : named(hub.domain) };
    }
    case 'cross': {
      const [, endpoint = hop.component, service = ''] = index.crossings.get(hop.component)?.origin ?? [];
      const name = service || (index.serviceGateways.get(hop.component)?.service ?? '');
      return made(endpoint, name === '' ? null : { kind: 'service', name });
    }
    case 'spread':
      return made(hop.component, hop.by === null ? null : { kind: 'listener', arn: hop.by });
    case 'gateway':
    case 'nat':
      return made(hop.component, null);
    default:
      return undefined;
  }
}

function groupRule(index: PlanIndex, { component, direction, by }: Hop) {
  if (direction === 'reply') return undefined;
  for (const filter of filtersOf(index, component)) {
    const rule = filter[direction].find(({ id }) => id === by);
    if (rule === undefined) continue;
    const { protocol, ports, peer } = rule;
    const other = 'cidr' in peer ? { cidr: peer.cidr } : { groupId: peer.filter };
    const decision: PathDecision = { kind: 'groupRule', direction, protocol, ports, peer: other };
    return { group: filter.id, decision };
  }
  return undefined;
}

/** `by`: the list, and the entry's number. */
function aclEntry(index: PlanIndex, { component, by }: Hop): PathDecision | null {
  const [list, number] = (by ?? '').split(' ');
  const direction = list === 'egress' ? 'egress' : 'ingress';
  const entry = index.acls.get(component)?.[direction].find((each) => String(each.number) === number);
  if (entry === undefined) return null;
  const { protocol, ports, cidr } = entry;
  return { kind: 'aclEntry', direction, number: entry.number, protocol, ports, cidr };
}

function routeStep(
  { plan, index }: View,
  hop: Hop,
  made: (id: string, decision: PathDecision | null) => PathStep,
): PathStep {
  const id = index.tableName(hop.component);
  const tables = plan.routeTables.filter((each) => each.id === hop.component || each.origin[0] === hop.component);
  const routes = tables.flatMap((table) => table.routes.filter(({ destination }) => destination === hop.by));
  const route = routes.find(({ via }) => via.kind !== 'zoneless') ?? routes[0];
  if (route === undefined) return made(id, null);
  const { destination, via } = route;
  if (!id.startsWith('tgw-rtb-')) return made(id, { kind: 'route', destination, target: targetOf(index, route) });
  const attachment = via.kind === 'link' ? linkName(index, via.link) : null;
  return made(id, { kind: 'transitRoute', destination, attachment });
}

/** What AWS's route names. */
function targetOf(index: PlanIndex, { via }: Route): string | null {
  switch (via.kind) {
    case 'gateway':
      return via.gateway;
    case 'serviceGateway':
      return via.serviceGateway;
    case 'port':
      return index.natGateways.get(via.port)?.id ?? via.port;
    case 'link': {
      const link = index.links.get(via.link);
      return link?.kind === 'peering' ? link.id : (hubOf(index, via.link) ?? via.link);
    }
    default:
      return null;
  }
}

function hubOf(index: PlanIndex, link: string): string | undefined {
  return index.links.get(link)?.ends.find(({ domain }) => index.domains.get(domain)?.kind === 'hub')?.domain;
}

/** A peering connection, a transit gateway's attachment, a VPN connection or gateway. */
function linkName(index: PlanIndex, id: string): string {
  const link = index.links.get(id);
  if (link === undefined || link.kind === 'peering') return id;
  return (
    link.origin.find((each) => each.startsWith('tgw-attach-')) ??
    (link.kind === 'tunnel' ? id : (hubOf(index, id) ?? id))
  );
}
