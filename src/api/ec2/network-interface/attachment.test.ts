import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REGION } from '../../testing.ts';
import { describe, launch, type Network, network, report, running, UNKNOWN } from '../instance/fixture.ts';

function start() {
  const n = network();
  const id = running(n, { InstanceType: 't3.small' });
  const port = (SubnetId = n.subnetId) =>
    n.h.call('CreateNetworkInterface', { SubnetId }).NetworkInterface.NetworkInterfaceId;
  const attach = (NetworkInterfaceId: string, DeviceIndex = 1, InstanceId = id) => ({
    NetworkInterfaceId,
    DeviceIndex,
    InstanceId,
  });
  return { n, h: n.h, id, port, attach };
}

const shown = ({ h }: Network, id: string) =>
  h.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [id] }).NetworkInterfaces[0];

function applied({ h }: Network): void {
  h.facts.appliedRevision = h.intent.revision;
}

test('attached and detached: states last until the kernel has them', () => {
  const { n, h, id, port, attach } = start();
  const eni = port();
  const { AttachmentId, NetworkCardIndex } = h.call('AttachNetworkInterface', attach(eni));
  assert.match(AttachmentId, /^eni-attach-[0-9a-f]{17}$/);
  assert.equal(NetworkCardIndex, 0);
  assert.deepEqual([shown(n, eni).Status, shown(n, eni).Attachment.Status], ['in-use', 'attaching']);
  applied(n);
  const { AttachTime, ...attachment } = shown(n, eni).Attachment;
  assert.ok(AttachTime instanceof Date);
  assert.deepEqual(attachment, {
    AttachmentId,
    InstanceId: id,
    InstanceOwnerId: n.h.context.account,
    DeviceIndex: 1,
    NetworkCardIndex: 0,
    DeleteOnTermination: false,
    Status: 'attached',
  });
  assert.deepEqual(
    describe(n, id).NetworkInterfaces.map((each) => each.Attachment.DeviceIndex),
    [0, 1],
  );
  h.call('DetachNetworkInterface', { AttachmentId });
  assert.deepEqual([shown(n, eni).Status, shown(n, eni).Attachment.Status], ['in-use', 'detaching']);
  assert.equal(describe(n, id).NetworkInterfaces.length, 1);
  const inUse = `InvalidNetworkInterface.InUse: Interface: [${eni}] in use.`;
  assert.equal(h.refusal('AttachNetworkInterface', attach(eni)), inUse);
  assert.match(h.refusal('DeleteNetworkInterface', { NetworkInterfaceId: eni }), /currently in use/);
  applied(n);
  assert.deepEqual([shown(n, eni).Status, shown(n, eni).Attachment], ['available', undefined]);
  assert.equal(
    h.refusal('DetachNetworkInterface', { AttachmentId }),
    `InvalidAttachmentID.NotFound: The attachment ID '${AttachmentId}' does not exist`,
  );
  const other = running(n);
  h.call('AttachNetworkInterface', attach(eni, 1, other));
  assert.equal(shown(n, eni).Attachment.InstanceId, other);
});

test('while stopped too, and it outlives a stop; not on the way between', () => {
  const { n, h, id, port, attach } = start();
  const eni = port();
  h.call('StopInstances', { InstanceIds: [id] });
  const refused = `IncorrectState: The instance '${id}' is in the state 'stopping', not 'running' or 'stopped'.`;
  assert.equal(h.refusal('AttachNetworkInterface', attach(eni)), refused);
  report(n, id, 'stopped');
  const { AttachmentId } = h.call('AttachNetworkInterface', attach(eni));
  h.call('StartInstances', { InstanceIds: [id] });
  assert.match(h.refusal('DetachNetworkInterface', { AttachmentId }), /^IncorrectState: .* 'pending'/);
  h.call('DetachNetworkInterface', { AttachmentId, Force: true });
  assert.equal(describe(n, id).NetworkInterfaces.length, 1);
  h.call('TerminateInstances', { InstanceIds: [id] });
  applied(n);
  assert.match(h.refusal('AttachNetworkInterface', attach(eni)), /^IncorrectState: .* 'shutting-down'/);
});

test('with the instance it goes only where that was said', () => {
  const { n, h, id, port, attach } = start();
  const [stays, goes] = [port(), port()];
  h.call('AttachNetworkInterface', attach(stays, 1));
  const { AttachmentId } = h.call('AttachNetworkInterface', attach(goes, 2));
  h.call('ModifyNetworkInterfaceAttribute', {
    NetworkInterfaceId: goes,
    Attachment: { AttachmentId, DeleteOnTermination: true },
  });
  assert.equal(shown(n, goes).Attachment.DeleteOnTermination, true);
  h.call('TerminateInstances', { InstanceIds: [id] });
  assert.deepEqual([shown(n, stays).Status, shown(n, stays).Attachment.Status], ['in-use', 'detaching']);
  applied(n);
  assert.deepEqual([shown(n, stays).Status, shown(n, stays).Attachment], ['available', undefined]);
  assert.match(
    h.refusal('DescribeNetworkInterfaces', { NetworkInterfaceIds: [goes] }),
    /^InvalidNetworkInterfaceID\.NotFound/,
  );
});

test('what AttachNetworkInterface refuses, in its order', () => {
  const { n, h, id, port, attach } = start();
  const refused = (...asked: Parameters<typeof attach>) => h.refusal('AttachNetworkInterface', attach(...asked));
  const eni = port();
  assert.match(refused('eni-0123456789abcdef0'), /^InvalidNetworkInterfaceID\.NotFound/);
  assert.match(refused(eni, 1, UNKNOWN), /^InvalidInstanceID\.NotFound/);
  const primary = describe(n, id).NetworkInterfaces[0].NetworkInterfaceId;
  assert.equal(refused(primary, 0), `InvalidNetworkInterface.InUse: Interface: [${primary}] in use.`);
  assert.match(refused(eni, 0, launch(n)), /^IncorrectState: .* 'pending'/);
  assert.match(refused(eni, -1), /^InvalidParameterValue: Value \(-1\) for parameter deviceIndex/);
  assert.equal(
    refused(eni, 0),
    `InvalidParameterValue: Instance '${id}' already has an interface attached at device index '0'.`,
  );
  const far = h.call('CreateSubnet', {
    VpcId: n.vpcId,
    CidrBlock: '10.0.2.0/24',
    AvailabilityZone: `${REGION}b`,
  }).Subnet.SubnetId;
  assert.equal(
    refused(port(far)),
    'InvalidParameterCombination: You may not attach a network interface to an instance if they are not in the same availability zone',
  );
  assert.match(refused(port(network(h, '10.9').subnetId)), /^UnsupportedOperation: .*several VPCs/);
  const crowded = port();
  h.call('AssignPrivateIpAddresses', { NetworkInterfaceId: crowded, SecondaryPrivateIpAddressCount: 4 });
  assert.match(refused(crowded), /^PrivateIpAddressLimitExceeded/);
  h.call('AssociateVpcCidrBlock', { VpcId: n.vpcId, AmazonProvidedIpv6CidrBlock: true });
  const [{ Ipv6CidrBlock = '' }] = h.call('DescribeVpcs', { VpcIds: [n.vpcId] }).Vpcs[0].Ipv6CidrBlockAssociationSet;
  const Ipv6 = Ipv6CidrBlock.replace('/56', '/64');
  h.call('AssociateSubnetCidrBlock', { SubnetId: n.subnetId, Ipv6CidrBlock: Ipv6 });
  const crowded6 = port();
  h.call('AssignIpv6Addresses', { NetworkInterfaceId: crowded6, Ipv6AddressCount: 5 });
  assert.equal(refused(crowded6), 'PrivateIpAddressLimitExceeded: Number of IPv6 addresses will exceed limit.');
  for (const at of [1, 2]) h.call('AttachNetworkInterface', attach(port(), at));
  assert.equal(refused(eni, 3), 'AttachmentLimitExceeded: Interface count 4 exceeds the limit for t3.small');
  assert.match(
    h.refusal('AttachNetworkInterface', { ...attach(eni), NetworkCardIndex: 1 }),
    /^UnsupportedOperation: .*NetworkCardIndex/,
  );
  assert.match(h.as('999988887777').refusal('AttachNetworkInterface', attach(eni)), /^InvalidNetworkInterfaceID/);
  h.call('StopInstances', { InstanceIds: [id] });
  report(n, id, 'stopped');
  assert.equal(
    h.refusal('ModifyInstanceAttribute', { InstanceId: id, InstanceType: { Value: 't3.micro' } }),
    'AttachmentLimitExceeded: Interface count 3 exceeds the limit for t3.micro',
  );
});

test('what DetachNetworkInterface refuses', () => {
  const { n, h, id } = start();
  const refused = (AttachmentId: string) => h.refusal('DetachNetworkInterface', { AttachmentId, Force: true });
  assert.equal(
    refused(describe(n, id).NetworkInterfaces[0].Attachment.AttachmentId),
    'OperationNotPermitted: The network interface at device index 0 and networkCard index 0 cannot be detached.',
  );
  assert.equal(
    refused('ela-attach-0123456789abcdef0'),
    "OperationNotPermitted: You are not allowed to manage 'ela-attach' attachments.",
  );
  assert.match(refused('eni-attach-0123456789abcdef0'), /^InvalidAttachmentID\.NotFound/);
  const mine = describe(n, id).NetworkInterfaces[0].Attachment.AttachmentId;
  assert.match(
    h.as('999988887777').refusal('DetachNetworkInterface', { AttachmentId: mine }),
    /^InvalidAttachmentID\.NotFound/,
  );
});

test('an instance with several interfaces stands for none of them, and gets no public address at its start', () => {
  const { n, h, port, attach } = start();
  h.call('ModifySubnetAttribute', { SubnetId: n.subnetId, MapPublicIpOnLaunch: { Value: true } });
  const id = running(n);
  assert.ok(describe(n, id).PublicIpAddress);
  const { AttachmentId } = h.call('AttachNetworkInterface', attach(port(), 1, id));
  const several = `InvalidInstanceID: There are multiple interfaces attached to instance '${id}'. Please specify an interface ID for the operation instead.`;
  for (const change of [{ SourceDestCheck: { Value: false } }, { Groups: [n.groupId] }]) {
    assert.equal(h.refusal('ModifyInstanceAttribute', { InstanceId: id, ...change }), several);
  }
  const { InternetGatewayId } = h.call('CreateInternetGateway', {}).InternetGateway;
  h.call('AttachInternetGateway', { VpcId: n.vpcId, InternetGatewayId });
  const { AllocationId } = h.call('AllocateAddress', {});
  assert.equal(h.refusal('AssociateAddress', { AllocationId, InstanceId: id }), several);
  const restart = () => {
    h.call('StopInstances', { InstanceIds: [id] });
    report(n, id, 'stopped');
    h.call('StartInstances', { InstanceIds: [id] });
    report(n, id, 'running');
    return describe(n, id).PublicIpAddress;
  };
  assert.equal(restart(), undefined);
  h.call('DetachNetworkInterface', { AttachmentId });
  assert.ok(restart());
});
