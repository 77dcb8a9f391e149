/**
 * Targets of rules: queues, topics and log groups of the rule's own account and region. Others, transformers, retry policies and dead-letter
 * queues are refused by name.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutTargets.html
 */
import type { Target } from '@aws-sdk/client-eventbridge';
import { put } from '../../model/edit.ts';
import type { EventTarget } from '../../model/resources.ts';
import { type Context, reply } from '../action.ts';
import { eventsAction } from './action.ts';
import { checkBus, checkLength, exceeded, findRule, ownRules, pageOf, validation } from './find.ts';

const MOST_TARGETS = 5;
/** AWS takes up to 8,192 characters. */
const MOST_INPUT = 8192;
const MOST_ARN = 1600;
const MOST_INPUT_PATH = 256;
/** SQS's own. */
const MOST_MESSAGE_GROUP = 128;
/** Members by name; AWS's JSONPath has no more of it here. */
const INPUT_PATH = /^\$(\.[A-Za-z0-9_-]+)*$/;

/** Those whose ids are there already are replaced. */
export const putTargets = eventsAction<'PutTargets'>(
  {
    ...{ Rule: true, EventBusName: true },
    Targets: { Id: true, Arn: true, Input: true, InputPath: true, SqsParameters: { MessageGroupId: true } },
  },
  (input, context) => {
    const rule = findRule(context, input.Rule, input.EventBusName);
    const targets = new Map(rule.targets.map((target) => [target.id, target]));
    for (const each of input.Targets) targets.set(each.Id, checkedTarget(each, context));
    if (targets.size > MOST_TARGETS) exceeded();
    const output = { FailedEntryCount: 0, FailedEntries: [] };
    return { edits: [put({ ...rule, targets: [...targets.values()] })], output };
  },
);

function checkedTarget({ Id: id = '', Arn: arn = '', ...rest }: Target, context: Context): EventTarget {
  const { Input: input = null, InputPath: inputPath = null, SqsParameters: queue } = rest;
  if (!/^[.\-_A-Za-z0-9]{1,64}$/.test(id)) validation(`Parameter ${id} is not valid. Reason: it is no id of a target.`);
  const messageGroupId = queue?.MessageGroupId ?? null;
  checkLength('targets.member.arn', arn, MOST_ARN);
  checkLength('targets.member.inputPath', inputPath ?? '', MOST_INPUT_PATH);
  checkLength('targets.member.sqsParameters.messageGroupId', messageGroupId ?? '', MOST_MESSAGE_GROUP);
  const [, kind, region, account, name = ''] =
    /^arn:aws:([a-z0-9-]+):([a-z0-9-]*):(\d{12}|):(.+)$/.exec(arn) ??
    validation(`Parameter ${arn} is not valid. Reason: Provided Arn is not in correct format.`);
  const isTaken = ['sqs', 'sns'].includes(kind ?? '') || (kind === 'logs' && /^log-group:[\w./#-]+(:\*)?$/.test(name));
  if (!isTaken || region !== context.region || account !== context.account) {
    validation(
      `Parameter ${arn} is not valid. Reason: Culvert sends events to SQS queues, SNS topics and log groups of the rule's own account and Region only.`,
    );
  }
  if ((kind === 'sqs' && name.endsWith('.fifo')) !== (messageGroupId !== null)) {
    validation(
      messageGroupId === null
        ? `Parameter(s) SqsParameters must be specified for target: ${id}.`
        : `Parameter(s) SqsParameters not valid for target: ${id}.`,
    );
  }
  if (input !== null && inputPath !== null) {
    validation(`Only one of Input, InputPath, or InputTransformer must be provided for target ${id}.`);
  }
  if (input !== null && (input.length > MOST_INPUT || !isJson(input))) {
    validation(`JSON syntax error in input for target ${id}`);
  }
  if (inputPath !== null && !INPUT_PATH.test(inputPath)) {
    validation(
      `Parameter InputPath of target ${id} is not valid. Reason: Culvert takes members by name only: $.detail.state`,
    );
  }
  return { id, arn, input, inputPath: inputPath === '$' ? null : inputPath, messageGroupId };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Those that are not there are as good as removed. */
export const removeTargets = eventsAction<'RemoveTargets'>(
  { Rule: true, EventBusName: true, Ids: true, Force: true },
  (input, context) => {
    const rule = findRule(context, input.Rule, input.EventBusName);
    const targets = rule.targets.filter(({ id }) => !input.Ids.includes(id));
    return { edits: [put({ ...rule, targets })], output: { FailedEntryCount: 0, FailedEntries: [] } };
  },
);

export const listTargetsByRule = eventsAction<'ListTargetsByRule'>(
  { Rule: true, EventBusName: true, Limit: true, NextToken: true },
  (input, context) => {
    const { targets } = findRule(context, input.Rule, input.EventBusName);
    const { items, next } = pageOf(targets, input, ({ id }) => id);
    return reply({ Targets: items.map(viewTarget), ...(next !== undefined && { NextToken: next }) });
  },
);

export const listRuleNamesByTarget = eventsAction<'ListRuleNamesByTarget'>(
  { TargetArn: true, EventBusName: true, Limit: true, NextToken: true },
  (input, context) => {
    checkBus(context, input.EventBusName);
    const rules = ownRules(context).filter(({ targets }) => targets.some(({ arn }) => arn === input.TargetArn));
    const { items, next } = pageOf(rules, input, ({ name }) => name);
    return reply({ RuleNames: items.map(({ name }) => name), ...(next !== undefined && { NextToken: next }) });
  },
);

function viewTarget({ id, arn, input, inputPath, messageGroupId }: EventTarget): Target {
  return {
    Id: id,
    Arn: arn,
    ...(input !== null && { Input: input }),
    ...(inputPath !== null && { InputPath: inputPath }),
    ...(messageGroupId !== null && { SqsParameters: { MessageGroupId: messageGroupId } }),
  };
}
