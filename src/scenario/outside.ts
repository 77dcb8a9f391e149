/**
 * `culvert up --internet` for a scenario: the way outside as it is, beyond it a host and a world that are namespaces of the scenario's own.
 * Nothing is sent from this machine's own network.
 */
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type OutsideWatch, watchOutside } from '../daemon/outside.ts';
import { run } from '../host/exec.ts';
import { Fault } from '../host/fault.ts';
import { inNetns } from '../host/netns.ts';
import { outsideRefusal, startOutside, TAP } from '../host/outside.ts';
import { FAR, HOST, makeOutsideWorld, NEIGHBOUR, PRIVATE } from '../host/outside-world.ts';
import type { Paths } from '../host/paths.ts';

/** What a scenario calls those who are there: somebody beyond, and those who stay closed. */
export const OUTSIDE_NAMES: Readonly<Record<string, string>> = {
  world: FAR,
  host: HOST,
  neighbour: NEIGHBOUR,
  private: PRIVATE[0],
};

export interface Outside extends Pick<OutsideWatch, 'fact' | 'drove' | 'applied'> {
  /** Resolves when the program that carries packets is there, where it is to be. A Fault where it does not come. */
  carries(): Promise<void>;
  close(): void;
}

const PATIENCE_MS = 20_000;
const LOOK_MS = 20;

/** None is wanted. */
export const NO_OUTSIDE: Outside = {
  fact: () => null,
  drove: () => undefined,
  applied: () => undefined,
  carries: async () => undefined,
  close: () => undefined,
};

/** `root`: a folder of the scenario's own. A Fault where this machine cannot have it. */
export async function createOutside(root: string, paths: Paths): Promise<Outside> {
  const refusal = outsideRefusal();
  if (refusal !== null) throw new Fault(refusal);
  const folder = join(root, 'beyond');
  const logFile = join(root, 'outside.log');
  mkdirSync(folder);
  const beyond = await makeOutsideWorld(folder);
  let program: ChildProcess | null = null;
  const { fact, drove, applied } = watchOutside({
    isWanted: true,
    measure: beyond.measure,
    start: () => {
      program?.kill('SIGKILL');
      const log = openSync(logFile, 'w');
      program = inNetns(beyond.host, () => startOutside(paths.netnsOf('internet'), { log }));
      program.unref();
      closeSync(log);
    },
  });

  async function isAttached(): Promise<boolean> {
    const { stdout } = await run('ip', ['link', 'show', 'dev', TAP.name], { netns: paths.netnsOf('internet') });
    return stdout.includes('LOWER_UP');
  }

  return {
    fact,
    drove,
    applied,
    async carries() {
      if (program === null) return;
      for (const end = performance.now() + PATIENCE_MS; !(await isAttached()); ) {
        if (performance.now() > end)
          throw new Fault(`nobody carries packets outside: ${readFileSync(logFile, 'utf8')}`);
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
      }
    },
    close() {
      program?.kill('SIGKILL');
      beyond.close();
    },
  };
}
