/**
 * `compile`: the Intent of all accounts and regions becomes one Plan. Pure and whole: the same Intent gives the same bytes,
 * and nothing is remembered from the run before. One stage, one file; a stage reads the Intent and earlier stages' results.
 * Linear in the number of resources. A dangling reference is a Bug and throws: the last good Plan then stays in force.
 */
import type { Facts } from '../model/facts.ts';
import type { Intent } from '../model/intent.ts';
import type { Plan } from './plan.ts';
import { compileCrossings } from './stages/crossings.ts';
import { compileDomains } from './stages/domains.ts';
import { findEndpoints } from './stages/endpoints.ts';
import { compileFilters } from './stages/filters.ts';
import { compileGateways } from './stages/gateways.ts';
import { compileImages } from './stages/images.ts';
import { compileMachines } from './stages/machines.ts';
import { MIRRORS } from './stages/mirrors.ts';
import { compilePorts } from './stages/ports.ts';
import { compilePublicZones } from './stages/public-zones.ts';
import { compileRouteTables } from './stages/routes.ts';
import { compileSegments } from './stages/segments.ts';
import { compileServices, findServices } from './stages/services.ts';
import { compileViews } from './stages/views.ts';

/** `facts` shapes no stage yet: the first to need it is the health of a balancer's targets. */
export function compile(intent: Intent, _facts: Facts): Plan {
  const endpoints = findEndpoints(intent);
  const services = findServices(intent, endpoints);
  return {
    revision: intent.revision,
    domains: compileDomains(intent),
    segments: compileSegments(intent),
    ports: compilePorts(intent),
    routeTables: compileRouteTables(intent),
    filters: compileFilters(intent),
    gateways: compileGateways(intent),
    crossings: compileCrossings(endpoints),
    balancers: [],
    pools: [],
    services: compileServices(services),
    views: compileViews(intent, endpoints),
    publicZones: compilePublicZones(intent, endpoints, services),
    machines: compileMachines(intent),
    images: compileImages(intent),
    mirrors: MIRRORS,
  };
}
