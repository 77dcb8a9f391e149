/** What CloudWatch Logs' actions share: where they are called, groups and streams by their names, its refusals and pages. */
import { refuse } from '../../../model/refusal.ts';
import type { LogGroup, LogStore, LogStream } from './log-store.ts';

const MAX_LISTED = 50;
const MAX_TAGS = 50;

export interface Desk {
  readonly store: LogStore;
  readonly account: string;
  readonly region: string;
  readonly now: number;
}

export function listed<T>(
  items: readonly T[],
  { limit = MAX_LISTED, nextToken }: { readonly limit?: number | undefined; readonly nextToken?: string | undefined },
  nameOf: (item: T) => string,
): { readonly items: readonly T[]; readonly rest: { readonly nextToken?: string } } {
  checkLimit(limit, MAX_LISTED);
  const after = nextToken === undefined ? undefined : Buffer.from(nextToken, 'base64url').toString();
  const start = after === undefined ? 0 : items.findIndex((each) => nameOf(each) === after) + 1;
  if (after !== undefined && start === 0) invalid('The specified nextToken is invalid.');
  const page = items.slice(start, start + limit);
  const last = page.at(-1);
  const isLast = start + limit >= items.length || last === undefined;
  return { items: page, rest: isLast ? {} : { nextToken: Buffer.from(nameOf(last)).toString('base64url') } };
}

export function checkLimit(limit: number, most: number): void {
  if (limit < 1) constraint(limit, 'limit', 'Member must have value greater than or equal to 1');
  if (limit > most) constraint(limit, 'limit', `Member must have value less than or equal to ${most}`);
}

export function checkGroupName(name = ''): asserts name is string {
  if (name.length < 1) constraint(name, 'logGroupName', 'Member must have length greater than or equal to 1');
  if (name.length > 512) constraint(name, 'logGroupName', 'Member must have length less than or equal to 512');
  if (!/^[\w./#-]+$/.test(name)) {
    constraint(name, 'logGroupName', 'Member must satisfy regular expression pattern: [\\.\\-_/#A-Za-z0-9]+');
  }
}

export function checkTags(tags: Readonly<Record<string, string>>): void {
  const entries = Object.entries(tags);
  if (entries.length > MAX_TAGS) refuse('TooManyTagsException', `A resource can have at most ${MAX_TAGS} tags.`);
  for (const [key, value] of entries) {
    if (key === '' || key.length > 128 || key.startsWith('aws:') || value.length > 256) invalid(`Invalid tag: ${key}`);
  }
}

export function groupNamed(store: LogStore, name: string | undefined): LogGroup {
  checkGroupName(name);
  const group = store.group(name);
  if (group === undefined) refuse('ResourceNotFoundException', 'The specified log group does not exist.');
  return group;
}

export function groupOf(
  desk: Desk,
  {
    logGroupName: name,
    logGroupIdentifier: id,
  }: { logGroupName?: string | undefined; logGroupIdentifier?: string | undefined },
): LogGroup {
  if ((name === undefined) === (id === undefined)) {
    invalid('Exactly one of logGroupName and logGroupIdentifier must be specified.');
  }
  return id === undefined ? groupNamed(desk.store, name) : groupIdentified(desk, id);
}

/** By name or by either form of its ARN. */
export function groupIdentified({ store, account, region }: Desk, id = ''): LogGroup {
  if (!id.startsWith('arn:')) return groupNamed(store, id);
  const own = groupArn('', { account, region });
  if (!id.startsWith(own)) refuse('ResourceNotFoundException', 'The specified log group does not exist.');
  return groupNamed(store, id.slice(own.length).replace(/:\*$/, ''));
}

export function streamNamed(store: LogStore, group: LogGroup, name = ''): LogStream {
  const stream = store.stream(group, name);
  if (stream === undefined) refuse('ResourceNotFoundException', 'The specified log stream does not exist.');
  return stream;
}

export function groupArn(name: string, { account, region }: Pick<Desk, 'account' | 'region'>): string {
  return `arn:aws:logs:${region}:${account}:log-group:${name}`;
}

export function invalid(message: string): never {
  refuse('InvalidParameterException', message);
}

export function constraint(value: string | number, member: string, constraint: string): never {
  invalid(`1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ${constraint}`);
}
