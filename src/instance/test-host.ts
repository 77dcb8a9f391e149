/**
 * For kernel tests of this room: a Culvert of its own in a temporary folder, and the namespaces that the driver would have made. The base image is the machine's own (built if it is absent).
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../host/exec.ts';
import { silentLog } from '../host/log.ts';
import { createUserNetns, removePins } from '../host/netns.ts';
import { hostPaths, type Paths } from '../host/paths.ts';
import type { MachineFact } from '../model/facts.ts';
import { buildBase } from './build-base.ts';
import { createRuntime } from './crun.ts';
import { createInstances, type Instances } from './instances.ts';
import { testPlan } from './test-plan.ts';

export interface TestHost {
  readonly paths: Paths;
  readonly instances: Instances;
  /** Every fact that was told, in order: "i-… running 1". */
  readonly told: string[];
  /** A second control process's view of the same folders. */
  again(options?: { readonly stopMs?: number }): Instances;
  /** Removes all machines and images, whoever made them. */
  clear(): Promise<void>;
  close(): Promise<void>;
}

export async function testHost(): Promise<TestHost> {
  const root = mkdtempSync(join(tmpdir(), 'culvert-'));
  const paths = hostPaths({
    ...process.env,
    CULVERT_HOME: join(root, 'home'),
    CULVERT_RUN: join(root, 'run'),
  });
  await buildBase({ paths });
  mkdirSync(join(paths.caCert, '..'), { recursive: true });
  await run('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
    ...['-subj', '/CN=Culvert test CA', '-keyout', paths.caKey, '-out', paths.caCert],
  ]);
  const told: string[] = [];
  const onFact = (id: string, fact: MachineFact) =>
    told.push(`${id} ${fact.state} ${fact.boots}${fact.fault === null ? '' : ` ${fact.fault}`}`);
  const make = (options = {}) => createInstances({ paths, log: silentLog(), caFile: paths.caCert, onFact, ...options });
  const instances = make();
  const clear = async () => {
    await instances.apply(testPlan([]));
    const next = make();
    await next.apply(testPlan([]));
    next.close();
  };
  return {
    paths,
    instances,
    told,
    again: make,
    clear,
    async close() {
      await clear();
      instances.close();
      removePins(paths.netns);
      removePins(paths.userns);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The namespaces of a machine, with nothing in them but the loopback device. */
export function makeNamespaces(paths: Paths, id: string): void {
  createUserNetns(paths.netnsOf(id), paths.usernsOf(id));
}

export interface Answer {
  readonly code: number;
  readonly output: string;
}

/** A shell script as root in the instance; its output and errors as one text. */
export async function inside(paths: Paths, id: string, script: string): Promise<Answer> {
  const [command, args] = createRuntime(paths).command([
    'exec',
    '--cwd',
    '/root',
    id,
    'sh',
    '-c',
    `{\n${script}\n} 2>&1`,
  ]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number];
  return { code, output: output.trim() };
}

/** Its init's process id on the host. */
export function initPid(paths: Paths, id: string): number {
  return Number(readFileSync(join(paths.run, 'instances', id, 'pid'), 'utf8'));
}

/** Waits until `look` gives something, with a bound. */
export async function until<T>(what: string, look: () => T | undefined | false, ms = 20_000): Promise<T> {
  const end = performance.now() + ms;
  for (;;) {
    const seen = look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > end) throw new Error(`not within ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
