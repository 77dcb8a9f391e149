import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { put } from '../../../model/edit.ts';
import { NO_FACTS } from '../../../model/facts.ts';
import { compile } from '../../../plan/compile.ts';
import { ACCOUNT, harness, REGION } from '../../testing.ts';
import { describe, IMAGE, interfacesOf, launch, network, profile, refusal, run, UNKNOWN } from './fixture.ts';

const DIGITS = UNKNOWN.slice(2);

test('one instance: pending, with its interface and names at once', () => {
  const n = network();
  const made = run(n, {
    TagSpecifications: [
      { ResourceType: 'instance', Tags: [{ Key: 'Name', Value: 'web' }] },
      { ResourceType: 'network-interface', Tags: [{ Key: 'side', Value: 'front' }] },
    ],
  });
  assert.match(made.ReservationId, /^r-[0-9a-f]{17}$/);
  assert.equal(made.OwnerId, ACCOUNT);
  const [instance] = made.Instances;
  assert.match(instance.InstanceId, /^i-[0-9a-f]{17}$/);
  assert.deepEqual(instance.State, { Code: 0, Name: 'pending' });
  assert.equal(instance.ImageId, IMAGE);
  assert.equal(instance.InstanceType, 't3.micro');
  assert.equal(instance.VpcId, n.vpcId);
  assert.equal(instance.SubnetId, n.subnetId);
  assert.equal(instance.PrivateIpAddress, '10.0.1.4');
  assert.equal(instance.PrivateDnsName, 'ip-10-0-1-4.ap-south-1.compute.internal');
  assert.equal(instance.PublicDnsName, '');
  assert.equal(instance.PublicIpAddress, undefined);
  assert.equal(instance.Placement.AvailabilityZone, `${REGION}a`);
  assert.deepEqual(instance.SecurityGroups, [{ GroupId: n.groupId, GroupName: 'default' }]);
  assert.deepEqual(instance.Tags, [{ Key: 'Name', Value: 'web' }]);
  assert.deepEqual(instance.MetadataOptions, {
    State: 'applied',
    HttpTokens: 'required',
    HttpPutResponseHopLimit: 2,
    HttpEndpoint: 'enabled',
    HttpProtocolIpv6: 'disabled',
    InstanceMetadataTags: 'disabled',
  });
  const [port] = instance.NetworkInterfaces;
  assert.equal(port.Attachment.DeviceIndex, 0);
  assert.equal(port.Attachment.DeleteOnTermination, true);
  assert.deepEqual(interfacesOf(n, instance.InstanceId)[0]?.tags, { side: 'front' });
  assert.deepEqual(describe(n, instance.InstanceId), instance);
});

test("the subnet's rule and the caller's wish decide on a public address; names follow the VPC's DNS hostnames", () => {
  const n = network();
  n.h.call('ModifySubnetAttribute', { SubnetId: n.subnetId, MapPublicIpOnLaunch: { Value: true } });
  const open = describe(n, launch(n));
  assert.equal(open.PublicIpAddress, '198.18.0.16');
  assert.equal(open.PublicDnsName, 'ec2-198-18-0-16.ap-south-1.compute.amazonaws.com');
  assert.equal(open.NetworkInterfaces[0].Association.PublicIp, '198.18.0.16');
  const asked = (AssociatePublicIpAddress: boolean) => ({
    NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: n.subnetId, AssociatePublicIpAddress }],
  });
  assert.equal(describe(n, launch(n, asked(false))).PublicIpAddress, undefined);
  n.h.call('ModifySubnetAttribute', { SubnetId: n.subnetId, MapPublicIpOnLaunch: { Value: false } });
  n.h.call('ModifyVpcAttribute', { VpcId: n.vpcId, EnableDnsHostnames: { Value: false } });
  const nameless = describe(n, launch(n, asked(true)));
  assert.equal(nameless.PublicIpAddress, '198.18.0.17');
  assert.equal(nameless.PublicDnsName, '');
});

test('without a subnet: the default VPC, in the zone that is asked for', () => {
  const n = network();
  const nowhere = { SubnetId: undefined } as object;
  const made = describe(n, launch(n, { ...nowhere, Placement: { AvailabilityZone: `${REGION}b` } }));
  assert.equal(made.Placement.AvailabilityZone, `${REGION}b`);
  assert.match(made.PrivateIpAddress, /^172\.31\./);
  assert.match(made.PublicIpAddress, /^198\.18\./);
  const named = describe(n, launch(n, { ...nowhere, SecurityGroups: ['default'] }));
  assert.equal(named.VpcId, made.VpcId);
  assert.match(
    refusal(n, { ...nowhere, SecurityGroups: ['absent'] }),
    /^InvalidGroup\.NotFound: The security group 'absent'/,
  );
  assert.equal(
    refusal(n, { SecurityGroups: ['default'] }),
    'InvalidParameterCombination: The parameter groupName cannot be used with the parameter subnet',
  );
  assert.match(
    refusal(n, { Placement: { AvailabilityZone: `${REGION}b` } }),
    /^InvalidParameterValue: Value \(ap-south-1b\)/,
  );
});

test('without a default VPC a subnet must be named', () => {
  const n = network();
  const vpc = [...n.h.intent.table('vpc').all()].find((each) => each.isDefault);
  assert.ok(vpc);
  const nowhere = { SubnetId: undefined } as object;
  for (const subnet of n.h.intent.table('subnet').by('vpcId', vpc.id)) {
    n.h.intent.apply([{ op: 'delete', kind: 'subnet', id: subnet.id }]);
  }
  assert.equal(
    refusal(n, nowhere),
    `MissingInput: No subnets found for the default VPC '${vpc.id}'. Please specify a subnet.`,
  );
  n.h.intent.apply([put({ ...vpc, isDefault: false })]);
  assert.equal(refusal(n, nowhere), 'VPCIdNotSpecified: No default VPC for this user');
});

test('several: one reservation, launch indexes, different addresses; as many as there is room for', () => {
  const n = network();
  const made = run(n, { MinCount: 2, MaxCount: 3 });
  assert.deepEqual(
    made.Instances.map((instance) => [instance.AmiLaunchIndex, instance.PrivateIpAddress]),
    [
      [0, '10.0.1.4'],
      [1, '10.0.1.5'],
      [2, '10.0.1.6'],
    ],
  );
  const { SubnetId: small } = n.h.call('CreateSubnet', { VpcId: n.vpcId, CidrBlock: '10.0.9.0/28' }).Subnet;
  assert.match(refusal(n, { SubnetId: small, MinCount: 12, MaxCount: 20 }), /^InsufficientFreeAddressesInSubnet: /);
  assert.equal(run(n, { SubnetId: small, MinCount: 1, MaxCount: 20 }).Instances.length, 11);
  assert.match(refusal(n, { MinCount: 501, MaxCount: 501 }), /^InstanceLimitExceeded: /);
});

test('counts that make no sense', () => {
  const n = network();
  assert.match(refusal(n, { MinCount: 0 }), /^InvalidParameterValue: Value \(0\) for parameter minCount/);
  assert.match(refusal(n, { MinCount: 2, MaxCount: 1 }), /^InvalidParameterCombination: /);
  assert.match(
    refusal(n, { MinCount: 1, MaxCount: 2, PrivateIpAddress: '10.0.1.9' }),
    /^InvalidParameterCombination: .*more than one instance/,
  );
});

test('a private address: in the subnet, free', () => {
  const n = network();
  assert.equal(describe(n, launch(n, { PrivateIpAddress: '10.0.1.99' })).PrivateIpAddress, '10.0.1.99');
  assert.match(refusal(n, { PrivateIpAddress: '10.0.1.99' }), /^InvalidIPAddress\.InUse: /);
  assert.equal(
    refusal(n, { PrivateIpAddress: '10.0.2.9' }),
    "InvalidParameterValue: Address 10.0.2.9 does not fall within the subnet's address range",
  );
});

test('image, type, key, subnet and groups must be there', () => {
  const n = network();
  const other = network(n.h, '10.1');
  assert.equal(
    refusal(n, { ImageId: `ami-${DIGITS}` }),
    `InvalidAMIID.NotFound: The image id '[ami-${DIGITS}]' does not exist`,
  );
  assert.match(refusal(n, { ImageId: 'debian' }), /^InvalidAMIID\.Malformed: Invalid id: "debian"/);
  assert.match(
    refusal(n, { ImageId: undefined } as object),
    /^MissingParameter: The request must contain the parameter ImageId/,
  );
  assert.equal(
    refusal(n, { InstanceType: 'x9.huge' as 't3.micro' }),
    "InvalidParameterValue: Invalid value 'x9.huge' for InstanceType.",
  );
  assert.equal(refusal(n, { KeyName: 'lost' }), "InvalidKeyPair.NotFound: The key pair 'lost' does not exist");
  assert.match(refusal(n, { SubnetId: `subnet-${DIGITS}` }), /^InvalidSubnetID\.NotFound: /);
  assert.match(refusal(n, { SecurityGroupIds: [`sg-${DIGITS}`] }), /^InvalidGroup\.NotFound: /);
  assert.equal(
    refusal(n, { SecurityGroupIds: [other.groupId] }),
    `InvalidParameter: Security group ${other.groupId} and subnet ${n.subnetId} belong to different networks.`,
  );
  assert.equal(describe(n, launch(n, { InstanceType: undefined } as object)).InstanceType, 'm1.small');
});

test("an image of another region is not there; another account's private one is not for us", () => {
  const n = network();
  const foreign = n.h.as(ACCOUNT, 'us-east-1').call('DescribeImages', { Owners: ['amazon'] }).Images[0].ImageId;
  assert.match(refusal(n, { ImageId: foreign }), /^InvalidAMIID\.NotFound: /);
  const id = `ami-${DIGITS}`;
  const image = {
    kind: 'image' as const,
    id,
    account: '444455556666',
    region: REGION,
    tags: {},
    createdAt: '',
    name: 'x',
  };
  n.h.intent.apply([
    put({ ...image, description: '', isPublic: false, launchAccounts: [], layers: ['debian-12'], source: null }),
  ]);
  assert.equal(refusal(n, { ImageId: id }), `AuthFailure: Not authorized for images: [${id}]`);
});

test('user data: base64 of at most 16 KiB', () => {
  const n = network();
  const base64 = (bytes: number) => Buffer.alloc(bytes, 'x').toString('base64');
  const stored = (id: string) => n.h.intent.table('instance').get(id)?.userData;
  assert.equal(stored(launch(n, { UserData: base64(16_384) })), base64(16_384));
  assert.equal(stored(launch(n, { UserData: 'ZWNo\nbw==\n' })), 'ZWNobw==');
  assert.equal(stored(launch(n, { UserData: '' })), null);
  assert.equal(refusal(n, { UserData: base64(16_385) }), 'InvalidParameterValue: User data is limited to 16384 bytes');
  for (const bad of ['#!/bin/sh', 'ZWNobw=', 'ZWNobw', '=ZWN']) {
    assert.equal(refusal(n, { UserData: bad }), 'InvalidParameterValue: Invalid BASE64 encoding of user data.');
  }
});

test('instance profiles by name or ARN, of the own account', () => {
  const n = network();
  const made = profile(n, 'web');
  const arn = `arn:aws:iam::${ACCOUNT}:instance-profile/app/web`;
  for (const IamInstanceProfile of [{ Name: 'web' }, { Arn: arn }]) {
    assert.deepEqual(describe(n, launch(n, { IamInstanceProfile })).IamInstanceProfile, { Arn: arn, Id: made.id });
  }
  profile(n, 'foreign', '444455556666');
  for (const name of ['absent', 'foreign']) {
    assert.equal(
      refusal(n, { IamInstanceProfile: { Name: name } }),
      `InvalidParameterValue: Value (${name}) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name`,
    );
  }
  const wrong = arn.replace('/app/', '/');
  assert.equal(
    refusal(n, { IamInstanceProfile: { Arn: wrong } }),
    `InvalidParameterValue: Value (${wrong}) for parameter iamInstanceProfile.arn is invalid. Invalid IAM Instance Profile ARN`,
  );
  assert.match(refusal(n, { IamInstanceProfile: { Arn: arn, Name: 'web' } }), /^InvalidParameterCombination: /);
  assert.match(refusal(n, { IamInstanceProfile: {} }), /^MissingParameter: /);
});

test('metadata options', () => {
  const n = network();
  const id = launch(n, {
    MetadataOptions: { HttpTokens: 'optional', HttpPutResponseHopLimit: 64, InstanceMetadataTags: 'enabled' },
  });
  assert.deepEqual(n.h.intent.table('instance').get(id)?.metadata, {
    httpTokens: 'optional',
    httpEndpoint: 'enabled',
    hopLimit: 64,
    instanceTags: 'enabled',
  });
  for (const HttpPutResponseHopLimit of [0, 65, 1.5]) {
    assert.match(refusal(n, { MetadataOptions: { HttpPutResponseHopLimit } }), /^InvalidParameterValue: /);
  }
});

test('metadata over IPv6: off unless asked for, on and off again', () => {
  const n = network();
  const id = launch(n, { MetadataOptions: { HttpProtocolIpv6: 'enabled' } });
  const shown = () => describe(n, id).MetadataOptions.HttpProtocolIpv6;
  const modify = (wish: object) => n.h.call('ModifyInstanceMetadataOptions', { InstanceId: id, ...wish });
  const told = () => compile(n.h.intent, NO_FACTS).machines.map(({ metadata }) => metadata.overIpv6);
  assert.deepEqual([shown(), told()], ['enabled', [true]]);
  modify({ HttpTokens: 'optional' });
  assert.deepEqual([shown(), told()], ['enabled', [true]]);
  const Filters = [{ Name: 'metadata-options.http-protocol-ipv6', Values: ['enabled'] }];
  assert.equal(n.h.call('DescribeInstances', { Filters }).Reservations.length, 1);
  modify({ HttpProtocolIpv6: 'disabled' });
  assert.deepEqual([shown(), told()], ['disabled', [undefined]]);
});

test('a described interface: its own subnet, groups, address and fate', () => {
  const n = network();
  const id = launch(n, {
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: n.subnetId,
        Groups: [n.groupId],
        PrivateIpAddress: '10.0.1.77',
        Description: 'front',
        DeleteOnTermination: false,
      },
    ],
  });
  const [port] = interfacesOf(n, id);
  assert.deepEqual(port?.addresses, ['10.0.1.77']);
  assert.equal(port?.description, 'front');
  assert.equal(port?.attachment?.deleteOnTermination, false);
});

test('an interface that is there already is plugged in, once', () => {
  const n = network();
  const made = n.h.call('CreateNetworkInterface', { SubnetId: n.subnetId }).NetworkInterface.NetworkInterfaceId;
  const asked = { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: made }] };
  const id = launch(n, asked);
  assert.equal(describe(n, id).NetworkInterfaces[0].NetworkInterfaceId, made);
  assert.equal(describe(n, id).SubnetId, n.subnetId);
  assert.equal(interfacesOf(n, id)[0]?.attachment?.deleteOnTermination, false);
  assert.equal(refusal(n, asked), `InvalidNetworkInterface.InUse: Interface: [${made}] in use.`);
  assert.match(
    refusal(n, { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: made, SubnetId: n.subnetId }] }),
    /^InvalidParameterCombination: /,
  );
  assert.match(
    refusal(n, { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: `eni-${DIGITS}` }] }),
    /^InvalidNetworkInterfaceID\.NotFound: /,
  );
});

test('the network is described at one level only', () => {
  const n = network();
  const NetworkInterfaces = [{ DeviceIndex: 0, SubnetId: n.subnetId }];
  for (const [input, what] of [
    [{ SubnetId: n.subnetId }, 'subnet ID'],
    [{ SecurityGroupIds: [n.groupId] }, 'security groups'],
    [{ PrivateIpAddress: '10.0.1.9' }, 'private IP address'],
  ] as const) {
    assert.equal(
      refusal(n, { NetworkInterfaces, ...input } as object),
      `InvalidParameterCombination: Network interfaces and an instance-level ${what} may not be specified on the same request`,
    );
  }
  assert.match(refusal(n, { NetworkInterfaces: [{ SubnetId: n.subnetId }] }), /^MissingParameter: .*DeviceIndex/);
  assert.match(
    refusal(n, { NetworkInterfaces: [...NetworkInterfaces, ...NetworkInterfaces] }),
    /Duplicate device index 0/,
  );
  assert.equal(
    refusal(n, { NetworkInterfaces: [{ DeviceIndex: 1, SubnetId: n.subnetId }] }),
    'MissingParameter: When specifying network interfaces, you must include a device at index 0.',
  );
});

test('several interfaces: by index, each with its own subnet, groups and fate; no public address', () => {
  const n = network();
  const subnet = (CidrBlock: string, AvailabilityZone: string, VpcId = n.vpcId) =>
    n.h.call('CreateSubnet', { VpcId, CidrBlock, AvailabilityZone }).Subnet.SubnetId;
  const back = subnet('10.0.2.0/24', `${REGION}a`);
  n.h.call('ModifySubnetAttribute', { SubnetId: n.subnetId, MapPublicIpOnLaunch: { Value: true } });
  const made = n.h.call('CreateNetworkInterface', { SubnetId: back }).NetworkInterface.NetworkInterfaceId;
  const first = { DeviceIndex: 0, SubnetId: n.subnetId };
  const id = launch(n, {
    InstanceType: 't3.small',
    NetworkInterfaces: [
      { DeviceIndex: 2, NetworkInterfaceId: made },
      { ...first, PrivateIpAddress: '10.0.1.4' },
      { DeviceIndex: 1, SubnetId: n.subnetId, DeleteOnTermination: false },
    ],
  });
  const { NetworkInterfaces, SubnetId, PrivateIpAddress, PublicIpAddress } = describe(n, id);
  assert.deepEqual(
    NetworkInterfaces.map(({ Attachment: { DeviceIndex, DeleteOnTermination }, PrivateIpAddress }) => [
      DeviceIndex,
      DeleteOnTermination,
      PrivateIpAddress,
    ]),
    [
      [0, true, '10.0.1.4'],
      [1, false, '10.0.1.5'],
      [2, false, '10.0.2.4'],
    ],
  );
  assert.deepEqual([SubnetId, PrivateIpAddress, PublicIpAddress], [n.subnetId, '10.0.1.4', undefined]);
  const two = (more: object, InstanceType = 't3.micro') =>
    refusal(n, { InstanceType: InstanceType as 't3.micro', NetworkInterfaces: [first, { DeviceIndex: 1, ...more }] });
  assert.equal(
    two({ SubnetId: back, AssociatePublicIpAddress: false }),
    'InvalidParameterCombination: The associatePublicIPAddress parameter cannot be specified when launching with multiple network interfaces.',
  );
  assert.match(
    two({ SubnetId: subnet('10.0.3.0/24', `${REGION}b`) }),
    /^InvalidParameterCombination: .*same availability zone/,
  );
  const other = network(n.h, '10.9');
  assert.match(two({ SubnetId: other.subnetId }), /^UnsupportedOperation: .*several VPCs/);
  assert.match(
    two({ DeviceIndex: 32, SubnetId: back }),
    /^InvalidParameterValue: Value \(32\) for parameter deviceIndex/,
  );
  assert.equal(
    refusal(n, { NetworkInterfaces: [0, 1, 2].map((DeviceIndex) => ({ DeviceIndex, SubnetId: back })) }),
    'AttachmentLimitExceeded: Interface count 3 exceeds the limit for t3.micro',
  );
  const spare = n.h.call('CreateNetworkInterface', { SubnetId: back }).NetworkInterface.NetworkInterfaceId;
  const twice = [0, 1].map((DeviceIndex) => ({ DeviceIndex, NetworkInterfaceId: spare }));
  assert.equal(
    refusal(n, { NetworkInterfaces: twice }),
    `InvalidNetworkInterface.InUse: Interface: [${spare}] in use.`,
  );
  // Both interfaces of one instance need an address of the same subnet.
  const narrow = subnet('10.0.4.0/28', `${REGION}a`);
  const both = [0, 1].map((DeviceIndex) => ({ DeviceIndex, SubnetId: narrow }));
  assert.equal(run(n, { MinCount: 1, MaxCount: 9, NetworkInterfaces: both }).Instances.length, 5);
});

test('what is not built is refused by name; what asks for nothing passes', () => {
  const n = network();
  assert.match(
    refusal(n, { LaunchTemplate: { LaunchTemplateName: 'x' } }),
    /^UnsupportedOperation: The parameter LaunchTemplate/,
  );
  assert.match(
    refusal(n, { BlockDeviceMappings: [{ DeviceName: '/dev/sdb' }] }),
    /^UnsupportedOperation: .*BlockDeviceMappings/,
  );
  assert.match(
    refusal(n, { Monitoring: { Enabled: true } }),
    /^UnsupportedOperation: The value 'true' for parameter Monitoring/,
  );
  assert.match(
    refusal(n, { TagSpecifications: [{ ResourceType: 'spot-instances-request', Tags: [] }] }),
    /^InvalidParameterValue: 'spot-instances-request' is not a valid taggable resource type/,
  );
  launch(n, { Monitoring: { Enabled: false }, EbsOptimized: false, Placement: { Tenancy: 'default' } });
  // As Terraform's provider says what it leaves open.
  launch(n, { Placement: { AvailabilityZone: '', GroupName: '' } });
});

test('a token launches once and is answered with what there is now; a dry run launches nothing', () => {
  const n = network();
  const id = launch(n, { ClientToken: 'once' });
  n.h.facts.machines.set(id, { state: 'running', boots: 1, fault: null });
  const again = run(n, { ClientToken: 'once' });
  assert.equal(again.Instances[0].InstanceId, id);
  assert.equal(again.Instances[0].State.Name, 'running');
  assert.match(refusal(n, { DryRun: true }), /^DryRunOperation: /);
  assert.equal(n.h.intent.table('instance').size, 1);
});

test('whatever is launched and terminated, in however many VPCs: no address twice', () => {
  const step = fc.record({
    verb: fc.constantFrom('run', 'terminate'),
    which: fc.nat(9),
    count: fc.integer({ min: 1, max: 3 }),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      const h = harness();
      const networks = [network(h, '10.0'), network(h, '10.1')];
      for (const { verb, which, count } of steps) {
        const n = networks[which % 2] as (typeof networks)[number];
        const living = [...h.intent.table('instance').all()].filter((instance) => instance.wanted !== 'terminated');
        const target = living[which % Math.max(1, living.length)];
        const NetworkInterfaces = [{ DeviceIndex: 0, SubnetId: n.subnetId, AssociatePublicIpAddress: which % 3 > 0 }];
        if (verb === 'run') run(n, { NetworkInterfaces, MinCount: count, MaxCount: count });
        else if (target !== undefined) h.call('TerminateInstances', { InstanceIds: [target.id] });
        const ports = [...h.intent.table('networkInterface').all()];
        const publics = ports.flatMap((port) => port.publicAddress ?? []);
        const privates = ports.map((port) => `${port.vpcId} ${port.addresses[0]}`);
        assert.equal(new Set(publics).size, publics.length);
        assert.equal(new Set(privates).size, privates.length);
        assert.equal(
          ports.length,
          [...h.intent.table('instance').all()].filter((each) => each.wanted !== 'terminated').length,
        );
      }
    }),
    { numRuns: 40, seed: 1 },
  );
});
