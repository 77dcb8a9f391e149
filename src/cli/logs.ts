/**
 * `culvert logs`: log groups, or the events of one, as `aws logs tail` writes them; --follow goes on with what comes. Read through
 * the API like any client's, as the default account's root or whoever AWS_ACCESS_KEY_ID is.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { CloudWatchLogs, type FilteredLogEvent, paginateDescribeLogGroups } from '@aws-sdk/client-cloudwatch-logs';
import type { Paths } from '../host/paths.ts';
import { askStatus } from './control.ts';
import { connection } from './env.ts';
import { columns, spanOf } from './text.ts';

const LOOK_MS = 500;
/** Events may come in later than their time says: so far back is looked again. */
const LATE_MS = 60_000;

export interface LogsOptions {
  readonly follow?: boolean;
  readonly filter?: string;
  readonly since: string;
  readonly region: string;
}

export async function logs(paths: Paths, group: string | undefined, options: LogsOptions): Promise<void> {
  const start = Date.now() - spanOf(options.since);
  const { url, credentials } = connection(paths, await askStatus(paths));
  const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env.AWS_ACCESS_KEY_ID ? process.env : credentials;
  const client = new CloudWatchLogs({
    endpoint: url,
    region: options.region,
    credentials: { accessKeyId: AWS_ACCESS_KEY_ID ?? '', secretAccessKey: AWS_SECRET_ACCESS_KEY ?? '' },
  });
  try {
    if (group === undefined) return await listGroups(client);
    const of = { logGroupName: group, ...(options.filter !== undefined && { filterPattern: options.filter }) };
    for await (const event of tail(client, of, start, options.follow === true))
      process.stdout.write(`${lineOf(event)}\n`);
  } finally {
    client.destroy();
  }
}

/**
 * Each event once, oldest first as far as they come in time; ends with the last one that there is, or never if it follows.
 * `start`: milliseconds since 1970.
 */
export async function* tail(
  client: Pick<CloudWatchLogs, 'filterLogEvents'>,
  of: { readonly logGroupName: string; readonly filterPattern?: string },
  start: number,
  follows: boolean,
  waitMs = LOOK_MS,
): AsyncGenerator<FilteredLogEvent> {
  let from = start;
  let seen = new Map<string, number>();
  for (;;) {
    let nextToken: string | undefined;
    let newest = from;
    do {
      const page = await client.filterLogEvents({
        ...of,
        startTime: from,
        ...(nextToken !== undefined && { nextToken }),
      });
      for (const event of page.events ?? []) {
        const { eventId = '', timestamp = 0 } = event;
        newest = Math.max(newest, timestamp);
        if (seen.has(eventId)) continue;
        seen.set(eventId, timestamp);
        yield event;
      }
      nextToken = page.nextToken;
    } while (nextToken !== undefined);
    if (!follows) return;
    from = Math.max(start, newest - LATE_MS);
    seen = new Map([...seen].filter(([, time]) => time >= from));
    await delay(waitMs);
  }
}

async function listGroups(client: CloudWatchLogs): Promise<void> {
  const rows: string[][] = [];
  for await (const { logGroups = [] } of paginateDescribeLogGroups({ client }, {})) {
    for (const { logGroupName = '', storedBytes = 0, retentionInDays } of logGroups) {
      rows.push([logGroupName, `${storedBytes} bytes`, retentionInDays === undefined ? '' : `${retentionInDays} days`]);
    }
  }
  if (rows.length > 0) process.stdout.write(`${columns(rows, '').join('\n')}\n`);
}

function lineOf({ timestamp = 0, logStreamName = '', message = '' }: FilteredLogEvent): string {
  return `${new Date(timestamp).toISOString()} ${logStreamName} ${message.trimEnd()}`;
}
