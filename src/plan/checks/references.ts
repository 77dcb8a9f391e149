/** Every id that the Plan names is there, and in the domain that names it. */
import { hostsOf } from '../hosts.ts';
import { rulesOfGroups, viasOf } from '../named.ts';
import type { Plan } from '../plan.ts';

export function checkReferences(plan: Plan): string[] {
  const findings: string[] = [];
  const domains = new Map(plan.domains.map((each) => [each.id, each]));
  const segments = new Map(plan.segments.map((each) => [each.id, each]));
  const tables = new Map(plan.routeTables.map((each) => [each.id, each]));
  const filters = new Map(plan.filters.map((each) => [each.id, each]));
  const acls = new Map(plan.acls.map((each) => [each.id, each]));
  const gateways = new Map(plan.gateways.map((each) => [each.id, each]));
  const serviceGateways = new Map(plan.serviceGateways.map((each) => [each.id, each]));
  const services = new Map(plan.services.map((each) => [each.id, each]));
  const links = new Map(plan.links.map((each) => [each.id, each]));
  const ports = new Map(plan.ports.map((each) => [each.id, each]));
  const hosts = new Map(hostsOf(plan).map((each) => [each.id, each]));
  const endpoints = new Map(plan.resolverEndpoints.map((each) => [each.id, each]));
  const targets = new Set(plan.services.flatMap((each) => [each.serviceAddress, each.serviceAddress6]));

  /** `there` has to exist in `from`'s domain. */
  function inDomain(from: { id: string; domain: string }, id: string, there: { domain: string } | undefined): void {
    if (there === undefined) findings.push(`${from.id}: names ${id}, which is not in the plan`);
    else if (there.domain !== from.domain) findings.push(`${from.id}: names ${id} of another domain`);
  }
  function vpc(from: { id: string }, id: string): void {
    if (domains.get(id)?.kind !== 'vpc') findings.push(`${from.id}: ${id} is not the domain of a VPC`);
  }
  /** A VPC's or a site's; of links and route tables a hub's too. */
  function customers(from: { id: string }, id: string, withHubs = false): void {
    const kind = domains.get(id)?.kind;
    if (kind === 'vpc' || kind === 'site' || (withHubs && kind === 'hub')) return;
    findings.push(`${from.id}: ${id} is not the domain of a VPC or a site`);
  }

  /** The domain at the other end of a link that must have one in `from`'s. */
  function linkOf(from: { id: string; domain: string }, id: string): string {
    const ends = (links.get(id)?.ends ?? []).map(({ domain }) => domain);
    if (!ends.includes(from.domain)) findings.push(`${from.id}: ${id} is no link of its domain`);
    return ends.find((domain) => domain !== from.domain) ?? '';
  }

  for (const id of ['internet', 'services'] as const) {
    if (domains.get(id)?.kind !== id) findings.push(`${id}: this domain of Culvert's own is missing`);
  }
  for (const each of [...plan.segments, ...plan.ports, ...plan.filters, ...plan.acls]) {
    customers(each, each.domain);
  }
  for (const each of [...plan.gateways, ...plan.queryLogs, ...plan.flowLogs]) vpc(each, each.domain);
  for (const table of plan.routeTables) customers(table, table.domain, true);
  for (const segment of plan.segments) {
    inDomain(segment, segment.routeTable, tables.get(segment.routeTable));
    if (segment.ipv6Gateway !== null) inDomain(segment, segment.ipv6Gateway, gateways.get(segment.ipv6Gateway));
    inDomain(segment, segment.acl, acls.get(segment.acl));
  }
  for (const { id, ends } of plan.links) {
    for (const { domain, routeTable, segment } of ends) {
      customers({ id }, domain, true);
      if (segment !== null) inDomain({ id, domain }, segment, segments.get(segment));
      if (routeTable !== null) inDomain({ id, domain }, routeTable, tables.get(routeTable));
    }
  }
  for (const table of plan.routeTables) {
    for (const via of viasOf(table.routes)) {
      if (via.kind === 'gateway') inDomain(table, via.gateway, gateways.get(via.gateway));
      if (via.kind === 'link') linkOf(table, via.link);
      if (via.kind === 'port') inDomain(table, via.port, ports.get(via.port));
      if (via.kind === 'serviceGateway') inDomain(table, via.serviceGateway, serviceGateways.get(via.serviceGateway));
    }
  }
  for (const each of plan.serviceGateways) {
    vpc(each, each.domain);
    const service = services.get(each.service);
    if (service?.internetAddress !== each.address || service.port !== each.port) {
      findings.push(`${each.id}: ${each.service} does not stand at ${each.address} port ${each.port}`);
    }
  }
  for (const filter of plan.filters) {
    for (const { peer } of [filter.ingress, filter.egress].flatMap(rulesOfGroups)) {
      const domain = peer.link === undefined ? filter.domain : linkOf(filter, peer.link);
      inDomain({ id: filter.id, domain }, peer.filter, filters.get(peer.filter));
    }
  }
  for (const port of plan.ports) {
    inDomain(port, port.segment, segments.get(port.segment));
    for (const id of port.filters ?? []) inDomain(port, id, filters.get(id));
    if (port.machine === null) continue;
    if (!hosts.get(port.machine.id)?.ports.includes(port.id)) {
      findings.push(`${port.id}: ${port.machine.id} does not have it`);
    }
  }
  for (const gateway of plan.natGateways) {
    const port = ports.get(gateway.port);
    inDomain(gateway, gateway.port, port);
    if (port?.addresses[0] !== gateway.address)
      findings.push(`${gateway.id}: ${gateway.address} is not its port's address`);
  }
  for (const machine of hosts.values()) {
    customers(machine, machine.domain);
    for (const id of machine.ports) inDomain(machine, id, ports.get(id));
  }
  for (const crossing of plan.crossings) {
    const port = ports.get(crossing.port);
    vpc(crossing, crossing.consumer);
    inDomain({ id: crossing.id, domain: crossing.consumer }, crossing.port, port);
    if (port !== undefined && port.kind !== 'crossing') findings.push(`${crossing.id}: its port is a ${port.kind}'s`);
    if (port !== undefined && !port.addresses.includes(crossing.address)) {
      findings.push(`${crossing.id}: ${crossing.address} is not its port's address`);
    }
    if (!domains.has(crossing.provider)) findings.push(`${crossing.id}: no domain ${crossing.provider}`);
    if (crossing.provider === 'services' && !targets.has(crossing.targetAddress)) {
      findings.push(`${crossing.id}: no service stands at ${crossing.targetAddress}`);
    }
  }
  for (const view of plan.views) {
    vpc(view, view.id);
    for (const { id, forward } of view.rules) {
      if (forward !== null && endpoints.get(forward.endpoint)?.direction !== 'outbound') {
        findings.push(`${id}: ${forward.endpoint} is no outbound endpoint`);
      }
    }
  }
  const withResolver = plan.domains.filter((each) => each.resolverAddresses.length > 0).map(({ id }) => id);
  const views = new Set(plan.views.map(({ id }) => id));
  for (const id of withResolver) if (!views.has(id)) findings.push(`${id}: has a resolver but no view`);
  for (const id of views) if (!withResolver.includes(id)) findings.push(`${id}: has a view but no resolver`);
  return findings;
}
