import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../../testing.ts';
import { attributesOf, balancer, balancerRefused, callsOf, group, listener, settle, world } from '../fixture.ts';

const ARN = 'arn:aws:elasticloadbalancing:ap-south-1:111122223333:loadbalancer/net/nothing/0123456789abcdef';

test('an internal one: names, zones and state', () => {
  const w = world();
  const made = balancer(w, { Tags: [{ Key: 'a', Value: 'b' }] });
  assert.match(
    made.LoadBalancerArn,
    /^arn:aws:elasticloadbalancing:ap-south-1:111122223333:loadbalancer\/net\/front\/[0-9a-f]{16}$/,
  );
  const hash = made.LoadBalancerArn.split('/').at(-1);
  assert.equal(made.DNSName, `front-${hash}.elb.ap-south-1.amazonaws.com`);
  assert.equal(made.CanonicalHostedZoneId, 'ZVDDRBQ08TROA');
  assert.deepEqual([made.Type, made.Scheme, made.IpAddressType, made.VpcId], ['network', 'internal', 'ipv4', w.vpcId]);
  assert.deepEqual(made.AvailabilityZones.map((zone) => zone.ZoneName).sort(), ['ap-south-1a', 'ap-south-1b']);
  assert.deepEqual(
    made.AvailabilityZones.map((zone) => zone.LoadBalancerAddresses),
    [[], []],
  );
  assert.equal(made.SecurityGroups, undefined);
  assert.equal(made.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic, undefined);
  assert.equal(made.State.Code, 'provisioning');
  settle(w);
  assert.equal(w.elb('DescribeLoadBalancers', { Names: ['front'] }).LoadBalancers[0].State.Code, 'active');
});

test('its interfaces are shown as its own, and hold subnet, group and VPC', () => {
  const w = world();
  const GroupId = w.h.call('CreateSecurityGroup', { VpcId: w.vpcId, GroupName: 'g', Description: 'd' }).GroupId;
  const made = balancer(w, { SecurityGroups: [GroupId] });
  assert.deepEqual(made.SecurityGroups, [GroupId]);
  assert.equal(made.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic, 'on');
  const Filters = [{ Name: 'interface-type', Values: ['network_load_balancer'] }];
  const ports = w.h.call('DescribeNetworkInterfaces', { Filters }).NetworkInterfaces;
  assert.equal(ports.length, 2);
  for (const port of ports) {
    assert.equal(port.Description, `ELB net/front/${made.LoadBalancerArn.split('/').at(-1)}`);
    assert.deepEqual([port.RequesterManaged, port.RequesterId, port.Status], [true, 'amazon-elb', 'in-use']);
    assert.equal(port.Association, undefined);
    assert.deepEqual(
      port.Groups.map((each) => each.GroupId),
      [GroupId],
    );
  }
  const serials = [...w.h.intent.table('networkInterface').all()].map((port) => port.nodeSerial);
  assert.equal(new Set(serials).size, serials.length);
  const [port] = ports;
  assert.match(
    w.h.refusal('DeleteNetworkInterface', { NetworkInterfaceId: port.NetworkInterfaceId }),
    /^InvalidParameterValue: .*currently in use/,
  );
  assert.match(
    w.h.refusal('ModifyNetworkInterfaceAttribute', {
      NetworkInterfaceId: port.NetworkInterfaceId,
      Groups: [w.groupId],
    }),
    /^AuthFailure/,
  );
  assert.match(w.h.refusal('DeleteSubnet', { SubnetId: w.subnetA }), /^DependencyViolation/);
  assert.match(w.h.refusal('DeleteSecurityGroup', { GroupId }), /^DependencyViolation/);
  assert.match(w.h.refusal('DeleteVpc', { VpcId: w.vpcId }), /^DependencyViolation/);
  w.elb('DeleteLoadBalancer', { LoadBalancerArn: made.LoadBalancerArn });
  assert.equal(w.h.intent.table('networkInterface').size, 0);
  w.h.call('DeleteSecurityGroup', { GroupId });
  w.h.call('DeleteSubnet', { SubnetId: w.subnetA });
});

test('an internet-facing one is the default, needs a gateway, and gets a public address for each node', () => {
  const w = world();
  const made = w.elb('CreateLoadBalancer', { Name: 'out', Type: 'network', Subnets: [w.subnetA, w.subnetB] });
  assert.equal(made.LoadBalancers[0].Scheme, 'internet-facing');
  const ports = w.h.intent.table('networkInterface').by('loadBalancerId', made.LoadBalancers[0].LoadBalancerArn);
  const addresses = ports.map((port) => port.publicAddress);
  assert.equal(new Set(addresses).size, 2);
  for (const address of addresses) assert.match(address ?? '', /^198\.18\./);
  const bare = harness();
  const { VpcId } = bare.call('CreateVpc', { CidrBlock: '10.9.0.0/16' }).Vpc;
  const { SubnetId } = bare.call('CreateSubnet', { VpcId, CidrBlock: '10.9.0.0/24' }).Subnet;
  assert.equal(
    callsOf(bare).refused('CreateLoadBalancer', { Name: 'out', Type: 'network', Subnets: [SubnetId] }),
    `InvalidSubnet: VPC ${VpcId} has no internet gateway`,
  );
});

test('fixed addresses, in the subnet and free; elastic ones are refused by name', () => {
  const w = world();
  const fixed = (PrivateIPv4Address: string) => [{ SubnetId: w.subnetA, PrivateIPv4Address }];
  const made = balancer(w, { SubnetMappings: fixed('10.0.1.77') });
  assert.deepEqual(made.AvailabilityZones[0].LoadBalancerAddresses, [{ PrivateIPv4Address: '10.0.1.77' }]);
  const refused = (address: string) => balancerRefused(w, { Name: 'other', SubnetMappings: fixed(address) });
  assert.match(refused('10.0.1.77'), /^InvalidConfigurationRequest: Address 10\.0\.1\.77 is in use/);
  assert.match(refused('10.0.3.4'), /^InvalidConfigurationRequest: .*does not fall within/);
  assert.match(refused('10.0.1.1'), /^InvalidConfigurationRequest: .*reserved/);
  assert.match(refused('nine'), /^InvalidConfigurationRequest: /);
  assert.match(
    balancerRefused(w, { Scheme: 'internet-facing', SubnetMappings: fixed('10.0.1.78') }),
    /^InvalidConfigurationRequest: Private IPv4 addresses/,
  );
  assert.equal(
    balancerRefused(w, { Name: 'other', SubnetMappings: [{ SubnetId: w.subnetA, AllocationId: 'eipalloc-1' }] }),
    'UnsupportedOperation: The parameter SubnetMappings.AllocationId is not supported by Culvert.',
  );
});

test('what is refused by name: other types, pools', () => {
  const w = world();
  assert.equal(
    w.refused('CreateLoadBalancer', { Name: 'front', Subnets: [w.subnetA] }),
    "UnsupportedOperation: The value 'application' for parameter Type is not supported by Culvert. It is what a call without a Type asks for.",
  );
  for (const Type of ['application', 'gateway'] as const) {
    assert.equal(
      balancerRefused(w, { Type }),
      `UnsupportedOperation: The value '${Type}' for parameter Type is not supported by Culvert.`,
    );
  }
  assert.match(balancerRefused(w, { IpamPools: { Ipv4IpamPoolId: 'x' } }), /^UnsupportedOperation: .*IpamPools/);
});

test('names', () => {
  const w = world();
  const cases: readonly [string, RegExp][] = [
    ['', /^ValidationError: Load balancer name '' cannot be empty/],
    ['a'.repeat(33), /^ValidationError: .* cannot be longer than '32' characters$/],
    ['a_b', /^ValidationError: .* can only contain characters that are alphanumeric/],
    ['-a', /^ValidationError: .* cannot begin or end with '-'$/],
    ['a-', /^ValidationError: .* cannot begin or end with '-'$/],
    ['internal-a', /^ValidationError: .* cannot begin with 'internal-'$/],
  ];
  for (const [Name, expected] of cases) assert.match(balancerRefused(w, { Name }), expected);
  balancer(w, { Name: 'a'.repeat(32) });
});

test('subnets: one for each zone, of one VPC, with eight free addresses', () => {
  const w = world();
  const refused = (...Subnets: string[]) => balancerRefused(w, { Subnets });
  assert.equal(
    refused(w.subnetA, w.otherSubnetA),
    'InvalidConfigurationRequest: A load balancer cannot be attached to multiple subnets in the same Availability Zone',
  );
  assert.equal(refused('subnet-nothing'), "ValidationError: The subnet ID 'subnet-nothing' is not valid");
  assert.equal(
    refused('subnet-0123456789abcdef0'),
    "SubnetNotFound: The subnet ID 'subnet-0123456789abcdef0' does not exist",
  );
  assert.match(refused(), /^ValidationError: At least one subnet/);
  assert.match(
    balancerRefused(w, { Subnets: [w.subnetA], SubnetMappings: [{ SubnetId: w.subnetB }] }),
    /^ValidationError: You can specify either subnets or subnet mappings, but not both/,
  );
  const other = world(w.h, '10.1');
  assert.match(refused(w.subnetA, other.subnetB), /^InvalidConfigurationRequest: All subnets must belong/);
  assert.match(
    callsOf(w.h.as('444455556666')).refused('CreateLoadBalancer', {
      Name: 'x',
      Type: 'network',
      Subnets: [w.subnetA],
    }),
    /^SubnetNotFound/,
  );
  const small = w.h.call('CreateSubnet', { VpcId: w.vpcId, CidrBlock: '10.0.9.0/28' }).Subnet.SubnetId;
  const take = () => w.h.call('CreateNetworkInterface', { SubnetId: small });
  for (let taken = 0; taken < 3; taken++) take();
  balancer(w, { Name: 'fits', Subnets: [small] });
  assert.equal(
    refused(small),
    `InvalidSubnet: Not enough IP space available in ${small}. ELB requires at least 8 free IP addresses in each subnet.`,
  );
});

test('the same again is the same; with other settings it is refused', () => {
  const w = world();
  const first = balancer(w);
  const revision = w.h.intent.revision;
  assert.equal(balancer(w).LoadBalancerArn, first.LoadBalancerArn);
  assert.equal(balancer(w, { Subnets: [w.subnetB, w.subnetA] }).LoadBalancerArn, first.LoadBalancerArn);
  assert.equal(w.h.intent.revision, revision);
  const duplicate =
    "DuplicateLoadBalancerName: A load balancer with the same name 'front' exists, but with different settings";
  assert.equal(balancerRefused(w, { Subnets: [w.subnetA] }), duplicate);
  assert.equal(balancerRefused(w, { Scheme: 'internet-facing' }), duplicate);
  assert.equal(balancerRefused(w, { SecurityGroups: [w.groupId] }), duplicate);
  assert.equal(
    balancerRefused(w, { SubnetMappings: [{ SubnetId: w.subnetA, PrivateIPv4Address: '10.0.1.4' }] }),
    duplicate,
  );
  const other = world(w.h.as('444455556666'));
  assert.notEqual(balancer(other).LoadBalancerArn, first.LoadBalancerArn);
});

test('described by name, by ARN and in pages', () => {
  const w = world();
  const arns = ['one', 'two', 'three'].map((Name) => balancer(w, { Name }).LoadBalancerArn);
  const first = w.elb('DescribeLoadBalancers', { PageSize: 2 });
  assert.deepEqual(
    first.LoadBalancers.map((each) => each.LoadBalancerName),
    ['one', 'two'],
  );
  const second = w.elb('DescribeLoadBalancers', { PageSize: 2, Marker: first.NextMarker });
  assert.deepEqual(
    second.LoadBalancers.map((each) => each.LoadBalancerName),
    ['three'],
  );
  assert.equal(second.NextMarker, undefined);
  assert.equal(
    w.elb('DescribeLoadBalancers', { LoadBalancerArns: arns.slice(1, 2) }).LoadBalancers[0].LoadBalancerName,
    'two',
  );
  const refused = (input: object) => w.refused('DescribeLoadBalancers', input);
  assert.equal(refused({ Names: ['one', 'four'] }), "LoadBalancerNotFound: Load balancers '[four]' not found");
  assert.equal(refused({ LoadBalancerArns: [ARN] }), 'LoadBalancerNotFound: One or more load balancers not found');
  assert.equal(refused({ LoadBalancerArns: ['x'] }), "ValidationError: 'x' is not a valid load balancer ARN");
  assert.match(refused({ Names: ['one'], LoadBalancerArns: arns }), /^ValidationError: .*at the same time/);
  assert.match(refused({ LoadBalancerArns: Array(21).fill(ARN) }), /^ValidationError: Up to '20'/);
  assert.match(refused({ PageSize: 0 }), /^ValidationError: .*'pageSize'.*greater than or equal to 1$/);
  assert.match(refused({ PageSize: 401 }), /^ValidationError: .*less than or equal to 400$/);
  assert.match(refused({ PageSize: 1.5 }), /^ValidationError: .*whole number$/);
  assert.equal(refused({ Marker: 'x' }), 'ValidationError: Invalid marker');
  const others = callsOf(w.h.as('444455556666'));
  assert.deepEqual(others.elb('DescribeLoadBalancers', {}).LoadBalancers, []);
  assert.match(others.refused('DescribeLoadBalancers', { LoadBalancerArns: arns }), /^LoadBalancerNotFound/);
  assert.deepEqual(callsOf(w.h.as('111122223333', 'us-east-1')).elb('DescribeLoadBalancers', {}).LoadBalancers, []);
});

test('attributes: what can be set, what only has its default', () => {
  const w = world();
  const { LoadBalancerArn } = balancer(w);
  const told = attributesOf(w.elb('DescribeLoadBalancerAttributes', { LoadBalancerArn }).Attributes);
  assert.deepEqual(told, {
    'access_logs.s3.bucket': '',
    'access_logs.s3.enabled': 'false',
    'access_logs.s3.prefix': '',
    'deletion_protection.enabled': 'false',
    'dns_record.client_routing_policy': 'any_availability_zone',
    'ipv6.deny_all_igw_traffic': 'true',
    'load_balancing.cross_zone.enabled': 'false',
    'secondary_ips.auto_assigned.per_subnet': '0',
    'zonal_shift.config.enabled': 'false',
  });
  const pair = (Key: string, Value: string) => ({ LoadBalancerArn, Attributes: [{ Key, Value }] });
  const after = w.elb('ModifyLoadBalancerAttributes', pair('load_balancing.cross_zone.enabled', 'true'));
  assert.equal(attributesOf(after.Attributes)['load_balancing.cross_zone.enabled'], 'true');
  w.elb('ModifyLoadBalancerAttributes', pair('access_logs.s3.enabled', 'false'));
  const refused = (key: string, value: string) => w.refused('ModifyLoadBalancerAttributes', pair(key, value));
  assert.equal(
    refused('access_logs.s3.enabled', 'true'),
    "UnsupportedOperation: The value 'true' for attribute access_logs.s3.enabled is not supported by Culvert.",
  );
  const routed = w.elb(
    'ModifyLoadBalancerAttributes',
    pair('dns_record.client_routing_policy', 'partial_availability_zone_affinity'),
  );
  assert.equal(
    attributesOf(routed.Attributes)['dns_record.client_routing_policy'],
    'partial_availability_zone_affinity',
  );
  assert.match(refused('dns_record.client_routing_policy', 'nearest'), /^ValidationError: .*must be one of /);
  assert.equal(
    refused('idle_timeout.timeout_seconds', '60'),
    "ValidationError: Load balancer attribute key 'idle_timeout.timeout_seconds' is not recognized",
  );
  assert.match(refused('deletion_protection.enabled', 'yes'), /^ValidationError: .*must be one of 'true, false'$/);
  assert.match(w.refused('ModifyLoadBalancerAttributes', { LoadBalancerArn, Attributes: [] }), /^ValidationError/);
  assert.match(refused('__proto__', 'true'), /is not recognized$/);
  assert.equal(
    w.refused('DescribeLoadBalancerAttributes', { LoadBalancerArn: ARN }),
    `LoadBalancerNotFound: Load balancer '${ARN}' not found`,
  );
});

test('groups can be changed only where there were some from the start', () => {
  const w = world();
  const without = balancer(w, { Name: 'without' }).LoadBalancerArn;
  const { LoadBalancerArn } = balancer(w, { SecurityGroups: [w.groupId] });
  const GroupId = w.h.call('CreateSecurityGroup', { VpcId: w.vpcId, GroupName: 'g', Description: 'd' }).GroupId;
  assert.match(
    w.refused('SetSecurityGroups', { LoadBalancerArn: without, SecurityGroups: [GroupId] }),
    /^InvalidConfigurationRequest: You can't perform this operation on a Network Load Balancer unless you specified/,
  );
  const set = w.elb('SetSecurityGroups', {
    LoadBalancerArn,
    SecurityGroups: [GroupId],
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off',
  });
  assert.deepEqual(set, {
    SecurityGroupIds: [GroupId],
    EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic: 'off',
  });
  for (const port of w.h.intent.table('networkInterface').by('loadBalancerId', LoadBalancerArn)) {
    assert.deepEqual(port.groupIds, [GroupId]);
  }
  const kept = w.elb('SetSecurityGroups', { LoadBalancerArn, SecurityGroups: [w.groupId] });
  assert.equal(kept.EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic, 'off');
  const refused = (...SecurityGroups: string[]) => w.refused('SetSecurityGroups', { LoadBalancerArn, SecurityGroups });
  assert.match(refused('sg-0123456789abcdef0'), /^InvalidSecurityGroup/);
  assert.match(refused(), /^InvalidConfigurationRequest: At least one/);
  assert.match(refused(world(w.h, '10.1').groupId), /^InvalidConfigurationRequest: .*does not belong to VPC/);
});

test('zones are added and removed; a zone that keeps its subnet keeps its node', () => {
  const w = world();
  const { LoadBalancerArn } = balancer(w, { Subnets: [w.subnetA] });
  settle(w);
  const nodes = () => w.h.intent.table('networkInterface').by('loadBalancerId', LoadBalancerArn);
  const [first] = nodes();
  const added = w.elb('SetSubnets', { LoadBalancerArn, Subnets: [w.subnetA, w.subnetB] });
  assert.equal(added.AvailabilityZones.length, 2);
  assert.ok(nodes().some((port) => port.id === first?.id));
  const describe = () => w.elb('DescribeLoadBalancers', { LoadBalancerArns: [LoadBalancerArn] }).LoadBalancers[0];
  assert.equal(describe().State.Code, 'provisioning');
  settle(w);
  w.elb('SetSubnets', { LoadBalancerArn, Subnets: [w.subnetA, w.subnetB] });
  assert.equal(describe().State.Code, 'active');
  w.elb('SetSubnets', { LoadBalancerArn, Subnets: [w.subnetB] });
  assert.deepEqual(
    nodes().map((port) => port.subnetId),
    [w.subnetB],
  );
  assert.deepEqual(
    describe().AvailabilityZones.map((zone) => zone.SubnetId),
    [w.subnetB],
  );
  const other = world(w.h, '10.1');
  assert.match(
    w.refused('SetSubnets', { LoadBalancerArn, Subnets: [other.subnetA] }),
    /^InvalidConfigurationRequest: All subnets must belong/,
  );
  assert.match(w.refused('SetSubnets', { LoadBalancerArn: ARN, Subnets: [w.subnetA] }), /^LoadBalancerNotFound/);
});

test('a subnet of eight free addresses can hold a node that moves in it', () => {
  const w = world();
  const small = w.h.call('CreateSubnet', { VpcId: w.vpcId, CidrBlock: '10.0.9.0/28' }).Subnet.SubnetId;
  for (let taken = 0; taken < 3; taken++) w.h.call('CreateNetworkInterface', { SubnetId: small });
  const { LoadBalancerArn } = balancer(w, { SubnetMappings: [{ SubnetId: small, PrivateIPv4Address: '10.0.9.12' }] });
  const moved = [{ SubnetId: small, PrivateIPv4Address: '10.0.9.13' }];
  const { AvailabilityZones } = w.elb('SetSubnets', { LoadBalancerArn, SubnetMappings: moved });
  assert.deepEqual(AvailabilityZones[0].LoadBalancerAddresses, [{ PrivateIPv4Address: '10.0.9.13' }]);
});

test('no capacity is reserved', () => {
  const w = world();
  const { LoadBalancerArn } = balancer(w);
  assert.deepEqual(w.elb('DescribeCapacityReservation', { LoadBalancerArn }), { CapacityReservationState: [] });
  assert.match(w.refused('DescribeCapacityReservation', { LoadBalancerArn: ARN }), /^LoadBalancerNotFound/);
});

test('deleting: protected, in use by a service, with its listeners, twice', () => {
  const w = world();
  const { LoadBalancerArn } = balancer(w);
  const { TargetGroupArn } = group(w);
  listener(w, LoadBalancerArn, TargetGroupArn);
  const protect = (Value: string) =>
    w.elb('ModifyLoadBalancerAttributes', {
      LoadBalancerArn,
      Attributes: [{ Key: 'deletion_protection.enabled', Value }],
    });
  protect('true');
  assert.equal(
    w.refused('DeleteLoadBalancer', { LoadBalancerArn }),
    `OperationNotPermitted: Load balancer '${LoadBalancerArn}' cannot be deleted because deletion protection is enabled`,
  );
  protect('false');
  const { ServiceId } = w.h.call('CreateVpcEndpointServiceConfiguration', {
    NetworkLoadBalancerArns: [LoadBalancerArn],
  }).ServiceConfiguration;
  assert.equal(
    w.refused('DeleteLoadBalancer', { LoadBalancerArn }),
    `ResourceInUse: Load balancer '${LoadBalancerArn}' cannot be deleted because it is currently associated with another service`,
  );
  w.h.call('DeleteVpcEndpointServiceConfigurations', { ServiceIds: [ServiceId] });
  w.elb('DeleteLoadBalancer', { LoadBalancerArn });
  assert.equal(w.h.intent.table('listener').size, 0);
  assert.equal(w.h.intent.table('targetGroup').size, 1);
  w.elb('DeleteLoadBalancer', { LoadBalancerArn });
});

test('a zone that a VPC endpoint uses cannot be removed', () => {
  const w = world();
  const { LoadBalancerArn } = balancer(w);
  const { ServiceId } = w.h.call('CreateVpcEndpointServiceConfiguration', {
    NetworkLoadBalancerArns: [LoadBalancerArn],
  }).ServiceConfiguration;
  const { VpcEndpointId } = w.h.call('CreateVpcEndpoint', {
    VpcId: w.vpcId,
    VpcEndpointType: 'Interface',
    ServiceName: `com.amazonaws.vpce.ap-south-1.${ServiceId}`,
    SubnetIds: [w.otherSubnetA],
  }).VpcEndpoint;
  assert.match(
    w.refused('SetSubnets', { LoadBalancerArn, Subnets: [w.subnetB] }),
    /^InvalidConfigurationRequest: Availability Zone 'ap-south-1a' cannot be removed/,
  );
  w.elb('SetSubnets', { LoadBalancerArn, Subnets: [w.subnetA] });
  w.h.call('RejectVpcEndpointConnections', { ServiceId, VpcEndpointIds: [VpcEndpointId] });
  w.elb('SetSubnets', { LoadBalancerArn, Subnets: [w.subnetB] });
});

test('quota: fifty in a region', () => {
  const w = world();
  for (let at = 0; at < 50; at++) balancer(w, { Name: `n${at}`, Subnets: [w.subnetA] });
  assert.match(balancerRefused(w, { Name: 'more' }), /^TooManyLoadBalancers: .*'50'/);
  assert.equal(balancer(w, { Name: 'n7', Subnets: [w.subnetA] }).LoadBalancerName, 'n7');
});

test('an unknown region, and one that is not open', () => {
  const w = world();
  assert.match(
    callsOf(w.h.as('111122223333', 'xx-east-9')).refused('DescribeLoadBalancers', {}),
    /^InvalidParameterValue/,
  );
  assert.match(callsOf(w.h.as('111122223333', 'me-south-1')).refused('DescribeLoadBalancers', {}), /^AuthFailure/);
});
