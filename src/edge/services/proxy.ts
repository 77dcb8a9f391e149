/**
 * Passes a request on as it came, Host and signature untouched, and its answer back: to control over its socket, or to a
 * backend that was attached by URL. Nothing is retried here; clients do that.
 */
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { PassThrough } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ARRIVAL_HEADER, type ArrivalHeader } from '../../host/arrival-header.ts';
import { Fault } from '../../host/fault.ts';
import { HOP_BY_HOP } from '../../host/hop-by-hop.ts';

export type Upstream = { readonly socketPath: string } | { readonly url: string };

/** And what was answered here, 100 Continue, and what only we may say. */
const NOT_PASSED_ON = new Set([...HOP_BY_HOP, ARRIVAL_HEADER, 'expect']);
const CONNECTIONS = 64;
/** Longer than the longest poll (20 s) and than an API call that waits for its commit. */
const SILENCE_MS = 120_000;

/** Of an answer that a client does not read yet: the upstream is done with most of them then. */
const AHEAD_BYTES = 256 * 1024;

const http = new HttpAgent({ keepAlive: true, maxSockets: CONNECTIONS });
const https = new HttpsAgent({ keepAlive: true, maxSockets: CONNECTIONS });

/**
 * Resolves when the answer is through. Throws a Fault when the upstream could not be asked: nothing was answered yet.
 * `body`: what was read of the request already; otherwise its stream is passed on. `told`: to control, never by a client.
 */
export async function proxy(
  upstream: Upstream,
  request: IncomingMessage,
  response: ServerResponse,
  given: { readonly body?: Buffer; readonly told?: ArrivalHeader } = {},
): Promise<void> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const answer = await ask(upstream, request, given, gone.signal);
  response.writeHead(answer.statusCode ?? 502, passedOn(answer));
  await pipeline(answer, new PassThrough({ highWaterMark: AHEAD_BYTES }), response);
}

function ask(
  upstream: Upstream,
  request: IncomingMessage,
  { body, told }: { readonly body?: Buffer; readonly told?: ArrivalHeader },
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const target = 'url' in upstream ? new URL(upstream.url) : undefined;
  const name = 'url' in upstream ? upstream.url : upstream.socketPath;
  const prefix = target === undefined ? '' : target.pathname.replace(/\/$/, '');
  return new Promise((resolve, reject) => {
    const options = {
      method: request.method ?? 'GET',
      path: `${prefix}${request.url ?? '/'}`,
      headers: [...passedOn(request, body), ...(told === undefined ? [] : [ARRIVAL_HEADER, JSON.stringify(told)])],
      timeout: SILENCE_MS,
      signal,
    };
    const outgoing =
      target === undefined
        ? httpRequest({ ...options, agent: http, socketPath: name })
        : target.protocol === 'https:'
          ? httpsRequest(target, { ...options, agent: https })
          : httpRequest(target, { ...options, agent: http });
    outgoing.on('timeout', () => outgoing.destroy(new Error('no answer in time')));
    outgoing.on('response', resolve);
    outgoing.on('error', (error) => reject(new Fault(`${name} does not answer`, error)));
    if (body !== undefined) outgoing.end(body.length === 0 ? undefined : body);
    // An upstream may answer before it has read all, and a client may leave: either end tells its own story.
    else pipeline(request, outgoing).catch(() => undefined);
  });
}

/**
 * A flat list, names and order kept, as Node takes it back. How long the body is must be said again: Node sends the body of
 * a GET or DELETE without that as it is, and the upstream would read it as requests of their own.
 */
function passedOn(message: IncomingMessage, body?: Buffer): string[] {
  const dropped = new Set([...NOT_PASSED_ON, ...(message.headers.connection ?? '').toLowerCase().split(/\s*,\s*/)]);
  if (body === undefined) dropped.delete('content-length');
  else dropped.add('content-length');
  const kept: string[] = [];
  for (let at = 0; at + 1 < message.rawHeaders.length; at += 2) {
    const [name = '', value = ''] = message.rawHeaders.slice(at, at + 2);
    if (!dropped.has(name.toLowerCase())) kept.push(name, value);
  }
  if (body !== undefined && (body.length > 0 || message.method === 'POST' || message.method === 'PUT'))
    kept.push('Content-Length', String(body.length));
  if (body === undefined && message.headers['transfer-encoding'] !== undefined)
    kept.push('Transfer-Encoding', 'chunked');
  return kept;
}
