/** What strangers send in decoders that have no such test of their own: any bytes end in a result or a refusal, never in an exception. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import dnsPacket from 'dns-packet';
import fc from 'fast-check';
import { cut, isAnswerTo } from '../src/edge/dns/forwarder.ts';
import { answerTo } from '../src/edge/time/sntp.ts';
import { Refusal } from '../src/model/refusal.ts';
import { parseChunked } from '../src/wire/chunked.ts';
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
