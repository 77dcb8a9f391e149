/** Instances that shut themselves down or crashed: their end is put into the Intent as soon as it is known. */
import { endedInstances } from '../api/ec2/instance/ended.ts';
import { now } from '../host/clock.ts';
import type { Facts } from '../model/facts.ts';
import type { Store } from './store/store.ts';

/** To be called when a machine's fact says that it ended; `changed` is called where the Intent was. */
export function createEnds(store: Pick<Store, 'intent' | 'commit'>, facts: Facts, changed: () => void): () => void {
  return () => {
    const edits = endedInstances(store.intent, facts, now());
    if (edits.length === 0) return;
    store.commit(edits);
    changed();
  };
}
