/** What a logged question says, in AWS's members and words. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import dnsPacket, { type Answer } from 'dns-packet';
import type { LoggedQuestion } from './logged.ts';
import { recordOf } from './record.ts';

const SOURCES = {
  account: '111122223333',
  region: 'ap-south-1',
  instances: new Map([['10.0.0.5', 'i-0123456789abcdef0']]),
  inbound: new Map([['rni-1', 'rslvr-in-1']]),
};

function logged(answers: readonly Answer[], wish: Partial<LoggedQuestion> = {}, flags = 0): LoggedQuestion {
  const questions = [{ type: 'A', name: 'db.example.com', class: 'IN' } as const];
  const answer = dnsPacket.encode({ type: 'response', id: 1, flags, questions, answers: [...answers] });
  const asked = { logs: ['log-1'], domain: 'vpc-1', inbound: null, outbound: null, address: '10.0.0.5', port: 40_000 };
  return { ...asked, transport: 'UDP', at: Date.UTC(2026, 0, 2, 3, 4, 5, 678), answer, ...wish };
}

function told(question: LoggedQuestion) {
  return JSON.parse(recordOf(question, SOURCES) ?? 'null');
}

test('a question with its answers, as AWS writes it', () => {
  const answers: Answer[] = [
    { type: 'CNAME', name: 'db.example.com', ttl: 60, data: 'db-1.example.com' },
    { type: 'A', name: 'db-1.example.com', ttl: 60, data: '10.0.0.9' },
  ];
  assert.deepEqual(told(logged(answers)), {
    version: '1.100000',
    account_id: '111122223333',
    region: 'ap-south-1',
    vpc_id: 'vpc-1',
    query_timestamp: '2026-01-02T03:04:05Z',
    query_name: 'db.example.com.',
    query_type: 'A',
    query_class: 'IN',
    rcode: 'NOERROR',
    answers: [
      { Rdata: 'db-1.example.com.', Type: 'CNAME', Class: 'IN' },
      { Rdata: '10.0.0.9', Type: 'A', Class: 'IN' },
    ],
    srcaddr: '10.0.0.5',
    srcport: '40000',
    transport: 'UDP',
    srcids: { instance: 'i-0123456789abcdef0' },
  });
});

test('whose question it was: an instance, a stranger, one who came in by an endpoint, one passed on by another', () => {
  assert.deepEqual(told(logged([], { address: '10.0.0.6' })).srcids, {});
  assert.deepEqual(told(logged([], { inbound: 'rni-1', address: '192.168.0.1' })).srcids, {
    resolver_endpoint: 'rslvr-in-1',
    resolver_network_interface: 'rni-1',
  });
  assert.deepEqual(told(logged([], { outbound: 'rslvr-out-1' })).srcids, {
    instance: 'i-0123456789abcdef0',
    resolver_endpoint: 'rslvr-out-1',
  });
});

test('values of each type as a zone file has them', () => {
  const name = 'db.example.com';
  const rows: readonly (readonly [Answer, string])[] = [
    [{ type: 'AAAA', name, data: '2001:db8::1' }, '2001:db8::1'],
    [{ type: 'MX', name, data: { preference: 10, exchange: 'm.example.com' } }, '10 m.example.com.'],
    [{ type: 'SRV', name, data: { priority: 1, weight: 2, port: 3, target: 's.example.com' } }, '1 2 3 s.example.com.'],
    [{ type: 'TXT', name, data: ['a "b"', 'c'] }, '"a \\"b\\"" "c"'],
    [{ type: 'CAA', name, data: { flags: 0, tag: 'issue', value: 'ca.example' } as never }, '0 issue "ca.example"'],
    [
      {
        type: 'SOA',
        name,
        data: { mname: 'n.example', rname: 'r.example', serial: 1, refresh: 2, retry: 3, expire: 4, minimum: 5 },
      },
      'n.example. r.example. 1 2 3 4 5',
    ],
  ];
  for (const [answer, text] of rows) assert.equal(told(logged([answer])).answers[0].Rdata, text);
});

test('codes by their names; what is no message is nobody’s', () => {
  assert.equal(told(logged([], {}, 3)).rcode, 'NXDOMAIN');
  assert.equal(told(logged([], {}, 2)).rcode, 'SERVFAIL');
  assert.equal(recordOf(logged([], { answer: new Uint8Array(3) }), SOURCES), undefined);
});
