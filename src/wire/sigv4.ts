/**
 * AWS Signature Version 4, the server's side: header and presigned requests, and the chunk signatures of S3 uploads. Own code,
 * because a server must see path and query as they were sent; signing libraries encode them anew.
 *
 * Answers what is wrong in our words; authenticate.ts turns that into each service's error. No SigV2, no SigV4a.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { Refusal } from '../model/refusal.ts';
import { isChunked, parseChunked } from './chunked.ts';
import { type Credential, parseCredential, pathOf, queryOf } from './credential.ts';
import type { RawRequest } from './types.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const SKEW_MS = 15 * 60 * 1000;
const MAX_EXPIRES_SECONDS = 7 * 24 * 3600;
const UNSIGNED = 'UNSIGNED-PAYLOAD';

/** What a request carries of a signature, parsed and not yet verified. */
export interface Signed {
  readonly credential: Credential;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** YYYYMMDDTHHMMSSZ. */
  readonly date: string;
  /** Lifetime of a presigned request; null: in the header. */
  readonly expiresSeconds: number | null;
  readonly sessionToken: string | null;
}

export type SignatureFault =
  | { readonly is: 'missing' }
  | { readonly is: 'incomplete'; readonly detail: string }
  | { readonly is: 'expired' | 'early'; readonly date: string }
  | { readonly is: 'payload' | 'mismatch' };

/** The signature that a request carries, or what is wrong with its form. */
export function parseSigned(raw: RawRequest): Signed | SignatureFault {
  const header = raw.headers.authorization;
  if (header !== undefined) return parseHeader(raw, header);
  const query = new URLSearchParams(queryOf(raw));
  return query.has('X-Amz-Algorithm') || query.has('X-Amz-Signature') ? parsePresigned(query) : { is: 'missing' };
}

export function isFault(parsed: object): parsed is SignatureFault {
  return 'is' in parsed;
}

function incomplete(detail: string): SignatureFault {
  return { is: 'incomplete', detail };
}

function parseHeader(raw: RawRequest, header: string): Signed | SignatureFault {
  const space = header.indexOf(' ');
  const algorithm = space < 0 ? header : header.slice(0, space);
  if (algorithm !== ALGORITHM) return incomplete(`Unsupported AWS 'algorithm': '${algorithm}'.`);
  const fields = new Map<string, string>();
  for (const part of header.slice(space + 1).split(',')) {
    const equals = part.indexOf('=');
    if (equals > 0) fields.set(part.slice(0, equals).trim(), part.slice(equals + 1).trim());
  }
  for (const name of ['Credential', 'Signature', 'SignedHeaders']) {
    if (!fields.get(name)) return incomplete(`Authorization header requires '${name}' parameter.`);
  }
  const date = raw.headers['x-amz-date'] ?? basicDate(raw.headers.date);
  if (date === undefined) {
    return incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  return checked({
    credentialText: fields.get('Credential') ?? '',
    signedHeaders: (fields.get('SignedHeaders') ?? '').split(';'),
    signature: fields.get('Signature') ?? '',
    date,
    expiresSeconds: null,
    sessionToken: raw.headers['x-amz-security-token'] ?? null,
  });
}

function parsePresigned(query: URLSearchParams): Signed | SignatureFault {
  const names = ['Algorithm', 'Credential', 'Signature', 'SignedHeaders', 'Date', 'Expires'];
  for (const name of names) {
    // Without an expiry it is a signed query that is held to the clock as a header is; S3 demands one.
    if (name !== 'Expires' && !query.get(`X-Amz-${name}`)) {
      return incomplete(`AWS query-string parameters must include 'X-Amz-${name}'.`);
    }
  }
  if (query.get('X-Amz-Algorithm') !== ALGORITHM) {
    return incomplete(`Unsupported AWS 'algorithm': '${query.get('X-Amz-Algorithm')}'.`);
  }
  const expires = query.get('X-Amz-Expires');
  if (expires !== null && !(/^\d{1,7}$/.test(expires) && Number(expires) <= MAX_EXPIRES_SECONDS)) {
    return incomplete('X-Amz-Expires must be less than a week (in seconds) that is 604800');
  }
  return checked({
    credentialText: query.get('X-Amz-Credential') ?? '',
    signedHeaders: (query.get('X-Amz-SignedHeaders') ?? '').split(';'),
    signature: query.get('X-Amz-Signature') ?? '',
    date: query.get('X-Amz-Date') ?? '',
    expiresSeconds: expires === null ? null : Number(expires),
    sessionToken: query.get('X-Amz-Security-Token'),
  });
}

function checked({
  credentialText,
  ...signed
}: Omit<Signed, 'credential'> & { credentialText: string }): Signed | SignatureFault {
  const credential = parseCredential(credentialText);
  if (credential === null) {
    return incomplete(`Credential must have exactly 5 slash-delimited elements, got '${credentialText}'.`);
  }
  if (!/^\d{8}T\d{6}Z$/.test(signed.date)) {
    return incomplete(`Date must be in ISO-8601 'basic format'. Got '${signed.date}'.`);
  }
  if (!signed.date.startsWith(credential.date)) return { is: 'mismatch' };
  if (!signed.signedHeaders.includes('host')) return incomplete("'Host' must be a signed header.");
  return { credential, ...signed };
}

function basicDate(date: string | undefined): string | undefined {
  const time = Date.parse(date ?? '');
  return Number.isNaN(time) ? undefined : new Date(time).toISOString().replace(/[-:]|\.\d+/g, '');
}

function timeOf(date: string): number {
  const [, year, month, day, hour, minute, second] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  return Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
}

/** null: the request was signed with this secret, at about this time, as it stands here. */
export function verify(raw: RawRequest, signed: Signed, secret: string, now: number): SignatureFault | null {
  const sentAt = timeOf(signed.date);
  if (Number.isNaN(sentAt)) return incomplete(`Date must be in ISO-8601 'basic format'. Got '${signed.date}'.`);
  const lifetime = signed.expiresSeconds === null ? SKEW_MS : signed.expiresSeconds * 1000;
  if (now > sentAt + lifetime) return { is: 'expired', date: signed.date };
  if (now < sentAt - SKEW_MS) return { is: 'early', date: signed.date };
  const payload = payloadHash(raw, signed);
  if (payload === null) return { is: 'payload' };
  const key = signingKey(secret, signed.credential);
  const expected = hmac(key, stringToSign(raw, signed, payload)).toString('hex');
  if (!equal(expected, signed.signature)) return { is: 'mismatch' };
  return isChunked(raw.headers) && isS3(signed) ? verifyChunks(raw, signed, key) : null;
}

function isS3(signed: Signed): boolean {
  return signed.credential.service === 's3';
}

/** What stands for the body in the canonical request; null: it is not the body's hash. */
function payloadHash(raw: RawRequest, signed: Signed): string | null {
  const stated = raw.headers['x-amz-content-sha256'];
  if (isS3(signed)) {
    if (stated === undefined && !raw.headers.authorization) return UNSIGNED;
    if (stated === UNSIGNED || stated?.startsWith('STREAMING-')) return stated;
  }
  const actual = sha256(raw.body);
  return stated === undefined || stated === actual ? actual : null;
}

function stringToSign(raw: RawRequest, signed: Signed, payload: string): string {
  const headers = signed.signedHeaders.map((name) => `${name}:${headerValue(raw.headers[name] ?? '')}\n`).join('');
  const canonical = [
    raw.method,
    canonicalPath(pathOf(raw), isS3(signed)),
    canonicalQuery(queryOf(raw)),
    headers,
    signed.signedHeaders.join(';'),
    payload,
  ].join('\n');
  return [ALGORITHM, signed.date, scope(signed.credential), sha256(canonical)].join('\n');
}

function scope({ date, region, service }: Credential): string {
  return `${date}/${region}/${service}/aws4_request`;
}

function headerValue(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}

/** S3 signs the path as it is sent; the others normalise it and encode it once more. */
function canonicalPath(path: string, asSent: boolean): string {
  if (asSent) return path;
  const segments: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment === '..') segments.pop();
    else segments.push(segment);
  }
  const trailing = segments.length > 0 && path.endsWith('/') ? '/' : '';
  return `/${segments.map(encode).join('/')}${trailing}`;
}

function canonicalQuery(query: string): string {
  if (query === '') return '';
  return query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      return equals < 0 ? [reencode(pair), ''] : [reencode(pair.slice(0, equals)), reencode(pair.slice(equals + 1))];
    })
    .filter(([name]) => name !== 'X-Amz-Signature')
    .sort(([a = '', x = ''], [b = '', y = '']) => (a < b ? -1 : a > b ? 1 : x < y ? -1 : x > y ? 1 : 0))
    .map(([name, value]) => `${name}=${value}`)
    .join('&');
}

function reencode(text: string): string {
  try {
    return encode(decodeURIComponent(text));
  } catch {
    return text;
  }
}

/** RFC 3986: everything but the unreserved characters. */
function encode(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

function verifyChunks(raw: RawRequest, signed: Signed, key: KeyObject): SignatureFault | null {
  const stated = raw.headers['x-amz-content-sha256'] ?? '';
  // Refused as a bad body by the decoder too; nothing to verify in it.
  const body = attempt(() => parseChunked(raw.body));
  if (body === null) return { is: 'payload' };
  if (stated === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') return null;
  if (stated !== 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' && stated !== 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER') {
    return { is: 'payload' };
  }
  let previous = signed.signature;
  for (const chunk of body.chunks) {
    const text = [
      `${ALGORITHM}-PAYLOAD`,
      signed.date,
      scope(signed.credential),
      previous,
      sha256(''),
      sha256(chunk.data),
    ].join('\n');
    const expected = hmac(key, text).toString('hex');
    if (chunk.signature === null || !equal(expected, chunk.signature)) return { is: 'mismatch' };
    previous = expected;
  }
  if (stated === 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD') return null;
  const trailers = [...body.trailers].filter(([name]) => name !== 'x-amz-trailer-signature');
  const text = [
    `${ALGORITHM}-TRAILER`,
    signed.date,
    scope(signed.credential),
    previous,
    sha256(trailers.map(([name, value]) => `${name}:${value}\n`).join('')),
  ].join('\n');
  const signature = body.trailers.get('x-amz-trailer-signature') ?? '';
  return equal(hmac(key, text).toString('hex'), signature) ? null : { is: 'mismatch' };
}

function attempt<T>(parse: () => T): T | null {
  try {
    return parse();
  } catch (error) {
    if ((error as Refusal).name === 'Refusal') return null;
    throw error;
  }
}

/** A key is good for a day; a thousand of them is a thousand clients a day. */
const MAX_KEYS = 1000;
const keys = new Map<string, KeyObject>();

/** As a key object: with raw bytes Node makes one for each signature, which costs more than the rest of it. */
function signingKey(secret: string, credential: Credential): KeyObject {
  const id = `${credential.date}/${credential.region}/${credential.service}/${secret}`;
  let key = keys.get(id);
  if (key === undefined) {
    let bytes = hmac(`AWS4${secret}`, credential.date);
    for (const part of [credential.region, credential.service, 'aws4_request']) bytes = hmac(bytes, part);
    key = createSecretKey(bytes);
    if (keys.size >= MAX_KEYS) keys.clear();
    keys.set(id, key);
  }
  return key;
}

function hmac(key: string | Buffer | KeyObject, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function sha256(data: string | Uint8Array): string {
  return hash('sha256', data, 'hex');
}

function equal(expected: string, given: string): boolean {
  return expected.length === given.length && timingSafeEqual(Buffer.from(expected), Buffer.from(given));
}
