import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness, REGION } from '../../testing.ts';

const SQS = `com.amazonaws.${REGION}.sqs`;

test('a service by its name, with zones as the account calls them', () => {
  const answer = harness().call('DescribeVpcEndpointServices', { ServiceNames: [SQS] });
  assert.deepEqual(answer.ServiceNames, [SQS]);
  const [{ ServiceId, AvailabilityZoneIds, ...detail }] = answer.ServiceDetails;
  assert.match(ServiceId, /^vpce-svc-[0-9a-f]{17}$/);
  assert.deepEqual([...AvailabilityZoneIds].sort(), ['aps1-az1', 'aps1-az2', 'aps1-az3']);
  assert.deepEqual(detail, {
    ServiceName: SQS,
    ServiceType: [{ ServiceType: 'Interface' }],
    ServiceRegion: REGION,
    AvailabilityZones: ['ap-south-1a', 'ap-south-1b', 'ap-south-1c'],
    Owner: 'amazon',
    BaseEndpointDnsNames: ['sqs.ap-south-1.vpce.amazonaws.com'],
    PrivateDnsName: 'sqs.ap-south-1.amazonaws.com',
    PrivateDnsNames: [{ PrivateDnsName: 'sqs.ap-south-1.amazonaws.com' }],
    PrivateDnsNameVerificationState: 'verified',
    VpcEndpointPolicySupported: true,
    AcceptanceRequired: false,
    ManagesVpcEndpoints: false,
    Tags: [],
    SupportedIpAddressTypes: ['ipv4', 'ipv6'],
  });
});

test('S3 is told twice, once for each type, under one name', () => {
  const answer = harness().call('DescribeVpcEndpointServices', { ServiceNames: [`com.amazonaws.${REGION}.s3`] });
  assert.equal(answer.ServiceNames.length, 1);
  const [gateway, ...rest] = answer.ServiceDetails;
  assert.deepEqual(gateway.ServiceType, [{ ServiceType: 'Gateway' }]);
  assert.deepEqual(gateway.BaseEndpointDnsNames, ['s3.ap-south-1.amazonaws.com']);
  assert.equal(gateway.PrivateDnsName, undefined);
  assert.deepEqual(rest[0]?.PrivateDnsName, '*.s3.ap-south-1.amazonaws.com');
  assert.notEqual(rest[0]?.ServiceId, gateway.ServiceId);
});

test('a name that is not there', () => {
  assert.equal(
    harness().refusal('DescribeVpcEndpointServices', { ServiceNames: [SQS, 'com.amazonaws.us-east-1.sqs'] }),
    "InvalidServiceName: The Vpc Endpoint Service 'com.amazonaws.us-east-1.sqs' does not exist",
  );
});

test('all of them, by filter and by page', () => {
  const h = harness();
  const all = h.call('DescribeVpcEndpointServices', {});
  assert.ok(all.ServiceNames.length > 400);
  assert.deepEqual(all.ServiceNames, [...all.ServiceNames].sort());
  const names = (Name: string, ...Values: string[]) =>
    h.call('DescribeVpcEndpointServices', { Filters: [{ Name, Values }] }).ServiceNames;
  assert.deepEqual(names('service-type', 'Gateway'), [
    `com.amazonaws.${REGION}.dynamodb`,
    `com.amazonaws.${REGION}.s3`,
  ]);
  assert.deepEqual(names('service-name', '*.sqs', '*.sns'), [`com.amazonaws.${REGION}.sns`, SQS]);
  assert.deepEqual(names('owner', 'self'), []);
  assert.equal(names('owner', 'amazon').length, all.ServiceNames.length);
  assert.ok(names('supported-ip-address-types', 'ipv6').includes(`com.amazonaws.${REGION}.sqs`));
  assert.deepEqual(names('supported-ip-address-types', 'ipv5'), []);
  assert.deepEqual(names('service-region', 'us-east-1'), []);
  const first = h.call('DescribeVpcEndpointServices', { MaxResults: 100 });
  assert.equal(first.ServiceDetails.length, 100);
  const second = h.call('DescribeVpcEndpointServices', { MaxResults: 1000, NextToken: first.NextToken });
  assert.equal(second.ServiceDetails.length, all.ServiceDetails.length - 100);
  assert.equal(second.NextToken, undefined);
});
