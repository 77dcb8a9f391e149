/** Dualstack interface endpoints of AWS's services: made, shown, changed, and what cannot be. */
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
