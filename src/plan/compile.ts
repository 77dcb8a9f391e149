/**
 * `compile`: the Intent of all accounts and regions becomes one Plan. Pure and whole: the same Intent and Facts give the same bytes,
 * and nothing is remembered from the run before. One stage, one file; a stage reads the Intent and earlier stages' results.
 * Linear in the number of resources. A dangling reference is a Bug and throws: the last good Plan then stays in force.
 */
import type { Facts } from '../model/facts.ts';
import type { Intent } from '../model/intent.ts';
import { sortById } from './order.ts';
import type { Plan } from './plan.ts';
import { compileAcls } from './stages/acls.ts';
import { compileBalancers, findBalancers, servedTargets } from './stages/balancers.ts';
import { compileCrossings } from './stages/crossings.ts';
import { compileDomains } from './stages/domains.ts';
import { compileEndpointPolicies } from './stages/endpoint-policies.ts';
import { findEndpoints } from './stages/endpoints.ts';
import { compileFilters } from './stages/filters.ts';
import { compileFlowLogs } from './stages/flow-logs.ts';
import { compileGateways } from './stages/gateways.ts';
import { compileHostedZones } from './stages/hosted-zones.ts';
import { compileHubs } from './stages/hubs.ts';
import { compileImages } from './stages/images.ts';
import { compileLinks } from './stages/links.ts';
import { compileMachines } from './stages/machines.ts';
import { MIRRORS } from './stages/mirrors.ts';
import { compileNatGateways } from './stages/nat-gateways.ts';
import { compileOutside } from './stages/outside.ts';
import { findServiceEndpoints } from './stages/passages.ts';
import { compilePools, findGroups } from './stages/pools.ts';
import { compilePorts } from './stages/ports.ts';
import { compilePublicZones, findPublicNames } from './stages/public-zones.ts';
import { compileQueryLogs, compileResolverEndpoints } from './stages/resolver.ts';
import { compileRouteTables } from './stages/routes.ts';
import { compileSegments } from './stages/segments.ts';
import { compileServiceGateways } from './stages/service-gateways.ts';
import { compileServices, findServices } from './stages/services.ts';
import { compileSites } from './stages/sites.ts';
import { compileViews } from './stages/views.ts';

/** Of `facts`, targets' health decides whom balancers send to and what DNS answers, the time what has expired, the host what lies outside. */
export function compile(intent: Intent, facts: Facts): Plan {
  const endpoints = findEndpoints(intent);
  const services = findServices(intent, endpoints);
  const groups = findGroups(intent, facts);
  const found = findBalancers(intent, groups);
  const balancers = compileBalancers(found);
  const customers = findServiceEndpoints(intent, facts, endpoints.customers, found);
  const names = findPublicNames(intent, { aws: endpoints.aws, customers }, services, found.values());
  const hubs = compileHubs(intent, facts);
  const sites = compileSites(intent, hubs);
  const merged = <T extends { readonly id: string }>(...lists: readonly (readonly T[])[]) =>
    lists.slice(1).every((list) => list.length === 0) ? (lists[0] ?? []) : sortById(lists.flat());
  return {
    revision: intent.revision,
    domains: merged(compileDomains(intent), hubs.domains, sites.domains),
    segments: merged(compileSegments(intent), sites.segments),
    ports: merged(compilePorts(intent), sites.ports),
    routeTables: merged(compileRouteTables(intent, endpoints.gateways), hubs.routeTables, sites.routeTables),
    filters: merged(compileFilters(intent), sites.filters),
    acls: merged(compileAcls(intent), sites.acls),
    gateways: compileGateways(intent),
    serviceGateways: compileServiceGateways(endpoints.gateways, services),
    links: merged(compileLinks(intent), hubs.links),
    sites: sortById(sites.sites),
    natGateways: compileNatGateways(intent),
    endpointPolicies: compileEndpointPolicies(endpoints),
    crossings: compileCrossings(endpoints.aws, customers),
    balancers,
    pools: compilePools(intent, groups, servedTargets(balancers)),
    services: compileServices(services),
    views: compileViews(intent, endpoints.aws, customers),
    resolverEndpoints: compileResolverEndpoints(intent),
    queryLogs: compileQueryLogs(intent),
    flowLogs: compileFlowLogs(intent),
    hostedZones: compileHostedZones(intent, names.targets),
    publicZones: compilePublicZones(names, intent),
    machines: compileMachines(intent),
    images: compileImages(intent),
    mirrors: MIRRORS,
    outside: compileOutside(facts),
  };
}
