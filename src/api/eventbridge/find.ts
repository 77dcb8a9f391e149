/** Rules by name, the one event bus that there is, and how pages of EventBridge are asked for. */
import { owner } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import type { EventRule } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import { type Page, page } from '../shared/pages.ts';

export const DEFAULT_BUS = 'default';

type Place = Pick<Context, 'account' | 'region'>;

export function ruleArn({ account, region }: Place, name: string): string {
  return `arn:aws:events:${region}:${account}:rule/${name}`;
}

/** Named or by its ARN; others are not there. */
export function checkBus({ account, region }: Place, bus: string | undefined): void {
  const names = [undefined, DEFAULT_BUS, `arn:aws:events:${region}:${account}:event-bus/${DEFAULT_BUS}`];
  if (!names.includes(bus)) refuse('ResourceNotFoundException', `Event bus ${bus} does not exist.`);
}

export function findRule(context: Context, name: string, bus: string | undefined): EventRule {
  checkBus(context, bus);
  return ruleIfThere(context, name) ?? absent(name);
}

export function ruleIfThere(context: Context, name: string): EventRule | undefined {
  return context.intent.table('eventRule').get(ruleArn(context, name));
}

export function absent(name: string): never {
  refuse('ResourceNotFoundException', `Rule ${name} does not exist on EventBus ${DEFAULT_BUS}.`);
}

/** By name. */
export function ownRules(context: Context): readonly EventRule[] {
  const rules = context.intent.table('eventRule').by('owner', owner(context.account, context.region));
  return [...rules].sort((a, b) => (a.name < b.name ? -1 : 1));
}

export function validation(message: string): never {
  refuse('ValidationException', message);
}

export function checkLength(member: string, value: string, most: number): void {
  if (value.length <= most) return;
  validation(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: Member must have length less than or equal to ${most}`,
  );
}

export function exceeded(): never {
  refuse('LimitExceededException', 'The requested resource exceeds the maximum number allowed.');
}

export function pageOf<T>(
  items: readonly T[],
  { Limit, NextToken }: { readonly Limit?: number; readonly NextToken?: string },
  key: (item: T) => string,
): Page<T> {
  if (Limit !== undefined && (Limit < 1 || Limit > 100)) {
    validation(
      `1 validation error detected: Value '${Limit}' at 'limit' failed to satisfy constraint: Member must have value between 1 and 100`,
    );
  }
  return page(items, { MaxResults: Limit ?? 100, NextToken }, key, {
    min: 1,
    max: 100,
    badToken: () => validation('Token is not valid.'),
  });
}
