/** EventBridge's actions by their AWS names: rules on the default bus, their targets, events of one's own. All else is refused by name. */
import type * as EventBridge from '@aws-sdk/client-eventbridge';
import type { ActionTable } from '../action.ts';
import { inOpenRegion } from '../ec2/region-use.ts';
import type { TypedActions } from '../sdk.ts';
import { putEvents, testEventPattern } from './put-events.ts';
import { deleteRule, describeRule, disableRule, enableRule, listRules, putRule } from './rules.ts';
import { listTagsForResource, tagResource, untagResource } from './tags.ts';
import { listRuleNamesByTarget, listTargetsByRule, putTargets, removeTargets } from './targets.ts';

const actions = {
  DeleteRule: deleteRule,
  DescribeRule: describeRule,
  DisableRule: disableRule,
  EnableRule: enableRule,
  ListRuleNamesByTarget: listRuleNamesByTarget,
  ListRules: listRules,
  ListTagsForResource: listTagsForResource,
  ListTargetsByRule: listTargetsByRule,
  PutEvents: putEvents,
  PutRule: putRule,
  PutTargets: putTargets,
  RemoveTargets: removeTargets,
  TagResource: tagResource,
  TestEventPattern: testEventPattern,
  UntagResource: untagResource,
} satisfies TypedActions<typeof EventBridge>;

export const eventsActions: ActionTable = inOpenRegion(actions);
