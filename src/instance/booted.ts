/** Whether an instance's init has reached its target: the base image's ec2-booted.service makes a file then. */
import { lstatSync, readFileSync } from 'node:fs';

/** Only looked for through the instance's own root, never read: its root could put anything there. */
export function reachedTarget(pidFile: string): boolean {
  try {
    return lstatSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}/root/run/culvert/booted`).isFile();
  } catch {
    return false;
  }
}
