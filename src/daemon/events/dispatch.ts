/** Which rules an event matches, and what is to be sent to their targets. Pure. */
import { envelopeOf } from '../../api/eventbridge/envelope.ts';
import { patternOf } from '../../model/event-pattern.ts';
import type { StreamEvent } from '../../model/events.ts';
import { type Intent, owner } from '../../model/intent.ts';
import type { EventTarget, PendingEvent } from '../../model/resources.ts';

/** To all targets of all rules of the event's own account and region. `newId`: 32 hexadecimal digits. */
export function dispatched(event: StreamEvent, intent: Intent, now: string, newId: () => string): PendingEvent[] {
  const rules = intent.table('eventRule').by('owner', owner(event.account, event.region));
  if (rules.length === 0) return [];
  const envelope = envelopeOf(event);
  const { account, region } = event;
  return rules
    .filter((rule) => rule.isEnabled && patternOf(rule).matches(envelope))
    .flatMap(({ targets }) => targets)
    .map((target) => ({
      ...{ kind: 'pendingEvent', id: newId(), account, region, tags: {}, createdAt: now },
      ...{ destination: target.arn, subject: null, messageGroupId: target.messageGroupId },
      message: messageOf(target, envelope),
    }));
}

function messageOf({ input, inputPath }: EventTarget, envelope: object): string {
  if (input !== null) return input;
  if (inputPath === null) return JSON.stringify(envelope);
  let value: unknown = envelope;
  for (const name of inputPath.split('.').slice(1)) {
    value =
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Record<string, unknown>)[name]
        : undefined;
  }
  return JSON.stringify(value ?? null);
}
