/**
 * The DNS servers that a site may have, unchanged programs of Debian's: where each is found, how it is started and what it is told. Told
 * alike: to answer nothing of itself, to ask whom it was told to ask, to refuse the rest, and to keep nothing in mind.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Site } from '../plan/plan.ts';

type Server = NonNullable<Site['dns']>;
type Software = Server['software'];

export interface Program {
  readonly path: string;
  readonly args: readonly string[];
  /** Where its libraries are, if not where the system's are. */
  readonly env: Readonly<Record<string, string>>;
}

/** Without the service that comes with it: installed, or unpacked in the cache. */
const PLACES: Readonly<Record<Software, { readonly args: readonly string[]; readonly package: string }>> = {
  dnsmasq: { args: ['--keep-in-foreground', '-C'], package: 'dnsmasq-base' },
  unbound: { args: ['-d', '-p', '-c'], package: 'unbound' },
};

/** A sentence where there is none. `cache`: Culvert's folder of what it brought to this machine. */
export function findProgram(software: Software, cache: string): Program | string {
  const { args, package: name } = PLACES[software];
  const below = join('usr', 'sbin', software);
  const installed = join('/', below);
  if (existsSync(installed)) return { path: installed, args, env: {} };
  const unpacked = join(cache, software);
  const path = join(unpacked, below);
  if (!existsSync(path)) return `${software} is not there: apt-get install ${name}`;
  const libraries = join(unpacked, 'usr', 'lib');
  const folders = readdirSync(libraries).filter((folder) => folder.endsWith('-linux-gnu'));
  return { path, args, env: { LD_LIBRARY_PATH: folders.map((folder) => join(libraries, folder)).join(':') } };
}

export function configOf(server: Server): string {
  const lines = server.software === 'dnsmasq' ? dnsmasq(server) : unbound(server);
  return `${lines.join('\n')}\n`;
}

function dnsmasq({ address, forwards }: Server): readonly string[] {
  return [
    `listen-address=${address}`,
    ...['bind-interfaces', 'no-resolv', 'no-hosts', 'no-poll', 'pid-file=', 'user=root', 'group=root', 'cache-size=0'],
    ...forwards.flatMap(({ domain, servers }) => servers.map((each) => `server=/${domain}/${each}`)),
  ];
}

/** A domain that nobody is asked for is refused like all that is not named. What was out of reach is tried again at once. */
function unbound({ address, forwards }: Server): readonly string[] {
  const asked = forwards.filter(({ servers }) => servers.length > 0);
  return [
    'server:',
    ...[`interface: ${address}`, `outgoing-interface: ${address}`, 'access-control: 0.0.0.0/0 allow', 'do-ip6: no'],
    ...['chroot: ""', 'username: ""', 'directory: ""', 'pidfile: ""', 'use-syslog: no', 'module-config: "iterator"'],
    ...['cache-max-ttl: 0', 'cache-max-negative-ttl: 0', 'infra-host-ttl: 1', 'unblock-lan-zones: yes'],
    'local-zone: "." refuse',
    ...asked.map(({ domain }) => `local-zone: "${domain}." transparent`),
    ...['remote-control:', 'control-enable: no'],
    ...asked.flatMap(({ domain, servers }) => [
      'forward-zone:',
      `name: "${domain}."`,
      ...servers.map((each) => `forward-addr: ${each}`),
    ]),
  ];
}
