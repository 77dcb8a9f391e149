/**
 * Records of flow logs on their way: control, which reads the kernel's counts and knows routes, has written them; here they are
 * delivered. https://docs.aws.amazon.com/vpc/latest/userguide/flow-logs-s3-path.html
 */
import type { FlowLog } from '../../plan/plan.ts';
import type { LogEvent, OutLog } from '../logs/deliver.ts';

export interface FlowBatch {
  readonly records: readonly FlowRecords[];
}

/** Of one log and one interface, in the order of their times. */
export interface FlowRecords {
  readonly log: string;
  /** "eni-…-all". */
  readonly stream: string;
  /** Whether the log's role may make its log group. */
  readonly makesGroup: boolean;
  readonly events: readonly LogEvent[];
}

export function flowLogOut(log: FlowLog): OutLog {
  const { id, account, region, destination, covers, fields, hivePrefixes, hourly } = log;
  return {
    ...{ id, account, region, destination, what: `flows of ${covers}`, head: fields.join(' '), lateMs: 0 },
    keyOf({ year, month, day, hour, minute }) {
      const folders = hivePrefixes
        ? [
            ...[`aws-account-id=${account}`, 'aws-service=vpcflowlogs', `aws-region=${region}`],
            ...[`year=${year}`, `month=${month}`, `day=${day}`, ...(hourly ? [`hour=${hour}`] : [])],
          ]
        : [account, 'vpcflowlogs', region, year, month, day, ...(hourly ? [hour] : [])];
      return `AWSLogs/${folders.join('/')}/${account}_vpcflowlogs_${region}_${id}_${minute}`;
    },
  };
}
