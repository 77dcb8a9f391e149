/**
 * The DNS server's thread, as the main thread holds it: names are answered while the main thread reads a large state or checks
 * health. Only what DNS needs of a Plan goes there.
 */
import type { Log } from '../../host/log.ts';
import type { Plan } from '../../plan/plan.ts';
import type { LoggedBatch } from '../query-logs/logged.ts';
import { startThread, type Thread } from '../thread.ts';
import { type DnsPlan, selectDns } from './server.ts';

/** `apply` gives sentences for what does not listen. `onLogged`: questions of VPCs that are logged, with their answers. */
export function startDnsThread(
  log: Log,
  onLogged: (batch: LoggedBatch) => void = () => undefined,
): Pick<Thread<Plan>, 'apply' | 'faults' | 'stop'> {
  const thread = startThread<DnsPlan>({
    log,
    script: new URL('./worker.ts', import.meta.url),
    what: 'DNS',
    onNote: (note) => onLogged(note as LoggedBatch),
  });
  return { ...thread, apply: (plan) => thread.apply(selectDns(plan)) };
}
