/** Aliases and routing policies: what may stand beside what, and how it is told. What they answer: src/plan/stages. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ec2Actions } from '../ec2/index.ts';
import { elbv2Actions } from '../elbv2/index.ts';
import { harness, REGION } from '../testing.ts';
import { type Dns, dns, zone } from './fixture.ts';
import { route53Actions } from './index.ts';

type Sets = readonly (readonly [action: 'CREATE' | 'DELETE' | 'UPSERT', set: object])[];

function changes(HostedZoneId: string, sets: Sets) {
  return {
    HostedZoneId,
    ChangeBatch: {
      Changes: sets.map(([Action, set]) => ({
        Action,
        ResourceRecordSet: { Name: 'a.shop.test', Type: 'A' as const, ...set },
      })),
    },
  };
}

function value(...addresses: string[]) {
  return { TTL: 60, ResourceRecords: addresses.map((Value) => ({ Value })) };
}

function weighted(SetIdentifier: string, Weight: number, more: object = value('10.0.0.1')) {
  return { SetIdentifier, Weight, ...more };
}

function alias(HostedZoneId: string, DNSName: string, EvaluateTargetHealth = false) {
  return { AliasTarget: { HostedZoneId, DNSName, EvaluateTargetHealth } };
}

function shop(): { readonly d: Dns; readonly id: string; change(...sets: Sets): void; refused(...sets: Sets): string } {
  const d = dns(harness({ ...ec2Actions, ...elbv2Actions, ...route53Actions }));
  const id = zone(d, 'shop.test');
  return {
    d,
    id,
    change: (...sets) => void d.call('ChangeResourceRecordSets', changes(id, sets)),
    refused: (...sets) => d.refusal('ChangeResourceRecordSets', changes(id, sets)),
  };
}

test('sets of one name and type are told apart by their identifiers, and told in that order', () => {
  const { d, id, change } = shop();
  change(['CREATE', weighted('two', 3)], ['CREATE', weighted('one', 0)]);
  change(['CREATE', { Name: 'm.shop.test', SetIdentifier: 'x', MultiValueAnswer: true, ...value('10.0.0.9') }]);
  const told = (from = {}) =>
    (d.call('ListResourceRecordSets', { HostedZoneId: id, ...from }).ResourceRecordSets ?? [])
      .filter(({ SetIdentifier }) => SetIdentifier !== undefined)
      .map((set) => `${set.Name} ${set.SetIdentifier} ${set.Weight} ${set.MultiValueAnswer}`);
  assert.deepEqual(told(), [
    'a.shop.test. one 0 undefined',
    'a.shop.test. two 3 undefined',
    'm.shop.test. x undefined true',
  ]);
  const page = d.call('ListResourceRecordSets', { HostedZoneId: id, MaxItems: 3 });
  assert.deepEqual([page.NextRecordName, page.NextRecordType, page.NextRecordIdentifier], ['a.shop.test.', 'A', 'two']);
  const from = { StartRecordName: 'a.shop.test', StartRecordType: 'A', StartRecordIdentifier: 'two' } as const;
  assert.equal(told(from).length, 2);
  change(['UPSERT', weighted('two', 200)], ['DELETE', weighted('one', 0)]);
  assert.deepEqual(told().slice(0, 1), ['a.shop.test. two 200 undefined']);
});

test('what cannot stand side by side', () => {
  const { change, refused } = shop();
  change(['CREATE', weighted('one', 1)]);
  const batch = (text: string) => `InvalidChangeBatch: [${text}]`;
  const what = 'RRSet with DNS name a.shop.test., type A';
  assert.equal(
    refused(['CREATE', value('10.0.0.2')]),
    batch(`${what} cannot be created as other RRSets exist with the same name and type.`),
  );
  assert.equal(
    refused(['CREATE', { SetIdentifier: 'm', MultiValueAnswer: true, ...value('10.0.0.2') }]),
    batch(
      `${what}, SetIdentifier m cannot be created as a non-multivalue answer set exists with the same name and type.`,
    ),
  );
  assert.equal(
    refused(['CREATE', weighted('two', 1, { ...value('10.0.0.2'), TTL: 61 })]),
    batch(`${what}, SetIdentifier two cannot be created as weighted sets must contain the same TTL.`),
  );
  assert.match(
    refused(['CREATE', weighted('one', 1)]),
    /\[name='a\.shop\.test\.', type='A', set-identifier='one'\] but it already exists/,
  );
  assert.match(refused(['DELETE', weighted('one', 2)]), /the values provided do not match the current values/);
  change(['DELETE', weighted('one', 1)], ['CREATE', value('10.0.0.2')]);
  assert.equal(
    refused(['CREATE', weighted('two', 1)]),
    batch(`${what}, SetIdentifier two cannot be created as a non-weighted set exists with the same name and type.`),
  );
});

test('what a set of several has to say', () => {
  const { change, refused } = shop();
  const where = (set: string) => `in Change with [Action=CREATE, Name=a.shop.test, Type=A, SetIdentifier=${set}]`;
  assert.equal(
    refused(['CREATE', { Weight: 1, ...value('10.0.0.1') }]),
    `InvalidInput: Invalid request: Missing field 'SetIdentifier' ${where('null')}`,
  );
  const exactly = 'Expected exactly one of [Weight, Region, Failover, GeoLocation, or MultiValueAnswer], but found';
  assert.equal(
    refused(['CREATE', { SetIdentifier: 'x', ...value('10.0.0.1') }]),
    `InvalidInput: Invalid request: ${exactly} none ${where('x')}`,
  );
  assert.equal(
    refused(['CREATE', weighted('x', 1, { Failover: 'SECONDARY', ...value('10.0.0.1') })]),
    `InvalidInput: Invalid request: ${exactly} more than one ${where('x')}`,
  );
  for (const weight of [-1, 256, 1.5]) {
    assert.equal(
      refused(['CREATE', weighted('x', weight)]),
      `InvalidInput: Invalid request: The Weight ${weight} is not between 0 and 255 ${where('x')}`,
    );
  }
  for (const identifier of ['', 'x'.repeat(129)]) {
    assert.equal(
      refused(['CREATE', weighted(identifier, 1)]),
      `InvalidInput: Invalid request: The SetIdentifier must have 1 to 128 characters ${where(identifier)}`,
    );
  }
  const last = weighted('x'.repeat(128), 255);
  change(['CREATE', last]);
  change(['DELETE', last]);
  assert.equal(
    refused(['CREATE', { SetIdentifier: 'x', Failover: 'PRIMARY', ...value('10.0.0.1') }]),
    'InvalidChangeBatch: [A non-alias primary ResourceRecordSet must have an associated health check. No changes made.]',
  );
  assert.match(
    refused(
      ['CREATE', { SetIdentifier: 'x', Failover: 'SECONDARY', ...value('10.0.0.1') }],
      ['CREATE', { SetIdentifier: 'y', Failover: 'SECONDARY', ...value('10.0.0.1') }],
    ),
    /another SECONDARY set exists/,
  );
});

test('an alias leads to a record of its zone', () => {
  const { d, id, change, refused } = shop();
  change(['CREATE', value('10.0.0.1')], ['CREATE', { Name: 'b.shop.test', ...alias(id, 'A.shop.test.', true) }]);
  const told = d.call('ListResourceRecordSets', { HostedZoneId: id }).ResourceRecordSets?.at(-1);
  assert.deepEqual(told, {
    Name: 'b.shop.test.',
    Type: 'A',
    AliasTarget: { HostedZoneId: id, DNSName: 'a.shop.test.', EvaluateTargetHealth: true },
  });
  const tried = (name: string, zoneId = id) =>
    `Tried to create an alias that targets ${name}., type A in zone ${zoneId}`;
  const c = { Name: 'c.shop.test' };
  assert.equal(
    refused(['CREATE', { ...c, ...alias(id, 'none.shop.test') }]),
    `InvalidChangeBatch: [${tried('none.shop.test')}, but that target was not found]`,
  );
  assert.equal(
    refused(['CREATE', { ...c, ...alias(id, 'a.other.test') }]),
    `InvalidChangeBatch: [${tried('a.other.test')}, but the alias target name does not lie within the target zone, ${tried('a.other.test')}, but that target was not found]`,
  );
  assert.match(refused(['CREATE', { ...c, ...alias(id, 'c.shop.test') }]), /that target was not found/);
  assert.match(refused(['CREATE', { ...c, Type: 'AAAA', ...alias(id, 'a.shop.test') }]), /that target was not found/);
  assert.match(refused(['CREATE', { ...c, TTL: 60, ...alias(id, 'a.shop.test') }]), /^InvalidInput: .*more than one/);
  change(['DELETE', { Name: 'b.shop.test', ...alias(id, 'a.shop.test', true) }]);
});

test('an alias leads to the names of endpoints and load balancers, in the zones that these are told with', () => {
  const { d, change, refused } = shop();
  const { h } = d;
  const VpcId = h.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId;
  const subnet = h.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet.SubnetId;
  const endpoint = (service: string) =>
    h.call('CreateVpcEndpoint', {
      VpcId,
      VpcEndpointType: 'Interface',
      ServiceName: `com.amazonaws.${REGION}.${service}`,
      SubnetIds: [subnet],
      PrivateDnsEnabled: false,
    }).VpcEndpoint;
  const [sqs, s3] = [endpoint('sqs'), endpoint('s3')];
  const made = h.call('CreateLoadBalancer', { Name: 'Front', Type: 'network', Scheme: 'internal', Subnets: [subnet] });
  const [balancer] = (made as { LoadBalancers: { DNSName: string; CanonicalHostedZoneId: string }[] }).LoadBalancers;
  assert.ok(balancer);
  const [wild] = s3.DnsEntries;
  const good = [
    ...sqs.DnsEntries.map(({ HostedZoneId, DnsName }) => [HostedZoneId, DnsName] as const),
    [wild.HostedZoneId, wild.DnsName],
    [wild.HostedZoneId, wild.DnsName.replace('*', 'bucket')],
    [balancer.CanonicalHostedZoneId, balancer.DNSName],
    [balancer.CanonicalHostedZoneId, `dualstack.${balancer.DNSName.toLowerCase()}.`],
    [balancer.CanonicalHostedZoneId, `${REGION}a.${balancer.DNSName}`],
  ] as const;
  for (const [zoneId, name] of good) change(['UPSERT', alias(zoneId, name, true)]);
  const [entry] = sqs.DnsEntries;
  assert.match(refused(['UPSERT', { Type: 'TXT', ...alias(entry.HostedZoneId, entry.DnsName) }]), /was not found/);
  assert.match(refused(['UPSERT', alias(balancer.CanonicalHostedZoneId, entry.DnsName)]), /does not lie within/);
  assert.match(refused(['UPSERT', alias(entry.HostedZoneId, `x${entry.DnsName}`)]), /that target was not found/);
  h.call('DeleteVpcEndpoints', { VpcEndpointIds: [sqs.VpcEndpointId] });
  assert.match(refused(['UPSERT', alias(entry.HostedZoneId, entry.DnsName)]), /that target was not found/);
});
