/** Reading a stream to its end, and on from there: what `culvert trail --follow` and `culvert events --follow` share. */
import { setTimeout as delay } from 'node:timers/promises';
import { BeingStarted } from './control.ts';

const LOOK_MS = 500;

/**
 * `next` reads on from where it was; true: there may be more at once. Ends at the end, or never if it follows: then it also waits for a
 * control process that is being started, and goes on with the same place in the stream.
 */
export async function follow(follows: boolean, next: () => Promise<boolean>): Promise<void> {
  for (;;) {
    try {
      while (await next());
    } catch (error) {
      if (!follows || !(error instanceof BeingStarted)) throw error;
    }
    if (!follows) return;
    await delay(LOOK_MS);
  }
}
