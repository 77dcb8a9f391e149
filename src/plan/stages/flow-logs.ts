/** Flow logs of what is there: one whose VPC, subnet or interface is gone is left without effect, and comes back with nothing. */
import { fieldsOf } from '../../model/flow-log-fields.ts';
import type { Intent } from '../../model/intent.ts';
import { sortById } from '../order.ts';
import type { FlowLog } from '../plan.ts';

export function compileFlowLogs(intent: Intent): readonly FlowLog[] {
  return sortById(
    [...intent.table('flowLog').all()].flatMap((log) => {
      const { id, account, region, resourceId, traffic, destination, format, intervalSeconds, options } = log;
      const domain = domainOf(intent, resourceId);
      if (domain === undefined) return [];
      return {
        ...{ id, origin: [id, resourceId], domain, account, region, destination },
        ...{ covers: resourceId, traffic, fields: fieldsOf(format) ?? [], intervalSeconds },
        hivePrefixes: options?.hivePrefixes ?? false,
        hourly: options?.hourly ?? false,
      };
    }),
  );
}

function domainOf(intent: Intent, resourceId: string): string | undefined {
  return (
    intent.table('vpc').get(resourceId)?.id ??
    intent.table('subnet').get(resourceId)?.vpcId ??
    intent.table('networkInterface').get(resourceId)?.vpcId
  );
}
