import assert from 'node:assert/strict';
import { test } from 'node:test';
import { zoneName } from '../../../model/zones.ts';
import { network } from '../endpoint/fixture.ts';
import {
  allow,
  CONSUMER,
  connect,
  loadBalancer,
  provider,
  REGION,
  ROOT,
  refusedConnect,
  service,
  settle,
} from './fixture.ts';

const FAR = 'us-east-1';

function pair(SupportedRegions: string[] = [FAR]) {
  const p = provider();
  const { id, name } = service(p, { AcceptanceRequired: false, SupportedRegions });
  allow(p, id, ROOT);
  const c = network(p.h.as(CONSUMER, FAR));
  const far = { ServiceRegion: REGION, SubnetIds: [c.subnetA] };
  const regions = () =>
    p.h.call('DescribeVpcEndpointServiceConfigurations', { ServiceIds: [id] }).ServiceConfigurations[0];
  const modify = (input: { AddSupportedRegions?: string[]; RemoveSupportedRegions?: string[] }) =>
    p.h.call('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, ...input });
  return { p, c, id, name, far, regions, modify };
}

test('an endpoint reaches across regions: names are of the service’s region, zones need not match', () => {
  const { p, c, id, name, far } = pair();
  const { id: endpoint } = connect(c, name, far);
  settle(p);
  const [made] = c.h.call('DescribeVpcEndpoints', {
    Filters: [{ Name: 'service-region', Values: [REGION] }],
  }).VpcEndpoints;
  assert.equal(made.VpcEndpointId, endpoint);
  assert.equal(made.State, 'available');
  assert.equal(made.ServiceRegion, REGION);
  const zone = zoneName(CONSUMER, c.h.intent.table('subnet').get(c.subnetA)?.zoneId ?? '');
  assert.deepEqual(
    made.DnsEntries.map((entry) => entry.DnsName.replace(/-[a-z0-9]{8}(?=[.-])/, '')),
    [`${endpoint}.${id}.${REGION}.vpce.amazonaws.com`, `${endpoint}-${zone}.${id}.${REGION}.vpce.amazonaws.com`],
  );
  const [connection] = p.h.call('DescribeVpcEndpointConnections', {
    Filters: [{ Name: 'vpc-endpoint-region', Values: [FAR] }],
  }).VpcEndpointConnections;
  assert.deepEqual([connection.VpcEndpointId, connection.VpcEndpointRegion], [endpoint, FAR]);
});

test('a region that is not supported, or not named, does not know the service', () => {
  const { p, c, name, far } = pair(['eu-west-1']);
  const absent = /^InvalidServiceName: The Vpc Endpoint Service 'com\.amazonaws\.vpce\.\S+' does not exist/;
  assert.match(refusedConnect(c, name, far), absent);
  const { c: other, name: offered } = pair();
  assert.match(refusedConnect(other, offered, { SubnetIds: [other.subnetA] }), absent);
  assert.match(refusedConnect(other, offered, { ServiceRegion: 'eu-west-1', SubnetIds: [other.subnetA] }), absent);
  const far2 = (input: object) => c.h.refusal('DescribeVpcEndpointServices', { ServiceNames: [name], ...input });
  assert.match(far2({ ServiceRegions: [REGION] }), absent);
  assert.match(far2({}), absent);
  assert.match(far2({ ServiceRegions: ['mars-north-1'] }), /^InvalidParameterValue: /);
  assert.equal(p.h.call('DescribeVpcEndpointServices', { ServiceNames: [name] }).ServiceNames[0], name);
});

test('services of another region are listed where they are asked for', () => {
  const { c, name } = pair();
  const listed = (...ServiceRegions: string[]) =>
    c.h.call('DescribeVpcEndpointServices', { ServiceRegions }).ServiceNames;
  assert.ok(!listed().includes(name));
  assert.ok(listed(REGION).includes(name));
  assert.ok(listed(REGION).includes(`com.amazonaws.${REGION}.s3`));
  assert.ok(!listed(REGION).includes(`com.amazonaws.${REGION}.sqs`));
  assert.ok(listed(REGION, FAR).includes(`com.amazonaws.${FAR}.sqs`));
  const { ServiceDetails } = c.h.call('DescribeVpcEndpointServices', {
    ServiceNames: [name],
    ServiceRegions: [REGION],
  });
  assert.equal(ServiceDetails[0].ServiceRegion, REGION);
});

test('of AWS’s services only some reach across regions, by their regional name alone', () => {
  const c = network(provider().h.as(CONSUMER, FAR));
  const wish = { ServiceRegion: REGION, SubnetIds: [c.subnetA] };
  assert.match(refusedConnect(c, `com.amazonaws.${REGION}.sqs`, wish), /^InvalidServiceName: /);
  assert.match(refusedConnect(c, `com.amazonaws.${REGION}.s3`, { SubnetIds: [c.subnetA] }), /^InvalidServiceName: /);
  const { id } = connect(c, `com.amazonaws.${REGION}.kms`, wish);
  const [{ DnsEntries }] = c.h.call('DescribeVpcEndpoints', { VpcEndpointIds: [id] }).VpcEndpoints;
  const names = DnsEntries.map(({ DnsName }) => DnsName.replace(/-[a-z0-9]{8}(?=[.-])/, ''));
  assert.deepEqual(names, [`${id}.kms.${REGION}.vpce.amazonaws.com`, `kms.${REGION}.amazonaws.com`]);
  assert.equal(connect(c, 'com.amazonaws.iam', { ServiceRegion: FAR, SubnetIds: [c.subnetA] }).state, 'pending');
});

test('zones that take no part: neither an endpoint’s nor a load balancer’s', () => {
  const { c, name } = pair();
  const text =
    'InvalidParameter: Only the following availability zones are supported for remote access: use1-az1, use1-az2, use1-az4, use1-az5, use1-az6';
  const subnetIn = (AvailabilityZoneId: string, CidrBlock: string, n = c) =>
    n.h.call('CreateSubnet', { VpcId: n.vpcId, CidrBlock, AvailabilityZoneId }).Subnet.SubnetId;
  const SubnetIds = [subnetIn('use1-az3', '10.0.9.0/24')];
  assert.equal(refusedConnect(c, name, { ServiceRegion: REGION, SubnetIds }), text);
  const p = network(c.h.as(CONSUMER, FAR));
  const arn = loadBalancer(p, 'far', [subnetIn('use1-az3', '10.0.9.0/24', p)]);
  const NetworkLoadBalancerArns = [arn];
  assert.equal(
    p.h.refusal('CreateVpcEndpointServiceConfiguration', { NetworkLoadBalancerArns, SupportedRegions: [REGION] }),
    text,
  );
});

test('regions are added and taken off; one with endpoints yet is closed, and they live on', () => {
  const { p, c, id, name, far, regions, modify } = pair([]);
  assert.deepEqual([regions().SupportedRegions.length, regions().RemoteAccessEnabled], [1, false]);
  modify({ AddSupportedRegions: ['us-west-2', FAR, REGION] });
  assert.equal(regions().RemoteAccessEnabled, true);
  const told = () => regions().SupportedRegions.map(({ Region, ServiceState }) => `${Region} ${ServiceState}`);
  assert.deepEqual(told(), [`${REGION} Available`, `${FAR} Available`, 'us-west-2 Available']);
  const endpoint = connect(c, name, far);
  settle(p);
  modify({ RemoveSupportedRegions: [FAR, 'us-west-2'] });
  assert.deepEqual(told(), [`${REGION} Available`, `${FAR} Closed`]);
  assert.match(refusedConnect(c, name, far), /^InvalidServiceName: /);
  assert.equal(c.h.call('DescribeVpcEndpoints', { VpcEndpointIds: [endpoint.id] }).VpcEndpoints[0].State, 'available');
  c.h.call('DeleteVpcEndpoints', { VpcEndpointIds: [endpoint.id] });
  assert.deepEqual(told(), [`${REGION} Available`]);
  const refused = (input: object) => p.h.refusal('ModifyVpcEndpointServiceConfiguration', { ServiceId: id, ...input });
  assert.match(refused({ RemoveSupportedRegions: [REGION] }), /^InvalidParameter: .*hosts/);
  assert.match(refused({ RemoveSupportedRegions: [FAR] }), /^InvalidParameter: .*not a supported/);
  assert.match(refused({ AddSupportedRegions: ['mars-north-1'] }), /^InvalidParameterValue: /);
});
