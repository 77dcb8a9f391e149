/**
 * Two connections made one: what comes from one side goes to the other as fast as that takes it, an end on one side ends the
 * other's input alone, and a break or too long a silence breaks both.
 */
import type { Socket } from 'node:net';

/** A connection as it is spoken (TCP or TLS), and what carries it, which alone can be reset. */
export interface Side {
  readonly socket: Socket;
  readonly raw: Socket;
}

export function relay(client: Side, target: Side, idleMs: number, onIdle: () => void): void {
  for (const [from, to] of [
    [client, target],
    [target, client],
  ] as const) {
    if (from.socket.destroyed) {
      reset(to.raw);
      return;
    }
    from.socket.pipe(to.socket);
    from.socket.once('close', () => {
      if (!from.socket.readableEnded || !from.socket.writableFinished) reset(to.raw);
    });
  }
  // All that passes goes through this one.
  client.socket.setTimeout(idleMs, () => {
    onIdle();
    reset(client.raw);
    reset(target.raw);
  });
}

/** The other end learns at once, and nothing lingers here. */
export function reset(socket: Socket): void {
  if (!socket.destroyed) socket.resetAndDestroy();
}
