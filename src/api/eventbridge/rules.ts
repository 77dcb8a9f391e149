/**
 * Rules: a pattern that events are held against, of the account and region that the rule is in. Schedules, other buses and the state that
 * matches calls which only read are refused by name.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
 */
import type { Rule } from '@aws-sdk/client-eventbridge';
import { put, remove } from '../../model/edit.ts';
import { type EventPattern, parsePattern, patternOf } from '../../model/event-pattern.ts';
import { PatternFault } from '../../model/event-pattern-groups.ts';
import { refuse } from '../../model/refusal.ts';
import type { EventRule } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { eventsAction } from './action.ts';
import {
  absent,
  checkBus,
  checkLength,
  DEFAULT_BUS,
  exceeded,
  findRule,
  ownRules,
  pageOf,
  ruleArn,
  ruleIfThere,
  validation,
} from './find.ts';
import { withTags } from './tags.ts';

const MOST_RULES = 300;
const MOST_NAME = 64;
const MOST_DESCRIPTION = 512;
/** What PutRule's shape takes, and what the quota of an account is unless AWS was asked for more. */
const MOST_PATTERN = 4096;
const PATTERN_QUOTA = 2048;
/** Of all rules together, as each event of the account is held against each of them. A limit of Culvert's own. */
const MOST_WILDCARDS = 1000;

/** Replaces the rule of that name, its targets and tags stay. */
export const putRule = eventsAction<'PutRule'>(
  {
    ...{ Name: true, EventPattern: true, State: ['ENABLED', 'DISABLED'], Description: true, EventBusName: true },
    Tags: { Key: true, Value: true },
  },
  (input, context) => {
    const { Name: name, EventPattern: pattern, State: state = 'ENABLED', Description: description = null } = input;
    if (name.length > MOST_NAME || !/^[.\-_A-Za-z0-9]+$/.test(name)) {
      validation(
        `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\.\\-_A-Za-z0-9]+`,
      );
    }
    if (description !== null) checkLength('description', description, MOST_DESCRIPTION);
    checkBus(context, input.EventBusName);
    if (pattern === undefined) validation('Parameter(s) EventPattern or ScheduleExpression must be specified.');
    const { wildcards } = checkPattern(pattern);
    if (pattern.length > PATTERN_QUOTA) exceeded();
    const before = ruleIfThere(context, name);
    const others = ownRules(context).filter((each) => each !== before);
    if (others.length >= MOST_RULES) exceeded();
    const together = others.reduce((sum, each) => sum + patternOf(each).wildcards, wildcards);
    if (wildcards > 0 && together > MOST_WILDCARDS) exceeded();
    const rule: EventRule = {
      kind: 'eventRule',
      id: ruleArn(context, name),
      account: context.account,
      region: context.region,
      createdAt: before?.createdAt ?? context.now,
      tags: before?.tags ?? withTags({}, input.Tags),
      ...{ name, pattern, isEnabled: state === 'ENABLED', description, targets: before?.targets ?? [] },
    };
    return { edits: [put(rule)], output: { RuleArn: rule.id } };
  },
);

export function checkPattern(text: string): EventPattern {
  checkLength('eventPattern', text, MOST_PATTERN);
  try {
    return parsePattern(text);
  } catch (error) {
    if (!(error instanceof PatternFault)) throw error;
    refuse('InvalidEventPatternException', `Event pattern is not valid. Reason: ${error.message}`);
  }
}

export const describeRule = eventsAction<'DescribeRule'>({ Name: true, EventBusName: true }, (input, context) => {
  const rule = findRule(context, input.Name, input.EventBusName);
  return reply({ ...viewRule(rule), CreatedBy: rule.account });
});

export const listRules = eventsAction<'ListRules'>(
  { NamePrefix: true, EventBusName: true, Limit: true, NextToken: true },
  (input, context) => {
    checkBus(context, input.EventBusName);
    const { NamePrefix: prefix = '' } = input;
    const rules = ownRules(context).filter(({ name }) => name.startsWith(prefix));
    const { items, next } = pageOf(rules, input, ({ name }) => name);
    return reply({ Rules: items.map(viewRule), ...(next !== undefined && { NextToken: next }) });
  },
);

/** One that is not there is as good as deleted. */
export const deleteRule = eventsAction<'DeleteRule'>(
  { Name: true, EventBusName: true, Force: true },
  (input, context) => {
    checkBus(context, input.EventBusName);
    const rule = ruleIfThere(context, input.Name);
    if (rule === undefined) return reply({});
    if (rule.targets.length > 0) validation("Rule can't be deleted since it has targets.");
    return { edits: [remove(rule)], output: {} };
  },
);

export const enableRule = eventsAction<'EnableRule'>({ Name: true, EventBusName: true }, (input, context) =>
  switched(input.Name, input.EventBusName, true, context),
);

export const disableRule = eventsAction<'DisableRule'>({ Name: true, EventBusName: true }, (input, context) =>
  switched(input.Name, input.EventBusName, false, context),
);

function switched(name: string, bus: string | undefined, isEnabled: boolean, context: Context) {
  checkBus(context, bus);
  const rule = ruleIfThere(context, name) ?? absent(name);
  return { edits: [put({ ...rule, isEnabled })], output: {} };
}

function viewRule({ id, name, pattern, isEnabled, description }: EventRule): Rule {
  return {
    Name: name,
    Arn: id,
    EventPattern: pattern,
    State: isEnabled ? 'ENABLED' : 'DISABLED',
    ...(description !== null && { Description: description }),
    EventBusName: DEFAULT_BUS,
  };
}
