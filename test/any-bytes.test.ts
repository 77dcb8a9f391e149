/** What strangers send in decoders that have no such test of their own: any bytes end in a result or a refusal, never in an exception. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cbor, tag } from '@smithy/core/cbor';
import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { cut, isAnswerTo } from '../src/edge/dns/forwarder.ts';
import { answerTo } from '../src/edge/time/sntp.ts';
import { Refusal } from '../src/model/refusal.ts';
import { isBounded } from '../src/wire/cbor-bounds.ts';
import { parseChunked } from '../src/wire/chunked.ts';
import { decodeRequest, type RawRequest } from '../src/wire/index.ts';
import { isFault, parseSigned, verify } from '../src/wire/sigv4.ts';

const RUNS = { numRuns: 3000, seed: 1 };
const random = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));

/** Valid ones with some bytes changed, cut off anywhere. */
function spoilt(valid: Buffer): fc.Arbitrary<Buffer> {
  const changes = fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 4 });
  return fc.tuple(changes, fc.nat(valid.length)).map(([list, length]) => {
    const bytes = Buffer.from(valid);
    for (const [at, value] of list) bytes[at] = value;
    return bytes.subarray(0, length);
  });
}

test('questions for the time', () => {
  const valid = Buffer.alloc(48);
  valid[0] = (4 << 3) | 3;
  fc.assert(
    fc.property(fc.oneof(spoilt(valid), random), (bytes) => {
      const answer = answerTo(bytes, 1n, 2n);
      // No longer than what was asked: nobody is flooded in another's name.
      if (answer !== undefined) assert.ok(answer.length === 48 && bytes.length >= 48);
    }),
    RUNS,
  );
  assert.equal(answerTo(valid, 1n, 2n)?.length, 48);
});

test('answers from name servers beyond', () => {
  const asked = dnsPacket.encode({ type: 'query', id: 7, questions: [{ type: 'A', name: 'www.corp.test' }] });
  const answer = dnsPacket.encode({
    type: 'response',
    id: 7,
    questions: [{ type: 'A', name: 'www.corp.test' }],
    answers: Array.from(
      { length: 40 },
      () => ({ type: 'A', name: 'www.corp.test', ttl: 1, data: '192.0.2.1' }) as const,
    ),
  });
  fc.assert(
    fc.property(fc.oneof(spoilt(answer), random), (bytes) => {
      if (isAnswerTo(bytes, asked)) assert.ok(cut(asked, bytes, 'udp').length <= 512);
    }),
    RUNS,
  );
  assert.ok(isAnswerTo(answer, asked));
});

test('bodies in chunks', () => {
  const signature = 'a'.repeat(64);
  const valid = Buffer.from(
    `5;chunk-signature=${signature}\r\nhello\r\n0;chunk-signature=${signature}\r\nx-amz-a:b\r\n\r\n`,
  );
  const parts = fc
    .array(fc.constantFrom('\r\n', '0', '5', 'ffffffff', ';chunk-signature=', signature, ':', 'x'), { maxLength: 20 })
    .map((list) => Buffer.from(list.join('')));
  fc.assert(
    fc.property(fc.oneof(spoilt(valid), parts, random), (bytes) => {
      try {
        assert.ok(parseChunked(bytes).payload.length <= bytes.length);
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
      }
    }),
    RUNS,
  );
  assert.equal(Buffer.from(parseChunked(valid).payload).toString(), 'hello');
});

test('signatures in headers and in queries', () => {
  const scope = 'AKIAEXAMPLE/20260101/ap-south-1/ec2/aws4_request';
  const fields = `Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
  const words = fc
    .array(
      fc.constantFrom(
        'AWS4-HMAC-SHA256 ',
        'Credential=',
        scope,
        'SignedHeaders=',
        'host',
        ';',
        ',',
        '=',
        '/',
        'Signature=',
        '00',
      ),
      {
        maxLength: 12,
      },
    )
    .map((list) => list.join(''));
  const header = fc.oneof(spoilt(Buffer.from(`AWS4-HMAC-SHA256 ${fields}`)).map(String), words, fc.string());
  const query = fc.webQueryParameters().map((text) => `/?X-Amz-Algorithm=AWS4-HMAC-SHA256&${text}`);
  const date = fc.oneof(fc.constantFrom('20260101T000000Z', '99999999T999999Z', ''), fc.string());
  let isVerified = false;
  fc.assert(
    fc.property(
      fc.option(header, { nil: undefined }),
      fc.oneof(query, fc.string()),
      date,
      random,
      (authorization, path, at, body) => {
        const raw = {
          ...{ method: 'POST', path, body },
          headers: { host: 'h', 'x-amz-date': at, ...(authorization !== undefined && { authorization }) },
        };
        const signed = parseSigned(raw);
        if (isFault(signed)) return;
        isVerified = true;
        assert.notEqual(verify(raw, signed, 'secret', Date.UTC(2026, 0, 1)), null);
      },
    ),
    RUNS,
  );
  assert.ok(isVerified);
});

/** A signed POST, as far as decoding looks. */
function request(service: string, headers: Readonly<Record<string, string>>, body: Uint8Array, path = '/'): RawRequest {
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIA/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=00`;
  return { method: service === 's3' ? 'PUT' : 'POST', path, headers: { host: 'h', authorization, ...headers }, body };
}

const MANY = 150_000;
const json = (service: string, target: string, text: string) =>
  request(service, { 'x-amz-target': target, 'content-type': 'application/x-amz-json-1.1' }, Buffer.from(text));
const form = (text: string) =>
  request(
    'ec2',
    { 'content-type': 'application/x-www-form-urlencoded' },
    Buffer.from(`Action=DescribeVpcs&Version=2016-11-15&${text}`),
  );
const xml = (text: string) => request('s3', { host: 's3.amazonaws.com' }, Buffer.from(text), '/b?tagging');
const inCbor = (...parts: readonly (Uint8Array | readonly number[])[]) =>
  request(
    'sqs',
    { 'smithy-protocol': 'rpc-v2-cbor' },
    Buffer.concat(parts.map((part) => Buffer.from(part))),
    '/service/AmazonSQS/operation/SendMessage',
  );
const putItem = (value: string) =>
  json('dynamodb', 'DynamoDB_20120810.PutItem', `{"TableName":"t","Item":{"a":${value}}}`);

/** Each within what a body may have; a decoder that follows it wherever it leads falls over, or is not through today. */
const HEAVY: Readonly<Record<string, RawRequest>> = {
  'a list in a list': json('sqs', 'AmazonSQS.SendMessage', '['.repeat(MANY) + ']'.repeat(MANY)),
  'an object in an object': json('events', 'AWSEvents.PutEvents', '{"a":'.repeat(MANY) + '1'.concat('}'.repeat(MANY))),
  'a value of a shape that holds itself, in lists': putItem(`${'{"L":['.repeat(MANY)}{"S":"x"}${']}'.repeat(MANY)}`),
  'the same, in maps': putItem(`${'{"M":{"a":'.repeat(MANY)}{"S":"x"}${'}}'.repeat(MANY)}`),
  'lists in CBOR': inCbor(Buffer.alloc(MANY, 0x81)),
  'lists without an end': inCbor(Buffer.alloc(MANY, 0x9f)),
  'tags of tags': inCbor(Buffer.alloc(MANY, 0xc1)),
  'a list of four billion': inCbor([0x9a, 0xff, 0xff, 0xff, 0xff]),
  'lists of millions, each in the one before': inCbor(Buffer.from('9a01ffffff'.repeat(100), 'hex')),
  'a map of four billion': inCbor([0xba, 0xff, 0xff, 0xff, 0xff]),
  'bytes that are not there': inCbor([0x5b, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]),
  'a number of a million bytes': inCbor(
    [0xa1, 0x61, 0x61, 0xc2, 0x5a, 0, 0xf, 0x42, 0x40],
    Buffer.alloc(1_000_000, 255),
  ),
  'a number of 268 million digits': inCbor([0xa1, 0x61, 0x61, 0xc4, 0x82, 0x1a, 0x0f, 0xff, 0xff, 0xff, 1]),
  'text in very many pieces': inCbor([0xa1, 0x7f], Buffer.alloc(2 * MANY, Buffer.of(0x61, 0x61)), [0xff, 1]),
  'an element in an element': xml('<a>'.repeat(MANY) + '</a>'.repeat(MANY)),
  'elements without an end': xml('<a>'.repeat(MANY)),
  'an element of many attributes': xml(
    `<Tagging ${Array.from({ length: MANY / 5 }, (_, at) => `a${at}="1"`).join(' ')}/>`,
  ),
  'comments in comments': xml(`<Tagging>${'<!--'.repeat(MANY)}`),
  'a document of many megabytes': xml(`<Tagging>${' '.repeat(17 * 2 ** 20)}</Tagging>`),
  'very many parameters': form('a=1&'.repeat(MANY)),
  'nothing between parameters': form('&'.repeat(MANY)),
  'a parameter of very many parts': form('a.'.repeat(MANY)),
};

for (const [what, raw] of Object.entries(HEAVY)) {
  test(`is refused, and soon: ${what}`, () => {
    const started = performance.now();
    const call = decodeRequest(raw);
    assert.equal(call.kind, 'refused');
    // A tenth of it is what they take; without bounds some take minutes, others all memory.
    assert.ok(performance.now() - started < 10_000);
  });
}

test('DynamoDB’s 32 levels are not too many', () => {
  const call = decodeRequest(putItem(`${'{"M":{"a":'.repeat(32)}{"S":"x"}${'}}'.repeat(32)}`));
  assert.equal(call.kind, 'call');
});

test('bounds of CBOR: all that is written well is within them, anything else is refused before it is read', () => {
  const leaf = fc.oneof(
    fc.string(),
    fc.integer(),
    fc.double({ noNaN: true }),
    fc.boolean(),
    fc.constant(null),
    fc.uint8Array({ maxLength: 40 }),
    fc.integer({ min: 0, max: 2 ** 40 }).map((value) => tag({ tag: 1, value })),
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      leaf,
      fc.array(tie('tree'), { maxLength: 40 }),
      fc.dictionary(fc.string(), tie('tree'), { maxKeys: 40 }),
    ),
  }));
  fc.assert(
    fc.property(tree, fc.infiniteStream(fc.nat()), (value, numbers) => {
      const written = cbor.serialize(value);
      assert.ok(isBounded(written));
      const [at = 0, byte = 0] = numbers.take(2);
      assert.ok(!isBounded(written.subarray(0, at % written.length)));
      const spoilt = Buffer.from(written);
      spoilt[at % written.length] = byte;
      // Whatever is let through ends, and soon.
      if (!isBounded(spoilt)) return;
      try {
        cbor.deserialize(spoilt);
      } catch {
        // It need not be right.
      }
    }),
    { ...RUNS, numRuns: 1000 },
  );
  // An item without a length that it tells.
  assert.ok(isBounded(Buffer.from('bf61619f0102ffff', 'hex')));
  assert.ok(!isBounded(Buffer.from('bf61619f0102ff', 'hex')));
  assert.ok(!isBounded(Buffer.from('0000', 'hex')));
});
