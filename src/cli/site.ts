/** `culvert site …`: customers' own networks beside AWS, each with a router and a host, and a DNS server where one is wanted. */
import type { Paths } from '../host/paths.ts';
import type { Site } from '../model/resources.ts';
import { ask } from './control.ts';
import { columns } from './text.ts';

const path = (name: string) => `/culvert/sites/${encodeURIComponent(name)}`;

export async function createSite(paths: Paths, name: string, cidr: string, { dns }: { dns?: string }): Promise<void> {
  const { publicAddress } = await ask<Site>(paths, 'PUT', path(name), { cidr, ...(dns && { dns }) });
  process.stdout.write(`${name} ${cidr}, its router's public address is ${publicAddress}\n`);
}

export async function forwardAtSite(paths: Paths, name: string, domain: string, servers: string[]): Promise<void> {
  await ask(paths, 'PUT', `${path(name)}/forwards`, { domain, servers });
  const whom = servers.length === 0 ? 'nobody in particular' : servers.join(', ');
  process.stdout.write(`${name} asks ${whom} for ${domain}\n`);
}

export async function routeAtSite(paths: Paths, name: string, destination: string, via?: string): Promise<void> {
  await ask(paths, 'PUT', `${path(name)}/routes`, { destination, ...(via && { via }) });
  process.stdout.write(`${name} sends ${destination} ${via === undefined ? 'as the far ends tell it' : `by ${via}`}\n`);
}

export async function deleteSite(paths: Paths, name: string): Promise<void> {
  await ask(paths, 'DELETE', path(name));
  process.stdout.write(`${name} is gone\n`);
}

export async function listSites(paths: Paths): Promise<void> {
  const sites = await ask<readonly Site[]>(paths, 'GET', '/culvert/sites');
  const rows = sites.map(({ id, cidr, publicAddress, dns, routes = [] }) => [
    id.slice('site-'.length),
    cidr,
    `public ${publicAddress}`,
    dns === null ? '' : `${dns.software} ${dns.forwards.map((each) => `${each.domain}→${each.servers}`).join(' ')}`,
    routes.map((each) => `${each.destination}→${each.via}`).join(' '),
  ]);
  process.stdout.write(rows.length === 0 ? 'no sites\n' : `${columns(rows, '').join('\n')}\n`);
}
