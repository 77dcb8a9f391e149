/** The stream of events: what was called, and what changed its state, each once and in order. https://docs.aws.amazon.com/eventbridge/latest/ref/overiew-event-structure.html */

export interface StreamEvent {
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** Whose it is, and where. */
  readonly account: string;
  readonly region: string;
  /** "aws.ec2"; "culvert": AWS tells nothing of the kind. */
  readonly source: string;
  /** "EC2 Instance State-change Notification". */
  readonly detailType: string;
  /** ARNs; empty: none are named. */
  readonly resources: readonly string[];
  /** In AWS's spelling where it is AWS's event. */
  readonly detail: object;
}

/** Before it is told: the teller adds which one it is. */
export type EventDraft = Omit<StreamEvent, 'id' | 'at'>;

/** The last state that was told of something watched; null: it is gone, and its name may be another's. */
export interface Told {
  readonly watched: string;
  readonly id: string;
  readonly state: string | null;
}

/** What each member that is not null says must be so. */
export interface EventFilter {
  readonly account: string | null;
  readonly region: string | null;
  readonly source: string | null;
  readonly detailType: string | null;
  /** ISO 8601: no older ones. */
  readonly since: string | null;
}

/** Events after a place in the stream, the oldest first. */
export interface EventPage {
  readonly events: readonly StreamEvent[];
  /** Where the next page begins. */
  readonly cursor: number;
}
