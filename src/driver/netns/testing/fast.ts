/** Whether packets go the fast way: for tests of the fast path. */
import assert from 'node:assert/strict';
import { type FastPathCounters, fastPathCounters } from '../fast-path.ts';
import type { Connection } from './lab.ts';

const PATIENCE_MS = 10_000;

export function carried(): FastPathCounters {
  const counters = fastPathCounters();
  assert.ok(counters);
  return counters;
}

const SILENT_MS = 30_000;

/** Until both directions of an echo are carried at each of so many routers. */
export async function becomesFast(connection: Connection, routers = 2): Promise<void> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    const start = carried().packets;
    assert.ok(await connection.echoes());
    if (carried().packets - start >= 2 * routers) return;
  }
  assert.fail('its packets never went the fast way');
}

/** Sends so many bytes to who echoes them, and waits for the last. */
export async function exchange({ socket }: Connection, bytes: number): Promise<void> {
  const whole = new Promise<void>((resolve, reject) => {
    let left = bytes;
    // Not waited for: what is over, or says nothing for so long, echoes nothing more.
    socket.once('close', () => reject(new Error(`it ended, and ${left} bytes did not come back`)));
    socket.setTimeout(SILENT_MS, () => socket.destroy());
    socket.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left <= 0) resolve();
    });
  });
  socket.write(Buffer.alloc(bytes, 'x'));
  await whole;
}
