/** For kernel tests: a Culvert of its own, started and stopped by the command line as users do it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { connection } from '../src/cli/env.ts';
import { leftovers } from '../src/daemon/leftovers.ts';
import { callLocal } from '../src/daemon/local.ts';
import { findProcess, type ProcessName } from '../src/daemon/processes.ts';
import type { Status } from '../src/daemon/status.ts';
import { run } from '../src/host/exec.ts';
import { hostPaths, type Paths, rootsOf } from '../src/host/paths.ts';
import { tcpSocket } from '../src/host/sockets.ts';

const CULVERT = fileURLToPath(new URL('../src/cli/main.ts', import.meta.url));

/** On a terminal Node's test runner asks all below it for colours; tests read words. */
export const PLAIN = { FORCE_COLOR: '0' } as const;

export interface TestCulvert {
  readonly paths: Paths;
  up(): Promise<void>;
  down(): Promise<void>;
  /** `culvert` with these arguments; its standard output. */
  cli(args: readonly string[]): Promise<string>;
  /** A shell command in an instance; its standard output. */
  inside(id: string, command: string): Promise<string>;
  /** The same, while other things happen. */
  start(id: string, command: string): { readonly child: ChildProcess; readonly done: Promise<string> };
  status(): Promise<Status>;
  /** The status once all that was asked for is in force. */
  settled(): Promise<Status>;
  pid(name: ProcessName): number;
  /** kill -9, at once. */
  kill(name: ProcessName): void;
  sdk(): {
    readonly region: string;
    readonly endpoint: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
    readonly requestHandler?: { readonly httpAgent: Agent };
  };
  /** Takes all down, state too; the sentences about what is left anyway. */
  close(): Promise<string[]>;
}

export const REGION = 'ap-south-1';

export interface TestCulvertOptions {
  /** Path of a network namespace that is its host's; this machine's by default. */
  readonly host?: string;
  /** More of `culvert up`. */
  readonly flags?: readonly string[];
}

export function testCulvert({ host, flags = [] }: TestCulvertOptions = {}): TestCulvert {
  const root = mkdtempSync(join(tmpdir(), 'culvert-'));
  const paths = hostPaths({ ...process.env, CULVERT_HOME: join(root, 'home'), CULVERT_RUN: join(root, 'run') });
  let port = 0;
  const cli = async (args: readonly string[]) =>
    (
      await run(process.execPath, [CULVERT, ...args], {
        env: { ...rootsOf(paths), ...PLAIN },
        timeoutMs: 120_000,
        ...(host === undefined ? {} : { netns: host }),
      })
    ).stdout;
  const httpAgent = host === undefined ? undefined : agentIn(host);
  const status = async () =>
    JSON.parse((await callLocal(paths.controlSocket, 'GET', '/culvert/status')).text) as Status;

  const culvert: TestCulvert = {
    paths,
    cli,
    status,
    async up() {
      await cli(['up', '--detach', '--port', String(port), ...flags]);
      port = (await status()).listen.port;
    },
    async down() {
      await cli(['down']);
    },
    inside: (id, command) => cli(['exec', id, '--', 'sh', '-c', command]),
    start(id, command) {
      const child = spawn(process.execPath, [CULVERT, 'exec', id, '--', 'sh', '-c', command], {
        env: { ...process.env, ...rootsOf(paths), ...PLAIN },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let out = '';
      let err = '';
      child.stdout.on('data', (chunk: Buffer) => {
        out += chunk;
      });
      child.stderr.on('data', (chunk: Buffer) => {
        err += chunk;
      });
      const done = new Promise<string>((resolve, reject) => {
        child.once('close', (code) => (code === 0 ? resolve(out) : reject(new Error(`ended with ${code}: ${err}`))));
      });
      return { child, done };
    },
    settled: () =>
      until('all in force', async () => {
        const now = await status().catch(() => undefined);
        return now !== undefined && now.revision === now.appliedRevision ? now : undefined;
      }),
    pid(name) {
      const found = findProcess(paths, name);
      if (found === undefined) throw new Error(`${name} does not run`);
      return found.pid;
    },
    kill: (name) => void process.kill(culvert.pid(name), 'SIGKILL'),
    sdk() {
      const { url, credentials } = connection(paths, {
        listen: { host: '127.0.0.1', port },
        defaultAccount: '123456789012',
      });
      return {
        region: REGION,
        endpoint: url,
        credentials: {
          accessKeyId: credentials.AWS_ACCESS_KEY_ID,
          secretAccessKey: credentials.AWS_SECRET_ACCESS_KEY,
        },
        ...(httpAgent === undefined ? {} : { requestHandler: { httpAgent } }),
      };
    },
    async close() {
      await cli(['down', '--purge']);
      const left = leftovers(paths);
      if (left.length === 0) rmSync(root, { recursive: true, force: true });
      return left;
    },
  };
  return culvert;
}

/** Connects from inside a namespace: its loopback is not ours. */
function agentIn(host: string): Agent {
  const agent = new Agent({ keepAlive: true });
  agent.createConnection = ({ host: to, port }) =>
    new Socket({ fd: tcpSocket(host) }).connect({ host: String(to), port: Number(port) });
  return agent;
}

/** Looks again and again until there is something, with a bound. */
export async function until<T>(what: string, look: () => Promise<T | undefined>, boundMs = 20_000): Promise<T> {
  const end = performance.now() + boundMs;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > end) throw new Error(`not within ${boundMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
