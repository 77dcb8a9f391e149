/** The host's own resolvers, as /etc/resolv.conf names them at the start. None where there is no such file. resolv.conf(5). */
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { Upstream } from './forwarder.ts';

/** As many as the C library asks. */
const MAX_UPSTREAMS = 3;

export function hostUpstreams(file = '/etc/resolv.conf'): readonly Upstream[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
  return parseResolvConf(text);
}

export function parseResolvConf(text: string): readonly Upstream[] {
  return text
    .split('\n')
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .filter((address) => isIP(address) !== 0)
    .slice(0, MAX_UPSTREAMS);
}
