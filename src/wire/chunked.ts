/**
 * aws-chunked bodies of S3 uploads: `size;chunk-signature=…\r\n data \r\n … 0\r\n trailers \r\n`. Only taken apart here;
 * sigv4.ts verifies the signatures.
 *
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 */
import { Refusal } from '../model/refusal.ts';
import type { RawRequest } from './types.ts';

export interface Chunk {
  readonly data: Uint8Array;
  readonly signature: string | null;
}

export interface ChunkedBody {
  /** In order, the last one empty. */
  readonly chunks: readonly Chunk[];
  /** Trailing headers by lower-case name; x-amz-trailer-signature among them where it is signed. */
  readonly trailers: ReadonlyMap<string, string>;
  readonly payload: Uint8Array;
}

export function isChunked(headers: RawRequest['headers']): boolean {
  return headers['x-amz-content-sha256']?.startsWith('STREAMING-') ?? false;
}

const MAX_LINE = 1024;

export function parseChunked(body: Uint8Array): ChunkedBody {
  const buffer = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  const chunks: Chunk[] = [];
  let at = 0;
  const line = (): string => {
    const end = buffer.indexOf('\r\n', at);
    if (end < 0 || end - at > MAX_LINE) throw incomplete();
    const text = buffer.toString('latin1', at, end);
    at = end + 2;
    return text;
  };
  for (;;) {
    const match = /^([0-9a-fA-F]{1,8})(?:;chunk-signature=([0-9a-f]{64}))?$/.exec(line());
    if (match === null) throw incomplete();
    const size = Number.parseInt(match[1] ?? '', 16);
    const data = buffer.subarray(at, at + size);
    if (data.length < size) throw incomplete();
    chunks.push({ data, signature: match[2] ?? null });
    at += size;
    if (size === 0) break;
    if (line() !== '') throw incomplete();
  }
  const trailers = new Map<string, string>();
  while (at < buffer.length) {
    const text = line();
    if (text === '') continue;
    const colon = text.indexOf(':');
    if (colon < 1) throw incomplete();
    trailers.set(text.slice(0, colon).trim().toLowerCase(), text.slice(colon + 1).trim());
  }
  return { chunks, trailers, payload: Buffer.concat(chunks.map(({ data }) => data)) };
}

function incomplete(): Refusal {
  return new Refusal(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  );
}
