/**
 * What stands before every EC2 action: the region exists and is open to the account, and on the account's first call in
 * it the default VPC and the region's default DHCP options are made, so that the action already sees them.
 */
import { usualOptions } from '../../model/dhcp-options.ts';
import { type Edit, put } from '../../model/edit.ts';
import { withEdits } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import { findRegion } from '../../model/regions.ts';
import type { DhcpOptions } from '../../model/resources.ts';
import type { Action, ActionTable, Context } from '../action.ts';
import { newResource } from '../shared/resource.ts';
import { newDefaultVpc } from './vpc/default-vpc.ts';

export function inUsableRegion(table: ActionTable): ActionTable {
  return Object.fromEntries(Object.entries(table).map(([name, act]) => [name, prepared(act)]));
}

/** For services that the first use of a region makes nothing for. */
export function inOpenRegion(table: ActionTable): ActionTable {
  return Object.fromEntries(Object.entries(table).map(([name, act]) => [name, openOnly(act)]));
}

function openOnly(act: Action<unknown, unknown>): Action<unknown, unknown> {
  const first: Action<unknown, unknown> = (input, context) => {
    checkRegion(context);
    return act(input, context);
  };
  return Object.assign(first, act);
}

/** What the action declares beside its code stays readable on the one that stands for it. */
function prepared(act: Action<unknown, unknown>): Action<unknown, unknown> {
  const first: Action<unknown, unknown> = (input, context) => {
    checkRegion(context);
    const edits = firstUse(context);
    if (edits.length === 0) return act(input, context);
    const decision = act(input, { ...context, intent: withEdits(context.intent, edits) });
    return { edits: [...edits, ...decision.edits], output: decision.output };
  };
  return Object.assign(first, act);
}

function checkRegion(context: Context): void {
  const region = findRegion(context.region);
  if (region === undefined) refuse('InvalidParameterValue', `Invalid region: ${context.region}`);
  if (region.needsOptIn) {
    refuse('AuthFailure', 'AWS was not able to validate the provided access credentials', 401);
  }
}

function firstUse(context: Context): readonly Edit[] {
  const { account, region, now } = context;
  const id = `${account}/${region}`;
  if (context.intent.table('regionUse').get(id) !== undefined) return [];
  const options: DhcpOptions = {
    ...newResource(context, 'dhcpOptions'),
    kind: 'dhcpOptions',
    ...usualOptions(region),
  };
  return [
    put({ kind: 'regionUse', id, account, region, tags: {}, createdAt: now }),
    put(options),
    ...newDefaultVpc(context, options.id).edits,
  ];
}
