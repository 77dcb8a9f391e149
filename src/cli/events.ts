/**
 * `culvert events`: the stream of events, the oldest first: when, whose, from what source, of what type, on what, and what it says.
 * `--follow`: those to come too. `--json`: EventBridge's own form, an event a line; the id of the last one is what `--after` takes.
 */
import type { Envelope } from '../api/eventbridge/envelope.ts';
import type { AnsweredEvents } from '../daemon/events/answer.ts';
import type { Paths } from '../host/paths.ts';
import { ask } from './control.ts';
import { follow } from './follow.ts';
import { letters, type Pen, penFor, spanOf } from './text.ts';

export interface EventWishes {
  readonly follow?: boolean;
  readonly json?: boolean;
  readonly account?: string;
  readonly region?: string;
  readonly source?: string;
  readonly detailType?: string;
  readonly since?: string;
  readonly after?: string;
}

export async function events(paths: Paths, wishes: EventWishes): Promise<void> {
  const { account, region, source, detailType, since, after, json = false } = wishes;
  const pen = penFor(process.stdout);
  const filter = new URLSearchParams({
    ...(account !== undefined && { account }),
    ...(region !== undefined && { region }),
    ...(source !== undefined && { source }),
    ...(detailType !== undefined && { 'detail-type': detailType }),
    ...(since !== undefined && { since: new Date(Date.now() - spanOf(since)).toISOString() }),
  });
  let place = after === undefined ? 'cursor=0' : `after=${encodeURIComponent(after)}`;
  await follow(wishes.follow === true, async () => {
    const page = await ask<AnsweredEvents>(paths, 'GET', `/culvert/events?${filter}&${place}`);
    for (const event of page.events) process.stdout.write(`${json ? JSON.stringify(event) : eventLine(event, pen)}\n`);
    place = `cursor=${page.cursor}`;
    return page.isFull;
  });
}

/** Most are no longer: what follows stands in columns. */
const SOURCE_WIDTH = 'aws.ec2'.length;
const TYPE_WIDTH = 'Transit Gateway Attachment State Change'.length;

export function eventLine(event: Envelope, pen: Pen): string {
  const { time, region, account, source, detail } = event;
  const said: Said = { ...textsIn(detail), userIdentity: textsIn((detail as WithUser).userIdentity) };
  return [
    pen('dim', time),
    account,
    region,
    letters(source).padEnd(SOURCE_WIDTH),
    letters(event['detail-type']).padEnd(TYPE_WIDTH),
    ...(said.eventName === undefined
      ? [pen('bold', resourcesOf(event.resources, said)), change(said, pen)]
      : [call(said, pen)]),
  ]
    .join('  ')
    .trimEnd();
}

interface WithUser {
  readonly userIdentity?: unknown;
}

/** Customers' own events say whatever they like: what is no text or number is not shown. */
function textsIn(value: unknown): Readonly<Record<string, string>> {
  const members = Object.entries(typeof value === 'object' && value !== null ? value : {});
  return Object.fromEntries(
    members.flatMap(([name, each]) =>
      typeof each === 'string' || typeof each === 'number' ? [[name, letters(String(each))]] : [],
    ),
  );
}

/** What may stand in a detail, whoever's event it is. */
interface Said {
  readonly state?: string;
  readonly State?: string;
  readonly previousState?: string;
  readonly event?: string;
  readonly reason?: string;
  readonly targetId?: string;
  readonly port?: string;
  readonly eventName?: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly sourceIPAddress?: string;
  readonly userIdentity?: { readonly arn?: string };
  readonly vpcEndpointId?: string;
}

/** By their ids; a target group has a name before its own. */
function resourcesOf(resources: readonly string[], { targetId, port, vpcEndpointId }: Said): string {
  const ids = resources.map((arn) =>
    letters(arn).replace(/^arn:[^:]*:[^:]*:[^:]*:[^:]*:(?:targetgroup\/|loadbalancer\/net\/|[^/]*\/)?/, ''),
  );
  if (targetId !== undefined) return `${targetId}:${port} in ${ids.join(' ')}`;
  return vpcEndpointId === undefined || ids.includes(vpcEndpointId)
    ? ids.join(' ')
    : `${vpcEndpointId} to ${ids.join(' ')}`;
}

const COLOURS: ReadonlyMap<string, Parameters<Pen>[0]> = new Map([
  ...['available', 'running', 'active', 'healthy', 'Accept'].map((state) => [state, 'green'] as const),
  ...['failed', 'rejected', 'unhealthy', 'expired', 'deleted', 'terminated', 'Reject', 'Delete'].map(
    (state) => [state, 'red'] as const,
  ),
]);

function change({ state, State, previousState, event, reason }: Said, pen: Pen): string {
  const now = state ?? State ?? event ?? '';
  const coloured = pen(COLOURS.get(now) ?? 'yellow', now);
  const from = previousState === undefined ? '' : `${previousState} → `;
  return `${from}${coloured}${reason === undefined ? '' : `  ${reason}`}`;
}

function call({ eventName = '', userIdentity, sourceIPAddress, errorCode, errorMessage }: Said, pen: Pen): string {
  const who = `by ${userIdentity?.arn}${sourceIPAddress ? ` from ${sourceIPAddress}` : ''}`;
  const failed = errorCode === undefined ? '' : `  ${pen('red', `${errorCode}: ${errorMessage}`)}`;
  return `${pen('bold', eventName)}  ${who}${failed}`;
}
