/** What has been shown as deleted or terminated, or has drained, for long enough: for the daemon to commit from time to time. */
import type { Edit } from '../../model/edit.ts';
import type { Facts } from '../../model/facts.ts';
import type { Intent } from '../../model/intent.ts';
import { sweepTargets } from '../elbv2/target/sweep.ts';
import { sweepEndpoints } from './endpoint/sweep.ts';
import { sweepEndpointServices } from './endpoint-service/sweep.ts';
import { sweepInstances } from './instance/sweep.ts';
import { sweepMortals } from './life.ts';
import { sweepAnalyses } from './network-insights/sweep.ts';
import { sweepPeerings } from './peering/sweep.ts';

export function sweep(intent: Intent, facts: Facts, now: string): readonly Edit[] {
  return [
    ...sweepEndpoints(intent, facts, now),
    ...sweepEndpointServices(intent, facts),
    ...sweepInstances(intent, facts, now),
    ...sweepMortals(intent, facts),
    ...sweepAnalyses(intent, facts),
    ...sweepPeerings(intent, facts),
    ...sweepTargets(intent, facts, now),
  ];
}
