/**
 * Tells the stream of events what happened: API calls that change something, and each change of a watched state. It compares what is with
 * what was told last, which the store keeps in the same transaction as the event: so each is told once, in order, whatever is killed.
 *
 * A commit costs as much as it has edits. All is looked at after a round only, which looks at all anyway. docs/decisions/events.md
 */
import { randomUUID } from 'node:crypto';
import { callDraft } from '../../api/eventbridge/envelope.ts';
import { type Change, WATCHED, type Watched, type World } from '../../api/eventbridge/watched.ts';
import type { Log } from '../../host/log.ts';
import { type Edit, put as putEdit } from '../../model/edit.ts';
import type { EventDraft, StreamEvent, Told } from '../../model/events.ts';
import type { Facts } from '../../model/facts.ts';
import type { AnyResource, Kind, PendingEvent } from '../../model/resources.ts';
import type { Store } from '../store/store.ts';
import { type CallTold, eventOf, isManagement, isReadOnly } from '../trail/event.ts';
import { dispatched as dispatch } from './dispatch.ts';

export interface Teller {
  /** To be called before the call's edits are committed: what it causes is told after it. Calls that only read are not told. */
  called(call: CallTold): void;
  /** Customers' own; as for `called`. */
  happened(events: readonly StreamEvent[]): void;
  /** All that is watched: a round is through, or time has passed. */
  look(): void;
  /** A fact about one resource is another one. */
  lookAt(kind: Kind, id: string): void;
}

export interface TellerParts {
  readonly store: Pick<Store, 'intent' | 'commit' | 'follow' | 'tell' | 'lastTold' | 'hasTold'>;
  readonly facts: Facts;
  readonly log: Log;
  /** Events are on their way to targets of rules. */
  dispatched(): void;
  /** ISO 8601. */
  now(): string;
}

/** Events of an account that wait for their targets: what comes then is in the stream alone. Nobody's keep another's from being sent. */
const MOST_WAITING = 10_000;

const newId = () => randomUUID().replaceAll('-', '');

const BY_KIND = Map.groupBy(WATCHED, ({ kind }) => kind);

/** Takes over what is told with each commit of the store. */
export function createTeller({ store, facts, log, now, dispatched }: TellerParts): Teller {
  const { intent } = store;
  const firstRevision = intent.revision;
  /** A store of before there were events: what is there is no news. */
  let takesOver = !store.hasTold;

  /** What matched, in the order of the stream, and is not committed yet. */
  let matched: PendingEvent[] = [];

  const eventFrom = (draft: EventDraft): StreamEvent => ({ id: randomUUID(), at: now(), ...draft });

  /** Into the stream; what is to be sent to the targets of whatever rule matches waits for `send`. */
  function put(events: readonly StreamEvent[], told: readonly Told[]): void {
    store.tell(events, told);
    for (const event of events) matched.push(...dispatch(event, intent, now(), newId));
  }

  function send(): void {
    const events = [...Map.groupBy(matched, ({ account }) => account)].flatMap(([account, own]) => {
      const room = MOST_WAITING - intent.table('pendingEvent').count('account', account);
      if (own.length > room) log.error({ account }, 'events are not sent to targets of rules: too many wait');
      return own.slice(0, Math.max(room, 0));
    });
    matched = [];
    if (events.length === 0) return;
    store.commit(events.map(putEdit));
    dispatched();
  }

  /**
   * A call was decided as the next revision: what its event sends is a later one, of the same turn and so of the same transaction. A
   * change that the call's own commit tells takes it along, so that a target gets the call first, as the stream has it.
   */
  function putBeforeCommit(events: readonly StreamEvent[]): void {
    put(events, []);
    if (matched.length > 0) queueMicrotask(send);
  }

  /** Undefined: it cannot be told yet. */
  function stateNow(watched: Watched, resource: AnyResource): string | null | undefined {
    const state = watched.state(resource as never, { intent, facts });
    if (facts.appliedRevision >= 0) return state;
    // Before the first round the kernel has what it had, and nobody knows what that is: only what is so either way is so.
    const asBefore: World = { intent, facts: { ...facts, appliedRevision: firstRevision } };
    return state === watched.state(resource as never, asBefore) ? state : undefined;
  }

  function tell(watched: Watched, resource: AnyResource, isEdited: boolean): void {
    const to = stateNow(watched, resource);
    const from = store.lastTold(watched.name, resource.id) ?? null;
    if (to === undefined || to === null || to === from) return;
    if (from === null && takesOver && !isEdited) store.tell([], [toldOf(watched, resource, to)]);
    else tellChange(watched, resource, { from, to });
  }

  function tellChange(watched: Watched, resource: AnyResource, change: Change): void {
    if (watched.isNews?.(change) === false) return;
    const drafts = watched.drafts(resource as never, change, { intent, facts });
    put(drafts.map(eventFrom), [toldOf(watched, resource, change.to)]);
    send();
  }

  function tellRemoved(watched: Watched, resource: AnyResource): void {
    const from = store.lastTold(watched.name, resource.id);
    if (from === undefined) return;
    if (watched.removed !== null && from !== watched.removed)
      tellChange(watched, resource, { from, to: watched.removed });
    store.tell([], [toldOf(watched, resource, null)]);
  }

  store.follow((edits: readonly Edit[], removed: readonly AnyResource[]) => {
    for (const edit of edits) {
      if (edit.op === 'delete' || !BY_KIND.has(edit.resource.kind)) continue;
      // As it is after all of them.
      const resource = intent.table(edit.resource.kind).get(edit.resource.id);
      if (resource !== undefined) for (const watched of BY_KIND.get(resource.kind) ?? []) tell(watched, resource, true);
    }
    for (const resource of removed) {
      if (intent.table(resource.kind).get(resource.id) !== undefined) continue;
      for (const watched of BY_KIND.get(resource.kind) ?? []) tellRemoved(watched, resource);
    }
  });

  return {
    called(call) {
      if (isManagement(call) && !isReadOnly(call.operation)) putBeforeCommit([eventFrom(callDraft(eventOf(call, 0)))]);
    },
    happened: putBeforeCommit,
    look() {
      for (const watched of WATCHED) {
        for (const resource of intent.table(watched.kind).all()) tell(watched, resource, false);
      }
      takesOver = false;
    },
    lookAt(kind, id) {
      const resource = intent.table(kind).get(id);
      if (resource !== undefined) for (const watched of BY_KIND.get(kind) ?? []) tell(watched, resource, false);
    },
  };
}

function toldOf({ name: watched }: Watched, { id }: AnyResource, state: string | null): Told {
  return { watched, id, state };
}
