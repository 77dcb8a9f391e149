/**
 * Events of one's own into the stream, and whether an event would match a pattern.
 * https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html
 */
import type { PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import type { StreamEvent } from '../../model/events.ts';
import { type Context, reply } from '../action.ts';
import { eventsAction } from './action.ts';
import { checkBus, validation } from './find.ts';
import { checkPattern } from './rules.ts';

/** Of an entry's texts together. AWS takes 256 KB of all entries; the stream is bounded by the number of its events. */
const MOST_BYTES = 32 * 1024;

const MOST_ENTRIES = 10;
/** What nests deeper could not be handed out again. A limit of Culvert's own. */
const DEEPEST = 1000;

type Fault = readonly [code: string, message: string];

/** Each entry is told or refused by itself. */
export const putEvents = eventsAction<'PutEvents'>(
  { Entries: { Source: true, DetailType: true, Detail: true, Resources: true, Time: true, EventBusName: true } },
  (input, context) => {
    if (input.Entries.length < 1 || input.Entries.length > MOST_ENTRIES) {
      const bound = input.Entries.length < 1 ? 'greater than or equal to 1' : `less than or equal to ${MOST_ENTRIES}`;
      validation(
        `1 validation error detected: Value at 'entries' failed to satisfy constraint: Member must have length ${bound}`,
      );
    }
    const events: StreamEvent[] = [];
    const answers = input.Entries.map((entry) => {
      const made = eventOf(entry, context);
      if (!('id' in made)) return { ErrorCode: made[0], ErrorMessage: made[1] };
      events.push(made);
      return { EventId: made.id };
    });
    return { edits: [], events, output: { FailedEntryCount: answers.length - events.length, Entries: answers } };
  },
);

function eventOf(entry: PutEventsRequestEntry, context: Context): StreamEvent | Fault {
  const { Source: source = '', DetailType: detailType = '', Detail: text = '', Resources: resources = [] } = entry;
  checkBus(context, entry.EventBusName);
  for (const [name, value] of Object.entries({ Source: source, DetailType: detailType, Detail: text })) {
    if (value === '')
      return ['InvalidArgument', `Parameter ${name} is not valid. Reason: ${name} is a required argument.`];
  }
  // Culvert tells for itself what AWS tells nothing of.
  if (/^(aws\.|culvert$)/.test(source)) return ['NotAuthorizedForSourceException', 'Not authorized for the source.'];
  const bytes = Buffer.byteLength([source, detailType, text, ...resources].join(''));
  if (bytes > MOST_BYTES)
    validation(`Total size of the entries in the request is over the limit: of an entry, ${MOST_BYTES} bytes here.`);
  const detail = objectIn(text);
  if (detail === undefined) return ['MalformedDetail', 'Detail is malformed.'];
  const { account, region } = context;
  const digits = context.hex(32);
  const id = digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  const at = entry.Time?.toISOString() ?? context.now;
  return { id, at, account, region, source, detailType, resources, detail };
}

function objectIn(text: string): object | undefined {
  try {
    const given: unknown = JSON.parse(text);
    return typeof given === 'object' && given !== null && !Array.isArray(given) && fits(given, DEEPEST)
      ? given
      : undefined;
  } catch {
    return undefined;
  }
}

function fits(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return true;
  return levels > 0 && Object.values(value).every((inner) => fits(inner, levels - 1));
}

const ENVELOPE = ['id', 'account', 'source', 'time', 'region', 'resources', 'detail-type'];

export const testEventPattern = eventsAction<'TestEventPattern'>({ EventPattern: true, Event: true }, (input) => {
  const pattern = checkPattern(input.EventPattern);
  const event = objectIn(input.Event) ?? validation('Parameter Event is not valid.');
  const missing = ENVELOPE.filter((name) => !Object.hasOwn(event, name));
  if (missing.length > 0) validation(`Parameter Event is not valid. Reason: it lacks ${missing.join(', ')}.`);
  return reply({ Result: pattern.matches(event) });
});
