import type * as EC2 from '@aws-sdk/client-ec2';
import type { TypedActions } from '../../sdk.ts';
import { createFlowLogs } from './create-flow-logs.ts';
import { deleteFlowLogs } from './delete-flow-logs.ts';
import { describeFlowLogs } from './describe-flow-logs.ts';

export const flowLogActions = {
  CreateFlowLogs: createFlowLogs,
  DeleteFlowLogs: deleteFlowLogs,
  DescribeFlowLogs: describeFlowLogs,
} satisfies TypedActions<typeof EC2>;
