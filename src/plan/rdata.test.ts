/** Values of records: what their text means, the one text for each, and what is no value. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { RecordType } from './plan.ts';
import { formatRdata, parseRdata } from './rdata.ts';

function normal(type: RecordType, text: string): string | undefined {
  const fields = parseRdata(type, text);
  return fields && formatRdata(fields);
}

const TABLE: readonly [RecordType, string, string | undefined][] = [
  ['A', '192.0.2.1', '192.0.2.1'],
  ['A', '::1', undefined],
  ['AAAA', '2001:db8::1', '2001:db8::1'],
  ['CNAME', 'WWW.Example.com.', 'www.example.com'],
  ['CNAME', 'a b', undefined],
  ['CNAME', 'A\\040b.\\052.Example.com.', 'a\\040b.*.example.com'],
  ['CNAME', 'a"b.example.com', undefined],
  ['CNAME', 'a\\042b.example.com', 'a\\042b.example.com'],
  ['NS', 'ns-1.awsdns-00.com.', 'ns-1.awsdns-00.com'],
  ['MX', '10 mail.example.com.', '10 mail.example.com'],
  ['MX', '0 .', '0 .'],
  ['MX', '65536 mail.example.com', undefined],
  ['MX', 'mail.example.com', undefined],
  ['SRV', '1 2 443 host.example.com.', '1 2 443 host.example.com'],
  ['CAA', '0 issue "ca.example"', '0 "issue" "ca.example"'],
  ['TXT', '"vpce:abc"', '"vpce:abc"'],
  ['TXT', 'bare', '"bare"'],
  ['TXT', '"two parts" "of one \\"value\\""', '"two parts" "of one \\"value\\""'],
  ['TXT', '"\\344\\001"', '"\\344\\001"'],
  ['TXT', '"open', undefined],
  ['TXT', '"a"b', undefined],
  ['TXT', '', undefined],
  ['TXT', `"${'x'.repeat(256)}"`, undefined],
  [
    'SOA',
    'ns.example.com. admin.example.com. 1 7200 900 1209600 86400',
    'ns.example.com admin.example.com 1 7200 900 1209600 86400',
  ],
  ['SOA', 'ns.example.com. admin.example.com. 1 7200 900 1209600', undefined],
];

for (const [type, text, expected] of TABLE) {
  test(`${type} ${text.slice(0, 40)}`, () => assert.equal(normal(type, text), expected));
}

test('any bytes of a TXT value come back', () => {
  const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
  fc.assert(
    fc.property(fc.array(fc.string({ unit: byte, maxLength: 60 }), { minLength: 1, maxLength: 4 }), (texts) => {
      const text = formatRdata(texts.map((each) => ({ kind: 'string', text: each })));
      assert.deepEqual(
        parseRdata('TXT', text)?.map((field) => (field.kind === 'string' ? field.text : undefined)),
        texts,
      );
    }),
    { seed: 1 },
  );
});
