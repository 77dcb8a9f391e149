/**
 * The package mirrors of the Plan, over HTTP in the internet domain: one server for all, since all have the same files. Who can
 * reach it is the driver's to say: instances with a way out to the internet.
 */
import { createReadStream } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Log } from '../../host/log.ts';
import type { Plan } from '../../plan/plan.ts';
import { type Listeners, stopServer, trackConnections } from '../listeners.ts';
import { respondMirror } from './respond.ts';

const DOMAIN = 'internet';
const MAX_HEADER_BYTES = 16_384;
const REQUEST_MS = 10_000;

export interface MirrorServer {
  /** Faults: a sentence for each listener that could not be opened. */
  apply(plan: Pick<Plan, 'mirrors'>): string[];
  close(): void;
}

export function createMirrorServer(options: {
  readonly log: Log;
  /** The folder of base images. */
  readonly bases: string;
  readonly listeners: Listeners;
}): MirrorServer {
  const { log, bases, listeners } = options;
  const server = createServer(
    { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: REQUEST_MS, requestTimeout: REQUEST_MS },
    (request, response) => {
      answer(request, response).catch((err) => {
        // A client that went away is no news.
        log.debug({ err, url: request.url }, 'package mirror');
        response.destroy();
      });
    },
  );
  trackConnections(server);

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url = '', headers } = request;
    request.resume();
    const reply = respondMirror(bases, { method, url, ifModifiedSince: headers['if-modified-since'] });
    response.writeHead(reply.status, reply.headers);
    if (reply.path === null) response.end();
    else await pipeline(createReadStream(reply.path), response);
  }

  return {
    apply({ mirrors }) {
      return listeners.apply(
        mirrors.map(({ address, port }) => ({
          domain: DOMAIN,
          address,
          port,
          accept: (socket) => void server.emit('connection', socket),
        })),
      );
    },
    close() {
      listeners.close();
      stopServer(server);
    },
  };
}
