/**
 * Takes everything off the host that Culvert put there: instances stopped (their disks stay), namespaces, sockets. For when no
 * control process runs; doing it again finds nothing to do. Logs stay, for they tell what went wrong before.
 */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createDriver } from '../driver/netns/driver.ts';
import { Fault } from '../host/fault.ts';
import { createLog } from '../host/log.ts';
import type { Paths } from '../host/paths.ts';
import { createInstances } from '../instance/instances.ts';
import { removalsEnded } from '../instance/remove.ts';
import { leftovers } from './leftovers.ts';

export async function teardown(paths: Paths): Promise<void> {
  if (!existsSync(paths.run)) return;
  const log = createLog('teardown', { file: paths.logFile('teardown') });
  const instances = createInstances({ paths, log, caFile: paths.caCert, onFact: () => {} });
  await instances.stopAll();
  instances.close();
  await removalsEnded();
  await createDriver({ paths, log }).teardown();
  const mounts = leftovers(paths).filter((left) => left.startsWith('mount'));
  // Removing what is still mounted would remove what is behind it.
  if (mounts.length > 0) throw new Fault(`these could not be removed: ${mounts.join(', ')}`);
  for (const name of readdirSync(paths.run)) {
    if (!name.endsWith('.log')) rmSync(join(paths.run, name), { recursive: true, force: true });
  }
}
