/**
 * What `culvert events` asks on control.sock: events after a place in the stream, oldest first. `after` is the id of an event that was
 * had before, `cursor` what the page before ended with; without both it begins with the oldest that is kept.
 */
import type { ServerResponse } from 'node:http';
import { type Envelope, envelopeOf } from '../../api/eventbridge/envelope.ts';
import { sendJson, sendText } from '../http.ts';
import type { Store } from '../store/store.ts';

export interface AnsweredEvents {
  readonly events: readonly Envelope[];
  /** Where the next page begins. */
  readonly cursor: number;
  /** Whether there may be more already. */
  readonly isFull: boolean;
}

/** Events of one answer. */
const PAGE = 1000;

export async function answerEvents(store: Store, asked: URLSearchParams, response: ServerResponse): Promise<void> {
  await store.durable();
  const afterId = asked.get('after');
  const after = afterId === null ? Number(asked.get('cursor') ?? 0) : await store.placeOf(afterId);
  if (after === undefined) return sendText(response, 400, `there is no event ${afterId}, or it is not kept any more\n`);
  const filter = {
    account: asked.get('account'),
    region: asked.get('region'),
    source: asked.get('source'),
    detailType: asked.get('detail-type'),
    since: asked.get('since'),
  };
  const { events, cursor } = await store.events(filter, after, PAGE);
  const answer: AnsweredEvents = { events: events.map(envelopeOf), cursor, isFull: events.length === PAGE };
  sendJson(response, 200, answer);
}
