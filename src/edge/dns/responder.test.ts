/** Bytes in, bytes out, with dns-packet as the judge of both; and any bytes at all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import dnsPacket, { type Answer, type DecodedPacket, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { indexDns } from '../../dns/answer.ts';
import { NO_FACTS } from '../../model/facts.ts';
import { compile } from '../../plan/compile.ts';
import type { Plan, ZoneRecord } from '../../plan/plan.ts';
import { tellStory } from '../../plan/testing/story.ts';
import { FORWARD, NO_ANSWER, Responder } from './responder.ts';

const story = tellStory();
const plan = compile(story.intent, NO_FACTS);
const SQS = 'sqs.ap-south-1.amazonaws.com';
const ROOM = 65_535;
/** Where the message begins in the buffer: answers must not depend on it. */
const START = 100;

function responder(of: Plan = plan): Responder {
  return new Responder(indexDns(of), story.vpc.id);
}

function exchange(bytes: Buffer, to = responder(), transport: 'udp' | 'tcp' = 'udp'): Buffer | number {
  const buffer = Buffer.alloc(START + ROOM);
  bytes.copy(buffer, START);
  const length = to.respond(buffer, START, START + bytes.length, transport);
  return length > 0 ? buffer.subarray(START, START + length) : length;
}

function ask(packet: Packet, to = responder(), transport: 'udp' | 'tcp' = 'udp'): DecodedPacket & { rcode?: string } {
  const response = exchange(dnsPacket.encode({ type: 'query', id: 4711, ...packet }), to, transport);
  assert.ok(Buffer.isBuffer(response), `no response: ${response}`);
  return dnsPacket.decode(response);
}

function a(name: string): Packet {
  return { questions: [{ type: 'A', name }] };
}

function addresses(packet: Packet): string[] {
  return (packet.answers ?? []).map((each: Answer) => ('data' in each ? String(each.data) : ''));
}

test('an answer: id, flags, question as asked, records', () => {
  const response = ask({ ...a('SqS.ap-south-1.AMAZONAWS.com'), flags: dnsPacket.RECURSION_DESIRED });
  assert.equal(response.id, 4711);
  assert.equal(response.type, 'response');
  assert.equal(response.rcode, 'NOERROR');
  assert.equal(response.flags, dnsPacket.RECURSION_DESIRED | dnsPacket.RECURSION_AVAILABLE);
  assert.equal(response.questions?.[0]?.name, 'SqS.ap-south-1.AMAZONAWS.com');
  assert.deepEqual(
    response.answers?.map(({ name }) => name),
    ['SqS.ap-south-1.AMAZONAWS.com', 'SqS.ap-south-1.AMAZONAWS.com'],
  );
  assert.deepEqual(addresses(response), ['10.0.10.5', '10.0.11.4']);
  assert.equal(response.additionals?.length, 0);
});

test('addresses take turns, in whatever spelling the name is asked', () => {
  const to = responder();
  const order = [SQS, SQS, SQS.toUpperCase(), SQS].map((name) => addresses(ask(a(name), to))[0]);
  assert.deepEqual(order, ['10.0.10.5', '10.0.11.4', '10.0.10.5', '10.0.11.4']);
});

test('kept answers are those of their own type', () => {
  const to = responder();
  assert.equal(ask(a(SQS), to).answers?.length, 2);
  const other = ask({ questions: [{ type: 'AAAA', name: SQS }] }, to);
  assert.equal(other.rcode, 'NOERROR');
  assert.equal(other.answers?.length, 0);
  assert.equal(other.authorities?.[0]?.type, 'SOA');
});

test('a name that is not there: NXDOMAIN with the zone’s SOA', () => {
  const response = ask(a(`x.${SQS}`));
  assert.equal(response.rcode, 'NXDOMAIN');
  const [soa] = response.authorities ?? [];
  assert.ok(soa?.type === 'SOA');
  assert.equal(soa.name, SQS);
  assert.equal(soa.data.minimum, 60);
  assert.equal(soa.data.serial, plan.revision);
});

test('records of public zones, byte by byte', () => {
  const record = (name: string, type: ZoneRecord['type'], ...values: readonly string[]) => ({
    name,
    type,
    ttlSeconds: 300,
    values,
    origin: [],
  });
  const records = [
    record('_x.example.com', 'TXT', '"two parts" "of \\"one\\""', '"vpce:abc"'),
    record('example.com', 'CAA', '0 "issue" "ca.example"'),
    record('example.com', 'MX', '10 mail.example.com'),
    record('example.com', 'NS', 'ns-1.awsdns-00.com', 'ns-2.awsdns-01.net'),
    record('example.com', 'SOA', 'ns-1.awsdns-00.com awsdns-hostmaster.amazon.com 1 7200 900 1209600 86400'),
    record('srv.example.com', 'SRV', '1 2 443 host.example.com'),
  ];
  const zones = [...plan.publicZones, { name: 'example.com', origin: [], records }];
  const to = responder({ ...plan, publicZones: zones });
  const data = (type: 'TXT' | 'CAA' | 'MX' | 'NS' | 'SOA' | 'SRV', name = 'example.com') =>
    ask({ questions: [{ type, name }] }, to).answers?.map((each: Answer) => ('data' in each ? each.data : null));
  assert.deepEqual(data('TXT', '_x.example.com'), [
    [Buffer.from('two parts'), Buffer.from('of "one"')],
    [Buffer.from('vpce:abc')],
  ]);
  assert.deepEqual(data('CAA'), [{ flags: 0, tag: 'issue', value: 'ca.example', issuerCritical: false }]);
  assert.deepEqual(data('MX'), [{ preference: 10, exchange: 'mail.example.com' }]);
  assert.deepEqual(data('NS'), ['ns-1.awsdns-00.com', 'ns-2.awsdns-01.net']);
  assert.deepEqual(data('SRV', 'srv.example.com'), [{ priority: 1, weight: 2, port: 443, target: 'host.example.com' }]);
  assert.deepEqual(data('SOA'), [
    {
      mname: 'ns-1.awsdns-00.com',
      rname: 'awsdns-hostmaster.amazon.com',
      serial: 1,
      refresh: 7200,
      retry: 900,
      expire: 1_209_600,
      minimum: 86_400,
    },
  ]);
});

test('labels of any bytes: asked for, told, and led to', () => {
  const record = (name: string, type: 'A' | 'CNAME', value: string): ZoneRecord => ({
    ...{ name, type, ttlSeconds: 300, values: [value], origin: [] },
  });
  const records = [
    record('*.example.com', 'CNAME', 'a\\040b.example.com'),
    record('a\\040b.example.com', 'A', '192.0.2.1'),
    record('a.*.example.com', 'A', '192.0.2.2'),
  ];
  const to = responder({ ...plan, publicZones: [{ name: 'example.com', origin: [], records }] });
  assert.deepEqual(addresses(ask(a('A B.example.com'), to)), ['192.0.2.1']);
  assert.deepEqual(addresses(ask(a('anything.example.com'), to)), ['a b.example.com', '192.0.2.1']);
  assert.deepEqual(addresses(ask(a('a.*.example.com'), to)), ['192.0.2.2']);
  assert.equal(ask(a('c.*.example.com'), to).rcode, 'NXDOMAIN');
});

test('reverse names and the world’s', () => {
  const pointer = ask({ questions: [{ type: 'PTR', name: '4.10.0.10.in-addr.arpa' }] });
  assert.deepEqual(addresses(pointer), ['ip-10-0-10-4.ap-south-1.compute.internal']);
  assert.equal(exchange(dnsPacket.encode({ type: 'query', ...a('example.com') })), FORWARD);
});

test('a query for the world is left untouched', () => {
  const query = dnsPacket.encode({ type: 'query', id: 9, ...a('eXample.com') });
  const buffer = Buffer.concat([query, Buffer.alloc(2000)]);
  assert.equal(responder().respond(buffer, 0, query.length, 'udp'), FORWARD);
  assert.deepEqual(buffer.subarray(0, query.length), query);
});

function opt(udpPayloadSize: number, ednsVersion = 0): Packet {
  return {
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize,
        ednsVersion,
        flags: dnsPacket.DNSSEC_OK,
        options: [],
        extendedRcode: 0,
      },
    ] as unknown as Answer[],
  } as Packet;
}

test('EDNS is answered with EDNS, and not offered unasked', () => {
  const [record] = ask({ ...a(SQS), ...opt(4096) }).additionals ?? [];
  assert.ok(record?.type === 'OPT');
  assert.equal((record as unknown as { udpPayloadSize: number }).udpPayloadSize, 1232);
});

test('an EDNS version that nobody knows: BADVERS', () => {
  const bytes = exchange(dnsPacket.encode({ type: 'query', ...a(SQS), ...opt(4096, 1) }));
  assert.ok(Buffer.isBuffer(bytes));
  const response = dnsPacket.decode(bytes);
  assert.equal(response.answers?.length, 0);
  const [record] = response.additionals ?? [];
  assert.equal(record !== undefined && 'extendedRcode' in record && record.extendedRcode, 1);
});

/** The story's plan with `count` addresses under one name. */
function crowded(count: number): Plan {
  const values = Array.from({ length: count }, (_, at) => `10.9.${at >> 8}.${at & 255}`);
  const record = { name: 'crowd.test', type: 'A' as const, ttlSeconds: 60, values, origin: [] };
  return { ...plan, publicZones: [{ name: 'crowd.test', origin: [], records: [record] }] };
}

test('what does not fit is truncated: at 512 bytes, at the client’s size, at ours, and never by TCP', () => {
  const to = (count: number) => responder(crowded(count));
  const isTruncated = (packet: Packet) => (packet as { flag_tc?: boolean }).flag_tc === true;
  // 12 + 16 + 16 * 30 = 508
  assert.equal(ask(a('crowd.test'), to(30)).answers?.length, 30);
  const cut = ask(a('crowd.test'), to(31));
  assert.ok(isTruncated(cut));
  assert.equal(cut.answers?.length, 0);
  assert.equal(ask({ ...a('crowd.test'), ...opt(1232) }, to(31)).answers?.length, 31);
  assert.ok(isTruncated(ask({ ...a('crowd.test'), ...opt(513) }, to(31))));
  assert.ok(isTruncated(ask({ ...a('crowd.test'), ...opt(100) }, to(31))));
  assert.ok(isTruncated(ask({ ...a('crowd.test'), ...opt(4096) }, to(80))));
  assert.equal(ask(a('crowd.test'), to(500), 'tcp').answers?.length, 500);
});

test('what is not a query of ours: NOTIMP, FORMERR, or silence', () => {
  const query = dnsPacket.encode({ type: 'query', id: 5, ...a(SQS) });
  const changed = (...bytes: [at: number, value: number][]) => {
    const copy = Buffer.from(query);
    for (const [at, value] of bytes) copy[at] = value;
    return copy;
  };
  const rcode = (bytes: Buffer) => {
    const response = exchange(bytes);
    return Buffer.isBuffer(response) ? (response[3] as number) & 15 : 'silence';
  };
  assert.equal(rcode(changed([2, 0x28])), 4, 'opcode UPDATE');
  assert.equal(rcode(changed([2, 0x80])), 'silence', 'a response');
  assert.equal(rcode(changed([5, 0])), 1, 'no question');
  assert.equal(rcode(changed([5, 2])), 1, 'two questions');
  assert.equal(rcode(changed([7, 1])), 1, 'an answer');
  assert.equal(rcode(changed([11, 1])), 1, 'an additional record that is missing');
  assert.equal(rcode(changed([12, 0xc0], [13, 12])), 1, 'a name that points to itself');
  assert.equal(rcode(changed([12, 64])), 1, 'a label too long');
  assert.equal(rcode(Buffer.concat([query, Buffer.from([0])])), 1, 'more than the message');
  assert.equal(rcode(query.subarray(0, 20)), 1, 'less than the message');
  assert.equal(rcode(query.subarray(0, 11)), 'silence', 'less than a header');
  assert.equal(rcode(changed([query.length - 3, 41])), 1, 'a question for OPT');
  assert.equal(rcode(changed([query.length - 1, 3])), 5, 'class CHAOS');
  const long = dnsPacket.encode({ type: 'query', ...a(Array(5).fill('x'.repeat(60)).join('.')) });
  assert.equal(rcode(long), 1, 'a name of more than 255 bytes');
});

test('a label with a dot in it is not two labels', () => {
  const query = dnsPacket.encode({ type: 'query', ...a(`sqsxap-south-1.amazonaws.com`) });
  query[12 + 1 + 3] = '.'.charCodeAt(0);
  const response = exchange(query);
  assert.ok(Buffer.isBuffer(response));
  assert.equal((response[3] as number) & 15, 3);
});

test('any bytes: no exception, never longer than allowed, never an answer to a response', () => {
  const to = responder();
  const valid = dnsPacket.encode({ type: 'query', id: 1, ...a(SQS), ...opt(1232) });
  const mutated = fc
    .tuple(fc.array(fc.tuple(fc.nat(valid.length - 1), fc.nat(255)), { maxLength: 6 }), fc.nat(valid.length))
    .map(([changes, length]) => {
      const bytes = Buffer.from(valid);
      for (const [at, value] of changes) bytes[at] = value;
      return bytes.subarray(0, length);
    });
  const random = fc.uint8Array({ maxLength: 600 }).map((bytes) => Buffer.from(bytes));
  fc.assert(
    fc.property(fc.oneof(mutated, random), (bytes) => {
      const id = bytes.length >= 2 ? bytes.readUInt16BE(0) : 0;
      const isResponse = bytes.length >= 3 && ((bytes[2] as number) & 0x80) !== 0;
      const response = exchange(bytes, to);
      if (response === NO_ANSWER || response === FORWARD) return;
      assert.ok(Buffer.isBuffer(response) && !isResponse && response.length <= 1232);
      assert.equal(response.readUInt16BE(0), id);
      dnsPacket.decode(response);
    }),
    { numRuns: 3000, seed: 1 },
  );
});
