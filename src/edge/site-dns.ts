/**
 * DNS servers of sites: the unchanged dnsmasq of Debian, one for each site that wants one, in the namespace of its host. It answers
 * nothing of itself: it asks whom it was told to ask, and refuses the rest. A server ends with this process (parent death signal),
 * and is started anew by the next.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../host/log.ts';
import type { Site } from '../plan/plan.ts';

const PROGRAM = '/usr/sbin/dnsmasq';
const UP_MS = 10_000;
const LOOK_MS = 10;
const AGAIN_MS = 1000;
/** As /proc/net/udp has it. */
const PORT_53 = /:0035 /;

export interface SiteDns {
  /** Resolves when servers are as the sites have them; tells what is not. */
  apply(sites: readonly Site[]): Promise<readonly string[]>;
  stop(): Promise<void>;
}

interface Server {
  readonly text: string;
  readonly child: ChildProcess;
  wanted: boolean;
}

export function createSiteDns({
  log,
  netnsOf,
  folder,
}: {
  readonly log: Log;
  readonly netnsOf: (host: string) => string;
  readonly folder: string;
}): SiteDns {
  const servers = new Map<string, Server>();

  function start(host: string, text: string): Server {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const file = join(folder, `${host}.conf`);
    writeFileSync(file, text);
    const child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', 'nsenter', `--net=${netnsOf(host)}`, PROGRAM, '--keep-in-foreground', '-C', file],
      { stdio: 'ignore' },
    );
    const server: Server = { text, child, wanted: true };
    servers.set(host, server);
    child.once('error', (err) => log.error({ err, host }, 'dnsmasq does not start'));
    child.once('exit', (code) => {
      if (!server.wanted) return;
      log.warn({ host, code }, 'dnsmasq ended: starting it again');
      setTimeout(() => {
        if (server.wanted) start(host, text);
      }, AGAIN_MS).unref();
    });
    return server;
  }

  async function end(host: string, server: Server): Promise<void> {
    server.wanted = false;
    servers.delete(host);
    const { child } = server;
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  return {
    async apply(sites) {
      const wanted = new Map(sites.flatMap(({ dns }) => (dns === null ? [] : [[dns.host, configOf(dns)] as const])));
      for (const [host, server] of [...servers]) if (wanted.get(host) !== server.text) await end(host, server);
      if (wanted.size === 0) return [];
      if (!existsSync(PROGRAM)) return [`${PROGRAM} is not there: apt-get install dnsmasq-base`];
      const faults: string[] = [];
      for (const [host, text] of wanted) {
        if (servers.has(host)) continue;
        const { child } = start(host, text);
        if (!(await listens(child))) faults.push(`${host}: dnsmasq does not listen`);
      }
      return faults;
    },
    async stop() {
      await Promise.all([...servers].map(([host, server]) => end(host, server)));
    },
  };
}

function configOf({ address, forwards }: NonNullable<Site['dns']>): string {
  const asked = forwards.flatMap(({ domain, servers }) => servers.map((server) => `server=/${domain}/${server}`));
  const lines = [
    `listen-address=${address}`,
    ...['bind-interfaces', 'no-resolv', 'no-hosts', 'no-poll', 'pid-file=', 'user=root', 'group=root', 'cache-size=0'],
    ...asked,
  ];
  return `${lines.join('\n')}\n`;
}

async function listens(child: ChildProcess): Promise<boolean> {
  for (const end = performance.now() + UP_MS; performance.now() < end; ) {
    if (child.pid === undefined || child.exitCode !== null) return false;
    if (isListening(child.pid)) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}

/** Before it has entered its namespace this looks into ours. */
function isListening(pid: number): boolean {
  try {
    const isIt = readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(PROGRAM);
    return isIt && PORT_53.test(readFileSync(`/proc/${pid}/net/udp`, 'utf8'));
  } catch {
    return false;
  }
}
