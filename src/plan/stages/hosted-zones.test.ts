/** Public hosted zones in public DNS: whose zone answers, and what a record becomes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../../model/facts.ts';
import type { HostedZone } from '../../model/resources.ts';
import { check } from '../check.ts';
import { compile } from '../compile.ts';
import { World } from '../testing/world.ts';

function hostedZone(world: World, name: string, server = 'ns-1.awsdns-00.com'): HostedZone {
  return world.put<HostedZone>({
    ...world.resource('Z'),
    kind: 'hostedZone',
    name,
    callerReference: name,
    comment: null,
    nameServers: [server],
  });
}

function record(world: World, zone: HostedZone, name: string, type: string, ...values: readonly string[]): void {
  const id = `${zone.id}/${name}/${type}`;
  world.put({ ...world.resource('rr'), kind: 'recordSet', id, zoneId: zone.id, name, type, ttlSeconds: 300, values });
}

/** The zones of customers, as in a zone file. */
function text(world: World): string[] {
  const plan = compile(world.intent(), NO_FACTS);
  assert.deepEqual(check(plan), []);
  return plan.publicZones
    .filter(({ origin }) => origin[0]?.startsWith('Z-'))
    .flatMap(({ name, records }) => [
      `$ORIGIN ${name}`,
      ...records.map((each) => `${each.name} ${each.ttlSeconds} ${each.type} ${each.values.join(', ')}`),
    ]);
}

test('records as they were given, names without their dot', () => {
  const world = new World();
  const zone = hostedZone(world, 'example.com');
  record(
    world,
    zone,
    'example.com',
    'SOA',
    'ns-1.awsdns-00.com. awsdns-hostmaster.amazon.com. 1 7200 900 1209600 86400',
  );
  record(world, zone, 'example.com', 'NS', 'ns-1.awsdns-00.com.', 'ns-2.awsdns-01.net.');
  record(world, zone, 'example.com', 'MX', '20 b.example.com.', '10 A.example.com');
  record(world, zone, '_x.shop.example.com', 'TXT', '"vpce:abc"', '"other"');
  record(world, zone, '*.example.com', 'CNAME', 'WWW.example.com.');
  record(world, zone, 'www.example.com', 'A', '192.0.2.10', '192.0.2.9');
  record(world, zone, 'www.example.com', 'AAAA', '2001:db8::1');
  assert.deepEqual(text(world), [
    '$ORIGIN example.com',
    '*.example.com 300 CNAME www.example.com',
    '_x.shop.example.com 300 TXT "other", "vpce:abc"',
    'example.com 300 MX 10 a.example.com, 20 b.example.com',
    'example.com 300 NS ns-1.awsdns-00.com, ns-2.awsdns-01.net',
    'example.com 300 SOA ns-1.awsdns-00.com awsdns-hostmaster.amazon.com 1 7200 900 1209600 86400',
    'www.example.com 300 A 192.0.2.9, 192.0.2.10',
    'www.example.com 300 AAAA 2001:db8::1',
  ]);
});

test('a name has one owner: the first, or whom the zone above names', () => {
  const world = new World();
  const first = hostedZone(world, 'example.com');
  record(world, first, 'example.com', 'TXT', '"first"');
  record(world, hostedZone(world, 'example.com'), 'example.com', 'TXT', '"second"');
  const below = hostedZone(world, 'sub.example.com', 'ns-7.awsdns-07.org');
  record(world, below, 'sub.example.com', 'TXT', '"below"');
  assert.deepEqual(text(world), ['$ORIGIN example.com', 'example.com 300 TXT "first"']);
  record(world, first, 'sub.example.com', 'NS', 'ns-7.awsdns-07.org.');
  assert.deepEqual(text(world).slice(-2), ['$ORIGIN sub.example.com', 'sub.example.com 300 TXT "below"']);
});

test('nobody’s zone stands for AWS’s names, and one without an owner’s word for no address of ours', () => {
  const world = new World();
  world.vpc('10.0.0.0/16');
  for (const name of [
    'amazonaws.com',
    'sqs.ap-south-1.amazonaws.com',
    'evil.sqs.ap-south-1.amazonaws.com',
    '18.198.in-addr.arpa',
  ]) {
    record(world, hostedZone(world, name), name, 'TXT', '"mine"');
  }
  assert.deepEqual(text(world), []);
  const plan = compile(world.intent(), NO_FACTS);
  assert.deepEqual(
    plan.publicZones.flatMap(({ records }) => records).filter(({ type }) => type === 'TXT'),
    [],
  );
});

test('what no zone file could say is left out, and the rest stays', () => {
  const world = new World();
  const zone = hostedZone(world, 'example.com');
  record(world, zone, 'bad name.example.com', 'A', '192.0.2.1');
  record(world, zone, 'www.example.com', 'A', 'nonsense', '192.0.2.1');
  record(world, zone, 'odd.example.com', 'NAPTR', '1 1 "U" "x" "y" .');
  assert.deepEqual(text(world), ['$ORIGIN example.com', 'www.example.com 300 A 192.0.2.1']);
});
