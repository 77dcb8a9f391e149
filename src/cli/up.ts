/**
 * `culvert up`: checks the machine, starts the processes and stays as their supervisor until Ctrl-C, SIGTERM or
 * `culvert down`; then takes everything off the host again. On a terminal it shows the status as it changes; elsewhere it
 * prints a line for each thing that happens. `--detach` starts the same in the background and returns when it is ready.
 */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { credentialsFile } from '../daemon/keys.ts';
import { findProcess, PROCESS_NAMES } from '../daemon/processes.ts';
import { type Asked, type Settings, settle } from '../daemon/settings.ts';
import type { Status } from '../daemon/status.ts';
import { startSupervisor } from '../daemon/supervisor.ts';
import type { Paths } from '../host/paths.ts';
import { needKernel, needOutside, needRoot, needSpace, portHolder } from './checks.ts';
import { askStatus } from './control.ts';
import { Exit } from './exits.ts';
import { statusLines } from './status.ts';
import { duration, penFor } from './text.ts';

export interface UpOptions extends Asked {
  readonly detach?: boolean;
}

const REFRESH_MS = 500;

export async function up(paths: Paths, options: UpOptions): Promise<void> {
  const settings = asked(options);
  needRoot('culvert up');
  const running = findProcess(paths, 'supervisor');
  if (running !== undefined) {
    throw new Exit(
      'alreadyRunning',
      `Culvert runs already here (${paths.run}, pid ${running.pid}): culvert status, culvert down`,
    );
  }
  needSpace(paths);
  await needKernel();
  if (settings.internet) needOutside();
  await needBase(paths);
  if (options.detach === true) await detached(paths, settings);
  else await foreground(paths, settings);
}

function asked(options: UpOptions): Settings {
  try {
    return settle(options);
  } catch (error) {
    throw new Exit('usage', (error as Error).message);
  }
}

/** Makes the base image where it is not there yet; instant afterwards. */
export async function needBase(paths: Paths): Promise<void> {
  const { buildBase } = await import('../instance/build-base.ts');
  await buildBase({ paths });
}

async function foreground(paths: Paths, settings: Settings): Promise<void> {
  const pen = penFor(process.stderr);
  const say = (line: string) => process.stderr.write(`culvert: ${line}\n`);
  const started = performance.now();
  let ready = false;
  let endBy: (signal: string) => void = () => {};
  const end = new Promise<string>((resolve) => {
    endBy = resolve;
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, endBy);

  const supervisor = await startSupervisor(paths, settings, {
    onRestart: (name, how) => say(`${pen('red', '✗')} ${name} ${how}; starting it again (log: ${paths.logFile(name)})`),
  });
  try {
    const port = await Promise.race([supervisor.ready, end.then(() => null)]);
    if (port !== null) {
      ready = true;
      say(
        `${pen('green', '✓')} ready in ${duration(performance.now() - started)}: ${urlOf(settings.host, port)}, ${settings.auth} auth`,
      );
      say(`root key of account ${settings.defaultAccount}: ${credentialsFile(paths.home, settings.defaultAccount)}`);
      say(`eval "$(${process.env.CULVERT_PROGRAM ?? 'culvert'} env)" points AWS tools here; Ctrl-C stops`);
      const shown = showChanges(paths);
      const why = await Promise.race([end, supervisor.broken]);
      shown.stop();
      if (typeof why !== 'string') throw new Exit(why.exitCode, why.sentence);
    }
  } catch (error) {
    throw await withHolder(error, settings);
  } finally {
    // A second Ctrl-C is the user's way out of a teardown that hangs; the next `up` or `down` does the rest.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.off(signal, endBy);
    await supervisor.stop();
    await takeDown(paths, ready ? say : () => {});
  }
}

/** Stops instances and removes what Culvert made on the host. */
async function takeDown(paths: Paths, say: (line: string) => void): Promise<void> {
  const started = performance.now();
  const { teardown } = await import('../daemon/teardown.ts');
  await teardown(paths);
  say(`stopped, nothing left on the host (${duration(performance.now() - started)}); state is kept in ${paths.home}`);
}

async function withHolder(error: unknown, settings: Settings): Promise<unknown> {
  const { exitCode, message } = error as { exitCode?: number; message: string };
  if (exitCode === undefined) return error;
  const holder = exitCode === 5 ? portHolder(settings.port) : null;
  return new Exit(
    exitCode,
    holder === null ? message : `${message} by ${holder}; another one: culvert up --port <port>`,
  );
}

function urlOf(host: string, port: number): string {
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Follows the status: redrawn in place on a terminal, else a line whenever trouble comes or goes. */
function showChanges(paths: Paths): { stop(): void } {
  const live = process.stderr.isTTY;
  let drawn = 0;
  let shown = '';
  let busy = false;
  function erase(): void {
    if (drawn > 0) process.stderr.write(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
  }
  async function look(): Promise<void> {
    if (busy) return;
    busy = true;
    try {
      const status = await askStatus(paths);
      if (live) draw(status);
      else print(status);
    } catch {
      // Control is being started again; the supervisor says so.
    } finally {
      busy = false;
    }
  }
  function draw(status: Status): void {
    const processes = PROCESS_NAMES.flatMap((name) => findProcess(paths, name) ?? []);
    const lines = statusLines(status, processes, penFor(process.stderr)).slice(
      0,
      Math.max(5, (process.stderr.rows || 24) - 5),
    );
    erase();
    process.stderr.write(`${lines.map((line) => cut(line, process.stderr.columns || 80)).join('\n')}\n`);
    drawn = lines.length;
  }
  function print(status: Status): void {
    const trouble = status.troubles.map(({ kind, step, sentence }) => `${kind} in ${step}: ${sentence}`).join('; ');
    if (trouble !== shown)
      process.stderr.write(`culvert: ${trouble === '' ? '✓ all in force again' : `✗ ${trouble}`}\n`);
    shown = trouble;
  }
  const timer = setInterval(look, REFRESH_MS);
  return {
    stop() {
      clearInterval(timer);
      erase();
    },
  };
}

/** Lines that would wrap cannot be redrawn: they are cut, without cutting an escape sequence in two. */
function cut(line: string, width: number): string {
  let seen = 0;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences begin with one.
  return line.replace(/\x1b\[[0-9;]*m|./gu, (part) =>
    part.length > 1 && part.startsWith('\x1b') ? part : seen++ < width - 1 ? part : '',
  );
}

async function detached(paths: Paths, settings: Settings): Promise<void> {
  const logFile = paths.logFile('supervisor');
  mkdirSync(paths.run, { recursive: true, mode: 0o755 });
  const log = openSync(logFile, 'w', 0o600);
  const flags = ['--port', String(settings.port), '--listen', settings.host, '--auth', settings.auth];
  const more = ['--account', settings.defaultAccount, ...(settings.internet ? ['--internet'] : [])];
  const child = spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', 'up', ...flags, ...more], {
    detached: true,
    stdio: ['ignore', log, log],
  });
  closeSync(log);
  const ended = new Promise<number>((resolve) => child.once('exit', (code) => resolve(code ?? 1)));
  for (;;) {
    const code = await Promise.race([ended, new Promise<null>((resolve) => setTimeout(resolve, 50, null))]);
    if (code !== null)
      throw new Exit(
        code,
        readFileSync(logFile, 'utf8')
          .trim()
          .replace(/^culvert: /gm, ''),
      );
    const status = await askStatus(paths).catch(() => null);
    if (status !== null && findProcess(paths, 'supervisor')?.pid === child.pid) {
      child.unref();
      process.stderr.write(
        `culvert: ready in the background: ${urlOf(status.listen.host, status.listen.port)}, ${status.auth} auth\n`,
      );
      return;
    }
  }
}
