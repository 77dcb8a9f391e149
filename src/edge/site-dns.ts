/**
 * DNS servers of sites, one for each site that wants one, in the namespace of its host (site-dns-software.ts: which, and what they are
 * told). A server ends with this process (parent death signal), and is started anew by the next.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Log } from '../host/log.ts';
import type { Site } from '../plan/plan.ts';
import { configOf, findProgram, type Program } from './site-dns-software.ts';

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
  cache,
}: {
  readonly log: Log;
  readonly netnsOf: (host: string) => string;
  readonly folder: string;
  /** Of what Culvert brought to this machine. */
  readonly cache: string;
}): SiteDns {
  const servers = new Map<string, Server>();

  function start(host: string, program: Program, text: string): Server {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const file = join(folder, `${host}.conf`);
    writeFileSync(file, text);
    const child = spawn(
      'setpriv',
      ['--pdeathsig', 'KILL', 'nsenter', `--net=${netnsOf(host)}`, program.path, ...program.args, file],
      { stdio: 'ignore', env: { ...process.env, ...program.env } },
    );
    const server: Server = { text, child, wanted: true };
    servers.set(host, server);
    child.once('error', (err) => log.error({ err, host }, 'a DNS server does not start'));
    child.once('exit', (code) => {
      if (!server.wanted) return;
      log.warn({ host, code }, 'a DNS server ended: starting it again');
      setTimeout(() => {
        if (server.wanted) start(host, program, text);
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
      const wanted = new Map(sites.flatMap(({ dns }) => (dns === null ? [] : [[dns.host, dns] as const])));
      const textOf = (dns: NonNullable<Site['dns']> | undefined) => dns && configOf(dns);
      for (const [host, server] of [...servers]) {
        if (textOf(wanted.get(host)) !== server.text) await end(host, server);
      }
      const faults: string[] = [];
      for (const [host, dns] of wanted) {
        if (servers.has(host)) continue;
        const program = findProgram(dns.software, cache);
        if (typeof program === 'string') {
          faults.push(program);
          continue;
        }
        const { child } = start(host, program, configOf(dns));
        if (!(await listens(child, program))) faults.push(`${host}: ${dns.software} does not listen`);
      }
      return faults;
    },
    async stop() {
      await Promise.all([...servers].map(([host, server]) => end(host, server)));
    },
  };
}

async function listens(child: ChildProcess, { path }: Program): Promise<boolean> {
  for (const end = performance.now() + UP_MS; performance.now() < end; ) {
    if (child.pid === undefined || child.exitCode !== null) return false;
    if (isListening(child.pid, path)) return true;
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return false;
}

/** Before it has entered its namespace this looks into ours. */
function isListening(pid: number, program: string): boolean {
  try {
    const isIt = readFileSync(`/proc/${pid}/cmdline`, 'utf8').startsWith(program);
    return isIt && PORT_53.test(readFileSync(`/proc/${pid}/net/udp`, 'utf8'));
  } catch {
    return false;
  }
}
