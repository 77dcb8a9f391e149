/** Calls of the command line to a running Culvert. */
import { callLocal } from '../daemon/local.ts';
import { findProcess } from '../daemon/processes.ts';
import type { Status } from '../daemon/status.ts';
import type { Paths } from '../host/paths.ts';
import { Exit } from './exits.ts';

/** The answer's JSON; refuses with what the control process said. */
export async function ask<T>(
  paths: Paths,
  method: string,
  path: string,
  body?: unknown,
  timeoutMs?: number,
): Promise<T> {
  const answer = await callLocal(paths.controlSocket, method, path, body, timeoutMs).catch((cause) => {
    const code = (cause as { cause?: NodeJS.ErrnoException }).cause?.code;
    if (['ENOENT', 'ECONNREFUSED', 'ECONNRESET'].includes(code ?? '')) {
      const supervisor = findProcess(paths, 'supervisor');
      if (supervisor === undefined) throw notRunning(paths);
      throw new BeingStarted(paths);
    }
    if (code === 'EACCES') throw new Exit('notRoot', `only root may ask a running Culvert (${paths.run})`);
    throw cause;
  });
  if (answer.status >= 400) throw new Exit('failed', answer.text.trim());
  return JSON.parse(answer.text) as T;
}

/** There will be an answer in a moment. */
export class BeingStarted extends Exit {
  constructor(paths: Paths) {
    super('failed', `Culvert's control process is being started, see ${paths.logFile('control')}: try again`);
  }
}

export function notRunning({ run }: Paths): Exit {
  return new Exit('notRunning', `Culvert is not running here (${run}): start it with "culvert up"`);
}

export function askStatus(paths: Paths): Promise<Status> {
  return ask<Status>(paths, 'GET', '/culvert/status');
}

/** What looks at all pairs may take its time. */
export const ALL_PAIRS_MS = 600_000;
