/** For kernel tests: clients of the AWS SDK that stand in an instance: its resolver, its addresses, TLS to AWS's own names. */
import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type ConnectionOptions, connect } from 'node:tls';
import { tcpSocket } from '../src/host/sockets.ts';
import { REGION, type TestCulvert } from './culvert.ts';
import { lookUp } from './flows.ts';
import type { Site } from './private-service.ts';

export interface Inside {
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  readonly maxAttempts: number;
  readonly requestHandler: { readonly httpsAgent: Agent; readonly connectionTimeout: number };
}

const CONNECT_MS = 3_000;
/** Longer than anything here waits for an answer. */
const IDLE_MS = 60_000;

/** Options for a client. The addresses that names led to are added to `reached`. */
export function inside(
  culvert: TestCulvert,
  { netns }: Pick<Site, 'netns'>,
  credentials: Inside['credentials'],
  reached: Set<string> = new Set(),
): Inside {
  const ca = readFileSync(culvert.paths.caCert);

  class InsideAgent extends Agent {
    // Node calls it with what a TLS connection needs and takes the socket from the callback.
    override createConnection(
      options: ConnectionOptions,
      done: (error: Error | null, socket: Duplex) => void,
    ): undefined {
      const host = options.host ?? '';
      lookUp(netns, host).then(
        (found) => {
          const address = typeof found === 'string' ? undefined : found[0];
          if (address === undefined) return done(new Error(`no address of ${host}`), new Socket());
          reached.add(address);
          const socket = new Socket({ fd: tcpSocket(netns) });
          socket.connect({ host: address, port: options.port ?? 443 });
          socket.setTimeout(CONNECT_MS, () => socket.destroy(new Error('timed out')));
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

  return {
    region: REGION,
    credentials,
    maxAttempts: 1,
    requestHandler: { httpsAgent: new InsideAgent({ keepAlive: false }), connectionTimeout: CONNECT_MS },
  };
}
