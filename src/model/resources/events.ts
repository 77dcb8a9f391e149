/** Rules of EventBridge: which events go where, and those that are on their way. */
import type { Resource } from './resource.ts';

/** A rule on the default event bus; `id` is its ARN. */
export interface EventRule extends Resource {
  readonly kind: 'eventRule';
  readonly name: string;
  /** As the customer gave it; parsed before it was stored. */
  readonly pattern: string;
  readonly isEnabled: boolean;
  readonly description: string | null;
  /** In the order in which they were first put. */
  readonly targets: readonly EventTarget[];
}

export interface EventTarget {
  /** The customer's name for it, unique in the rule. */
  readonly id: string;
  /** Of a queue, a topic or a log group of the rule's account and region. */
  readonly arn: string;
  /** JSON that is sent in place of the event; null: none. */
  readonly input: string | null;
  /** "$.detail.state": what of the event is sent; null: all of it. */
  readonly inputPath: string | null;
  /** The message group of a FIFO queue; null: another queue. */
  readonly messageGroupId: string | null;
}

/** An event on its way to a place of its account and region: stored with what it tells of, removed once it is there. */
export interface PendingEvent extends Resource {
  readonly kind: 'pendingEvent';
  /** The ARN of a topic, a queue or a log group. */
  readonly destination: string;
  /** Of a message to a topic; null: none. */
  readonly subject: string | null;
  /** Of a FIFO queue; null: another destination. */
  readonly messageGroupId: string | null;
  /** The message's body, JSON. */
  readonly message: string;
}
