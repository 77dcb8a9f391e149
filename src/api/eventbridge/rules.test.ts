import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, harness, REGION } from '../testing.ts';
import { eventsActions } from './index.ts';

const PATTERN = '{"source":["aws.ec2"]}';
const RULE = `arn:aws:events:${REGION}:${ACCOUNT}:rule/stops`;
const QUEUE = `arn:aws:sqs:${REGION}:${ACCOUNT}:events`;

/** Outputs as they are. */
function stage() {
  const h = harness(eventsActions);
  const call = (operation: string, input: object) => h.call(operation, input) as unknown;
  return { h, call, refusal: (operation: string, input: object) => h.refusal(operation, input) };
}

test('a rule is put, described, listed, replaced, switched and deleted', () => {
  const { h, call, refusal } = stage();
  const tags = [{ Key: 'team', Value: 'net' }];
  assert.deepEqual(call('PutRule', { Name: 'stops', EventPattern: PATTERN, Description: 'd', Tags: tags }), {
    RuleArn: RULE,
  });
  const rule = { Name: 'stops', Arn: RULE, EventPattern: PATTERN, State: 'ENABLED', EventBusName: 'default' };
  assert.deepEqual(call('DescribeRule', { Name: 'stops' }), { ...rule, Description: 'd', CreatedBy: ACCOUNT });
  call('PutTargets', { Rule: 'stops', Targets: [{ Id: 'q', Arn: QUEUE }] });
  call('PutRule', { Name: 'stops', EventPattern: '{"source":["culvert"]}', State: 'DISABLED' });
  const other = { ...rule, EventPattern: '{"source":["culvert"]}', State: 'DISABLED' };
  assert.deepEqual(call('DescribeRule', { Name: 'stops' }), { ...other, CreatedBy: ACCOUNT });
  assert.deepEqual(call('ListTagsForResource', { ResourceARN: RULE }), { Tags: tags });
  assert.deepEqual(call('ListTargetsByRule', { Rule: 'stops' }), { Targets: [{ Id: 'q', Arn: QUEUE }] });
  call('EnableRule', { Name: 'stops', EventBusName: 'default' });
  assert.deepEqual(call('ListRules', {}), { Rules: [{ ...other, State: 'ENABLED' }] });
  call('DisableRule', { Name: 'stops' });
  assert.deepEqual(call('ListRules', { NamePrefix: 'st' }), { Rules: [other] });
  assert.deepEqual(call('ListRules', { NamePrefix: 'x' }), { Rules: [] });
  // Another account, and another region, have their own.
  for (const elsewhere of [h.as('444455556666'), h.as(ACCOUNT, 'eu-west-1')]) {
    assert.deepEqual(elsewhere.call('ListRules', {}) as unknown, { Rules: [] });
    assert.match(
      elsewhere.refusal('DescribeRule', { Name: 'stops' }),
      /^ResourceNotFoundException: Rule stops does not/,
    );
    assert.match(elsewhere.refusal('TagResource', { ResourceARN: RULE, Tags: [] }), /^ResourceNotFoundException/);
  }
  assert.equal(
    refusal('DeleteRule', { Name: 'stops' }),
    "ValidationException: Rule can't be deleted since it has targets.",
  );
  assert.deepEqual(call('RemoveTargets', { Rule: 'stops', Ids: ['q', 'none'] }), {
    FailedEntryCount: 0,
    FailedEntries: [],
  });
  call('DeleteRule', { Name: 'stops' });
  call('DeleteRule', { Name: 'stops' });
  assert.deepEqual(call('ListRules', {}), { Rules: [] });
});

test('pages of rules', () => {
  const { call, refusal } = stage();
  for (const name of ['c', 'a', 'b']) call('PutRule', { Name: name, EventPattern: PATTERN });
  const first = call('ListRules', { Limit: 2 }) as { Rules: { Name: string }[]; NextToken: string };
  const second = call('ListRules', { Limit: 2, NextToken: first.NextToken }) as typeof first;
  assert.deepEqual(
    [first, second].map(({ Rules }) => Rules.map(({ Name }) => Name).join('')),
    ['ab', 'c'],
  );
  assert.equal(second.NextToken, undefined);
  assert.match(refusal('ListRules', { NextToken: 'x' }), /^ValidationException/);
  assert.match(refusal('ListRules', { Limit: 101 }), /^ValidationException: 1 validation error/);
});

test('what is no rule, and what there is none of here', () => {
  const { call, refusal } = stage();
  for (const [input, expected] of [
    [
      { Name: 'a b', EventPattern: PATTERN },
      /^ValidationException: 1 validation error detected: Value 'a b' at 'name'/,
    ],
    [
      { Name: 'a', EventPattern: PATTERN, EventBusName: 'own' },
      /^ResourceNotFoundException: Event bus own does not exist\.$/,
    ],
    [{ Name: 'a' }, /^ValidationException: Parameter\(s\) EventPattern or ScheduleExpression must be specified\.$/],
    [{ Name: 'a', EventPattern: '{' }, /^InvalidEventPatternException: Event pattern is not valid\. Reason: /],
    [{ Name: 'a', EventPattern: '{"source":[]}' }, /^InvalidEventPatternException: .*Empty arrays are not allowed$/],
    [
      { Name: 'a', EventPattern: PATTERN, Description: 'd'.repeat(513) },
      /^ValidationException: 1 validation error .* 'description' .* less than or equal to 512$/,
    ],
    [
      { Name: 'a', EventPattern: `{"source":["${'a'.repeat(4096)}"]}` },
      /^ValidationException: 1 validation error .* 'eventPattern' .* less than or equal to 4096$/,
    ],
    [{ Name: 'a', EventPattern: `{"source":["${'a'.repeat(2048)}"]}` }, /^LimitExceededException/],
    [{ Name: 'a', ScheduleExpression: 'rate(1 day)' }, /^UnsupportedOperation: The parameter ScheduleExpression/],
    [
      { Name: 'a', EventPattern: PATTERN, RoleArn: 'arn:aws:iam::1:role/r' },
      /^UnsupportedOperation: The parameter RoleArn/,
    ],
    [
      { Name: 'a', EventPattern: PATTERN, State: 'ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS' },
      /^UnsupportedOperation: The value 'ENABLED_WITH_ALL/,
    ],
    [{ Name: 'a', EventPattern: PATTERN, Tags: [{ Key: 'aws:x', Value: '' }] }, /^ValidationException/],
    [
      {
        Name: 'a',
        EventPattern: PATTERN,
        Tags: [
          { Key: 'x', Value: '1' },
          { Key: 'x', Value: '2' },
        ],
      },
      /^ValidationException/,
    ],
  ] as const) {
    assert.match(refusal('PutRule', input), expected);
  }
  for (let at = 0; at < 300; at++) call('PutRule', { Name: `r${at}`, EventPattern: PATTERN });
  assert.match(refusal('PutRule', { Name: 'more', EventPattern: PATTERN }), /^LimitExceededException/);
  call('PutRule', { Name: 'r7', EventPattern: PATTERN });
  assert.match(refusal('CreateEventBus', { Name: 'own' }), /^UnsupportedOperation: The action CreateEventBus/);
});

test('wildcards of all rules together are bounded, others are not', () => {
  const { call, refusal } = stage();
  const pattern = (count: number) =>
    JSON.stringify({ source: Array.from({ length: count }, (_, at) => ({ wildcard: `*${at}` })) });
  for (let at = 0; at < 31; at++) call('PutRule', { Name: `r${at}`, EventPattern: pattern(32) });
  call('PutRule', { Name: 'last', EventPattern: pattern(8) });
  call('PutRule', { Name: 'last', EventPattern: pattern(8) });
  assert.match(refusal('PutRule', { Name: 'last', EventPattern: pattern(9) }), /^LimitExceededException/);
  assert.match(refusal('PutRule', { Name: 'more', EventPattern: pattern(1) }), /^LimitExceededException/);
  call('PutRule', { Name: 'more', EventPattern: PATTERN });
  call('PutRule', { Name: 'r0', EventPattern: pattern(31) });
  call('PutRule', { Name: 'last', EventPattern: pattern(9) });
});

test('targets: queues, topics and log groups of the same account and region', () => {
  const { call, refusal } = stage();
  assert.match(
    refusal('PutTargets', { Rule: 'stops', Targets: [{ Id: 'q', Arn: QUEUE }] }),
    /^ResourceNotFoundException/,
  );
  call('PutRule', { Name: 'stops', EventPattern: PATTERN });
  const put = (...Targets: object[]) => refusal('PutTargets', { Rule: 'stops', Targets });
  const elsewhere = /^ValidationException: Parameter arn:.* is not valid\. Reason: Culvert sends events to/;
  for (const arn of [
    `arn:aws:sqs:${REGION}:444455556666:events`,
    `arn:aws:sqs:eu-west-1:${ACCOUNT}:events`,
    `arn:aws:lambda:${REGION}:${ACCOUNT}:function:f`,
    `arn:aws:logs:${REGION}:${ACCOUNT}:query:f`,
  ]) {
    assert.match(put({ Id: 'q', Arn: arn }), elsewhere);
  }
  assert.match(put({ Id: 'q', Arn: 'events' }), /Provided Arn is not in correct format\.$/);
  assert.match(put({ Id: 'a b', Arn: QUEUE }), /is no id of a target/);
  assert.match(put({ Id: 'q', Arn: `${QUEUE}.fifo` }), /SqsParameters must be specified/);
  assert.match(put({ Id: 'q', Arn: QUEUE, SqsParameters: { MessageGroupId: 'g' } }), /SqsParameters not valid/);
  assert.match(put({ Id: 'q', Arn: QUEUE, Input: '{' }), /JSON syntax error in input for target q/);
  assert.match(put({ Id: 'q', Arn: QUEUE, Input: '{}', InputPath: '$.detail' }), /Only one of Input/);
  assert.match(put({ Id: 'q', Arn: QUEUE, InputPath: '$.resources[0]' }), /members by name only/);
  for (const [member, long] of [
    ['arn', { Arn: QUEUE.padEnd(1601, 'x') }],
    ['inputPath', { Arn: QUEUE, InputPath: `$.${'x'.repeat(255)}` }],
    ['sqsParameters.messageGroupId', { Arn: QUEUE, SqsParameters: { MessageGroupId: 'g'.repeat(129) } }],
  ] as const) {
    assert.match(put({ Id: 'q', ...long }), new RegExp(`at 'targets.member.${member}' failed to satisfy constraint`));
  }
  assert.match(put({ Id: 'q', Arn: QUEUE, RetryPolicy: { MaximumRetryAttempts: 1 } }), /^UnsupportedOperation/);
  assert.match(put(...['a', 'b', 'c', 'd', 'e', 'f'].map((Id) => ({ Id, Arn: QUEUE }))), /^LimitExceededException/);
  const targets = [
    { Id: 'fifo', Arn: `${QUEUE}.fifo`, SqsParameters: { MessageGroupId: 'g' } },
    { Id: 'topic', Arn: `arn:aws:sns:${REGION}:${ACCOUNT}:events`, InputPath: '$.detail' },
    { Id: 'logs', Arn: `arn:aws:logs:${REGION}:${ACCOUNT}:log-group:/aws/events/all`, Input: '"x"' },
  ];
  call('PutTargets', { Rule: 'stops', Targets: targets });
  assert.deepEqual(call('ListTargetsByRule', { Rule: 'stops' }), { Targets: targets });
  assert.deepEqual(call('ListRuleNamesByTarget', { TargetArn: targets[1]?.Arn }), { RuleNames: ['stops'] });
  assert.deepEqual(call('ListRuleNamesByTarget', { TargetArn: QUEUE }), { RuleNames: [] });
});

test('tags of a rule', () => {
  const { call } = stage();
  call('PutRule', { Name: 'stops', EventPattern: PATTERN });
  call('TagResource', {
    ResourceARN: RULE,
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ],
  });
  call('UntagResource', { ResourceARN: RULE, TagKeys: ['a'] });
  assert.deepEqual(call('ListTagsForResource', { ResourceARN: RULE }), { Tags: [{ Key: 'b', Value: '2' }] });
});

test('events of one’s own: each entry by itself, never in AWS’s name nor in Culvert’s', () => {
  const { h } = stage();
  const entry = { Source: 'app', DetailType: 'Order', Detail: '{"id":1}' };
  const Entries = [
    entry,
    { ...entry, Source: 'aws.ec2' },
    { ...entry, Source: 'culvert' },
    { ...entry, Detail: '{' },
    { ...entry, Detail: '[]' },
    { ...entry, Detail: `{"a":${'['.repeat(10_000)}${']'.repeat(10_000)}}` },
    { Source: 'app', DetailType: 'Order' },
  ];
  const { edits, events = [], output } = eventsActions.PutEvents?.({ Entries }, h.context) ?? { edits: [], output: {} };
  assert.deepEqual(edits, []);
  assert.deepEqual(
    events.map(({ id, at, ...told }) => told),
    [{ account: ACCOUNT, region: REGION, source: 'app', detailType: 'Order', resources: [], detail: { id: 1 } }],
  );
  const { FailedEntryCount, Entries: answers } = output as { FailedEntryCount: number; Entries: object[] };
  assert.equal(FailedEntryCount, 6);
  assert.match(events[0]?.id ?? '', /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  assert.deepEqual(
    answers.map((each) => Object.values(each)[0]),
    [
      events[0]?.id,
      ...['NotAuthorizedForSourceException', 'NotAuthorizedForSourceException'],
      ...['MalformedDetail', 'MalformedDetail', 'MalformedDetail', 'InvalidArgument'],
    ],
  );
  assert.match(
    h.refusal('PutEvents', { Entries: [{ ...entry, Detail: `{"a":"${'x'.repeat(40_000)}"}` }] }),
    /over the limit/,
  );
  for (const [entries, bound] of [
    [[], 'greater than or equal to 1'],
    [Array(11).fill(entry), 'less than or equal to 10'],
  ] as const) {
    assert.match(
      h.refusal('PutEvents', { Entries: entries }),
      new RegExp(`^ValidationException: .*'entries' .* length ${bound}$`),
    );
  }
  assert.match(h.refusal('PutEvents', { Entries: [{ ...entry, EventBusName: 'own' }] }), /^ResourceNotFoundException/);
});

test('whether an event would match', () => {
  const { call, refusal } = stage();
  const event = {
    ...{ version: '0', id: '1', 'detail-type': 'x', source: 'aws.ec2', account: ACCOUNT, time: '2026-01-01T00:00:00Z' },
    ...{ region: REGION, resources: [], detail: {} },
  };
  const Event = JSON.stringify(event);
  assert.deepEqual(call('TestEventPattern', { EventPattern: PATTERN, Event }), { Result: true });
  assert.deepEqual(call('TestEventPattern', { EventPattern: '{"source":["x"]}', Event }), { Result: false });
  assert.match(refusal('TestEventPattern', { EventPattern: '{}', Event }), /^InvalidEventPatternException/);
  assert.match(
    refusal('TestEventPattern', { EventPattern: PATTERN, Event: '{"id":"1"}' }),
    /^ValidationException: .*lacks/,
  );
});
