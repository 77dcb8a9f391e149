/**
 * Between node:http and the wire's RawRequest: bounded bodies in, answers out in slices that wait for the client. Bodies
 * are held whole, because a signature covers all of the body and the embedded library takes nothing else; what all requests
 * together may hold is bounded too.
 */
import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Refusal } from '../../model/refusal.ts';
import type { RawRequest, RawResponse } from '../../wire/index.ts';

/** For every HTTP server that takes AWS requests. Presigned URLs and session tokens are long; AWS's own limit is 16 KiB. */
export const SERVER_OPTIONS: ServerOptions = {
  maxHeaderSize: 32_768,
  headersTimeout: 10_000,
  // Idle clients keep their connection longer than a load balancer of AWS does (20 s at S3): no needless handshakes.
  keepAliveTimeout: 60_000,
  requestTimeout: 600_000,
};

/** All bodies together that are being received: four of the largest. */
const TOTAL_BODY_BYTES = 1024 * 1024 * 1024;
const SLICE_BYTES = 256 * 1024;
let held = 0;

export type Head = Omit<RawRequest, 'body'>;

export function headOf(request: IncomingMessage): Head {
  const headers: Record<string, string> = Object.create(null);
  for (let at = 0; at + 1 < request.rawHeaders.length; at += 2) {
    const name = (request.rawHeaders[at] ?? '').toLowerCase();
    const value = request.rawHeaders[at + 1] ?? '';
    headers[name] = headers[name] === undefined ? value : `${headers[name]}, ${value}`;
  }
  return { method: request.method ?? '', path: request.url ?? '', headers };
}

/** Throws a Refusal where the body is longer than `limit`: the rest of it is not read, the connection must be closed. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const stated = Number(request.headers['content-length'] ?? 0);
  if (stated > limit) throw tooLarge(limit);
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of request as AsyncIterable<Buffer>) {
      size += part.length;
      held += part.length;
      if (size > limit) throw tooLarge(limit);
      if (held > TOTAL_BODY_BYTES) throw new Refusal('SlowDown', 'Please reduce your request rate.', 503);
      parts.push(part);
    }
  } finally {
    held -= size;
  }
  return parts.length === 1 && parts[0] !== undefined ? parts[0] : Buffer.concat(parts, size);
}

function tooLarge(limit: number): Refusal {
  return new Refusal('RequestEntityTooLarge', `The request body is longer than ${limit} bytes.`, 413);
}

export async function writeResponse(
  request: IncomingMessage,
  response: ServerResponse,
  { status, headers, body }: RawResponse,
): Promise<void> {
  const bytes = typeof body === 'string' ? Buffer.from(body) : body;
  // An unread body would be taken for the next request.
  const close = request.complete ? {} : { connection: 'close' };
  const bodiless = status === 204 || status === 304;
  response.writeHead(status, { ...(bodiless ? {} : { 'content-length': bytes.length }), ...headers, ...close });
  if (request.method === 'HEAD' || bodiless || bytes.length === 0) response.end();
  else if (bytes.length <= SLICE_BYTES) response.end(bytes);
  else await pipeline(Readable.from(slices(bytes)), response);
}

function* slices(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at += SLICE_BYTES) yield bytes.subarray(at, at + SLICE_BYTES);
}
