/** Dualstack load balancers and target groups of IPv6: made, shown, changed, and what AWS does not let one do. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../../../model/facts.ts';
import { check } from '../../../plan/check.ts';
import { compile } from '../../../plan/compile.ts';
import {
  balancer,
  balancerRefused,
  group,
  groupRefused,
  instance,
  listener,
  listenerRefused,
  type World,
  world,
} from '../fixture.ts';

const IPV6_GROUP = { Name: 'six', TargetType: 'ip', IpAddressType: 'ipv6' } as const;
const DUALSTACK = { IpAddressType: 'dualstack' } as const;

/** Subnets A and B have IPv6, the other one has not. */
function start(): World & { readonly blockA: string } {
  const w = world();
  const VpcId = w.vpcId;
  const { Ipv6CidrBlock } = w.h.call('AssociateVpcCidrBlock', {
    VpcId,
    AmazonProvidedIpv6CidrBlock: true,
  }).Ipv6CidrBlockAssociation;
  const block = (number: number) =>
    Ipv6CidrBlock.replace(/00::\/56$/, `0${number}::/64`).replace(/::\/56$/, `:${number}::/64`);
  w.h.call('AssociateSubnetCidrBlock', { SubnetId: w.subnetA, Ipv6CidrBlock: block(1) });
  w.h.call('AssociateSubnetCidrBlock', { SubnetId: w.subnetB, Ipv6CidrBlock: block(2) });
  return { ...w, blockA: block(1).replace('::/64', '') };
}

/** Of its interfaces, in the order of their zones; fails where the plan is not sound. */
function ipv6Of(w: World, arn: string): readonly string[] {
  assert.deepEqual(check(compile(w.h.intent, NO_FACTS)), []);
  return w.h.intent
    .table('networkInterface')
    .by('loadBalancerId', arn)
    .flatMap((port) => port.ipv6Addresses);
}

function records(w: World) {
  const { publicZones } = compile(w.h.intent, NO_FACTS);
  const own = publicZones.flatMap((zone) => zone.records).filter(({ name }) => name.startsWith('front-'));
  return Object.fromEntries(own.map(({ type, values }) => [type, values.length]));
}

test('a dualstack one has an address of each family in each zone, and its names answer both', () => {
  const w = start();
  const made = balancer(w, DUALSTACK);
  assert.deepEqual([made.IpAddressType, made.EnablePrefixForIpv6SourceNat], ['dualstack', 'off']);
  assert.deepEqual(made.AvailabilityZones[0].LoadBalancerAddresses, []);
  assert.equal(ipv6Of(w, made.LoadBalancerArn).length, 2);
  assert.deepEqual(records(w), { A: 2, AAAA: 2 });
  const [shown] = w.h.call('DescribeNetworkInterfaces', {
    Filters: [{ Name: 'subnet-id', Values: [w.subnetA] }],
  }).NetworkInterfaces;
  assert.equal(shown.Ipv6Addresses.length, 1);
  assert.equal(shown.DenyAllIgwTraffic, true);
  assert.equal(balancer(w, DUALSTACK).LoadBalancerArn, made.LoadBalancerArn);
  assert.match(balancerRefused(w, { IpAddressType: 'ipv4' }), /^DuplicateLoadBalancerName/);
});

test('an internet-facing one’s IPv6 addresses are the internet’s', () => {
  const w = start();
  const { LoadBalancerArn } = balancer(w, { ...DUALSTACK, Scheme: 'internet-facing' });
  const { nodes } = compile(w.h.intent, NO_FACTS).balancers[0] ?? { nodes: [] };
  assert.deepEqual(
    nodes.filter(({ address }) => address.includes(':')).map(({ publicAddress }) => publicAddress),
    nodes.map(({ address }) => address).filter((address) => address.includes(':')),
  );
  const [port] = w.h.intent.table('networkInterface').by('loadBalancerId', LoadBalancerArn);
  const [shown] = w.h.call('DescribeNetworkInterfaces', { NetworkInterfaceIds: [port?.id ?? ''] }).NetworkInterfaces;
  assert.equal(shown.DenyAllIgwTraffic, false);
});

test('fixed IPv6 addresses: shown, of the subnet, of dualstack ones only', () => {
  const w = start();
  const mapped = (IPv6Address: string) => ({ SubnetMappings: [{ SubnetId: w.subnetA, IPv6Address }] });
  assert.match(
    balancerRefused(w, mapped(`${w.blockA}::9`)),
    /^InvalidConfigurationRequest: IPv6 addresses can only be specified for dualstack load balancers$/,
  );
  assert.match(balancerRefused(w, { ...DUALSTACK, ...mapped('3fff::9') }), /^InvalidConfigurationRequest: .*range$/);
  assert.match(balancerRefused(w, { ...DUALSTACK, ...mapped('nine') }), /^InvalidConfigurationRequest: .*Invalid IPv6/);
  const made = balancer(w, { ...DUALSTACK, ...mapped(`${w.blockA}:0:0:0:9`) });
  const chosen = [{ IPv6Address: `${w.blockA}::9` }];
  assert.deepEqual(made.AvailabilityZones[0].LoadBalancerAddresses, chosen);
  assert.equal(balancer(w, { ...DUALSTACK, ...mapped(`${w.blockA}::9`) }).LoadBalancerArn, made.LoadBalancerArn);
  const { AvailabilityZones } = w.elb('SetSubnets', {
    LoadBalancerArn: made.LoadBalancerArn,
    Subnets: [w.subnetA, w.subnetB],
  });
  assert.deepEqual(AvailabilityZones.find(({ SubnetId }) => SubnetId === w.subnetA)?.LoadBalancerAddresses, chosen);
  assert.equal(ipv6Of(w, made.LoadBalancerArn).length, 2);
});

test('it takes subnets with IPv6, when it is made, gets others, or changes', () => {
  const w = start();
  const text = 'ValidationError: You must specify subnets with an associated IPv6 CIDR block.';
  assert.equal(balancerRefused(w, { ...DUALSTACK, Subnets: [w.otherSubnetA, w.subnetB] }), text);
  const { LoadBalancerArn } = balancer(w, { Subnets: [w.otherSubnetA, w.subnetB] });
  assert.equal(w.refused('SetIpAddressType', { LoadBalancerArn, ...DUALSTACK }), text);
  w.elb('SetSubnets', { LoadBalancerArn, Subnets: [w.subnetA, w.subnetB], ...DUALSTACK });
  assert.equal(ipv6Of(w, LoadBalancerArn).length, 2);
  assert.equal(w.refused('SetSubnets', { LoadBalancerArn, Subnets: [w.otherSubnetA] }), text);
  w.elb('SetSubnets', { LoadBalancerArn, Subnets: [w.otherSubnetA], IpAddressType: 'ipv4' });
  assert.deepEqual(ipv6Of(w, LoadBalancerArn), []);
});

test('it becomes dualstack and back; what it was already is no change', () => {
  const w = start();
  const { LoadBalancerArn } = balancer(w);
  const set = (IpAddressType: 'ipv4' | 'dualstack') => w.elb('SetIpAddressType', { LoadBalancerArn, IpAddressType });
  assert.deepEqual(set('dualstack'), { IpAddressType: 'dualstack' });
  const addresses = ipv6Of(w, LoadBalancerArn);
  assert.equal(addresses.length, 2);
  const { revision } = w.h.intent;
  set('dualstack');
  assert.equal(w.h.intent.revision, revision);
  assert.deepEqual(set('ipv4'), { IpAddressType: 'ipv4' });
  assert.deepEqual(ipv6Of(w, LoadBalancerArn), []);
  assert.deepEqual(records(w), { A: 2 });
});

test('prefixes for source NAT are refused by name, and without them UDP', () => {
  const w = start();
  assert.match(
    balancerRefused(w, { ...DUALSTACK, EnablePrefixForIpv6SourceNat: 'on' }),
    /^UnsupportedOperation: The value 'on' for parameter EnablePrefixForIpv6SourceNat/,
  );
  assert.match(
    balancerRefused(w, { SubnetMappings: [{ SubnetId: w.subnetA, SourceNatIpv6Prefix: 'auto_assigned' }] }),
    /^UnsupportedOperation: The parameter SubnetMappings.SourceNatIpv6Prefix/,
  );
  const { LoadBalancerArn } = balancer(w, DUALSTACK);
  const { TargetGroupArn } = group(w, { Protocol: 'TCP_UDP', Port: 53 });
  const wrong = /^InvalidConfigurationRequest: Listeners with the protocol '(TCP_)?UDP' require that the prefix/;
  for (const Protocol of ['UDP', 'TCP_UDP'] as const) {
    assert.match(listenerRefused(w, LoadBalancerArn, TargetGroupArn, { Protocol }), wrong);
  }
  w.elb('SetIpAddressType', { LoadBalancerArn, IpAddressType: 'ipv4' });
  listener(w, LoadBalancerArn, TargetGroupArn, { Protocol: 'TCP_UDP', Port: 53 });
  assert.match(w.refused('SetIpAddressType', { LoadBalancerArn, ...DUALSTACK }), wrong);
});

test('a target group of IPv6 stands behind dualstack load balancers alone', () => {
  const w = start();
  const { LoadBalancerArn } = balancer(w);
  const made = group(w, IPV6_GROUP);
  assert.equal(made.IpAddressType, 'ipv6');
  assert.match(groupRefused(w, { ...IPV6_GROUP, IpAddressType: 'ipv4' }), /^DuplicateTargetGroupName/);
  const text =
    "InvalidConfigurationRequest: You cannot associate an IPv6 target group with a load balancer that has an 'ipv4' IP address type";
  assert.equal(listenerRefused(w, LoadBalancerArn, made.TargetGroupArn), text);
  w.elb('SetIpAddressType', { LoadBalancerArn, ...DUALSTACK });
  listener(w, LoadBalancerArn, made.TargetGroupArn);
  listener(w, LoadBalancerArn, group(w).TargetGroupArn, { Port: 81 });
  assert.equal(w.refused('SetIpAddressType', { LoadBalancerArn, IpAddressType: 'ipv4' }), text);
  assert.equal(ipv6Of(w, LoadBalancerArn).length, 2);
});

test('its targets are IPv6 addresses of the VPC’s subnets', () => {
  const w = start();
  const { LoadBalancerArn } = balancer(w, {
    ...DUALSTACK,
    SubnetMappings: [{ SubnetId: w.subnetA, IPv6Address: `${w.blockA}::9` }],
  });
  const { TargetGroupArn } = group(w, IPV6_GROUP);
  listener(w, LoadBalancerArn, TargetGroupArn);
  const register = (Id: string) => ({ TargetGroupArn, Targets: [{ Id }] });
  const refused = (Id: string) => w.refused('RegisterTargets', register(Id));
  assert.equal(refused('10.0.1.9'), "ValidationError: The IP address '10.0.1.9' is not a valid IPv6 address");
  assert.match(refused('2001:db8::1'), /^InvalidTarget: .*not within the VPC/);
  assert.match(refused(w.blockA.replace(/1$/, '7::1')), /^InvalidTarget: .*not in any subnet/);
  w.elb('RegisterTargets', register(`${w.blockA}:0:0:0:A`));
  w.elb('RegisterTargets', register(`${w.blockA}::9`));
  const { TargetHealthDescriptions } = w.elb('DescribeTargetHealth', { TargetGroupArn });
  assert.deepEqual(
    TargetHealthDescriptions.map(({ Target, TargetHealth }) => [
      Target.Id,
      Target.AvailabilityZone,
      TargetHealth.Reason,
    ]),
    [
      [`${w.blockA}::a`, 'ap-south-1a', 'Elb.RegistrationInProgress'],
      [`${w.blockA}::9`, 'ap-south-1a', 'Target.IpUnusable'],
    ],
  );
  assert.deepEqual(
    compile(w.h.intent, NO_FACTS).pools[0]?.targets.map(({ from }) => from),
    [`${w.blockA}::9`],
  );
  assert.deepEqual(check(compile(w.h.intent, NO_FACTS)), []);
  w.elb('DeregisterTargets', register(`${w.blockA}::A`));
});

test('an instance is known by its primary IPv6 address, and is none of such a group without one', () => {
  const w = start();
  const { TargetGroupArn } = group(w, { Name: 'six', IpAddressType: 'ipv6' });
  const Id = instance(w, w.subnetA);
  assert.equal(
    w.refused('RegisterTargets', { TargetGroupArn, Targets: [{ Id }] }),
    `InvalidTarget: The following targets cannot be used with this IPv6 target group because of missing primary IPv6 addresses: '${Id}'`,
  );
  const [port] = w.h.intent.table('networkInterface').by('attachment.instanceId', Id);
  assert.ok(port);
  const Ipv6Addresses = [`${w.blockA}::a`, `${w.blockA}::b`];
  w.h.call('AssignIpv6Addresses', { NetworkInterfaceId: port.id, Ipv6Addresses });
  assert.match(w.refused('RegisterTargets', { TargetGroupArn, Targets: [{ Id }] }), /missing primary IPv6 addresses/);
  w.h.call('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: port.id, EnablePrimaryIpv6: true });
  w.elb('RegisterTargets', { TargetGroupArn, Targets: [{ Id }] });
  const { LoadBalancerArn } = balancer(w, DUALSTACK);
  listener(w, LoadBalancerArn, TargetGroupArn);
  const plan = compile(w.h.intent, NO_FACTS);
  assert.deepEqual(check(plan), []);
  assert.deepEqual(
    plan.pools[0]?.targets.map(({ address }) => address),
    [`${w.blockA}::a`],
  );
});
