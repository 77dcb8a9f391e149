/** The primary IPv6 address of an interface: given at birth or later, shown, and kept. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../../testing.ts';
import { IMAGE } from '../instance/fixture.ts';

/** A subnet with IPv6, and calls about an interface in it. */
function start() {
  const h = harness();
  const { VpcId, Ipv6CidrBlockAssociationSet } = h.call('CreateVpc', {
    CidrBlock: '10.0.0.0/16',
    AmazonProvidedIpv6CidrBlock: true,
  }).Vpc;
  const Ipv6CidrBlock = Ipv6CidrBlockAssociationSet[0].Ipv6CidrBlock.replace('/56', '/64');
  const { SubnetId } = h.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24', Ipv6CidrBlock }).Subnet;
  const flags = (NetworkInterfaceId: string) =>
    h
      .call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [NetworkInterfaceId] })
      .NetworkInterfaces[0].Ipv6Addresses.map(({ IsPrimaryIpv6 }) => IsPrimaryIpv6);
  return { h, SubnetId, flags };
}

test('the first of its addresses, from its creation or from then on; it is not given up', () => {
  const { h, SubnetId, flags } = start();
  const made = h.call('CreateNetworkInterface', { SubnetId, Ipv6AddressCount: 2, EnablePrimaryIpv6: true });
  assert.deepEqual(flags(made.NetworkInterface.NetworkInterfaceId), [true, false]);
  const { NetworkInterfaceId } = h.call('CreateNetworkInterface', { SubnetId, Ipv6AddressCount: 2 }).NetworkInterface;
  assert.deepEqual(flags(NetworkInterfaceId), [false, false]);
  const enable = (EnablePrimaryIpv6: boolean) => ({ NetworkInterfaceId, EnablePrimaryIpv6 });
  h.call('ModifyNetworkInterfaceAttribute', enable(false));
  h.call('ModifyNetworkInterfaceAttribute', enable(true));
  assert.deepEqual(flags(NetworkInterfaceId), [true, false]);
  assert.match(h.refusal('ModifyNetworkInterfaceAttribute', enable(false)), /^OperationNotPermitted: /);
  const [first = '', second = ''] = h.intent.table('networkInterface').get(NetworkInterfaceId)?.ipv6Addresses ?? [];
  const unassign = (Ipv6Addresses: string[]) => ({ NetworkInterfaceId, Ipv6Addresses });
  assert.match(h.refusal('UnassignIpv6Addresses', unassign([first, second])), /^OperationNotPermitted: /);
  h.call('UnassignIpv6Addresses', unassign([second]));
  assert.deepEqual(flags(NetworkInterfaceId), [true]);
});

test('there must be an address', () => {
  const { h, SubnetId } = start();
  const text = 'InvalidParameterValue: A primary IPv6 address cannot be enabled: there is no IPv6 address.';
  assert.equal(h.refusal('CreateNetworkInterface', { SubnetId, EnablePrimaryIpv6: true }), text);
  const { NetworkInterfaceId } = h.call('CreateNetworkInterface', { SubnetId }).NetworkInterface;
  assert.equal(h.refusal('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId, EnablePrimaryIpv6: true }), text);
});

test('instances ask for it at the instance or at its interface, not at both', () => {
  const { h, SubnetId } = start();
  const common = { ImageId: IMAGE, InstanceType: 't3.micro', MinCount: 1, MaxCount: 1 } as const;
  const port = { DeviceIndex: 0, SubnetId, Ipv6AddressCount: 1, PrimaryIpv6: true };
  const shown = [
    h.call('RunInstances', { ...common, SubnetId, Ipv6AddressCount: 1, EnablePrimaryIpv6: true }),
    h.call('RunInstances', { ...common, NetworkInterfaces: [port] }),
  ].map(({ Instances }) => Instances[0].NetworkInterfaces[0].Ipv6Addresses[0].IsPrimaryIpv6);
  assert.deepEqual(shown, [true, true]);
  assert.match(
    h.refusal('RunInstances', { ...common, NetworkInterfaces: [port], EnablePrimaryIpv6: true }),
    /^InvalidParameterCombination: /,
  );
});
