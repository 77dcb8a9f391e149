/**
 * `culvert demo`: plays a story of scenarios/ on a Culvert of its own, in folders and on a port of its own, so that a running
 * one is not disturbed; tells it as it happens, takes the Culvert down again and looks whether anything is left on the host.
 * Exit code 0 only if every step did what the story says.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Audience, CULVERT, createStage, NotAsTold } from '../../scenarios/stage.ts';
import type { Story } from '../../scenarios/story.ts';
import { leftovers } from '../daemon/leftovers.ts';
import { run } from '../host/exec.ts';
import { explain } from '../host/fault.ts';
import { hostPaths, type Paths, rootsOf } from '../host/paths.ts';
import { needRoot } from './checks.ts';
import { askStatus } from './control.ts';
import { jsonTeller, textTeller } from './demo-text.ts';
import { connection } from './env.ts';
import { EXITS, Exit } from './exits.ts';
import { duration } from './text.ts';
import { needBase } from './up.ts';

export interface DemoOptions {
  readonly json?: boolean;
  readonly keep?: boolean;
}

const STORIES = fileURLToPath(new URL('../../scenarios', import.meta.url));
/** Instances have 30 s to shut down; the rest is quick. */
const DOWN_MS = 120_000;
const IN_FORCE_MS = 10_000;

export async function demo(name: string, options: DemoOptions): Promise<void> {
  const story = await findStory(name);
  needRoot('culvert demo');
  const common = hostPaths();
  await needBase(common);
  const paths = ownPaths(common);
  const teller = options.json === true ? jsonTeller(story.title) : textTeller(story.title);
  const started = performance.now();
  let failure: string | null = null;
  // Ctrl-C ends the programs that the story runs, and the story with its next call; what it made is then taken down like after
  // any other end, however often Ctrl-C is pressed meanwhile.
  const stopped = () => {
    failure ??= 'stopped by the user';
  };
  const goOn = () => {
    if (failure !== null) throw new NotAsTold(failure);
  };
  const audience: Audience = {
    ...teller,
    begin(line) {
      goOn();
      teller.begin(line);
    },
  };
  process.on('SIGINT', stopped);
  process.on('SIGTERM', stopped);
  try {
    await culvert(paths, ['up', '--detach', '--port', '0']);
    goOn();
    const own = connection(paths, await askStatus(paths));
    teller.opening(`Culvert is up at ${own.url} after ${duration(performance.now() - started)}`);
    const inForce = () => allInForce(paths);
    await story.play(createStage({ paths, connection: own, region: story.region, audience, inForce }));
  } catch (error) {
    if (failure === null) {
      failure = error instanceof NotAsTold ? error.message : explain(error);
      process.stderr.write(logs(paths));
    }
  }
  const { words, left } = options.keep === true ? kept(paths) : await takeDown(paths);
  if (left) failure ??= words;
  teller.closing({ failure, words, milliseconds: performance.now() - started });
  if (failure !== null) process.exitCode = EXITS.failed;
}

async function allInForce(paths: Paths): Promise<void> {
  const until = performance.now() + IN_FORCE_MS;
  for (;;) {
    const { revision, appliedRevision, troubles } = await askStatus(paths);
    if (revision === appliedRevision) return;
    if (performance.now() > until) {
      throw new NotAsTold(
        `revision ${revision} is not in force: ${troubles.map(({ sentence }) => sentence).join('; ')}`,
      );
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function findStory(name: string): Promise<Story> {
  const known = readdirSync(STORIES)
    .filter((file) => file.endsWith('.story.ts'))
    .map((file) => basename(file, '.story.ts'));
  if (!known.includes(name)) throw new Exit('usage', `no story is named ${name}; there are: ${known.join(', ')}`);
  return ((await import(join(STORIES, `${name}.story.ts`))) as { story: Story }).story;
}

/** Beside the usual folders, so that what holds for those (file system, space) holds for these. */
function ownPaths(common: Paths): Paths {
  const home = mkdtempSync(`${common.home}-demo-`);
  const run = home.replace(common.home, common.run);
  return hostPaths({ ...rootsOf(common), CULVERT_HOME: home, CULVERT_RUN: run });
}

async function culvert(paths: Paths, args: readonly string[]): Promise<void> {
  // In a session of its own: a Ctrl-C is the demo's to hear, and must not end half a start or half a teardown.
  const command = [process.execPath, ...process.execArgv, CULVERT, ...args];
  await run('setsid', ['--wait', ...command], { env: rootsOf(paths), timeoutMs: DOWN_MS });
}

async function takeDown(paths: Paths): Promise<{ words: string; left: boolean }> {
  await culvert(paths, ['down', '--purge']);
  const left = leftovers(paths);
  if (left.length > 0) return { words: `left on the host: ${left.join(', ')}`, left: true };
  rmSync(paths.home, { recursive: true, force: true });
  rmSync(paths.run, { recursive: true, force: true });
  return { words: 'nothing is left on the host: no namespace, mount, process or control group', left: false };
}

function kept(paths: Paths): { words: string; left: boolean } {
  const program = process.env.CULVERT_PROGRAM ?? 'culvert';
  const variables = `CULVERT_HOME=${paths.home} CULVERT_RUN=${paths.run}`;
  return { words: `left running: ${variables} ${program} status (or down --purge)`, left: false };
}

/** The end of each process's log: what a story that failed is looked into with. */
function logs(paths: Paths): string {
  return ['supervisor', 'control', 'edge']
    .map((name) => paths.logFile(name))
    .filter((file) => existsSync(file))
    .map((file) => `── ${file}\n${readFileSync(file, 'utf8').split('\n').slice(-15).join('\n')}\n`)
    .join('');
}
