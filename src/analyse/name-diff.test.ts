/** Which names get another answer by a change, and who fares otherwise for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce } from '../host/slices.ts';
import { NO_FACTS } from '../model/facts.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/plan.ts';
import { tellStory } from '../plan/testing/story.ts';
import { allowAll, allowTcp, World } from '../plan/testing/world.ts';
import { privateZone, record } from '../plan/testing/zones.ts';
import { nameDiff } from './name-diff.ts';

const SQS = 'sqs.ap-south-1.amazonaws.com';

function changes(before: Plan, after: Plan) {
  return atOnce(nameDiff(before, after)).map((each) => ({
    ...each,
    fares: each.fares.map(({ kind, ask, from, code }) => [kind, ask, from.map(({ id }) => id), code]),
  }));
}

test('private DNS switched on moves a whole VPC: who gains, who loses the service', () => {
  const { world, vpc, endpoint, endpointInterfaces, publicSubnets, privateEni, publicEni } = tellStory();
  const [subnet] = publicSubnets;
  assert.ok(subnet !== undefined);
  // It is in no group that the endpoint's rule names.
  const batch = world.instance(subnet, [world.group(vpc, 'batch', allowAll('egress'))], { isPublic: true }).eni;
  const on = compile(world.intent(), NO_FACTS);
  world.put({ ...endpoint, privateDns: false });
  const off = compile(world.intent(), NO_FACTS);
  const addresses = endpointInterfaces.flatMap((each) => each.addresses).sort();
  const address = off.services.find(({ names }) => names.includes(SQS))?.internetAddress ?? '';
  const [change, ...others] = changes(off, on);
  assert.deepEqual(others, []);
  assert.ok(change !== undefined);
  assert.ok(change.names.includes(SQS));
  assert.deepEqual([change.domain, change.before, change.after], [vpc.id, address, addresses.join(' ')]);
  assert.deepEqual(change.fares, [
    ['gains', 'tcp/443', [privateEni.id], 'NO_ROUTE_TO_DESTINATION'],
    ['loses', 'tcp/443', [batch.id], 'ENI_SG_RULES_MISMATCH'],
  ]);
  assert.ok(!change.fares.some(([, , from]) => from?.includes(publicEni.id)), 'it reaches it either way');
  const [back] = changes(on, off);
  assert.deepEqual(back?.fares.map(([kind, , from]) => [kind, from]).sort(), [
    ['gains', [batch.id]],
    ['loses', [privateEni.id]],
  ]);
  assert.deepEqual(changes(on, { ...on }), []);
});

test('a hosted zone that comes hides public names under it, as long as it is there; records that change', () => {
  const { world, vpc, endpoint } = tellStory();
  world.put({ ...endpoint, privateDns: false });
  const before = compile(world.intent(), NO_FACTS);
  const zone = privateZone(world, vpc, 'ap-south-1.amazonaws.com');
  record(world, zone, SQS, { values: ['10.0.10.99'] });
  const hidden = compile(world.intent(), NO_FACTS);
  const found = changes(before, hidden);
  assert.ok(found.every(({ domain }) => domain === vpc.id));
  const of = (name: string) => found.find(({ names }) => names.includes(name));
  assert.equal(of(SQS)?.after, '10.0.10.99');
  assert.equal(of('sns.ap-south-1.amazonaws.com')?.after, 'NXDOMAIN');
  assert.equal(of('iam.amazonaws.com'), undefined);
  record(world, zone, SQS, { values: ['10.0.10.98'] });
  const [moved, ...others] = changes(hidden, compile(world.intent(), NO_FACTS));
  assert.deepEqual([moved?.names, moved?.before, moved?.after, others], [[SQS], '10.0.10.99', '10.0.10.98', []]);
});

test('a name that gets IPv6 addresses beside those that it has: who has IPv6 asks there too, and may be refused', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:1::/56'] });
  const subnet = world.subnet(vpc, '10.0.0.0/24', 'a', '3fff:0:1::/64');
  const all = { kind: 'cidr', cidr: '::/0' } as const;
  const clients = world.group(vpc, 'clients', allowAll('egress'), allowAll('egress', all));
  const both = world.instance(subnet, [clients], { ipv6: '3fff:0:1::c' }).eni;
  world.instance(subnet, [clients]);
  const doors = world.group(vpc, 'doors', allowTcp('ingress', 443));
  const { endpoint, interfaces } = world.endpoint(vpc, 'sqs', [subnet], [doors], true, ['3fff:0:1::e']);
  const now = () => compile(world.intent(), NO_FACTS);
  const dual = now();
  const [eni] = interfaces;
  assert.ok(eni !== undefined);
  world.put({ ...eni, ipv6Addresses: [] });
  world.put({ ...endpoint, ipAddressType: 'ipv4', dnsRecordIpType: 'ipv4' });
  const narrow = now();
  const [address] = eni.addresses;
  const of = (found: ReturnType<typeof changes>) => {
    const change = found.find(({ names }) => names.includes(SQS));
    return [change?.before, change?.after, change?.fares];
  };
  const code = 'ENI_SG_RULES_MISMATCH';
  const added = of(changes(narrow, dual));
  assert.deepEqual(added, [address, `${address} 3fff:0:1::e`, [['loses', 'tcp/443', [both.id], code]]]);
  const gone = of(changes(dual, narrow));
  assert.deepEqual(gone, [`${address} 3fff:0:1::e`, address, [['gains', 'tcp/443', [both.id], code]]]);
  // Where they are let in, nobody fares otherwise.
  world.rule(doors, allowTcp('ingress', 443, all));
  const open = now();
  world.put(eni);
  world.put(endpoint);
  assert.deepEqual(of(changes(open, now())), [address, `${address} 3fff:0:1::e`, []]);
});

test('of a hosted zone: an AAAA record that comes, changes and is all there is; a name that leaves its wildcard', () => {
  const { world, vpc } = tellStory();
  const zone = privateZone(world, vpc, 'corp.example');
  const a = record(world, zone, 'db.corp.example', { values: ['10.0.10.9'] });
  record(world, zone, '*.corp.example', { values: ['10.0.10.1'] });
  const told = (edit: () => void) => {
    const before = compile(world.intent(), NO_FACTS);
    edit();
    return changes(before, compile(world.intent(), NO_FACTS)).map(({ names, before: was, after }) => [
      names,
      was,
      after,
    ]);
  };
  const aaaa = (value: string) => record(world, zone, 'db.corp.example', { type: 'AAAA', values: [value] });
  const names = ['db.corp.example'];
  assert.deepEqual(
    told(() => aaaa('3fff::9')),
    [[names, '10.0.10.9', '10.0.10.9 3fff::9']],
  );
  assert.deepEqual(
    told(() => aaaa('3fff::8')),
    [[names, '10.0.10.9 3fff::9', '10.0.10.9 3fff::8']],
  );
  assert.deepEqual(
    told(() => world.remove(a)),
    [[names, '10.0.10.9 3fff::8', '3fff::8']],
  );
  assert.deepEqual(
    told(() => aaaa('3fff::7')),
    [[names, '3fff::8', '3fff::7']],
  );
  const own = () => record(world, zone, 'web.corp.example', { values: ['10.0.10.2'] });
  assert.deepEqual(told(own), [[['web.corp.example'], '10.0.10.1', '10.0.10.2']]);
  // Nobody had an answer: that is none which changes.
  assert.deepEqual(
    told(() => record(world, privateZone(world, vpc, 'new.example'), 'a.new.example', { values: ['10.0.10.3'] })),
    [],
  );
});

test('without a resolver no name is answered, which is told once', () => {
  const { world, vpc } = tellStory();
  const before = compile(world.intent(), NO_FACTS);
  world.put({ ...vpc, dnsSupport: false });
  const found = changes(before, compile(world.intent(), NO_FACTS));
  assert.deepEqual(
    found.filter(({ domain }) => domain === vpc.id).map(({ names, before: was, after }) => [names, was, after]),
    [[['*'], 'asked of its resolver', 'no resolver']],
  );
});
