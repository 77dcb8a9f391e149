/**
 * Node's HTTP as the wire wants it: the request line as it came, every header line, a body with a bound; and passing a request
 * on to another server unread (embedded services in the edge, attached URLs). Knows nothing of AWS.
 */
import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type RequestOptions,
  type Server,
  type ServerResponse,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { pipeline } from 'node:stream/promises';
import { HOP_BY_HOP } from '../host/hop-by-hop.ts';
import type { RawRequest, RawResponse } from '../wire/types.ts';

/** A client that sends nothing for this long is dropped; a long transfer may take as long as it moves. */
const IDLE_MS = 120_000;
const HEADERS_MS = 30_000;
/** Longer than the clients' own idle times, so that it is not us who closes under a request. */
const KEEP_ALIVE_MS = 75_000;

export function createHttpServer(listener: RequestListener): Server {
  const server = createServer(
    { requestTimeout: 0, headersTimeout: HEADERS_MS, keepAliveTimeout: KEEP_ALIVE_MS },
    listener,
  );
  server.setTimeout(IDLE_MS);
  return server;
}

/** The request without its body. */
export function headOf(request: IncomingMessage): Omit<RawRequest, 'body'> {
  const headers: Record<string, string> = Object.create(null);
  for (let at = 0; at < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] as string).toLowerCase();
    const value = request.rawHeaders[at + 1] as string;
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { method: request.method ?? '', path: request.url ?? '', headers };
}

/** At most `limit` + 1 bytes: one too many tells that there were more. What follows is left unread. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk as Buffer);
    length += (chunk as Buffer).length;
    if (length > limit) break;
  }
  return Buffer.concat(chunks, Math.min(length, limit + 1));
}

export function sendRaw(response: ServerResponse, { status, headers, body }: RawResponse, close = false): void {
  response.writeHead(status, {
    ...headers,
    'content-length': Buffer.byteLength(body),
    ...(close ? { connection: 'close' } : {}),
  });
  response.end(body);
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  sendRaw(response, { status, headers: { 'content-type': 'text/plain; charset=utf-8' }, body: text });
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  sendRaw(response, { status, headers: { 'content-type': 'application/json' }, body: `${JSON.stringify(value)}\n` });
}

export type Upstream = { readonly socketPath: string } | { readonly url: string };

/**
 * Passes the request on as it came and the answer back, both as streams. The Host header stays the client's: signatures cover
 * it. Rejects while nothing was answered yet (the other side is not there); later it can only cut the connection.
 */
export async function forward(request: IncomingMessage, response: ServerResponse, upstream: Upstream): Promise<void> {
  const target = request.url ?? '/';
  const headers = passedOn(request);
  const options: RequestOptions = { method: request.method ?? 'GET', headers, setHost: false };
  const onward =
    'socketPath' in upstream
      ? httpRequest({ ...options, socketPath: upstream.socketPath, path: target })
      : requestTo(new URL(upstream.url), options, target);
  const answered = new Promise<IncomingMessage>((resolve, reject) => {
    onward.once('response', resolve);
    onward.once('error', reject);
  });
  response.once('close', () => onward.destroy());
  pipeline(request, onward).catch(() => {
    // An upstream may answer before it has read all; a client may leave. Either end tells its own story below.
  });
  const answer = await answered;
  response.writeHead(answer.statusCode ?? 502, passedOn(answer));
  await pipeline(answer, response).catch(() => response.destroy());
}

function requestTo(base: URL, options: RequestOptions, target: string) {
  const start = base.protocol === 'https:' ? httpsRequest : httpRequest;
  const path = base.pathname.replace(/\/$/, '') + target;
  return start({ ...options, hostname: base.hostname, port: base.port, path });
}

/**
 * `rawHeaders` as Node takes them back: a flat list, names and order kept. That a body comes in chunks must be said again:
 * Node sends the body of a GET or DELETE without that as it is, and the upstream would read it as requests of their own.
 */
function passedOn({ rawHeaders: raw, headers }: IncomingMessage): string[] {
  const kept: string[] = [];
  for (let at = 0; at < raw.length; at += 2) {
    if (!HOP_BY_HOP.has((raw[at] as string).toLowerCase())) kept.push(raw[at] as string, raw[at + 1] as string);
  }
  if (headers['transfer-encoding'] !== undefined) kept.push('Transfer-Encoding', 'chunked');
  return kept;
}
