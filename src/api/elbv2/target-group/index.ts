import type * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import type { TypedActions } from '../../sdk.ts';
import { createTargetGroup } from './create-target-group.ts';
import { deleteTargetGroup } from './delete-target-group.ts';
import { describeTargetGroups } from './describe-target-groups.ts';
import { modifyTargetGroup } from './modify-target-group.ts';
import { describeTargetGroupAttributes, modifyTargetGroupAttributes } from './target-group-attributes.ts';

export const targetGroupActions = {
  CreateTargetGroup: createTargetGroup,
  DeleteTargetGroup: deleteTargetGroup,
  DescribeTargetGroupAttributes: describeTargetGroupAttributes,
  DescribeTargetGroups: describeTargetGroups,
  ModifyTargetGroup: modifyTargetGroup,
  ModifyTargetGroupAttributes: modifyTargetGroupAttributes,
} satisfies TypedActions<typeof ELB>;
