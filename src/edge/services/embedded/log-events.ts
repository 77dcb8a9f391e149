/**
 * CloudWatch Logs' events: written in batches, read from a stream in either direction, or searched through a group.
 * https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
 */
import type * as Logs from '@aws-sdk/client-cloudwatch-logs';
import { checkLimit, constraint, type Desk, groupNamed, groupOf, invalid, streamNamed } from './log-desk.ts';
import { parsePattern } from './log-pattern.ts';
import { EVENT_BYTES, type LogEvent, type Place } from './log-store.ts';

const HOUR_MS = 3_600_000;
const MAX_AGE_MS = 14 * 24 * HOUR_MS;
const MAX_AHEAD_MS = 2 * HOUR_MS;
const MAX_SPAN_MS = 24 * HOUR_MS;
const MAX_BATCH_BYTES = 1_048_576;
const MAX_EVENTS = 10_000;
const MAX_STREAMS = 100;
const PAGE_BYTES = 1_048_576;
/** Events that one page of FilterLogEvents looks at: what few match is found page by page. */
const MAX_LOOKED_AT = 20_000;
const START: Place = { time: 0, seq: 0 };
const END: Place = { time: Number.MAX_SAFE_INTEGER, seq: 0 };

/** Events that AWS would not take any more, or not yet, are left out and told of; the others are kept. */
export function putEvents({ logGroupName, logStreamName, logEvents = [] }: Logs.PutLogEventsCommandInput, desk: Desk) {
  const { store, now } = desk;
  if (logEvents.length === 0 || logEvents.length > MAX_EVENTS) {
    const bound = logEvents.length === 0 ? 'greater than or equal to 1' : `less than or equal to ${MAX_EVENTS}`;
    constraint(`[${logEvents.length} log events]`, 'logEvents', `Member must have length ${bound}`);
  }
  const events = logEvents.map(({ timestamp = 0, message = '' }) => ({ time: timestamp, message }));
  const empty = events.findIndex(({ message }) => message === '');
  if (empty >= 0) {
    const constrained = 'Member must have length greater than or equal to 1';
    constraint('', `logEvents.${empty + 1}.member.message`, constrained);
  }
  const bytes = events.map(({ message }) => Buffer.byteLength(message) + EVENT_BYTES);
  const largest = Math.max(...bytes);
  if (largest > MAX_BATCH_BYTES) invalid(`Log event too large: ${largest} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
  const total = bytes.reduce((sum, each) => sum + each, 0);
  if (total > MAX_BATCH_BYTES) invalid(`Upload too large: ${total} bytes exceeds limit of ${MAX_BATCH_BYTES}`);
  if (events.some(({ time }, at) => at > 0 && time < (events[at - 1]?.time ?? 0))) {
    invalid('Log events in a single PutLogEvents request must be in chronological order.');
  }
  const group = groupNamed(store, logGroupName);
  const stream = streamNamed(store, group, logStreamName);
  const expired = group.days === null ? 0 : now - group.days * 24 * HOUR_MS;
  const tooOld = events.filter(({ time }) => time < now - MAX_AGE_MS).length;
  const tooOldHere = events.filter(({ time }) => time < expired).length;
  const tooNew = events.findIndex(({ time }) => time > now + MAX_AHEAD_MS);
  const valid = events.slice(Math.max(tooOld, tooOldHere), tooNew < 0 ? undefined : tooNew);
  if ((valid.at(-1)?.time ?? 0) - (valid[0]?.time ?? 0) > MAX_SPAN_MS) {
    invalid('The batch of log events in a single PutLogEvents request cannot span more than 24 hours.');
  }
  if (valid.length > 0) store.append(group, stream, valid);
  const rejected = {
    ...(tooNew >= 0 && { tooNewLogEventStartIndex: tooNew }),
    ...(tooOld > 0 && { tooOldLogEventEndIndex: tooOld }),
    ...(tooOldHere > tooOld && { expiredLogEventEndIndex: tooOldHere }),
  };
  return Object.keys(rejected).length === 0 ? {} : { rejectedLogEventsInfo: rejected };
}

/** Without a token the newest, or the oldest if startFromHead; always told oldest first. */
export function getEvents(input: Logs.GetLogEventsCommandInput, desk: Desk) {
  const { store } = desk;
  const group = groupOf(desk, input);
  const stream = streamNamed(store, group, input.logStreamName);
  const token = input.nextToken === undefined ? undefined : readToken(input.nextToken, 'bf');
  const isForward = token === undefined ? input.startFromHead === true : token.direction === 'f';
  const place = token?.place ?? START;
  const events = store.events(group, stream, {
    from: input.startTime ?? 0,
    to: (input.endTime ?? Number.MAX_SAFE_INTEGER) - 1,
    after: isForward ? place : START,
    before: isForward || token === undefined ? END : place,
    newestFirst: !isForward,
  });
  const { taken } = fill(events, input.limit, () => true);
  if (!isForward) taken.reverse();
  const [first, last] = [taken[0], taken.at(-1)];
  return {
    events: taken.map(({ time, message, ingested }) => ({ timestamp: time, message, ingestionTime: ingested })),
    nextForwardToken: writeToken('f', last === undefined ? place : behind(last)),
    nextBackwardToken: writeToken('b', first ?? place),
  };
}

export function filterEvents(input: Logs.FilterLogEventsCommandInput, desk: Desk) {
  const { store } = desk;
  const group = groupOf(desk, input);
  const { logStreamNames: names, logStreamNamePrefix: prefix, filterPattern = '' } = input;
  if (names !== undefined && prefix !== undefined) {
    invalid('logStreamNames and logStreamNamePrefix are mutually exclusive parameters.');
  }
  if (names !== undefined && (names.length < 1 || names.length > MAX_STREAMS)) {
    const bound = names.length < 1 ? 'greater than or equal to 1' : `less than or equal to ${MAX_STREAMS}`;
    constraint(`[${names.length} names]`, 'logStreamNames', `Member must have length ${bound}`);
  }
  const streams = names?.map((name) => streamNamed(store, group, name));
  const isWanted = (name: string) => names?.includes(name) ?? (prefix === undefined || name.startsWith(prefix));
  const matches = parsePattern(filterPattern);
  const newestFirst = input.startFromHead === false;
  const place = input.nextToken === undefined ? undefined : readToken(input.nextToken, 'n').place;
  const events = store.events(group, streams?.length === 1 ? (streams[0] ?? null) : null, {
    from: input.startTime ?? 0,
    to: input.endTime ?? Number.MAX_SAFE_INTEGER,
    after: newestFirst ? START : (place ?? START),
    before: newestFirst ? (place ?? END) : END,
    newestFirst,
  });
  const { taken, last } = fill(events, input.limit, ({ stream, message }) => isWanted(stream) && matches(message));
  return {
    events: taken.map(({ seq, stream, time, message, ingested }) => ({
      logStreamName: stream,
      timestamp: time,
      message,
      ingestionTime: ingested,
      eventId: `${time}${String(seq).padStart(43, '0')}`,
    })),
    searchedLogStreams: [],
    ...(last !== undefined && { nextToken: writeToken('n', newestFirst ? last : behind(last)) }),
  };
}

/** As many as a page holds; `last`: the last one that was looked at, undefined where there is none behind it. */
function fill(events: IterableIterator<LogEvent>, limit: number | undefined, matches: (event: LogEvent) => boolean) {
  const most = limit ?? MAX_EVENTS;
  checkLimit(most, MAX_EVENTS);
  const taken: LogEvent[] = [];
  let left = PAGE_BYTES;
  let looked = 0;
  let last: LogEvent | undefined;
  for (const event of events) {
    const fits = taken.length < most && (left >= event.bytes || taken.length === 0) && looked < MAX_LOOKED_AT;
    if (!fits) return { taken, last };
    last = event;
    looked++;
    if (!matches(event)) continue;
    taken.push(event);
    left -= event.bytes;
  }
  return { taken, last: undefined };
}

function behind({ time, seq }: Place): Place {
  return { time, seq: seq + 1 };
}

function writeToken(direction: string, { time, seq }: Place): string {
  return `${direction}/${String(time).padStart(16, '0')}${String(seq).padStart(16, '0')}`;
}

function readToken(text: string, directions: string): { readonly direction: string; readonly place: Place } {
  const [, direction = '', time, seq] = /^([bfn])\/(\d{16})(\d{16})$/.exec(text) ?? [];
  if (!directions.includes(direction) || time === undefined) invalid('The specified nextToken is invalid.');
  return { direction, place: { time: Number(time), seq: Number(seq) } };
}
