/** Sets of DHCP options, and the VPCs that have them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../../../model/facts.ts';
import { compile } from '../../../plan/compile.ts';
import { type Harness, harness } from '../../testing.ts';

type Configurations = Readonly<Record<string, readonly string[]>>;
const asked = (options: Configurations) => ({
  DhcpConfigurations: Object.entries(options).map(([Key, Values]) => ({ Key, Values: [...Values] })),
});
const create = (aws: Harness, options: Configurations) => aws.call('CreateDhcpOptions', asked(options)).DhcpOptions;
const shown = (set: ReturnType<typeof create>) =>
  Object.fromEntries(set.DhcpConfigurations.map(({ Key, Values }) => [Key, Values.map(({ Value }) => Value)]));

test('a set is shown and found as it was made; several addresses may be one value', () => {
  const aws = harness();
  const options = {
    'domain-name': ['corp.example example'],
    'domain-name-servers': ['10.0.1.53', 'AmazonProvidedDNS', '2001:db8::35'],
    'ntp-servers': ['10.0.1.123', '2001:db8::7b'],
    'netbios-name-servers': ['10.0.1.137'],
    'netbios-node-type': ['2'],
    'ipv6-address-preferred-lease-time': ['140'],
  };
  const made = create(aws, options);
  assert.match(made.DhcpOptionsId, /^dopt-/);
  assert.deepEqual(shown(made), options);
  const found = (Name: string, value: string) =>
    aws
      .call('DescribeDhcpOptions', { Filters: [{ Name, Values: [value] }] })
      .DhcpOptions.map(({ DhcpOptionsId }) => DhcpOptionsId);
  assert.deepEqual(found('value', '10.0.1.123'), [made.DhcpOptionsId]);
  assert.deepEqual(found('key', 'netbios-node-type'), [made.DhcpOptionsId]);
  assert.equal(found('key', 'domain-name').length, 2);
  const joined = create(aws, { 'domain-name-servers': ['10.0.1.53, 10.0.1.54'] });
  assert.deepEqual(shown(joined), { 'domain-name-servers': ['10.0.1.53', '10.0.1.54'] });
});

test('what a set may not be', () => {
  const aws = harness();
  const refused = (options: Configurations) => aws.refusal('CreateDhcpOptions', asked(options));
  assert.match(refused({}), /^MissingParameter/);
  assert.match(refused({ 'domain-name': [] }), /^MissingParameter/);
  assert.match(refused({ 'domain-nam': ['x'] }), /^InvalidParameterValue: .*not a DHCP option/);
  const twice = [{ Key: 'domain-name', Values: ['a'] }];
  assert.match(
    aws.refusal('CreateDhcpOptions', { DhcpConfigurations: [...twice, ...twice] }),
    /^InvalidParameterValue: .*multiple times/,
  );
  const five = Array.from({ length: 5 }, (_, n) => `10.0.0.${n}`);
  const five6 = Array.from({ length: 5 }, (_, n) => `2001:db8::${n}`);
  for (const options of [
    { 'domain-name': ['a', 'b'] },
    { 'domain-name': ['a_b..c'] },
    { 'domain-name-servers': ['ns.example'] },
    { 'domain-name-servers': five },
    { 'ntp-servers': five6 },
    { 'netbios-name-servers': ['2001:db8::1'] },
    { 'netbios-node-type': ['3'] },
    { 'ipv6-address-preferred-lease-time': ['139'] },
    { 'ipv6-address-preferred-lease-time': ['2147483648'] },
  ]) {
    assert.match(refused(options), /^InvalidParameterValue/, JSON.stringify(options));
  }
  create(aws, { 'ntp-servers': [...five.slice(1), ...five6.slice(1)] });
});

test('a VPC has one set, which cannot be deleted then; "default" is none', () => {
  const aws = harness();
  const { VpcId, DhcpOptionsId: first } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { DhcpOptionsId } = create(aws, { 'domain-name-servers': ['10.0.1.53'] });
  assert.match(
    aws.refusal('AssociateDhcpOptions', { VpcId, DhcpOptionsId: 'dopt-0123456789abcdef0' }),
    /^InvalidDhcpOptionID.NotFound/,
  );
  aws.call('AssociateDhcpOptions', { VpcId, DhcpOptionsId });
  assert.equal(aws.call('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs[0].DhcpOptionsId, DhcpOptionsId);
  assert.equal(
    aws.refusal('DeleteDhcpOptions', { DhcpOptionsId }),
    `DependencyViolation: The dhcpOptions '${DhcpOptionsId}' has dependencies and cannot be deleted.`,
  );
  aws.call('AssociateDhcpOptions', { VpcId, DhcpOptionsId: 'default' });
  assert.equal(aws.call('DescribeVpcs', { VpcIds: [VpcId] }).Vpcs[0].DhcpOptionsId, 'default');
  aws.call('DeleteDhcpOptions', { DhcpOptionsId });
  assert.match(aws.refusal('DeleteDhcpOptions', { DhcpOptionsId }), /^InvalidDhcpOptionID.NotFound/);
  // A new VPC has the region's own set, and none where somebody has deleted that.
  create(aws, { 'domain-name': ['corp.example'] });
  assert.equal(aws.call('CreateVpc', { CidrBlock: '10.1.0.0/16' }).Vpc.DhcpOptionsId, first);
  for (const vpc of aws.call('DescribeVpcs', {}).Vpcs) {
    aws.call('AssociateDhcpOptions', { VpcId: vpc.VpcId, DhcpOptionsId: 'default' });
  }
  aws.call('DeleteDhcpOptions', { DhcpOptionsId: first });
  assert.equal(aws.call('CreateVpc', { CidrBlock: '10.2.0.0/16' }).Vpc.DhcpOptionsId, 'default');
});

test('what machines are told: the servers in their order, AWS’s as the resolver of the VPC', () => {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.7.0.0/16' }).Vpc;
  const told = () => compile(aws.intent, NO_FACTS).domains.find(({ id }) => id === VpcId)?.dhcp;
  const usual = { domainNames: ['ap-south-1.compute.internal'], nameServers: ['10.7.0.2'] };
  assert.deepEqual(told(), usual);
  const associate = (DhcpOptionsId: string) => aws.call('AssociateDhcpOptions', { VpcId, DhcpOptionsId });
  const servers = ['10.7.1.53', 'AmazonProvidedDNS'];
  associate(create(aws, { 'domain-name': ['a.example b.example'], 'domain-name-servers': servers }).DhcpOptionsId);
  assert.deepEqual(told(), { domainNames: ['a.example', 'b.example'], nameServers: ['10.7.1.53', '10.7.0.2'] });
  associate(create(aws, { 'ntp-servers': ['10.7.1.123'] }).DhcpOptionsId);
  assert.deepEqual(told(), { domainNames: [], nameServers: [] });
  associate('default');
  assert.deepEqual(told(), usual);
  const far = aws.as('111122223333', 'us-east-1');
  const { VpcId: farId } = far.call('CreateVpc', { CidrBlock: '10.8.0.0/16' }).Vpc;
  const domain = compile(aws.intent, NO_FACTS).domains.find(({ id }) => id === farId);
  assert.deepEqual(domain?.dhcp.domainNames, ['ec2.internal']);
});

test('a thousand sets in a region, not one more', () => {
  const aws = harness();
  for (let n = 1; n < 1000; n++) create(aws, { 'domain-name': ['corp.example'] });
  assert.match(aws.refusal('CreateDhcpOptions', asked({ 'domain-name': ['x'] })), /^DhcpOptionsLimitExceeded/);
});
