/** Connections to targets, from the node's address inside its namespace: the first of several that accepts one. */
import { Socket } from 'node:net';
import { tcpSocket } from '../../host/sockets.ts';
import type { PoolAddress } from '../../plan/plan.ts';

/** A target that does not answer by then is passed over. */
const CONNECT_MS = 3_000;

/** The address has no port left for that target. */
const NO_PORT = 'EADDRNOTAVAIL';

export interface Dialled {
  readonly socket: Socket;
  readonly target: PoolAddress;
}

export interface DialOptions {
  readonly netns: string;
  readonly from: string;
  readonly targets: readonly PoolAddress[];
  /** Ends it: nobody waits any more. */
  readonly signal: AbortSignal;
  onFailure(outOfPorts: boolean): void;
}

/** Undefined: none of them. Throws where the host could not make a socket. */
export async function dial({ netns, from, targets, signal, onFailure }: DialOptions): Promise<Dialled | undefined> {
  for (const target of targets) {
    if (signal.aborted) return undefined;
    const socket = new Socket({ fd: tcpSocket(netns, { address: from, port: 0 }), allowHalfOpen: true });
    const failure = await connected(socket, target, signal);
    if (failure === undefined) return { socket, target };
    socket.destroy();
    if (!signal.aborted) onFailure(failure.code === NO_PORT);
  }
  return undefined;
}

/** Undefined: it is. */
function connected(
  socket: Socket,
  target: PoolAddress,
  signal: AbortSignal,
): Promise<NodeJS.ErrnoException | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => end(new Error('no answer')), CONNECT_MS);
    const abort = () => end(new Error('nobody waits'));
    function end(result?: NodeJS.ErrnoException): void {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
      resolve(result);
    }
    signal.addEventListener('abort', abort);
    socket.on('error', end);
    socket.connect({ host: target.address, port: target.port }, () => {
      socket.setNoDelay(true);
      end();
    });
  });
}
