/**
 * Signatures, with the SDK's own signer as the oracle: what it signs is let in as the right principal, and anything changed
 * afterwards is refused, in the words of the service.
 */
import assert from 'node:assert/strict';
import { createHash, createHmac } from 'node:crypto';
import { test } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import fc from 'fast-check';
import type { KnownKey } from '../iam/credentials.ts';
import type { Principal } from '../iam/principal.ts';
import { Refusal } from '../model/refusal.ts';
import { type AuthenticateOptions, authenticate, decodeRequest, type RawRequest } from './index.ts';

const NOW = Date.parse('2026-03-04T05:06:07Z');
const KEY = 'AKIAIOSFODNN7EXAMPLE';
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const USER: Principal = { kind: 'user', account: '111122223333', userName: 'u', userId: 'AIDA1', path: '/' };
const SESSION: Principal = {
  kind: 'session',
  account: '111122223333',
  roleName: 'r',
  roleId: 'AROA1',
  path: '/',
  sessionName: 's',
  policies: [],
};

class Sha256 {
  readonly #hash;
  constructor(secret?: string | Uint8Array) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', secret);
  }
  update(data: string | Uint8Array) {
    this.#hash.update(data);
  }
  async digest() {
    return new Uint8Array(this.#hash.digest());
  }
}

interface Sent {
  method?: string;
  path?: string;
  query?: Record<string, string>;
  headers?: Record<string, string>;
  body?: string;
}

interface Signing {
  service?: string;
  key?: string;
  secret?: string;
  token?: string;
  at?: number;
  presignSeconds?: number;
}

const HOSTS: Record<string, string> = { s3: 's3.ap-south-1.amazonaws.com', ec2: 'ec2.ap-south-1.amazonaws.com' };

async function signed(sent: Sent, signing: Signing = {}): Promise<RawRequest> {
  const service = signing.service ?? 'iam';
  const signer = new SignatureV4({
    service,
    region: 'ap-south-1',
    sha256: Sha256 as never,
    uriEscapePath: service !== 's3',
    credentials: {
      accessKeyId: signing.key ?? KEY,
      secretAccessKey: signing.secret ?? SECRET,
      ...(signing.token === undefined ? {} : { sessionToken: signing.token }),
    },
  });
  const request = {
    method: sent.method ?? 'POST',
    protocol: 'https:',
    hostname: HOSTS[service] ?? `${service}.amazonaws.com`,
    path: sent.path ?? '/',
    query: sent.query ?? {},
    headers: {
      host: HOSTS[service] ?? `${service}.amazonaws.com`,
      'content-type': 'application/x-www-form-urlencoded',
      ...sent.headers,
    },
    body: sent.body ?? '',
  };
  const signingDate = new Date(signing.at ?? NOW);
  const result =
    signing.presignSeconds === undefined
      ? await signer.sign(request, { signingDate })
      : await signer.presign(request, { signingDate, expiresIn: signing.presignSeconds });
  const query = Object.entries(result.query ?? {}).map(
    ([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(String(value))}`,
  );
  return {
    method: result.method,
    path: result.path + (query.length === 0 ? '' : `?${query.join('&')}`),
    headers: Object.fromEntries(Object.entries(result.headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: Buffer.from(sent.body ?? ''),
  };
}

const GET_USER: Sent = { body: 'Action=GetUser&Version=2010-05-08&UserName=u' };
const DESCRIBE: Sent = { body: 'Action=DescribeVpcs&Version=2016-11-15' };

function whoIs(raw: RawRequest, options: Partial<AuthenticateOptions> = {}): Principal | string {
  const known: KnownKey = { secret: SECRET, principal: USER, active: true };
  const result = authenticate(raw, decodeRequest(raw), {
    mode: 'strict',
    defaultAccount: '000000000000',
    lookup: (id) => (id === KEY ? known : undefined),
    isSessionKey: (id) => id === 'ASIA1',
    openSession: (token) =>
      token === 'sealed'
        ? { secret: 'session-secret', principal: SESSION, expiresAt: '2026-03-04T06:00:00Z', accessKeyId: 'ASIA1' }
        : undefined,
    now: NOW,
    ...options,
  });
  return result instanceof Refusal ? result.code : result;
}

test('a signed header is let in', async () => {
  assert.deepEqual(whoIs(await signed(GET_USER)), USER);
  assert.deepEqual(whoIs(await signed(DESCRIBE, { service: 'ec2' })), USER);
  const odd: Sent = {
    ...GET_USER,
    path: '/a b/../c%20d//é*',
    query: { 'x y': "!'()*~é", b: '', a: '2' },
    headers: { 'x-amz-y': '  a   b ' },
  };
  assert.deepEqual(whoIs(await signed({ ...odd, path: encodeURI(odd.path ?? '') })), USER);
});

test('a presigned request is let in until it expires', async () => {
  const sent: Sent = { method: 'GET', query: { Action: 'GetCallerIdentity', Version: '2011-06-15' }, headers: {} };
  const raw = await signed(sent, { service: 'sts', presignSeconds: 60 });
  assert.deepEqual(whoIs(raw), USER);
  assert.deepEqual(whoIs(raw, { now: NOW + 59_000 }), USER);
  assert.equal(whoIs(raw, { now: NOW + 61_000 }), 'SignatureDoesNotMatch');
  const s3 = await signed(
    { method: 'GET', path: '/b/k%20k', headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } },
    { service: 's3', presignSeconds: 60 },
  );
  assert.deepEqual(whoIs(s3), USER);
  assert.equal(whoIs(s3, { now: NOW + 61_000 }), 'AccessDenied');
  assert.equal(whoIs({ ...s3, path: s3.path.replace('k%20k', 'other') }), 'SignatureDoesNotMatch');
  assert.equal(whoIs({ ...s3, path: s3.path.replace('Expires=60', 'Expires=6000') }), 'SignatureDoesNotMatch');
  assert.equal(
    whoIs({ ...s3, path: s3.path.replace('Expires=60', 'Expires=9999999') }),
    'AuthorizationHeaderMalformed',
  );
});

test('random requests that the signer signs are let in; with one changed byte they are not', async () => {
  const text = fc.string({ unit: 'grapheme-ascii', maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      text,
      fc.dictionary(text, text, { maxKeys: 3 }),
      text,
      fc.constantFrom('s3', 'iam'),
      async (segment, query, body, service) => {
        fc.pre(!Object.hasOwn(query, '__proto__'));
        const raw = await signed({ path: `/b/${encodeURIComponent(segment)}`, query, body }, { service });
        assert.deepEqual(whoIs(raw), USER);
        assert.equal(
          whoIs({ ...raw, body: Buffer.concat([raw.body, Buffer.from('x')]) }),
          service === 's3' ? 'XAmzContentSHA256Mismatch' : 'SignatureDoesNotMatch',
        );
        assert.equal(whoIs({ ...raw, path: raw.path.replace('/b/', '/c/') }), 'SignatureDoesNotMatch');
        assert.equal(whoIs({ ...raw, method: 'PUT' }), 'SignatureDoesNotMatch');
      },
    ),
    { numRuns: 60, seed: 1 },
  );
});

test('tampering is refused in the words of the service', async () => {
  const iam = await signed(GET_USER);
  const other = (raw: RawRequest, headers: Record<string, string>) => ({
    ...raw,
    headers: { ...raw.headers, ...headers },
  });
  assert.equal(whoIs({ ...iam, body: Buffer.from(GET_USER.body?.replace('=u', '=v') ?? '') }), 'SignatureDoesNotMatch');
  assert.equal(whoIs(other(iam, { host: 'evil' })), 'SignatureDoesNotMatch');
  assert.equal(whoIs(await signed(GET_USER, { secret: 'wrong' })), 'SignatureDoesNotMatch');
  assert.equal(whoIs(await signed(GET_USER, { key: 'AKIAUNKNOWN' })), 'InvalidClientTokenId');
  assert.equal(whoIs(await signed(DESCRIBE, { service: 'ec2', secret: 'wrong' })), 'AuthFailure');
  assert.equal(whoIs(await signed(DESCRIBE, { service: 'ec2', key: 'AKIAUNKNOWN' })), 'AuthFailure');
  assert.equal(whoIs(await signed({ path: '/b' }, { service: 's3', secret: 'wrong' })), 'SignatureDoesNotMatch');
  assert.equal(whoIs(await signed({ path: '/b' }, { service: 's3', key: 'AKIAUNKNOWN' })), 'InvalidAccessKeyId');
  const sqs: Sent = {
    headers: { 'x-amz-target': 'AmazonSQS.ListQueues', 'content-type': 'application/x-amz-json-1.0' },
    body: '{}',
  };
  assert.deepEqual(whoIs(await signed(sqs, { service: 'sqs' })), USER);
  assert.equal(whoIs(await signed(sqs, { service: 'sqs', secret: 'wrong' })), 'InvalidSignatureException');
  assert.equal(whoIs(await signed(sqs, { service: 'sqs', key: 'AKIAUNKNOWN' })), 'UnrecognizedClientException');
  const scope = iam.headers.authorization?.replace('/ap-south-1/', '/us-east-1/') ?? '';
  assert.equal(whoIs(other(iam, { authorization: scope })), 'SignatureDoesNotMatch');
});

test('the clock may be off by 15 minutes', async () => {
  const minutes = (count: number) => signed(GET_USER, { at: NOW + count * 60_000 });
  assert.deepEqual(whoIs(await minutes(-15)), USER);
  assert.deepEqual(whoIs(await minutes(15)), USER);
  assert.equal(whoIs(await minutes(-16)), 'SignatureDoesNotMatch');
  assert.equal(whoIs(await minutes(16)), 'SignatureDoesNotMatch');
  assert.equal(whoIs(await signed(DESCRIBE, { service: 'ec2', at: NOW - 16 * 60_000 })), 'RequestExpired');
  assert.equal(whoIs(await signed({ path: '/b' }, { service: 's3', at: NOW + 16 * 60_000 })), 'RequestTimeTooSkewed');
});

test('requests without a proper signature are refused', async () => {
  const iam = await signed(GET_USER);
  const { authorization: _, ...headers } = iam.headers;
  assert.equal(whoIs({ ...iam, headers }), 'MissingAuthenticationToken');
  assert.equal(whoIs({ ...iam, headers }, { mode: 'lenient' }), 'MissingAuthenticationToken');
  const bare = {
    method: 'POST',
    path: '/',
    headers: { host: 'ec2.ap-south-1.amazonaws.com', 'content-type': 'application/x-www-form-urlencoded' },
    body: Buffer.from(DESCRIBE.body ?? ''),
  };
  assert.equal(whoIs(bare), 'MissingParameter');
  assert.equal(
    whoIs({ method: 'GET', path: '/b/k', headers: { host: HOSTS.s3 ?? '' }, body: Buffer.alloc(0) }),
    'AccessDenied',
  );
  for (const authorization of [
    'AWS AKID:sig',
    'AWS4-HMAC-SHA256',
    'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=1',
    `AWS4-HMAC-SHA256 Credential=${KEY}/20260304/r/iam/aws4_request, SignedHeaders=x-amz-date, Signature=1`,
    `AWS4-HMAC-SHA256 Credential=${KEY}/20260304/r/iam/aws4_request, Signature=1`,
  ]) {
    assert.equal(whoIs({ ...iam, headers: { ...iam.headers, authorization } }), 'IncompleteSignature', authorization);
  }
  const signature = iam.headers.authorization?.replace(/Signature=.*/, 'Signature=') ?? '';
  assert.equal(whoIs({ ...iam, headers: { ...iam.headers, authorization: `${signature}é` } }), 'SignatureDoesNotMatch');
});

test('session credentials: the token decides, and only with its own key and secret', async () => {
  const own = { key: 'ASIA1', secret: 'session-secret', token: 'sealed' };
  const raw = await signed(GET_USER, own);
  for (const mode of ['strict', 'lenient'] as const) {
    assert.deepEqual(whoIs(raw, { mode }), SESSION);
    assert.equal(whoIs(await signed(GET_USER, { ...own, secret: 'x' }), { mode }), 'SignatureDoesNotMatch');
    assert.equal(whoIs(await signed(GET_USER, { ...own, key: 'ASIA2' }), { mode }), 'InvalidClientTokenId');
    assert.equal(whoIs(await signed(GET_USER, { ...own, key: KEY, secret: SECRET }), { mode }), 'InvalidClientTokenId');
    const later = NOW + 3_600_000;
    assert.equal(whoIs(await signed(GET_USER, { ...own, at: later }), { mode, now: later }), 'ExpiredToken');
  }
  for (const mode of ['strict', 'lenient'] as const) {
    assert.equal(whoIs(await signed(GET_USER, { ...own, token: 'forged' }), { mode }), 'InvalidClientTokenId');
    const { token: _, ...bare } = own;
    assert.equal(whoIs(await signed(GET_USER, bare), { mode }), 'InvalidClientTokenId');
  }
  const foreign = await signed(GET_USER, { ...own, key: 'ASIA2', token: 'forged' });
  assert.deepEqual(whoIs(foreign, { mode: 'lenient' }), { kind: 'root', account: '000000000000' });
});

test('lenient: keys that are not ours act as root, ours are verified all the same', async () => {
  const lenient = { mode: 'lenient' } as const;
  const as = async (key: string) => whoIs(await signed(GET_USER, { key, secret: 'anything' }), lenient);
  assert.deepEqual(await as('444455556666'), { kind: 'root', account: '444455556666' });
  assert.deepEqual(await as('test'), { kind: 'root', account: '000000000000' });
  assert.equal(await as(KEY), 'SignatureDoesNotMatch');
  const inactive = { ...lenient, lookup: () => ({ secret: SECRET, principal: USER, active: false }) };
  assert.equal(whoIs(await signed(GET_USER), inactive), 'InvalidClientTokenId');
});

// ── S3's chunked uploads ───────────────────────────────────────────────────────────────────────────────────────────

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

/** A signed chunked upload, made as AWS's documentation says and not with our code. */
async function chunked(parts: readonly string[]): Promise<RawRequest> {
  const head = await signed(
    { method: 'PUT', path: '/b/k', headers: { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' } },
    { service: 's3' },
  );
  const scope = '20260304/ap-south-1/s3/aws4_request';
  let key = hmac(`AWS4${SECRET}`, '20260304');
  for (const part of ['ap-south-1', 's3', 'aws4_request']) key = hmac(key, part);
  let signature = /Signature=(\w+)/.exec(head.headers.authorization ?? '')?.[1] ?? '';
  let body = '';
  for (const part of [...parts, '']) {
    const text = ['AWS4-HMAC-SHA256-PAYLOAD', '20260304T050607Z', scope, signature, sha256(''), sha256(part)].join(
      '\n',
    );
    signature = hmac(key, text).toString('hex');
    body += `${part.length.toString(16)};chunk-signature=${signature}\r\n${part}\r\n`;
  }
  return { ...head, body: Buffer.from(body) };
}

test('chunk signatures are verified and the chunks joined', async () => {
  const raw = await chunked(['hello ', 'world']);
  assert.deepEqual(whoIs(raw), USER);
  const call = decodeRequest(raw);
  assert.equal(call.operation, 'PutObject');
  assert.equal(call.kind === 'call' && Buffer.from(call.input.Body).toString(), 'hello world');
  const text = Buffer.from(raw.body).toString();
  assert.equal(whoIs({ ...raw, body: Buffer.from(text.replace('world', 'wOrld')) }), 'SignatureDoesNotMatch');
  const unsigned = Buffer.from(text.replaceAll(/;chunk-signature=\w+/g, ''));
  assert.equal(whoIs({ ...raw, body: unsigned }), 'SignatureDoesNotMatch');
  assert.equal(whoIs({ ...raw, body: Buffer.from(text.slice(0, -100)) }), 'XAmzContentSHA256Mismatch');
  const broken = decodeRequest({ ...raw, body: Buffer.from('zz\r\n') });
  assert.equal(broken.kind === 'refused' && broken.refusal.code, 'IncompleteBody');
});
