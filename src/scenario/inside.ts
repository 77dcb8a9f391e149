/**
 * An HTTPS agent that stands in an instance: names are those of its resolver, packets leave from its namespace, and TLS is to
 * AWS's own names, which must be in the certificate of whoever answers.
 */
import { Agent } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import { tcpSocket } from '../host/sockets.ts';

/** From where, and how a name is looked up there. */
export interface Doorstep {
  readonly netns: string;
  /** Rejects where the name has no address. */
  lookUp(host: string): Promise<string>;
}

/** What does not answer a connection in this time drops it. */
export const CONNECT_MS = 3_000;
/** Longer than any answer takes. */
const IDLE_MS = 60_000;

/** `ca`: the certificate that instances trust, PEM. */
export function insideAgent({ netns, lookUp }: Doorstep, ca: string | Buffer): Agent {
  class InsideAgent extends Agent {
    // Node calls it with what a TLS connection needs and takes the socket from the callback.
    override createConnection(
      options: ConnectionOptions,
      done: (error: Error | null, socket: Duplex) => void,
    ): undefined {
      const host = options.host ?? '';
      lookUp(host).then(
        (address) => {
          const socket = new Socket({ fd: tcpSocket(netns) });
          socket.connect({ host: address, port: options.port ?? 443 });
          socket.setTimeout(CONNECT_MS, () => socket.destroy(timedOut(address)));
          socket.once('connect', () => socket.setTimeout(IDLE_MS));
          const secure = connect({ ...options, socket, servername: host, ca });
          // Its namespace goes before it does: nobody would end it, and this process would wait for it.
          secure.once('close', () => socket.destroy());
          done(null, secure);
        },
        (error) => done(error as Error, new Socket()),
      );
      return undefined;
    }
  }
  return new InsideAgent({ keepAlive: false });
}

/** By the name that the SDK gives it. */
function timedOut(address: string): Error {
  return Object.assign(new Error(`${address} does not answer`), { name: 'TimeoutError' });
}
