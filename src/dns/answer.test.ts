/** Answers by zone-file text: what a question gets in a view, beside the public zones. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan, ResolverRule, Zone, ZoneRecord } from '../plan/plan.ts';
import { type Answer, answer, indexDns } from './answer.ts';

const PUBLIC = zones(`
  $ORIGIN amazonaws.com
  $ORIGIN sqs.ap-south-1.amazonaws.com
  sqs.ap-south-1.amazonaws.com A 198.19.0.1
  $ORIGIN s3.ap-south-1.amazonaws.com
  s3.ap-south-1.amazonaws.com A 198.19.0.2
  *.s3.ap-south-1.amazonaws.com A 198.19.0.2
  $ORIGIN example.org
  a.example.org CNAME b.example.org
  b.example.org CNAME deep.c.example.org
  deep.c.example.org A 192.0.2.1 192.0.2.2
  loop1.example.org CNAME loop2.example.org
  loop2.example.org CNAME loop1.example.org
  away.example.org CNAME www.example.com
  dead.example.org CNAME none.example.org
  *.wild.example.org TXT wild
  near.wild.example.org A 192.0.2.3
  x.y.wild.example.org A 192.0.2.4
  $ORIGIN example.net
  away.example.net NS ns.example.com
  example.net NS ns-1.awsdns-00.com ns-2.awsdns-01.net
  here.example.net NS ns-1.awsdns-00.com
  to-away.example.net CNAME www.away.example.net
  www.example.net A 192.0.2.5
  $ORIGIN here.example.net
  here.example.net A 192.0.2.6
`);

const VIEW = zones(`
  $ORIGIN ap-south-1.compute.internal
  ip-10-0-1-5.ap-south-1.compute.internal A 10.0.1.5
  $ORIGIN sqs.ap-south-1.amazonaws.com
  sqs.ap-south-1.amazonaws.com A 10.0.1.6 10.0.2.6
  $ORIGIN 0.10.in-addr.arpa
  5.1.0.10.in-addr.arpa PTR ip-10-0-1-5.ap-south-1.compute.internal
`);

const HOSTED = zones(`
  $ORIGIN amazonaws.com
  own.amazonaws.com A 10.9.0.1
  $ORIGIN example.org
  a.example.org A 10.9.0.2
  sub.example.org NS ns.elsewhere.example.net
  x.sub.example.org A 10.9.0.3
  to-public.example.org CNAME www.example.net
  quiet.example.org A
  $ORIGIN deep.example.org
  deep.example.org A 10.9.0.4
  $ORIGIN 10.in-addr.arpa
  9.9.9.10.in-addr.arpa PTR a.example.org
`);

function rule(domain: string, isSystem = false): ResolverRule {
  const forward = isSystem ? null : { endpoint: 'rslvr-out-1', targets: [{ address: '192.0.2.53', port: 53 }] };
  return { id: `rr:${domain}`, origin: [], domain, forward };
}

const RULES = [
  rule('corp.test'),
  rule('deep.example.org'),
  rule('example.net'),
  rule('here.example.net', true),
  rule('sys.corp.test', true),
];

const INDEX = indexDns({
  revision: 7,
  publicZones: PUBLIC,
  hostedZones: HOSTED.map((zone, at) => ({ id: `Z${at}`, ...zone })),
  views: [
    { id: 'vpc-a', origin: [], zones: VIEW, hostedZones: [], inboundZones: [], rules: [] },
    { id: 'vpc-b', origin: [], zones: [], hostedZones: [], inboundZones: VIEW, rules: [] },
    { id: 'vpc-p', origin: [], zones: VIEW, hostedZones: HOSTED.map((_, at) => `Z${at}`), inboundZones: [], rules: [] },
    {
      id: 'vpc-r',
      origin: [],
      zones: VIEW,
      hostedZones: HOSTED.map((_, at) => `Z${at}`),
      inboundZones: [],
      rules: RULES,
    },
    { id: 'vpc-all', origin: [], zones: VIEW, hostedZones: [], inboundZones: [], rules: [rule('')] },
  ],
} as unknown as Plan);

function zones(text: string): Zone[] {
  const found: { name: string; origin: string[]; records: ZoneRecord[] }[] = [];
  for (const line of text.trim().split('\n')) {
    const [name = '', type, ...values] = line.trim().split(' ');
    if (name === '$ORIGIN') found.push({ name: type ?? '', origin: [], records: [] });
    else found.at(-1)?.records.push({ name, type: type as ZoneRecord['type'], ttlSeconds: 60, values, origin: [] });
  }
  return found;
}

function say({ rcode, answers, authority, forward }: Answer): string {
  if (forward) {
    const before = answers.map(({ name, type, values }) => `${name} ${type} ${values.join(' ')} | `).join('');
    return `${before}FORWARD${answers.length === 0 ? '' : ` ${forward.name}`}${forward.rule === null ? '' : ` ${forward.rule.id}`}`;
  }
  const text = answers.map(({ name, type, values }) => `${name} ${type} ${values.join(' ')}`);
  return [rcode, ...text, ...(authority === null ? [] : [`SOA ${authority.zone}`])].join(' | ');
}

const TABLE: readonly [domain: string, name: string, type: string, answer: string][] = [
  ['vpc-a', 'sqs.ap-south-1.amazonaws.com', 'A', 'NOERROR | sqs.ap-south-1.amazonaws.com A 10.0.1.6 10.0.2.6'],
  ['vpc-b', 'sqs.ap-south-1.amazonaws.com', 'A', 'NOERROR | sqs.ap-south-1.amazonaws.com A 198.19.0.1'],
  ['vpc-a', 'SQS.ap-South-1.amazonaws.com', 'A', 'NOERROR | SQS.ap-South-1.amazonaws.com A 10.0.1.6 10.0.2.6'],
  // Another type: the name exists. A private zone hides the public one wholly.
  ['vpc-a', 'sqs.ap-south-1.amazonaws.com', 'AAAA', 'NOERROR | SOA sqs.ap-south-1.amazonaws.com'],
  ['vpc-a', 'x.sqs.ap-south-1.amazonaws.com', 'A', 'NXDOMAIN | SOA sqs.ap-south-1.amazonaws.com'],
  // AWS names that nothing stands behind do not exist, and are not asked of the world.
  ['vpc-a', 'athena.ap-south-1.amazonaws.com', 'A', 'NXDOMAIN | SOA amazonaws.com'],
  ['vpc-a', 'example.com', 'A', 'FORWARD'],
  ['vpc-a', '', 'NS', 'FORWARD'],
  ['vpc-a', 'com', 'A', 'FORWARD'],
  ['vpc-a', 'bucket.s3.ap-south-1.amazonaws.com', 'A', 'NOERROR | bucket.s3.ap-south-1.amazonaws.com A 198.19.0.2'],
  ['vpc-a', 'a.b.s3.ap-south-1.amazonaws.com', 'A', 'NOERROR | a.b.s3.ap-south-1.amazonaws.com A 198.19.0.2'],
  ['vpc-a', 's3.ap-south-1.amazonaws.com', 'MX', 'NOERROR | SOA s3.ap-south-1.amazonaws.com'],
  // A wildcard ends where something nearer exists.
  ['vpc-a', 'any.wild.example.org', 'TXT', 'NOERROR | any.wild.example.org TXT wild'],
  ['vpc-a', 'near.wild.example.org', 'TXT', 'NOERROR | SOA example.org'],
  ['vpc-a', 'below.near.wild.example.org', 'TXT', 'NXDOMAIN | SOA example.org'],
  ['vpc-a', 'y.wild.example.org', 'TXT', 'NOERROR | SOA example.org'],
  ['vpc-a', 'c.example.org', 'A', 'NOERROR | SOA example.org'],
  [
    'vpc-a',
    'A.example.org',
    'A',
    'NOERROR | A.example.org CNAME b.example.org | b.example.org CNAME deep.c.example.org | deep.c.example.org A 192.0.2.1 192.0.2.2',
  ],
  ['vpc-a', 'a.example.org', 'CNAME', 'NOERROR | a.example.org CNAME b.example.org'],
  ['vpc-a', 'away.example.org', 'A', 'away.example.org CNAME www.example.com | FORWARD www.example.com'],
  ['vpc-a', 'dead.example.org', 'A', 'NXDOMAIN | dead.example.org CNAME none.example.org | SOA example.org'],
  ['vpc-a', 'sqs.ap-south-1.amazonaws.com', 'ANY', 'NOERROR | sqs.ap-south-1.amazonaws.com A 10.0.1.6 10.0.2.6'],
  ['vpc-a', 'example.com', 'AXFR', 'REFUSED'],
  [
    'vpc-a',
    '5.1.0.10.in-addr.arpa',
    'PTR',
    'NOERROR | 5.1.0.10.in-addr.arpa PTR ip-10-0-1-5.ap-south-1.compute.internal',
  ],
  ['vpc-a', '6.1.0.10.in-addr.arpa', 'PTR', 'NXDOMAIN | SOA 0.10.in-addr.arpa'],
  // A customer's zone: what it gives away to servers elsewhere is the world's.
  ['vpc-a', 'example.net', 'NS', 'NOERROR | example.net NS ns-1.awsdns-00.com ns-2.awsdns-01.net'],
  ['vpc-a', 'gone.example.net', 'A', 'NXDOMAIN | SOA example.net'],
  ['vpc-a', 'away.example.net', 'A', 'FORWARD'],
  ['vpc-a', 'deep.away.example.net', 'TXT', 'FORWARD'],
  ['vpc-a', 'away.example.net', 'NS', 'NOERROR | away.example.net NS ns.example.com'],
  [
    'vpc-a',
    'to-away.example.net',
    'A',
    'to-away.example.net CNAME www.away.example.net | FORWARD www.away.example.net',
  ],
  ['vpc-a', 'here.example.net', 'A', 'NOERROR | here.example.net A 192.0.2.6'],
  // Names that are nobody's, or another VPC's.
  ['vpc-b', '5.1.0.10.in-addr.arpa', 'PTR', 'NXDOMAIN | SOA 10.in-addr.arpa'],
  ['vpc-b', '1.1.31.172.in-addr.arpa', 'PTR', 'NXDOMAIN | SOA 31.172.in-addr.arpa'],
  ['vpc-b', '1.1.32.172.in-addr.arpa', 'PTR', 'FORWARD'],
  ['vpc-b', 'ip-10-0-1-5.ap-south-1.compute.internal', 'A', 'NXDOMAIN | SOA internal'],
  ['vpc-b', 'localhost', 'A', 'NOERROR | localhost A 127.0.0.1'],
  ['vpc-b', 'printer.local', 'A', 'NXDOMAIN | SOA local'],
  ['vpc-c', 'localhost', 'A', 'REFUSED'],
  // A hosted zone answers where it is associated, and hides all of the public names below it.
  ['vpc-p', 'corp.test', 'A', 'NXDOMAIN | SOA test'],
  // A rule leads all names at and below its domain away, public ones and a zone's of the same name too.
  ['vpc-r', 'corp.test', 'A', 'FORWARD rr:corp.test'],
  ['vpc-r', 'a.b.CORP.test', 'MX', 'FORWARD rr:corp.test'],
  ['vpc-r', 'xcorp.test', 'A', 'NXDOMAIN | SOA test'],
  ['vpc-r', 'deep.example.org', 'A', 'FORWARD rr:deep.example.org'],
  ['vpc-r', 'a.example.org', 'A', 'NOERROR | a.example.org A 10.9.0.2'],
  ['vpc-r', 'www.example.net', 'A', 'FORWARD rr:example.net'],
  [
    'vpc-r',
    'to-public.example.org',
    'A',
    'to-public.example.org CNAME www.example.net | FORWARD www.example.net rr:example.net',
  ],
  // But for those that a more specific rule keeps here.
  ['vpc-r', 'sys.corp.test', 'A', 'NXDOMAIN | SOA test'],
  ['vpc-r', 'here.example.net', 'A', 'NOERROR | here.example.net A 192.0.2.6'],
  // A rule for all names: what the VPC has, and what AWS makes rules for itself, stays.
  ['vpc-all', 'example.com', 'A', 'FORWARD rr:'],
  ['vpc-all', 'www.example.net', 'A', 'FORWARD rr:'],
  ['vpc-all', 'host.corp.internal', 'A', 'FORWARD rr:'],
  ['vpc-all', 'localhost', 'A', 'NOERROR | localhost A 127.0.0.1'],
  ['vpc-all', '1.1.168.192.in-addr.arpa', 'PTR', 'NXDOMAIN | SOA 168.192.in-addr.arpa'],
  ['vpc-all', 'sqs.ap-south-1.amazonaws.com', 'A', 'NOERROR | sqs.ap-south-1.amazonaws.com A 10.0.1.6 10.0.2.6'],
  ['vpc-all', 's3.ap-south-1.amazonaws.com', 'A', 'FORWARD rr:'],
  ['vpc-p', 'own.amazonaws.com', 'A', 'NOERROR | own.amazonaws.com A 10.9.0.1'],
  ['vpc-p', 's3.ap-south-1.amazonaws.com', 'A', 'NXDOMAIN | SOA amazonaws.com'],
  ['vpc-p', 'sqs.ap-south-1.amazonaws.com', 'A', 'NOERROR | sqs.ap-south-1.amazonaws.com A 10.0.1.6 10.0.2.6'],
  ['vpc-b', 'own.amazonaws.com', 'A', 'NXDOMAIN | SOA amazonaws.com'],
  ['vpc-p', 'a.example.org', 'A', 'NOERROR | a.example.org A 10.9.0.2'],
  ['vpc-p', 'b.example.org', 'A', 'NXDOMAIN | SOA example.org'],
  ['vpc-p', 'a.example.org', 'AAAA', 'NOERROR | SOA example.org'],
  ['vpc-p', 'quiet.example.org', 'A', 'NOERROR | SOA example.org'],
  // The most specific one, whether the name is in it or not.
  ['vpc-p', 'deep.example.org', 'A', 'NOERROR | deep.example.org A 10.9.0.4'],
  ['vpc-p', 'x.deep.example.org', 'A', 'NXDOMAIN | SOA deep.example.org'],
  ['vpc-p', '9.9.9.10.in-addr.arpa', 'PTR', 'NOERROR | 9.9.9.10.in-addr.arpa PTR a.example.org'],
  [
    'vpc-p',
    '5.1.0.10.in-addr.arpa',
    'PTR',
    'NOERROR | 5.1.0.10.in-addr.arpa PTR ip-10-0-1-5.ap-south-1.compute.internal',
  ],
  // Nothing is given away by a private zone.
  ['vpc-p', 'x.sub.example.org', 'A', 'NOERROR | x.sub.example.org A 10.9.0.3'],
  ['vpc-p', 'y.sub.example.org', 'A', 'NXDOMAIN | SOA example.org'],
  [
    'vpc-p',
    'to-public.example.org',
    'A',
    'NOERROR | to-public.example.org CNAME www.example.net | www.example.net A 192.0.2.5',
  ],
];

for (const [domain, name, type, expected] of TABLE) {
  test(`${domain} ${name} ${type}`, () => {
    assert.equal(say(answer(INDEX, domain, { name, type, class: 'IN' })), expected);
  });
}

test('weighted sets are drawn by their shares, and such an answer is not for keeping', () => {
  const choice = (weight: number, address: string) => ({ weight, ttlSeconds: 60, values: [address] });
  const choices = [choice(1, '10.0.0.1'), choice(3, '10.0.0.2')];
  const name = 'w.example.com';
  const record: ZoneRecord = { name, type: 'A', ttlSeconds: 60, values: ['10.0.0.1'], origin: [], choices };
  const index = indexDns({
    revision: 7,
    publicZones: [],
    hostedZones: [{ id: 'Z1', name: 'example.com', origin: [], records: [record] }],
    views: [{ id: 'vpc-a', origin: [], zones: [], hostedZones: ['Z1'], inboundZones: [], rules: [] }],
  } as unknown as Plan);
  const drawn = [0, 0.24, 0.26, 0.99].map((luck) =>
    answer(index, 'vpc-a', { name, type: 'A', class: 'IN' }, { draw: () => luck }),
  );
  assert.deepEqual(
    drawn.map(({ answers, varies }) => [answers[0]?.values[0], varies]),
    [
      ['10.0.0.1', true],
      ['10.0.0.1', true],
      ['10.0.0.2', true],
      ['10.0.0.2', true],
    ],
  );
  assert.equal(answer(INDEX, 'vpc-a', { name: 'localhost', type: 'A', class: 'IN' }).varies, false);
});

test('zones for inbound endpoints answer those who come by one', () => {
  const question = { name: 'sqs.ap-south-1.amazonaws.com', type: 'A', class: 'IN' };
  const ask = (domain: string, isInbound: boolean) => answer(INDEX, domain, question, { isInbound }).answers[0]?.values;
  assert.deepEqual(ask('vpc-b', false), ['198.19.0.1']);
  assert.deepEqual(ask('vpc-b', true), ['10.0.1.6', '10.0.2.6']);
  assert.deepEqual(ask('vpc-a', true), ['10.0.1.6', '10.0.2.6']);
});

test('only the Internet class is served', () => {
  assert.equal(say(answer(INDEX, 'vpc-a', { name: 'version.bind', type: 'TXT', class: 'CLASS3' })), 'REFUSED');
});

test('a loop of CNAMEs ends', () => {
  const { answers, rcode } = answer(INDEX, 'vpc-a', { name: 'loop1.example.org', type: 'A', class: 'IN' });
  assert.equal(rcode, 'NOERROR');
  assert.equal(answers.length, 9);
});

test('a zone with an SOA of its own says it; the lesser of its two times holds', () => {
  const text = 'ns-1.awsdns-00.com awsdns-hostmaster.amazon.com 1 7200 900 1209600 86400';
  const soa: ZoneRecord = { name: 'example.com', type: 'SOA', ttlSeconds: 900, values: [text], origin: [] };
  const index = indexDns({
    revision: 7,
    publicZones: [{ name: 'example.com', origin: [], records: [soa] }],
    hostedZones: [],
    views: [{ id: 'vpc-a', origin: [], zones: [], hostedZones: [], inboundZones: [], rules: [] }],
  } as unknown as Plan);
  assert.deepEqual(answer(index, 'vpc-a', { name: 'x.example.com', type: 'A', class: 'IN' }).authority, {
    zone: 'example.com',
    primary: 'ns-1.awsdns-00.com',
    mailbox: 'awsdns-hostmaster.amazon.com',
    serial: 1,
    ttlSeconds: 900,
  });
  assert.deepEqual(answer(index, 'vpc-a', { name: 'example.com', type: 'SOA', class: 'IN' }).answers[0]?.values, [
    text,
  ]);
});

test('the SOA carries the revision, and is forgotten as soon as AWS’s names are', () => {
  assert.deepEqual(answer(INDEX, 'vpc-a', { name: 'x.amazonaws.com', type: 'A', class: 'IN' }).authority, {
    zone: 'amazonaws.com',
    primary: 'ns0.amazonaws.com',
    mailbox: 'hostmaster.amazon.com',
    serial: 7,
    ttlSeconds: 60,
  });
});

test('who is near is answered what is near, in its share of the questions; all others everything', () => {
  const name = 'n.example.com';
  const zones = [
    { zone: 'az1', values: ['10.0.0.1'] },
    { zone: 'az2', values: ['10.0.1.1'] },
  ];
  const near = { share: 0.85, zones };
  const record: ZoneRecord = { name, type: 'A', ttlSeconds: 60, values: ['10.0.0.1', '10.0.1.1'], origin: [], near };
  const index = indexDns({
    revision: 7,
    publicZones: [],
    hostedZones: [{ id: 'Z1', name: 'example.com', origin: [], records: [record] }],
    views: [{ id: 'vpc-a', origin: [], zones: [], hostedZones: ['Z1'], inboundZones: [], rules: [] }],
  } as unknown as Plan);
  const told = (zone: string | undefined, luck: number) => {
    const found = answer(index, 'vpc-a', { name, type: 'A', class: 'IN' }, { zone: () => zone, draw: () => luck });
    assert.equal(found.varies, true);
    return found.answers[0]?.values.join(' ');
  };
  assert.deepEqual(
    [told('az1', 0.84), told('az2', 0), told('az1', 0.85), told('az3', 0), told(undefined, 0)],
    ['10.0.0.1', '10.0.1.1', '10.0.0.1 10.0.1.1', '10.0.0.1 10.0.1.1', '10.0.0.1 10.0.1.1'],
  );
});
