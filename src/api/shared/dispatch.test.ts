import assert from 'node:assert/strict';
import { test } from 'node:test';
import { put } from '../../model/edit.ts';
import { createIntent } from '../../model/intent.ts';
import { Refusal } from '../../model/refusal.ts';
import type { InternetGateway } from '../../model/resources.ts';
import type { ActionTable, Context } from '../action.ts';
import { harness } from '../testing.ts';
import { action } from './declare.ts';
import { invoke } from './dispatch.ts';
import { newResource } from './resource.ts';

interface Input {
  readonly Name?: string;
  readonly At?: Date;
  readonly Mode?: 'a' | 'b';
  readonly Options?: { readonly Deep?: readonly { readonly Known?: string; readonly Unknown?: string }[] };
  readonly Ignored?: string;
  readonly ClientToken?: string;
  readonly DryRun?: boolean;
}

const make = action<Input, { Id: string; At: Date }>(
  { Name: true, At: true, Mode: ['a'], Options: { Deep: { Known: true } }, ClientToken: true },
  (_input, context) => {
    const gateway: InternetGateway = {
      ...newResource(context, 'internetGateway'),
      kind: 'internetGateway',
      vpcId: null,
    };
    return { edits: [put(gateway)], output: { Id: gateway.id, At: new Date(context.now) } };
  },
);
const TABLE: ActionTable = { Make: make };

function at(now: string, over: Partial<Context> = {}): Context {
  return { ...harness().context, now, ...over };
}

function refusal(call: () => unknown): Refusal {
  try {
    call();
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
  throw new Error('was not refused');
}

test('an operation that is not in the table is refused by name, names of Object included', () => {
  for (const name of ['Unmake', 'toString', '__proto__', 'constructor']) {
    const { code, message } = refusal(() => invoke(TABLE, name, {}, at('2026-01-01T00:00:00Z')));
    assert.equal(code, 'UnsupportedOperation');
    assert.match(message, new RegExp(name));
  }
});

test('a dry run that would succeed is refused with 412 and leaves nothing', () => {
  const found = refusal(() => invoke(TABLE, 'Make', { DryRun: true, ClientToken: 't' }, at('2026-01-01T00:00:00Z')));
  assert.deepEqual(
    [found.code, found.message, found.status],
    ['DryRunOperation', 'Request would have succeeded, but DryRun flag is set.', 412],
  );
});

test('an empty token is none', () => {
  const make = () => invoke(TABLE, 'Make', { ClientToken: '' }, at('2026-01-01T00:00:00Z')).edits;
  assert.deepEqual(
    make().filter((edit) => edit.op === 'put' && edit.resource.kind === 'clientTokenUse'),
    [],
  );
});

test('a dry run that would fail tells the failure', () => {
  assert.equal(
    refusal(() => invoke(TABLE, 'Make', { DryRun: true, Ignored: 'x' }, at('2026-01-01T00:00:00Z'))).code,
    'UnsupportedOperation',
  );
});

test('a repeated client token gives the first answer and no second change, through JSON and back', () => {
  const intent = createIntent();
  const first = invoke(TABLE, 'Make', { Name: 'x', ClientToken: 't' }, at('2026-01-01T00:00:00Z', { intent }));
  intent.apply(JSON.parse(JSON.stringify(first.edits)));
  const again = invoke(TABLE, 'Make', { ClientToken: 't', Name: 'x' }, at('2026-01-01T10:00:00Z', { intent }));
  assert.deepEqual(again, { edits: [], output: first.output });
  assert.ok((again.output as { At: Date }).At instanceof Date);
});

test('the same token with another input, account, region, operation', () => {
  const intent = createIntent();
  const start = at('2026-01-01T00:00:00Z', { intent });
  intent.apply(invoke(TABLE, 'Make', { Name: 'x', ClientToken: 't' }, start).edits);
  const mismatch = refusal(() => invoke(TABLE, 'Make', { Name: 'y', ClientToken: 't' }, start));
  assert.equal(mismatch.code, 'IdempotentParameterMismatch');
  assert.equal(
    mismatch.message,
    'Arguments on this idempotent request are inconsistent with arguments used in previous request(s).',
  );
  for (const over of [{ account: '999999999999' }, { region: 'eu-west-1' }]) {
    assert.equal(invoke(TABLE, 'Make', { Name: 'y', ClientToken: 't' }, { ...start, ...over }).edits.length, 2);
  }
  assert.equal(invoke({ ...TABLE, Other: make }, 'Other', { ClientToken: 't' }, start).edits.length, 2);
});

test('tokens count for a day; expired ones are swept as new ones come', () => {
  const intent = createIntent();
  for (let n = 0; n < 6; n++) {
    intent.apply(invoke(TABLE, 'Make', { ClientToken: `t${n}` }, at('2026-01-01T00:00:00Z', { intent })).edits);
  }
  const later = at('2026-01-02T00:00:01Z', { intent });
  intent.apply(invoke(TABLE, 'Make', { ClientToken: 't0', Name: 'other' }, later).edits);
  assert.equal(intent.table('clientTokenUse').size, 3);
  assert.equal(invoke(TABLE, 'Make', { ClientToken: 't0', Name: 'other' }, later).edits.length, 0);
});

test('a token longer than AWS allows is refused', () => {
  const { code } = refusal(() => invoke(TABLE, 'Make', { ClientToken: 'x'.repeat(65) }, at('2026-01-01T00:00:00Z')));
  assert.equal(code, 'InvalidParameterValue');
});

test('members that an action does not read are refused by their full name', () => {
  const start = at('2026-01-01T00:00:00Z');
  const cases: [object, string][] = [
    [{ Ignored: 'x' }, 'The parameter Ignored is not supported by Culvert.'],
    [
      { Options: { Deep: [{ Known: 'k' }, { Unknown: 'u' }] } },
      'The parameter Options.Deep.Unknown is not supported by Culvert.',
    ],
    [{ Mode: 'b' }, "The value 'b' for parameter Mode is not supported by Culvert."],
    [{ constructor: 'x' }, 'The parameter constructor is not supported by Culvert.'],
  ];
  for (const [input, message] of cases)
    assert.equal(refusal(() => invoke(TABLE, 'Make', input, start)).message, message);
  for (const input of [
    { Mode: 'a' },
    { Ignored: undefined },
    // As clients say what they leave open.
    { Ignored: '' },
    { Options: { Deep: [] } },
    { Options: { Deep: [{ Known: 'k' }] } },
  ]) {
    assert.equal(invoke(TABLE, 'Make', input, start).edits.length, 1);
  }
});
