/**
 * Shutting an instance down: asked as a power button asks, killed when its time is over. And the news of ends: conmon leaves a
 * file when an instance's init has ended, whether anybody asked for that or not.
 */
import { watch } from 'node:fs';
import type { Log } from '../host/log.ts';
import { type Runtime, SIGNAL_POWEROFF } from './crun.ts';

const KILL_MS = 10_000;
/** Between two signals to shut down. */
const SIGNAL_MS = 500;

export interface Power {
  /** Its container has ended when this resolves, and is still to be removed. */
  off(id: string, graceMs: number): Promise<void>;
  close(): void;
}

/** `onEnd` is called for every init that ends, those of `off` included. */
export function createPower(runtime: Runtime, log: Log, onEnd: (id: string) => void): Power {
  const waiting = new Map<string, () => void>();
  const watcher = watch(runtime.exits, (_event, name) => {
    if (name === null || runtime.exitStatus(name) === undefined) return;
    waiting.get(name)?.();
    onEnd(name);
  });
  watcher.unref();

  /** true when its init has ended within the time. */
  async function endAfter(id: string, signal: number | 'KILL', ms: number): Promise<boolean> {
    const until = performance.now() + ms;
    const over = () => runtime.exitStatus(id) !== undefined || !runtime.alive(id);
    while (!over()) {
      if (performance.now() > until) return false;
      // Again at each turn: an init that has only begun has no handler yet, and the kernel drops the signal.
      await runtime.kill(id, signal);
      await news(id, Math.min(SIGNAL_MS, Math.max(0, until - performance.now())));
    }
    return true;
  }

  /** conmon tells of the end of it, or the time is over (conmon may have been killed). */
  function news(id: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const finish = () => {
        clearTimeout(timer);
        waiting.delete(id);
        resolve();
      };
      const timer = setTimeout(finish, ms);
      waiting.set(id, finish);
      if (runtime.exitStatus(id) !== undefined) finish();
    });
  }

  return {
    async off(id, graceMs) {
      if (await endAfter(id, SIGNAL_POWEROFF, graceMs)) return;
      log.warn({ machine: id, graceMs }, 'did not shut down in time: killed');
      if (!(await endAfter(id, 'KILL', KILL_MS))) log.error({ machine: id }, 'no exit status after a kill');
    },
    close() {
      watcher.close();
    },
  };
}
