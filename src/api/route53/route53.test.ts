import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { delegatedZones, publicRecords, zoneAnswering } from '../../model/public-dns.ts';
import { batch, type Dns, dns, records, text, zone } from './fixture.ts';

const OTHER = '444455556666';

function refused(d: Dns, id: string, ...lines: string[]): string {
  return d.refusal('ChangeResourceRecordSets', batch(id, ...lines));
}

function change(d: Dns, id: string, ...lines: string[]) {
  return d.call('ChangeResourceRecordSets', batch(id, ...lines)).ChangeInfo;
}

test('a zone is born with four name servers, its NS and its SOA', () => {
  const d = dns();
  const made = d.call('CreateHostedZone', {
    Name: 'Shop.Test.',
    CallerReference: 'once',
    HostedZoneConfig: { Comment: 'hello', PrivateZone: false },
  });
  const { Id, ...view } = made.HostedZone ?? {};
  assert.match(Id ?? '', /^\/hostedzone\/Z[0-9A-Z]{19}$/);
  assert.deepEqual(view, {
    Name: 'shop.test.',
    CallerReference: 'once',
    Config: { Comment: 'hello', PrivateZone: false },
    ResourceRecordSetCount: 2,
  });
  const servers = made.DelegationSet?.NameServers ?? [];
  assert.deepEqual(
    servers.map((server) => server.replace(/^ns-\d{1,4}\.awsdns-\d\d\./, '')),
    ['com', 'net', 'org', 'co.uk'],
  );
  assert.equal(made.Location, `https://route53.amazonaws.com/2013-04-01${Id}`);
  const got = d.call('GetHostedZone', { Id: Id ?? '' });
  assert.deepEqual(got, { HostedZone: made.HostedZone, DelegationSet: made.DelegationSet });
  const list = d.call('ListResourceRecordSets', { HostedZoneId: Id ?? '' });
  assert.deepEqual(list.ResourceRecordSets?.map(text), [
    `shop.test. NS 172800 ${servers.map((server) => `${server}.`).join('|')}`,
    `shop.test. SOA 900 ${servers[0]}. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400`,
  ]);
});

test('a change is pending until the name servers have it', () => {
  const d = dns();
  const { ChangeInfo: made } = d.call('CreateHostedZone', { Name: 'shop.test', CallerReference: 'a' });
  assert.match(made?.Id ?? '', /^\/change\/C[0-9A-Z]{22}$/);
  const status = (Id: string) => d.call('GetChange', { Id }).ChangeInfo?.Status;
  assert.equal(made?.Status, 'PENDING');
  assert.equal(status(made?.Id ?? ''), 'PENDING');
  d.h.facts.appliedRevision = d.h.intent.revision;
  assert.equal(status(made?.Id ?? ''), 'INSYNC');
  const id = d.h.intent.table('hostedZone').all()[Symbol.iterator]().next().value?.id ?? '';
  const input = { ...batch(id, 'CREATE www.shop.test A 60 10.0.0.1') };
  input.ChangeBatch.Comment = 'why';
  const second = d.call('ChangeResourceRecordSets', input).ChangeInfo;
  assert.equal(second?.Comment, 'why');
  assert.equal(status(second?.Id ?? ''), 'PENDING');
  const got = d.call('GetChange', { Id: second?.Id?.replace('/change/', '') ?? '' }).ChangeInfo;
  assert.deepEqual(got?.SubmittedAt, second?.SubmittedAt);
  d.h.facts.appliedRevision = d.h.intent.revision;
  assert.equal(status(second?.Id ?? ''), 'INSYNC');
  // What changes nothing is there already.
  assert.equal(change(d, id, 'UPSERT www.shop.test A 60 10.0.0.1')?.Status, 'INSYNC');
});

test('changes that nobody made, or another account', () => {
  const d = dns();
  const { ChangeInfo: made } = d.call('CreateHostedZone', { Name: 'shop.test', CallerReference: 'a' });
  const id = made?.Id?.replace('/change/', '') ?? '';
  const last = id.endsWith('0') ? '1' : '0';
  for (const text of [`${id.slice(0, -1)}${last}`, `${id}0`, 'C1', '', id.toLowerCase()]) {
    assert.equal(d.refusal('GetChange', { Id: text }), `NoSuchChange: A change with id ${text} does not exist.`);
  }
  assert.match(d.as(OTHER).refusal('GetChange', { Id: id }), /^NoSuchChange: /);
});

test('names that no zone can have; names that are AWS’s own', () => {
  const d = dns();
  const create = (Name: string) => d.refusal('CreateHostedZone', { Name, CallerReference: Name });
  for (const name of [
    'com',
    'com.',
    '',
    '.',
    'a..test',
    '*.shop.test',
    'sh op.test',
    `${'a'.repeat(64)}.test`,
    'é.test',
  ])
    assert.equal(create(name), `InvalidDomainName: The specified domain name, ${name}, is not valid`);
  for (const name of ['amazonaws.com', 'sqs.ap-south-1.amazonaws.com', 'api.aws'])
    assert.equal(create(name), `InvalidDomainName: ${name} is reserved by AWS!`);
});

test('names in any case, with their dot or without, in labels of 63 bytes and 255 in all', () => {
  const d = dns();
  const id = zone(d, 'shop.test');
  const label = 'a'.repeat(63);
  const long = `${[label, label, label].join('.')}.${'b'.repeat(51)}.shop.test`;
  // And two more on the wire: the first label's length, and the root's.
  const longer = long.replace('.shop', 'b.shop');
  assert.equal(long.length, 253);
  change(d, id, `CREATE ${long}. A 60 10.0.0.1`, 'CREATE \\052.UP_per-1.shop.test A 60 10.0.0.1');
  assert.deepEqual(
    records(d, id).map((each) => each.split(' ')[0]),
    [`${long}.`, '\\052.up_per-1.shop.test.'],
  );
  change(d, id, `DELETE ${long.toUpperCase()} A 60 10.0.0.1`, 'DELETE *.up_per-1.shop.test. A 60 10.0.0.1');
  for (const [name, problem] of [
    [`${label}a.shop.test`, `DomainLabelTooLong (Domain label is too long) encountered with '${label}a'`],
    [longer, `DomainNameTooLong (Domain name is too long) encountered with '${longer}'`],
    ['a..shop.test', "DomainLabelEmpty (Domain label is empty) encountered with 'a..shop.test'"],
    ['a b.shop.test', "UnsupportedCharacter (Value contains unsupported characters) encountered with ' '"],
    ['a\\9.shop.test', "UnsupportedCharacter (Value contains unsupported characters) encountered with '\\'"],
  ] as const) {
    const input = batch(id, 'CREATE x.shop.test A 60 10.0.0.1');
    const [only] = input.ChangeBatch.Changes;
    if (only !== undefined) only.ResourceRecordSet.Name = name;
    assert.equal(d.refusal('ChangeResourceRecordSets', input), `InvalidChangeBatch: FATAL problem: ${problem}`);
    const start = { HostedZoneId: id, StartRecordName: name };
    assert.equal(d.refusal('ListResourceRecordSets', start), `InvalidInput: FATAL problem: ${problem}`);
  }
  assert.deepEqual(records(d, id), []);
});

test('other characters are told as escapes, and may be asked for so', () => {
  const d = dns();
  const id = zone(d, 'shop.test');
  change(
    d,
    id,
    'CREATE a$.shop.test A 60 10.0.0.1',
    'CREATE Ex\\303\\241mple.shop.test A 60 10.0.0.1',
    'CREATE a.*.shop.test A 60 10.0.0.1',
    'CREATE *x.shop.test CNAME 60 b\\040c.shop.test.',
  );
  assert.deepEqual(
    records(d, id).map((each) => each.split(' ')[0]),
    ['a.\\052.shop.test.', '\\052x.shop.test.', 'a\\044.shop.test.', 'ex\\303\\241mple.shop.test.'],
  );
  change(d, id, 'DELETE a\\044.shop.test A 60 10.0.0.1', 'DELETE \\141.\\052.shop.test A 60 10.0.0.1');
  assert.equal(records(d, id).length, 2);
});

test('what is not built is refused by name; a reference makes one zone', () => {
  const d = dns();
  const create = (more: object) =>
    d.refusal('CreateHostedZone', { Name: 'shop.test', CallerReference: 'once', ...more });
  assert.match(create({ DelegationSetId: 'N1' }), /^UnsupportedOperation: The parameter DelegationSetId /);
  zone(d, 'shop.test', 'once');
  const twice = 'HostedZoneAlreadyExists: A hosted zone has already been created with the specified caller reference.';
  assert.equal(create({}), twice);
  assert.equal(create({ Name: 'other.test' }), twice);
  for (const CallerReference of ['', 'r'.repeat(129)]) {
    assert.equal(create({ CallerReference }), 'InvalidInput: The caller reference must have 1 to 128 characters.');
  }
  assert.equal(d.call('GetHostedZoneCount', {}).HostedZoneCount, 1);
  zone(d, 'shop.test', 'r'.repeat(128));
  zone(d.as(OTHER), 'shop.test', 'once');
});

test('five hundred zones', () => {
  const d = dns();
  for (let made = 0; made < 500; made++) zone(d, `z${made}.test`);
  assert.match(d.refusal('CreateHostedZone', { Name: 'one.test', CallerReference: 'more' }), /^TooManyHostedZones: /);
});

test('a thousand values and 32,000 characters a batch, twice where they are UPSERT’s', () => {
  const d = dns();
  const id = zone(d, 'shop.test');
  const lines = (action: string, count: number, value = '10.0.0.1', type = 'A') =>
    Array.from({ length: count }, (_, at) => `${action} n${at}.shop.test ${type} 60 ${value}`);
  const values = (count: number) => Array.from({ length: count }, (_, at) => `10.0.${at >> 8}.${at & 255}`).join('|');
  const many = 'InvalidChangeBatch: [Number of records limit of 1000 exceeded.]';
  assert.equal(refused(d, id, ...lines('CREATE', 1001)), many);
  assert.equal(refused(d, id, ...lines('UPSERT', 501)), many);
  assert.equal(refused(d, id, ...lines('CREATE', 3, values(334))), many);
  assert.equal(refused(d, id, ...lines('UPSERT', 2, values(251))), many);
  const long = 'InvalidChangeBatch: [RDATA character limit of 32000 exceeded.]';
  const text = `"${'x'.repeat(198)}"`;
  assert.equal(refused(d, id, ...lines('CREATE', 161, text, 'TXT')), long);
  assert.equal(refused(d, id, ...lines('UPSERT', 81, text, 'TXT')), long);
  assert.deepEqual(records(d, id), []);
  change(d, id, ...lines('CREATE', 160, text, 'TXT'));
  change(d, id, ...lines('UPSERT', 500));
  change(d, id, ...lines('DELETE', 500));
  assert.equal(records(d, id).length, 160);
});

test('four hundred values a record set, ten thousand record sets a zone', () => {
  const d = dns();
  const id = zone(d, 'shop.test');
  const values = (count: number) => Array.from({ length: count }, (_, at) => `10.0.${at >> 8}.${at & 255}`).join('|');
  assert.equal(
    refused(d, id, `CREATE many.shop.test A 60 ${values(401)}`),
    'InvalidChangeBatch: [Cannot have more than 400 records in a RRSet.]',
  );
  change(d, id, `CREATE many.shop.test A 60 ${values(400)}`);
  const [like] = d.h.intent.table('recordSet').by('name', 'many.shop.test');
  assert.ok(like);
  // With these, the zone's own two and the one that is there, one less than the most.
  d.h.intent.apply(
    Array.from({ length: 9_996 }, (_, at) => {
      const name = `m${at}.shop.test`;
      return { op: 'put', resource: { ...like, id: `${id}/${name}/A`, name, values: ['10.0.0.1'] } };
    }),
  );
  const [one = '', two = ''] = ['one', 'two'].map((name) => `CREATE ${name}.shop.test A 60 10.0.0.1`);
  assert.equal(refused(d, id, one, two), `InvalidChangeBatch: [Exceeded limit MAX_RRSETS_BY_ZONE for zone: ${id}]`);
  change(d, id, one);
  assert.equal(d.call('GetHostedZone', { Id: id }).HostedZone?.ResourceRecordSetCount, 10_000);
});

test('longer pages than 300 records or 100 zones are not to be had', () => {
  const d = dns();
  const [id = ''] = Array.from({ length: 101 }, (_, at) => zone(d, `z${at}.test`));
  change(d, id, ...Array.from({ length: 300 }, (_, at) => `CREATE n${at}.z0.test A 60 10.0.0.1`));
  for (const MaxItems of [undefined, 5000]) {
    const wish = MaxItems === undefined ? {} : { MaxItems };
    const page = d.call('ListResourceRecordSets', { HostedZoneId: id, ...wish });
    assert.deepEqual([page.ResourceRecordSets?.length, page.IsTruncated, page.MaxItems], [300, true, 300]);
    for (const list of [d.call('ListHostedZones', wish), d.call('ListHostedZonesByName', wish)]) {
      assert.deepEqual([list.HostedZones?.length, list.IsTruncated, list.MaxItems], [100, true, 100]);
    }
  }
});

test('zones are their account’s own', () => {
  const d = dns();
  const id = zone(d, 'shop.test');
  const other = d.as(OTHER);
  const text = `NoSuchHostedZone: No hosted zone found with ID: ${id}`;
  assert.equal(other.refusal('GetHostedZone', { Id: id }), text);
  assert.equal(other.refusal('DeleteHostedZone', { Id: `/hostedzone/${id}` }), text);
  assert.equal(other.refusal('ListResourceRecordSets', { HostedZoneId: id }), text);
  assert.equal(refused(other, id, 'CREATE a.shop.test A 60 10.0.0.1'), text);
  assert.equal(other.refusal('ListTagsForResource', { ResourceType: 'hostedzone', ResourceId: id }), text);
  assert.deepEqual(other.call('ListHostedZones', {}).HostedZones, []);
  assert.equal(other.call('GetHostedZoneCount', {}).HostedZoneCount, 0);
});

test('a zone goes when only its own records are left', () => {
  const d = dns();
  const id = zone(d, 'shop.test');
  change(d, id, 'CREATE a.shop.test TXT 60 "x"');
  assert.equal(
    d.refusal('DeleteHostedZone', { Id: id }),
    'HostedZoneNotEmpty: The specified hosted zone contains non-required resource record sets  and so cannot be deleted.',
  );
  change(d, id, 'DELETE a.shop.test TXT 60 "x"');
  assert.equal(d.call('DeleteHostedZone', { Id: id }).ChangeInfo?.Status, 'PENDING');
  assert.equal(d.h.intent.table('recordSet').size, 0);
  assert.match(d.refusal('GetHostedZone', { Id: id }), /^NoSuchHostedZone: /);
});

test('every type, and names as they are told', () => {
  const d = dns();
  const id = zone(d, 'shop.test');
  const lines = [
    '*.shop.test A 60 10.0.0.1|10.0.0.2',
    'MAIL.Shop.Test. AAAA 0 2001:db8::1',
    'caa.shop.test CAA 60 0 issue "ca.example.net"',
    'www.shop.test CNAME 60 shop.example.net.',
    'shop.test MX 60 10 mail.shop.test|20 mail2.shop.test.',
    'sub.shop.test NS 60 ns1.example.net.',
    'ptr.shop.test PTR 60 a.example.net',
    'spf.shop.test SPF 60 "v=spf1 -all"',
    '_sip._tcp.shop.test SRV 60 1 10 5060 sip.shop.test',
    `_txt.shop.test TXT 60 "one" "t\\"wo"|"${'x'.repeat(255)}"`,
  ];
  change(d, id, ...lines.map((line) => `CREATE ${line}`));
  // By the labels from the right; "*" comes first because it is told as an escape.
  assert.deepEqual(
    d.call('ListResourceRecordSets', { HostedZoneId: id }).ResourceRecordSets?.map((set) => `${set.Name} ${set.Type}`),
    [
      'shop.test. MX',
      'shop.test. NS',
      'shop.test. SOA',
      '\\052.shop.test. A',
      '_sip._tcp.shop.test. SRV',
      '_txt.shop.test. TXT',
      'caa.shop.test. CAA',
      'mail.shop.test. AAAA',
      'ptr.shop.test. PTR',
      'spf.shop.test. SPF',
      'sub.shop.test. NS',
      'www.shop.test. CNAME',
    ],
  );
  assert.equal(d.call('GetHostedZone', { Id: id }).HostedZone?.ResourceRecordSetCount, 12);
  change(d, id, 'DELETE \\052.shop.test A 60 10.0.0.2|10.0.0.1');
});

const SHOP = [
  'CREATE a.shop.test A 60 10.0.0.1',
  'CREATE c.shop.test CNAME 60 a.shop.test',
  'CREATE m.shop.test MX 60 1 a.shop.test',
];

/** Batches on a zone with SHOP, and the messages they are refused with; no message: they go through. */
const BATCHES: readonly (readonly [lines: readonly string[], ...messages: string[]])[] = [
  [
    ['CREATE a.shop.test A 60 10.0.0.2'],
    "Tried to create resource record set [name='a.shop.test.', type='A'] but it already exists",
  ],
  [
    ['DELETE b.shop.test A 60 10.0.0.1'],
    "Tried to delete resource record set [name='b.shop.test.', type='A'] but it was not found",
  ],
  [
    ['DELETE a.shop.test A 61 10.0.0.1'],
    "Tried to delete resource record set [name='a.shop.test.', type='A'] but the values provided do not match the current values",
  ],
  [
    ['DELETE a.shop.test A 60 10.0.0.1|10.0.0.2'],
    "Tried to delete resource record set [name='a.shop.test.', type='A'] but the values provided do not match the current values",
  ],
  [['CREATE a.other.test A 60 10.0.0.1'], 'RRSet with DNS name a.other.test. is not permitted in zone shop.test.'],
  [['CREATE ashop.test A 60 10.0.0.1'], 'RRSet with DNS name ashop.test. is not permitted in zone shop.test.'],
  [
    ['CREATE shop.test CNAME 60 a.shop.test'],
    'RRSet of type CNAME with DNS name shop.test. is not permitted at apex in zone shop.test.',
  ],
  [
    ['CREATE a.shop.test CNAME 60 b.shop.test'],
    'RRSet of type CNAME with DNS name a.shop.test. is not permitted as it conflicts with other records with the same DNS name in zone shop.test.',
  ],
  [
    ['CREATE c.shop.test A 60 10.0.0.1'],
    'RRSet of type A with DNS name c.shop.test. is not permitted because a conflicting RRSet of type CNAME with the same DNS name already exists in zone shop.test.',
  ],
  [['DELETE a.shop.test A 60 10.0.0.1', 'CREATE a.shop.test CNAME 60 b.shop.test']],
  [['DELETE c.shop.test CNAME 60 a.shop.test', 'UPSERT c.shop.test A 60 10.0.0.1']],
  [['UPSERT a.shop.test A 300 10.9.9.9']],
  [
    ['CREATE n.shop.test A 60 10.0.0.1', 'CREATE n.shop.test A 60 10.0.0.1'],
    "The request contains an invalid set of changes for a resource record set 'A n.shop.test.'",
    "Tried to create resource record set [name='n.shop.test.', type='A'] but it already exists",
  ],
  [
    ['UPSERT a.shop.test A 60 10.0.0.2', 'UPSERT a.shop.test A 60 10.0.0.3'],
    "The request contains an invalid set of changes for a resource record set 'A a.shop.test.'",
  ],
  [
    ['CREATE x.shop.test A 60 10.0.0', 'CREATE y.shop.test AAAA 60 10.0.0.1'],
    "Invalid Resource Record: 'FATAL problem: ARRDATAIllegalIPv4Address (Value is not a valid IPv4 address) encountered with '10.0.0''",
    "Invalid Resource Record: 'FATAL problem: AAAARRDATAIllegalIPv6Address (Value is not a valid IPv6 address) encountered with '10.0.0.1''",
  ],
  [
    ['CREATE x.shop.test TXT 60 bare'],
    "Invalid Resource Record: 'FATAL problem: InvalidCharacterString (Value should be enclosed in quotation marks) encountered with 'bare''",
  ],
  [['CREATE x.shop.test A 60 10.0.0.1|10.0.0.1'], "Duplicate Resource Record: '10.0.0.1'"],
];

for (const [lines, ...messages] of BATCHES) {
  test(`${lines.join(', ')}: ${messages.length === 0 ? 'done' : 'refused'}`, () => {
    const d = dns();
    const id = zone(d, 'shop.test');
    change(d, id, ...SHOP);
    const before = records(d, id);
    // One that could go through alone shows that all are refused together.
    const all = ['CREATE lone.shop.test A 60 10.0.0.1', ...lines];
    if (messages.length === 0) {
      change(d, id, ...all);
      assert.notDeepEqual(records(d, id), before);
    } else {
      assert.equal(refused(d, id, ...all), `InvalidChangeBatch: [${messages.join(', ')}]`);
      assert.deepEqual(records(d, id), before);
    }
  });
}

test('a zone keeps its SOA and an NS record, and has no other SOA', () => {
  const d = dns();
  const id = zone(d, 'shop.test');
  const [ns = '', soa = ''] = (d.call('ListResourceRecordSets', { HostedZoneId: id }).ResourceRecordSets ?? []).map(
    text,
  );
  assert.equal(
    refused(d, id, `DELETE ${ns}`),
    'InvalidChangeBatch: [A HostedZone must contain at least one NS record for the zone itself.]',
  );
  assert.equal(
    refused(d, id, `DELETE ${soa}`),
    'InvalidChangeBatch: [A HostedZone must contain exactly one SOA record.]',
  );
  assert.match(
    refused(d, id, 'CREATE a.shop.test SOA 60 ns.shop.test. a.shop.test. 1 2 3 4 5'),
    /only permitted at apex in zone/,
  );
  change(
    d,
    id,
    'UPSERT shop.test SOA 60 ns.shop.test. admin.shop.test. 1 2 3 4 5',
    'UPSERT shop.test NS 60 ns.shop.test.',
  );
  assert.equal(d.call('GetHostedZone', { Id: id }).HostedZone?.ResourceRecordSetCount, 2);
});

test('values that are none of their type', () => {
  const d = dns();
  const id = zone(d, 'shop.test');
  const bad: Readonly<Record<string, readonly string[]>> = {
    A: ['', '1.2.3', '01.2.3.4', '1.2.3.4 ', 'a', '::1'],
    AAAA: ['1::2::3', 'g::', '1.2.3.4'],
    CNAME: ['a b', 'a..b', 'a.test|b.test'],
    MX: ['mail.shop.test', '70000 a.test', '-1 a.test', '10 a b'],
    SRV: ['1 2 a.test', '1 2 99999 a.test'],
    CAA: ['0 issue', '256 issue "x"', '0 is-sue "x"', '0 issue x', '0 issue "a" "b"'],
    TXT: ['x', '"x', '"x"y', `"${'x'.repeat(256)}"`, '"a"b"'],
    NS: ['a b', ''],
  };
  for (const [type, values] of Object.entries(bad)) {
    for (const value of values) {
      const given = value.split('|').map((Value) => ({ Value }));
      const input = batch(id, `CREATE x.shop.test ${type} 60 x`);
      const [only] = input.ChangeBatch.Changes;
      if (only !== undefined) only.ResourceRecordSet.ResourceRecords = given;
      assert.match(
        d.refusal('ChangeResourceRecordSets', input),
        /^InvalidChangeBatch: \[Invalid Resource Record: 'FATAL problem: /,
        `${type} ${value}`,
      );
    }
  }
});

test('routing by place and types beyond those are refused by name; what is missing is named', () => {
  const d = dns();
  const id = zone(d, 'shop.test');
  const with_ = (set: object) =>
    d.refusal('ChangeResourceRecordSets', {
      HostedZoneId: id,
      ChangeBatch: { Changes: [{ Action: 'CREATE', ResourceRecordSet: { Name: 'a.shop.test', Type: 'A', ...set } }] },
    });
  const one = { TTL: 60, ResourceRecords: [{ Value: '10.0.0.1' }] };
  for (const [set, name] of [
    [{ ...one, SetIdentifier: 'x', Region: 'ap-south-1' }, 'Region'],
    [{ ...one, SetIdentifier: 'x', GeoLocation: { CountryCode: 'IN' } }, 'GeoLocation'],
    [{ ...one, HealthCheckId: 'x' }, 'HealthCheckId'],
  ] as const) {
    assert.equal(
      with_(set),
      `UnsupportedOperation: The parameter ChangeBatch.Changes.ResourceRecordSet.${name} is not supported by Culvert.`,
    );
  }
  assert.match(with_({ ...one, Type: 'NAPTR' }), /^UnsupportedOperation: The value 'NAPTR'/);
  const where = 'in Change with [Action=CREATE, Name=a.shop.test, Type=A, SetIdentifier=null]';
  assert.equal(
    with_({}),
    `InvalidInput: Invalid request: Expected exactly one of [AliasTarget, all of [TTL, and ResourceRecords], or TrafficPolicyInstanceId], but found none ${where}`,
  );
  assert.equal(
    with_({ ResourceRecords: one.ResourceRecords }),
    `InvalidInput: Invalid request: Missing field 'TTL' ${where}`,
  );
  assert.equal(with_({ TTL: 60 }), `InvalidInput: Invalid request: Missing field 'ResourceRecords' ${where}`);
  for (const TTL of [-1, 2 ** 31, 1.5]) {
    assert.equal(
      with_({ ...one, TTL }),
      `InvalidInput: Invalid request: The TTL ${TTL} is not between 0 and 2147483647 ${where}`,
    );
  }
  assert.match(with_({ ...one, Name: 'a b.shop.test' }), /^InvalidChangeBatch: /);
  assert.match(
    d.refusal('ChangeResourceRecordSets', { HostedZoneId: id, ChangeBatch: { Changes: [] } }),
    /^InvalidInput: /,
  );
});

test('pages of records begin where they are told to', () => {
  const d = dns();
  const id = zone(d, 'shop.test');
  const names = Array.from({ length: 30 }, (_, at) => `n${String(at).padStart(2, '0')}.shop.test`);
  change(d, id, ...names.flatMap((name) => [`CREATE ${name} A 60 10.0.0.1`, `CREATE ${name} TXT 60 "x"`]));
  const seen: string[] = [];
  let from = {};
  for (;;) {
    const page = d.call('ListResourceRecordSets', { HostedZoneId: id, MaxItems: 7, ...from });
    seen.push(...(page.ResourceRecordSets ?? []).map((set) => `${set.Name} ${set.Type}`));
    assert.equal(page.MaxItems, 7);
    if (page.IsTruncated !== true) break;
    from = { StartRecordName: page.NextRecordName, StartRecordType: page.NextRecordType };
  }
  assert.equal(seen.length, 62);
  assert.equal(new Set(seen).size, 62);
  const list = (input: object) =>
    d.call('ListResourceRecordSets', { HostedZoneId: id, ...input }).ResourceRecordSets?.map((set) => set.Name);
  assert.deepEqual(list({ StartRecordName: 'n29.shop.test', MaxItems: 5000 }), ['n29.shop.test.', 'n29.shop.test.']);
  assert.deepEqual(list({ StartRecordName: 'n28x.shop.test', StartRecordType: 'A' })?.slice(0, 1), ['n29.shop.test.']);
  assert.deepEqual(list({ StartRecordName: 'zzz.zzz' }), []);
  const refusal = (input: object) => d.refusal('ListResourceRecordSets', { HostedZoneId: id, ...input });
  assert.match(refusal({ StartRecordType: 'A' }), /^InvalidInput: /);
  assert.match(refusal({ MaxItems: 0 }), /^InvalidInput: /);
});

test('lists of zones: as they were made, by name from the right, in pages', () => {
  const d = dns();
  const names = ['b.test', 'a.test', 'x.a.test', 'shop.example'];
  const ids = names.map((name) => zone(d, name));
  const one = d.call('ListHostedZones', { MaxItems: 3 });
  assert.deepEqual(
    one.HostedZones?.map((each) => each.Name),
    ['b.test.', 'a.test.', 'x.a.test.'],
  );
  assert.equal(one.NextMarker, ids[3]);
  const two = d.call('ListHostedZones', { Marker: one.NextMarker as string });
  assert.deepEqual([two.HostedZones?.length, two.IsTruncated, two.NextMarker], [1, false, undefined]);
  assert.match(d.refusal('ListHostedZones', { Marker: 'Z1' }), /^InvalidInput: /);
  assert.deepEqual(d.call('ListHostedZones', { HostedZoneType: 'PrivateHostedZone' }).HostedZones, []);
  const named = (input: object) => d.call('ListHostedZonesByName', input);
  const first = named({ MaxItems: 2 });
  assert.deepEqual(
    first.HostedZones?.map((each) => each.Name),
    ['shop.example.', 'a.test.'],
  );
  assert.deepEqual([first.NextDNSName, first.NextHostedZoneId], ['x.a.test.', ids[2]]);
  const rest = named({ DNSName: first.NextDNSName, HostedZoneId: first.NextHostedZoneId });
  assert.deepEqual(
    rest.HostedZones?.map((each) => each.Name),
    ['x.a.test.', 'b.test.'],
  );
  assert.match(d.refusal('ListHostedZonesByName', { HostedZoneId: 'Z1' }), /^InvalidInput: /);
  assert.equal(d.call('GetHostedZoneCount', {}).HostedZoneCount, 4);
});

test('comments and tags', () => {
  const d = dns();
  const id = zone(d, 'shop.test');
  assert.equal(d.call('UpdateHostedZoneComment', { Id: id, Comment: 'new' }).HostedZone?.Config?.Comment, 'new');
  assert.deepEqual(d.call('UpdateHostedZoneComment', { Id: id }).HostedZone?.Config, { PrivateZone: false });
  const tag = (input: object) =>
    ({ ResourceType: 'hostedzone', ResourceId: id, ...input }) as { ResourceType: 'hostedzone'; ResourceId: string };
  d.call('ChangeTagsForResource', tag({ AddTags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] }));
  d.call('ChangeTagsForResource', tag({ AddTags: [{ Key: 'a', Value: '2' }], RemoveTagKeys: ['b', 'c'] }));
  const set = { ResourceType: 'hostedzone', ResourceId: id, Tags: [{ Key: 'a', Value: '2' }] };
  assert.deepEqual(d.call('ListTagsForResource', tag({})).ResourceTagSet, set);
  assert.deepEqual(d.call('ListTagsForResources', { ResourceType: 'hostedzone', ResourceIds: [id] }).ResourceTagSets, [
    set,
  ]);
  const refused = (input: object) => d.refusal('ChangeTagsForResource', tag(input));
  assert.match(refused({}), /^InvalidInput: /);
  assert.match(refused({ AddTags: [{ Key: 'aws:x', Value: '' }] }), /^InvalidInput: /);
  assert.match(
    refused({
      AddTags: [
        { Key: 'k', Value: '1' },
        { Key: 'k', Value: '2' },
      ],
    }),
    /^InvalidInput: .*more than/,
  );
  assert.match(refused({ AddTags: [{ Key: '' }] }), /^InvalidInput: .*1 to 128/);
  assert.match(refused({ AddTags: [{ Key: 'k'.repeat(129) }] }), /^InvalidInput: .*1 to 128/);
  assert.match(refused({ AddTags: [{ Key: 'k', Value: 'v'.repeat(257) }] }), /^InvalidInput: .*at most 256/);
  const keys = (from: number, count: number) => Array.from({ length: count }, (_, n) => `k${from + n}`);
  const add = (from: number, count: number) => ({ AddTags: keys(from, count).map((Key) => ({ Key })) });
  assert.match(refused(add(0, 11)), /^InvalidInput: AddTags can have at most 10/);
  assert.match(refused({ RemoveTagKeys: keys(0, 11) }), /^InvalidInput: RemoveTagKeys can have at most 10/);
  assert.deepEqual(d.call('ListTagsForResource', tag({})).ResourceTagSet, set);
  // With the one that is there, 50 in all.
  for (const from of [0, 10, 20, 30]) d.call('ChangeTagsForResource', tag(add(from, 10)));
  d.call('ChangeTagsForResource', tag(add(40, 9)));
  assert.match(refused(add(49, 1)), /^InvalidInput: .*50 tags/);
  d.call('ChangeTagsForResource', tag({ ...add(49, 1), RemoveTagKeys: ['k0'] }));
  for (const ResourceIds of [[], Array.from({ length: 11 }, () => id)]) {
    assert.match(
      d.refusal('ListTagsForResources', { ResourceType: 'hostedzone', ResourceIds }),
      /^InvalidInput: 1 to 10/,
    );
  }
  assert.match(d.as(OTHER).refusal('ChangeTagsForResource', tag({ RemoveTagKeys: ['a'] })), /^NoSuchHostedZone: /);
  assert.match(
    d.refusal('ListTagsForResource', { ResourceType: 'healthcheck', ResourceId: 'x' }),
    /^NoSuchHealthCheck: /,
  );
});

test('public DNS leads to the first who made a zone, and below it where it delegates', () => {
  const d = dns();
  const other = d.as(OTHER);
  const first = zone(d, 'shop.test');
  const second = zone(other, 'shop.test');
  const stolen = zone(other, 'api.shop.test');
  const { intent } = d.h;
  const ids = () => delegatedZones(intent).map((each) => each.id);
  assert.deepEqual(ids(), [first]);
  change(other, stolen, 'CREATE a.api.shop.test TXT 60 "stolen"');
  change(other, second, 'CREATE b.shop.test TXT 60 "stolen"');
  assert.equal(publicRecords(intent, 'a.api.shop.test', 'TXT'), undefined);
  assert.equal(publicRecords(intent, 'b.shop.test', 'TXT'), undefined);
  assert.equal(zoneAnswering(intent, 'x.y.api.shop.test')?.id, first);
  const servers = other.call('GetHostedZone', { Id: stolen }).DelegationSet?.NameServers ?? [];
  change(d, first, `CREATE api.shop.test NS 60 ${servers.map((server) => `${server.toUpperCase()}.`).join('|')}`);
  assert.deepEqual(ids(), [stolen, first]);
  assert.deepEqual(publicRecords(intent, 'a.api.shop.test', 'TXT')?.values, ['"stolen"']);
  assert.equal(zoneAnswering(intent, 'x.y.api.shop.test')?.id, stolen);
  assert.equal(zoneAnswering(intent, 'elsewhere.test'), undefined);
  d.call('DeleteHostedZone', { Id: zone(d, 'a.b.c.test') });
  assert.deepEqual(ids(), [stolen, first]);
});

test('zones of one name never share a name server', () => {
  const d = dns();
  const servers = Array.from({ length: 60 }, (_, at) => d.as(String(100000000000 + at))).flatMap(
    (each) => each.call('GetHostedZone', { Id: zone(each, 'shop.test') }).DelegationSet?.NameServers ?? [],
  );
  assert.equal(new Set(servers).size, 240);
});

test('whatever batches come, the zone is what a plain map would be, or untouched', () => {
  const step = fc.record({
    action: fc.constantFrom('CREATE', 'DELETE', 'UPSERT'),
    name: fc.constantFrom('a', 'b'),
    type: fc.constantFrom('A', 'TXT'),
    value: fc.constantFrom(1, 2),
  });
  fc.assert(
    fc.property(fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { maxLength: 8 }), (batches) => {
      const d = dns();
      const id = zone(d, 'shop.test');
      let model = new Map<string, string>();
      for (const steps of batches) {
        const next = new Map(model);
        let isFine = true;
        const seen = new Map<string, string[]>();
        const lines = steps.map(({ action, name, type, value }) => {
          const key = `${name}.shop.test. ${type}`;
          const held = type === 'A' ? `60 10.0.0.${value}` : `60 "${value}"`;
          if (action === 'CREATE' && next.has(key)) isFine = false;
          if (action === 'DELETE' && next.get(key) !== held) isFine = false;
          if (action === 'DELETE') next.delete(key);
          else next.set(key, held);
          seen.set(key, [...(seen.get(key) ?? []), action]);
          return `${action} ${key} ${held}`;
        });
        for (const actions of seen.values()) {
          const isReplaced = actions.length === 2 && actions[0] === 'DELETE' && actions[1] !== 'DELETE';
          if (actions.length > 1 && !isReplaced) isFine = false;
        }
        if (isFine) {
          change(d, id, ...lines);
          model = next;
        } else assert.match(refused(d, id, ...lines), /^InvalidChangeBatch: /);
        const expected = [...model].map(([key, held]) => `${key} ${held}`).sort();
        assert.deepEqual([...records(d, id)].sort(), expected);
      }
    }),
    { numRuns: 150, seed: 1 },
  );
});
