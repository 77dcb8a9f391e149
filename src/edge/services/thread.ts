/** The service edge's thread, as the main thread holds it. */
import type { Log } from '../../host/log.ts';
import { startThread, type Thread } from '../thread.ts';
import type { ResourcePolicy } from './embedded/resource-policies.ts';
import type { ServicesState } from './worker.ts';

export function startServicesThread(log: Log): Thread<ServicesState> {
  return startThread({ log, script: new URL('./worker.ts', import.meta.url), what: "AWS's services" });
}

/** null: it keeps none of that name. */
export async function askPolicy(
  services: Pick<Thread<ServicesState>, 'ask'>,
  arn: string,
): Promise<ResourcePolicy | null> {
  return (await services.ask(arn)) as ResourcePolicy | null;
}
