/** The service edge's thread, as the main thread holds it. */
import type { Log } from '../../host/log.ts';
import type { FlowBatch } from '../flow-logs/records.ts';
import type { DeliveryFault } from '../logs/deliver.ts';
import { startThread, type Thread } from '../thread.ts';
import type { ResourcePolicy } from './embedded/resource-policies.ts';
import type { Question, ServicesState } from './worker.ts';

export function startServicesThread(log: Log): Thread<ServicesState> {
  return startThread({ log, script: new URL('./worker.ts', import.meta.url), what: "AWS's services" });
}

/** null: it keeps none of that name. */
export async function askPolicy(
  services: Pick<Thread<ServicesState>, 'ask'>,
  arn: string,
): Promise<ResourcePolicy | null> {
  return (await services.ask({ policyOf: arn } satisfies Question)) as ResourcePolicy | null;
}

/** Of flow logs. Answers with what AWS says of logs whose last records were not delivered, by id. */
export async function deliverFlows(
  services: Pick<Thread<ServicesState>, 'ask'>,
  flows: FlowBatch,
): Promise<Readonly<Record<string, DeliveryFault>>> {
  return (await services.ask({ flows } satisfies Question)) as Record<string, DeliveryFault>;
}
