import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../../testing.ts';

test('zones of the region as the account names them', () => {
  const aws = harness();
  const zones = aws.call('DescribeAvailabilityZones', {}).AvailabilityZones;
  assert.deepEqual(
    zones.map((zone) => zone.ZoneName),
    ['ap-south-1a', 'ap-south-1b', 'ap-south-1c'],
  );
  assert.deepEqual(zones.map((zone) => zone.ZoneId).sort(), ['aps1-az1', 'aps1-az2', 'aps1-az3']);
  assert.equal(aws.call('DescribeAvailabilityZones', { ZoneIds: ['aps1-az2'] }).AvailabilityZones.length, 1);
  assert.equal(
    aws.call('DescribeAvailabilityZones', { Filters: [{ Name: 'zone-name', Values: ['*b'] }] }).AvailabilityZones
      .length,
    1,
  );
  assert.equal(
    aws.refusal('DescribeAvailabilityZones', { ZoneNames: ['us-east-1a'] }),
    'InvalidParameterValue: Invalid availability zone: [us-east-1a]',
  );
});

test('regions: the open ones, all, by name', () => {
  const aws = harness();
  const names = (input: object) => aws.call('DescribeRegions', input).Regions.map((region) => region.RegionName);
  assert.equal(names({}).length, 17);
  assert.ok(!names({}).includes('af-south-1'));
  assert.equal(names({ AllRegions: true }).length, 34);
  assert.deepEqual(names({ RegionNames: ['af-south-1'] }), ['af-south-1']);
  assert.equal(aws.call('DescribeRegions', { RegionNames: ['af-south-1'] }).Regions[0].OptInStatus, 'not-opted-in');
  assert.equal(aws.refusal('DescribeRegions', { RegionNames: ['x'] }), 'InvalidParameterValue: Invalid region: [x]');
});

test('account attributes name the default VPC', () => {
  const aws = harness();
  const { AccountAttributes } = aws.call('DescribeAccountAttributes', { AttributeNames: ['default-vpc'] });
  const { VpcId } = aws.call('DescribeVpcs', {}).Vpcs[0];
  assert.deepEqual(AccountAttributes, [{ AttributeName: 'default-vpc', AttributeValues: [{ AttributeValue: VpcId }] }]);
});
