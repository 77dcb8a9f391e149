/** The service edge's thread, as the main thread holds it. */
import type { Log } from '../../host/log.ts';
import { startThread, type Thread } from '../thread.ts';
import type { ServicesState } from './worker.ts';

export function startServicesThread(log: Log): Thread<ServicesState> {
  return startThread({ log, script: new URL('./worker.ts', import.meta.url), what: "AWS's services" });
}
