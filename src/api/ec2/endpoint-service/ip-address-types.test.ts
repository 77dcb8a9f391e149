/** Which address families a service takes, and what endpoints can have of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Network } from '../endpoint/fixture.ts';
import {
  allow,
  connect,
  consumer,
  loadBalancer,
  type Provider,
  provider,
  ROOT,
  refusedConnect,
  reject,
  service,
} from './fixture.ts';

const BOTH = ['ipv4', 'ipv6'];

/** Its load balancer is dualstack. */
function start(): Provider {
  const p = provider();
  loadBalancer(p, 'front', [p.subnetA, p.subnetB], 'dualstack');
  return p;
}

function typesOf({ h }: Provider, id: string): readonly string[] {
  return h.call('DescribeVpcEndpointServiceConfigurations', { ServiceIds: [id] }).ServiceConfigurations[0]
    .SupportedIpAddressTypes;
}

/** Subnet A has IPv6. */
function withIpv6(n: Network): Network {
  const { h, vpcId: VpcId } = n;
  const { Ipv6CidrBlock } = h.call('AssociateVpcCidrBlock', {
    VpcId,
    AmazonProvidedIpv6CidrBlock: true,
  }).Ipv6CidrBlockAssociation;
  h.call('AssociateSubnetCidrBlock', { SubnetId: n.subnetA, Ipv6CidrBlock: Ipv6CidrBlock.replace('/56', '/64') });
  return n;
}

test('IPv4 unless something else is asked for; IPv6 takes dualstack load balancers, all of them', () => {
  const p = start();
  const plain = loadBalancer(p, 'plain', [p.subnetA]);
  const { id } = service(p);
  assert.deepEqual(typesOf(p, id), ['ipv4']);
  const modify = (change: object) => p.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, ...change });
  const refused = (change: object) =>
    p.h.refusal('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, ...change });
  modify({ AddSupportedIpAddressTypes: ['ipv6'] });
  assert.deepEqual(typesOf(p, id), BOTH);
  const text = `InvalidParameter: The load balancer ${plain} must have the IP address type dualstack to support the IP address type ipv6.`;
  assert.equal(refused({ AddNetworkLoadBalancerArns: [plain] }), text);
  modify({ RemoveSupportedIpAddressTypes: ['ipv6'], AddNetworkLoadBalancerArns: [plain] });
  assert.equal(refused({ AddSupportedIpAddressTypes: ['ipv6'] }), text);
  assert.deepEqual(typesOf(p, id), ['ipv4']);
});

test('what is no type, not one of its own, or would be none is refused', () => {
  const p = start();
  const { id } = service(p, { SupportedIpAddressTypes: ['ipv6'] });
  assert.deepEqual(typesOf(p, id), ['ipv6']);
  const refused = (change: object) =>
    p.h.refusal('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, ...change });
  assert.match(
    refused({ AddSupportedIpAddressTypes: ['dualstack'] }),
    /^InvalidParameter: The IP address type dualstack is not valid/,
  );
  assert.match(
    refused({ RemoveSupportedIpAddressTypes: ['ipv4'] }),
    /^InvalidParameter: The IP address type ipv4 is not supported/,
  );
  assert.match(
    refused({ RemoveSupportedIpAddressTypes: ['ipv6'] }),
    /^InvalidParameter: .*at least one IP address type/,
  );
  assert.match(
    p.h.refusal('CreateVpcEndpointServiceConfiguration', {
      NetworkLoadBalancerArns: [p.arn],
      SupportedIpAddressTypes: [],
    }),
    /at least one IP address type/,
  );
});

test('consumers see the types, and get what all three have: service, subnets, endpoint', () => {
  const p = start();
  const { id, name } = service(p);
  allow(p, id, ROOT);
  const n = withIpv6(consumer(p));
  const [shown] = n.h.call('DescribeVpcEndpointServices', { ServiceNames: [name] }).ServiceDetails;
  assert.deepEqual(shown.SupportedIpAddressTypes, ['ipv4']);
  const dualstack = { SubnetIds: [n.subnetA], IpAddressType: 'dualstack' as const };
  const lacks = (type: string) =>
    `InvalidParameter: The VPC endpoint service ${name} does not support the IP address type ${type}.`;
  assert.equal(refusedConnect(n, name, dualstack), lacks('dualstack'));
  p.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, AddSupportedIpAddressTypes: ['ipv6'] });
  const filter = { Filters: [{ Name: 'supported-ip-address-types', Values: ['ipv6'] }], ServiceNames: [name] };
  assert.deepEqual(n.h.call('DescribeVpcEndpointServices', filter).ServiceDetails[0].SupportedIpAddressTypes, BOTH);
  assert.match(
    refusedConnect(n, name, { ...dualstack, SubnetIds: [n.subnetB] }),
    /subnet .* does not support the IP address type dualstack\.$/,
  );
  const made = connect(n, name, dualstack);
  const shownEndpoint = n.h.call('DescribeVpcEndpoints', { VpcEndpointIds: [made.id] }).VpcEndpoints[0];
  assert.deepEqual([shownEndpoint.IpAddressType, shownEndpoint.DnsOptions.DnsRecordIpType], ['dualstack', 'dualstack']);
  const [connection] = p.h.call('DescribeVpcEndpointConnections', {}).VpcEndpointConnections;
  assert.equal(connection.IpAddressType, 'dualstack');
  p.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, RemoveSupportedIpAddressTypes: [] });
});

test('a service of both families, or of IPv6 alone, has endpoints of type ipv6', () => {
  const p = start();
  const { id, name } = service(p);
  allow(p, id, ROOT);
  const n = withIpv6(consumer(p));
  const block = n.h.intent.table('subnet').get(n.subnetA)?.ipv6Cidr?.replace('00::/64', '06::/64') ?? '';
  const AvailabilityZone = `${n.h.context.region}a`;
  const wish = { VpcId: n.vpcId, Ipv6CidrBlock: block, Ipv6Native: true, AvailabilityZone };
  const { SubnetId } = n.h.call('CreateSubnet', wish).Subnet;
  const alone = { SubnetIds: [SubnetId], IpAddressType: 'ipv6' as const };
  assert.equal(
    refusedConnect(n, name, alone),
    `InvalidParameter: The VPC endpoint service ${name} does not support the IP address type ipv6.`,
  );
  const modify = (change: object) => p.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, ...change });
  modify({ AddSupportedIpAddressTypes: ['ipv6'] });
  const made = connect(n, name, alone);
  assert.equal(p.h.call('DescribeVpcEndpointConnections', {}).VpcEndpointConnections[0].IpAddressType, 'ipv6');
  modify({ RemoveSupportedIpAddressTypes: ['ipv4'] });
  assert.match(refusedConnect(n, name, { SubnetIds: [n.subnetB] }), /does not support the IP address type ipv4\.$/);
  modify({ AddSupportedIpAddressTypes: ['ipv4'] });
  assert.match(
    p.h.refusal('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, RemoveSupportedIpAddressTypes: ['ipv6'] }),
    /^ExistingVpcEndpointConnections/,
  );
  reject(p, id, made.id);
  modify({ RemoveSupportedIpAddressTypes: ['ipv6'] });
});

test('a type that a living endpoint has stays; rejected ones hold nothing', () => {
  const p = start();
  const { id, name } = service(p, { SupportedIpAddressTypes: BOTH });
  allow(p, id, ROOT);
  const n = withIpv6(consumer(p));
  connect(n, name, { SubnetIds: [n.subnetA] });
  const remove = { ServiceId: id, RemoveSupportedIpAddressTypes: ['ipv6'] };
  p.h.call('ModifyVpcEndpointServiceConfiguration', remove);
  p.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, AddSupportedIpAddressTypes: ['ipv6'] });
  const { id: endpoint } = connect(n, name, { SubnetIds: [n.subnetA], IpAddressType: 'dualstack' });
  assert.equal(
    p.h.refusal('ModifyVpcEndpointServiceConfiguration', remove),
    'ExistingVpcEndpointConnections: Service has existing active VPC Endpoint connections!',
  );
  reject(p, id, endpoint);
  p.h.call('ModifyVpcEndpointServiceConfiguration', remove);
  assert.deepEqual(typesOf(p, id), ['ipv4']);
});
