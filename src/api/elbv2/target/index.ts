import type * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TypedActions } from '../../sdk.ts';
import { deregisterTargets } from './deregister-targets.ts';
import { describeTargetHealth } from './describe-target-health.ts';
import { registerTargets } from './register-targets.ts';

export const targetActions = {
  DeregisterTargets: deregisterTargets,
  DescribeTargetHealth: describeTargetHealth,
  RegisterTargets: registerTargets,
} satisfies TypedActions<typeof ELB>;
