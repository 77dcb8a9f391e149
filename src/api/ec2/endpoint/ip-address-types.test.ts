/** Interface endpoints of AWS's services with IPv6, beside IPv4 or alone: made, shown, changed, and what cannot be. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../../../model/facts.ts';
import { check } from '../../../plan/check.ts';
import { compile } from '../../../plan/compile.ts';
import { create, describe, interfacesOf, type Network, network, refusal } from './fixture.ts';

/** Subnet A has IPv6, B has not. */
function start(): Network {
  const n = network();
  const { VpcId, h } = { VpcId: n.vpcId, h: n.h };
  const block = h.call('AssociateVpcCidrBlock', { VpcId, AmazonProvidedIpv6CidrBlock: true }).Ipv6CidrBlockAssociation;
  const Ipv6CidrBlock = block.Ipv6CidrBlock.replace('/56', '/64');
  h.call('AssociateSubnetCidrBlock', { SubnetId: n.subnetA, Ipv6CidrBlock });
  return n;
}

function recordTypes({ h, vpcId }: Network) {
  const plan = compile(h.intent, NO_FACTS);
  assert.deepEqual(check(plan), []);
  const typesIn = (zones: readonly { readonly records: readonly { name: string; type: string }[] }[], name: RegExp) =>
    [
      ...new Set(
        zones.flatMap(({ records }) => records.filter((each) => name.test(each.name)).map(({ type }) => type)),
      ),
    ].sort();
  const view = plan.views.find(({ id }) => id === vpcId);
  return { public: typesIn(plan.publicZones, /^vpce-/), private: typesIn(view?.zones ?? [], /^sqs\./) };
}

test('a dualstack endpoint’s interface has an address of each family, and its names answer both', () => {
  const n = start();
  const made = create(n, { SubnetIds: [n.subnetA], IpAddressType: 'dualstack' });
  assert.deepEqual([made.IpAddressType, made.DnsOptions.DnsRecordIpType], ['dualstack', 'dualstack']);
  const [port] = interfacesOf(n, made.VpcEndpointId);
  assert.equal(port?.ipv6Addresses.length, 1);
  const [shown] = n.h.call('DescribeNetworkInterfaces', {
    NetworkInterfaceIds: made.NetworkInterfaceIds,
  }).NetworkInterfaces;
  assert.equal(shown.Ipv6Addresses[0].Ipv6Address, port?.ipv6Addresses[0]);
  assert.equal(shown.DenyAllIgwTraffic, true);
  assert.deepEqual(recordTypes(n), { public: ['A', 'AAAA'], private: ['A', 'AAAA'] });
});

for (const [asked, expected] of [
  ['ipv4', { public: ['A'], private: ['A'] }],
  ['ipv6', { public: ['AAAA'], private: ['AAAA'] }],
  ['service-defined', { public: ['A', 'AAAA'], private: ['A'] }],
] as const) {
  test(`names of type ${asked}`, () => {
    const n = start();
    create(n, { SubnetIds: [n.subnetA], IpAddressType: 'dualstack', DnsOptions: { DnsRecordIpType: asked } });
    assert.deepEqual(recordTypes(n), expected);
  });
}

test('a type that the subnets, the service or the names do not have is refused', () => {
  const n = start();
  assert.equal(
    refusal(n, { SubnetIds: [n.subnetA, n.subnetB], IpAddressType: 'dualstack' }),
    `InvalidParameter: The subnet ${n.subnetB} does not support the IP address type dualstack.`,
  );
  assert.equal(
    refusal(n, { SubnetIds: [n.subnetA], IpAddressType: 'ipv6' }),
    `InvalidParameter: The subnet ${n.subnetA} does not support the IP address type ipv6.`,
  );
  assert.equal(
    refusal(n, { SubnetIds: [n.subnetA], DnsOptions: { DnsRecordIpType: 'dualstack' } }),
    'InvalidParameter: The DNS record IP type dualstack is not supported for the IP address type ipv4.',
  );
});

/** Another subnet of `start`'s VPC, IPv6 only; `part`: its place in the VPC's block. */
function aloneIn({ h, vpcId: VpcId, subnetA }: Network, part = 6): { readonly id: string; readonly block: string } {
  const block = h.intent.table('subnet').get(subnetA)?.ipv6Cidr?.replace('00::/64', `0${part}::/64`) ?? '';
  const AvailabilityZone = `${h.context.region}${part === 6 ? 'a' : 'b'}`;
  const wish = { VpcId, Ipv6CidrBlock: block, Ipv6Native: true, AvailabilityZone };
  return { id: h.call('CreateSubnet', wish).Subnet.SubnetId, block };
}

test('an endpoint of type ipv6 has interfaces of IPv6 alone, in IPv6-only subnets, and names of AAAA', () => {
  const n = start();
  const { id, block } = aloneIn(n);
  const SubnetConfigurations = [{ SubnetId: id, Ipv6: block.replace('::/64', '::e1') }];
  const made = create(n, { SubnetConfigurations, IpAddressType: 'ipv6' });
  assert.deepEqual([made.IpAddressType, made.DnsOptions.DnsRecordIpType], ['ipv6', 'ipv6']);
  const [port] = interfacesOf(n, made.VpcEndpointId);
  assert.deepEqual([port?.addresses, port?.ipv6Addresses], [[], [block.replace('::/64', '::e1')]]);
  const [shown] = n.h.call('DescribeNetworkInterfaces', {
    Filters: [{ Name: 'subnet-id', Values: [id] }],
  }).NetworkInterfaces;
  assert.deepEqual(
    [shown.PrivateIpAddress, shown.PrivateIpAddresses, shown.PrivateDnsName, shown.Ipv6Addresses.length],
    [undefined, [], undefined, 1],
  );
  assert.deepEqual(recordTypes(n), { public: ['AAAA'], private: ['AAAA'] });
  const crossings = compile(n.h.intent, NO_FACTS).crossings.map((each) => each.id);
  assert.deepEqual(crossings, [`${port?.id}/ipv6`]);
});

test('types and subnets go together: each is refused in the others’ subnets', () => {
  const n = start();
  const { id, block } = aloneIn(n);
  const unfit = (subnet: string, type: string) =>
    `InvalidParameter: The subnet ${subnet} does not support the IP address type ${type}.`;
  for (const type of ['ipv4', 'dualstack'] as const) {
    assert.equal(refusal(n, { SubnetIds: [id], IpAddressType: type }), unfit(id, type));
  }
  assert.equal(refusal(n, { SubnetIds: [id] }), unfit(id, 'ipv4'));
  assert.equal(refusal(n, { SubnetIds: [id, n.subnetB], IpAddressType: 'ipv6' }), unfit(n.subnetB, 'ipv6'));
  for (const records of ['ipv4', 'dualstack', 'service-defined'] as const) {
    assert.equal(
      refusal(n, { SubnetIds: [id], IpAddressType: 'ipv6', DnsOptions: { DnsRecordIpType: records } }),
      `InvalidParameter: The DNS record IP type ${records} is not supported for the IP address type ipv6.`,
    );
  }
  assert.equal(
    refusal(n, { SubnetConfigurations: [{ SubnetId: id, Ipv4: '10.0.1.9' }], IpAddressType: 'ipv6' }),
    `InvalidParameter: An IPv4 address cannot be given for the subnet ${id}: the IP address type is ipv6.`,
  );
  assert.match(
    refusal(n, {
      SubnetConfigurations: [{ SubnetId: id, Ipv6: block.replace('::/64', '::1') }],
      IpAddressType: 'ipv6',
    }),
    /^InvalidParameterValue: .*reserved/,
  );
});

test('an endpoint of type ipv6 takes more subnets of its kind, and another type only with all others', () => {
  const n = start();
  const first = aloneIn(n);
  const second = aloneIn(n, 7);
  const { VpcEndpointId } = create(n, { SubnetIds: [first.id], IpAddressType: 'ipv6' });
  const refused = (change: object) => n.h.refusal('ModifyVpcEndpoint', { VpcEndpointId, ...change });
  assert.match(refused({ AddSubnetIds: [n.subnetB] }), /does not support the IP address type ipv6\.$/);
  assert.match(refused({ IpAddressType: 'dualstack' }), /does not support the IP address type dualstack\.$/);
  n.h.call('ModifyVpcEndpoint', { VpcEndpointId, AddSubnetIds: [second.id] });
  assert.equal(interfacesOf(n, VpcEndpointId).length, 2);
  const RemoveSubnetIds = [first.id, second.id];
  n.h.call('ModifyVpcEndpoint', { VpcEndpointId, RemoveSubnetIds, AddSubnetIds: [n.subnetB], IpAddressType: 'ipv4' });
  assert.deepEqual(
    interfacesOf(n, VpcEndpointId).map(({ addresses, ipv6Addresses }) => [addresses.length, ipv6Addresses.length]),
    [[1, 0]],
  );
  assert.deepEqual(recordTypes(n), { public: ['A'], private: ['A'] });
});

test('an IPv6 address is chosen by subnet, and another one on demand', () => {
  const n = start();
  const block = n.h.intent.table('subnet').get(n.subnetA)?.ipv6Cidr?.replace('::/64', '') ?? '';
  const configured = (Ipv6: string) => ({
    IpAddressType: 'dualstack' as const,
    SubnetConfigurations: [{ SubnetId: n.subnetA, Ipv4: '10.0.1.77', Ipv6 }],
  });
  assert.match(refusal(n, configured('3fff::9')), /^InvalidParameterValue: .*does not fall within/);
  assert.match(refusal(n, configured(`${block}::1`)), /^InvalidParameterValue: .*reserved/);
  assert.match(refusal(n, configured('10.0.1.9')), /^InvalidParameterValue: .*Invalid IPv6 address/);
  const { VpcEndpointId } = create(n, configured(`${block}:0:0:0:E1`));
  const addresses = () => interfacesOf(n, VpcEndpointId).map((port) => [port.addresses[0], port.ipv6Addresses[0]]);
  assert.deepEqual(addresses(), [['10.0.1.77', `${block}::e1`]]);
  const [before] = interfacesOf(n, VpcEndpointId);
  const modify = (Ipv6: string) =>
    n.h.call('ModifyVpcEndpoint', { VpcEndpointId, SubnetConfigurations: [{ SubnetId: n.subnetA, Ipv6 }] });
  modify(`${block}::e1`);
  assert.equal(interfacesOf(n, VpcEndpointId)[0]?.id, before?.id);
  modify(`${block}::e2`);
  assert.equal(addresses()[0]?.[1], `${block}::e2`);
  assert.notEqual(interfacesOf(n, VpcEndpointId)[0]?.id, before?.id);
});

test('an endpoint becomes dualstack and back; names follow the type unless something else is asked for', () => {
  const n = start();
  const { VpcEndpointId } = create(n, { SubnetIds: [n.subnetA] });
  const modify = (more: object) => n.h.call('ModifyVpcEndpoint', { VpcEndpointId, ...more });
  const state = () => {
    const { IpAddressType, DnsOptions } = describe(n, VpcEndpointId);
    const addresses = interfacesOf(n, VpcEndpointId).flatMap((port) => port.ipv6Addresses);
    return [IpAddressType, DnsOptions.DnsRecordIpType, addresses.length];
  };
  modify({ IpAddressType: 'dualstack' });
  assert.deepEqual(state(), ['dualstack', 'dualstack', 1]);
  modify({ DnsOptions: { DnsRecordIpType: 'ipv4' } });
  assert.deepEqual(state(), ['dualstack', 'ipv4', 1]);
  assert.match(
    n.h.refusal('ModifyVpcEndpoint', { VpcEndpointId, AddSubnetIds: [n.subnetB] }),
    /does not support the IP address type dualstack\.$/,
  );
  modify({ IpAddressType: 'ipv4' });
  assert.deepEqual(state(), ['ipv4', 'ipv4', 0]);
});
