import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describe, launch, network, report } from '../instance/fixture.ts';

/** A VPC with a gateway, an instance there, and an address that nobody has. */
function start() {
  const n = network();
  const { InternetGatewayId } = n.h.call('CreateInternetGateway', {}).InternetGateway;
  n.h.call('AttachInternetGateway', { VpcId: n.vpcId, InternetGatewayId });
  const InstanceId = launch(n);
  const { AllocationId, PublicIp } = n.h.call('AllocateAddress', { Domain: 'vpc' });
  const shown = () => n.h.call('DescribeAddresses', { AllocationIds: [AllocationId] }).Addresses[0];
  return { ...n, n, InternetGatewayId, InstanceId, AllocationId, PublicIp, shown };
}

test('an address is kept until it is released, whoever holds it', () => {
  const { h, n, InstanceId, AllocationId, PublicIp, shown } = start();
  assert.match(AllocationId, /^eipalloc-[0-9a-f]{17}$/);
  assert.equal(shown().AssociationId, undefined);
  const { AssociationId } = h.call('AssociateAddress', { AllocationId, InstanceId });
  assert.equal(describe(n, InstanceId).PublicIpAddress, PublicIp);
  const port = describe(n, InstanceId).NetworkInterfaces[0];
  assert.deepEqual([port.Association.PublicIp, port.Association.IpOwnerId], [PublicIp, '111122223333']);
  assert.deepEqual(
    [shown().AssociationId, shown().InstanceId, shown().NetworkInterfaceId, shown().PrivateIpAddress],
    [AssociationId, InstanceId, port.NetworkInterfaceId, port.PrivateIpAddress],
  );
  assert.equal(h.call('AssociateAddress', { AllocationId, InstanceId }).AssociationId, AssociationId);
  const by = (Name: string, ...Values: string[]) =>
    h.call('DescribeNetworkInterfaces', { Filters: [{ Name, Values }] }).NetworkInterfaces.length;
  assert.deepEqual(
    [by('association.allocation-id', AllocationId), by('association.association-id', AssociationId)],
    [1, 1],
  );
  assert.equal(h.refusal('ReleaseAddress', { AllocationId }), `InvalidIPAddress.InUse: Address ${PublicIp} is in use.`);
  h.call('DisassociateAddress', { AssociationId });
  assert.equal(describe(n, InstanceId).PublicIpAddress, undefined);
  assert.equal(
    h.refusal('DisassociateAddress', { AssociationId }),
    `InvalidAssociationID.NotFound: The association ID '${AssociationId}' does not exist`,
  );
  h.call('ReleaseAddress', { AllocationId });
  assert.equal(
    h.refusal('ReleaseAddress', { AllocationId }),
    `InvalidAllocationID.NotFound: The allocation ID '${AllocationId}' does not exist`,
  );
});

test('it moves, unless moving is not wanted', () => {
  const { h, n, InstanceId, AllocationId, PublicIp, shown } = start();
  const other = launch(n);
  const first = h.call('AssociateAddress', { AllocationId, InstanceId }).AssociationId;
  assert.equal(
    h.refusal('AssociateAddress', { AllocationId, InstanceId: other, AllowReassociation: false }),
    `Resource.AlreadyAssociated: resource ${AllocationId} is already associated with associate-id ${first}`,
  );
  const second = h.call('AssociateAddress', { AllocationId, InstanceId: other }).AssociationId;
  assert.notEqual(second, first);
  assert.equal(describe(n, InstanceId).PublicIpAddress, undefined);
  assert.deepEqual([describe(n, other).PublicIpAddress, shown().InstanceId], [PublicIp, other]);
  // What the interface had before, it gives up.
  const { AllocationId: next } = h.call('AllocateAddress', {});
  h.call('AssociateAddress', { AllocationId: next, InstanceId: other });
  assert.equal(shown().AssociationId, undefined);
});

test('it outlives a stop and a termination, an automatic one does not', () => {
  const { h, n, subnetId, AllocationId, PublicIp, shown } = start();
  h.call('ModifySubnetAttribute', { SubnetId: subnetId, MapPublicIpOnLaunch: { Value: true } });
  const id = launch(n);
  report(n, id, 'running');
  const automatic = describe(n, id).PublicIpAddress;
  assert.notEqual(automatic, PublicIp);
  h.call('AssociateAddress', { AllocationId, InstanceId: id });
  h.call('StopInstances', { InstanceIds: [id] });
  assert.equal(describe(n, id).PublicIpAddress, PublicIp);
  report(n, id, 'stopped');
  h.call('StartInstances', { InstanceIds: [id] });
  assert.equal(describe(n, id).PublicIpAddress, PublicIp);
  h.call('TerminateInstances', { InstanceIds: [id] });
  assert.equal(shown().AssociationId, undefined);
  h.call('ReleaseAddress', { AllocationId });
});

test('what AssociateAddress refuses', () => {
  const { h, n, vpcId, InternetGatewayId, InstanceId, AllocationId, PublicIp } = start();
  const refused = (input: object) => h.refusal('AssociateAddress', input);
  assert.match(refused({ InstanceId }), /^MissingParameter: Either public IP or allocation id/);
  assert.match(refused({ InstanceId, AllocationId, PublicIp }), /^InvalidParameterCombination/);
  assert.match(refused({ AllocationId }), /^MissingParameter: Either instance ID or network interface id/);
  assert.match(refused({ AllocationId: 'eipalloc-0123456789abcdef0', InstanceId }), /^InvalidAllocationID.NotFound/);
  assert.match(refused({ AllocationId, InstanceId: 'i-0123456789abcdef0' }), /^InvalidInstanceID.NotFound/);
  assert.match(refused({ AllocationId, InstanceId, PrivateIpAddress: '10.0.1.200' }), /^InvalidParameterValue/);
  assert.match(h.as('999988887777').refusal('AssociateAddress', { AllocationId, InstanceId }), /^InvalidAllocationID/);
  h.call('DetachInternetGateway', { VpcId: vpcId, InternetGatewayId });
  assert.equal(
    refused({ AllocationId, InstanceId }),
    `Gateway.NotAttached: Network ${vpcId} is not attached to any internet gateway`,
  );
  assert.equal(describe(n, InstanceId).PublicIpAddress, undefined);
});

test('the old name of an address, the public one, finds it for describing calls alone', () => {
  const { h, InstanceId, AllocationId, PublicIp } = start();
  const { AssociationId } = h.call('AssociateAddress', { AllocationId, InstanceId });
  const shown = () => h.call('DescribeAddresses', {}).Addresses;
  const before = shown();
  const strange = '198.18.255.1';
  for (const [name, noun, more, refusal] of [
    [
      'AssociateAddress',
      'allocation',
      { InstanceId },
      'InvalidParameterCombination: You must specify an allocation id when mapping an address to a VPC instance',
    ],
    [
      'DisassociateAddress',
      'association',
      {},
      'InvalidParameterValue: You must specify an association id when unmapping an address from a VPC instance',
    ],
    [
      'ReleaseAddress',
      'allocation',
      {},
      'InvalidParameterValue: You must specify an allocation id when releasing a VPC elastic IP address',
    ],
  ] as const) {
    const id = noun === 'association' ? { AssociationId } : { AllocationId };
    assert.equal(
      h.refusal(name, { ...more, PublicIp, ...id }),
      `InvalidParameterCombination: You may specify public IP or ${noun} id, but not both in the same call`,
    );
    assert.equal(h.refusal(name, more), `MissingParameter: Either public IP or ${noun} id must be specified`);
    assert.equal(
      h.refusal(name, { ...more, PublicIp: strange }),
      `AuthFailure: The address '${strange}' does not belong to you.`,
    );
    assert.equal(h.refusal(name, { ...more, PublicIp }), refusal);
  }
  assert.deepEqual(shown(), before);
});

test('five a region; what is released rests before it is given out again', () => {
  const { h, AllocationId, PublicIp } = start();
  for (let count = 1; count < 5; count++) h.call('AllocateAddress', {});
  assert.equal(
    h.refusal('AllocateAddress', {}),
    'AddressLimitExceeded: The maximum number of addresses has been reached.',
  );
  h.call('ReleaseAddress', { AllocationId });
  assert.notEqual(h.call('AllocateAddress', {}).PublicIp, PublicIp);
});

test('an address is of the border group of its region, and is released there', () => {
  const { h, AllocationId, PublicIp } = start();
  const elsewhere = 'us-east-1';
  assert.match(
    h.refusal('AllocateAddress', { NetworkBorderGroup: elsewhere }),
    /^InvalidParameterValue: Value \(us-east-1\) for parameter networkBorderGroup/,
  );
  assert.equal(
    h.refusal('ReleaseAddress', { AllocationId, NetworkBorderGroup: elsewhere }),
    `InvalidAddress.NotFound: Address '${PublicIp}' not found.`,
  );
  const NetworkBorderGroup = 'ap-south-1';
  assert.equal(h.call('AllocateAddress', { NetworkBorderGroup }).NetworkBorderGroup, NetworkBorderGroup);
  h.call('ReleaseAddress', { AllocationId, NetworkBorderGroup });
  assert.equal(h.call('DescribeAddresses', {}).Addresses.length, 1);
});

test('addresses are described by allocation, by public address, or by both', () => {
  const { h, AllocationId, PublicIp } = start();
  const second = h.call('AllocateAddress', {});
  const ids = (input: object) => h.call('DescribeAddresses', input).Addresses.map((each) => each.AllocationId);
  assert.deepEqual(ids({ PublicIps: [PublicIp] }), [AllocationId]);
  const both = { AllocationIds: [second.AllocationId], PublicIps: [PublicIp] };
  assert.deepEqual(ids(both), [second.AllocationId, AllocationId]);
  assert.equal(
    h.refusal('DescribeAddresses', { ...both, PublicIps: ['198.18.255.1'] }),
    "InvalidAddress.NotFound: Address '198.18.255.1' not found.",
  );
  const theirs = h.as('999988887777');
  assert.match(theirs.refusal('DescribeAddresses', { PublicIps: [PublicIp] }), /^InvalidAddress.NotFound: /);
});

test('neither an association that never was, nor one that is over, is there', () => {
  const { h, n, InstanceId, AllocationId, PublicIp } = start();
  const first = h.call('AssociateAddress', { AllocationId, InstanceId }).AssociationId;
  const other = launch(n);
  const second = h.call('AssociateAddress', { AllocationId, InstanceId: other }).AssociationId;
  for (const AssociationId of [first, 'eipassoc-0123456789abcdef0']) {
    assert.equal(
      h.refusal('DisassociateAddress', { AssociationId }),
      `InvalidAssociationID.NotFound: The association ID '${AssociationId}' does not exist`,
    );
  }
  const theirs = h.as('999988887777');
  assert.match(theirs.refusal('DisassociateAddress', { AssociationId: second }), /^InvalidAssociationID.NotFound: /);
  assert.equal(describe(n, other).PublicIpAddress, PublicIp);
});

test('tags, filters, reverse names', () => {
  const { h, AllocationId, PublicIp } = start();
  h.call('CreateTags', { Resources: [AllocationId], Tags: [{ Key: 'Name', Value: 'door' }] });
  const by = (Name: string, ...Values: string[]) =>
    h.call('DescribeAddresses', { Filters: [{ Name, Values }] }).Addresses.map((each) => each.AllocationId);
  assert.deepEqual(by('tag:Name', 'door'), [AllocationId]);
  assert.deepEqual(by('public-ip', PublicIp), [AllocationId]);
  assert.deepEqual(h.call('DescribeAddresses', { PublicIps: [PublicIp] }).Addresses[0].Tags, [
    { Key: 'Name', Value: 'door' },
  ]);
  const attributes = h.call('DescribeAddressesAttribute', { AllocationIds: [AllocationId], Attribute: 'domain-name' });
  assert.deepEqual(attributes.Addresses, [{ AllocationId, PublicIp }]);
});
