/**
 * `culvert down`: asks the running supervisor to end and waits for it; where there is none (it was killed), does its work.
 * `--purge` removes the state too: the store, keys, instances' disks.
 */
import { rmSync } from 'node:fs';
import { findProcess, forgetPid, gone, PROCESS_NAMES } from '../daemon/processes.ts';
import { endChildren } from '../daemon/supervisor.ts';
import { teardown } from '../daemon/teardown.ts';
import type { Paths } from '../host/paths.ts';
import { needRoot } from './checks.ts';
import { Exit } from './exits.ts';
import { duration } from './text.ts';

/** An instance has 30 s to shut down by itself; many do so at once. */
const PATIENCE_MS = 120_000;

export async function down(paths: Paths, { purge }: { purge?: boolean }): Promise<void> {
  needRoot('culvert down');
  const started = performance.now();
  const ran = PROCESS_NAMES.some((name) => findProcess(paths, name) !== undefined);
  const supervisor = findProcess(paths, 'supervisor');
  if (supervisor !== undefined) {
    process.kill(supervisor.pid, 'SIGTERM');
    if (!(await gone(paths, 'supervisor', PATIENCE_MS))) {
      throw new Exit('failed', `the supervisor (pid ${supervisor.pid}) has not ended within ${duration(PATIENCE_MS)}`);
    }
  }
  // All of it again, for what a killed process left: it finds nothing to do after an orderly end.
  await endChildren(paths);
  forgetPid(paths, 'supervisor');
  await teardown(paths);
  if (purge === true) {
    const { isInUse } = await import('../daemon/store/sqlite.ts');
    if (isInUse(paths.store)) {
      throw new Exit('failed', `another Culvert works with ${paths.home}: its state is left as it is`);
    }
    for (const path of [paths.store, `${paths.store}-wal`, `${paths.store}-shm`]) rmSync(path, { force: true });
    for (const folder of ['keys', 'ca', 'instances', 'images', 'backends']) {
      rmSync(`${paths.home}/${folder}`, { recursive: true, force: true });
    }
  }
  const what = !ran ? 'was not running; nothing is left on the host' : 'stopped';
  process.stderr.write(
    `culvert: ${what}${purge === true ? `, its state in ${paths.home} removed` : ''} (${duration(performance.now() - started)})\n`,
  );
}
