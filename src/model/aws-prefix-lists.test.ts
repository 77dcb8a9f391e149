import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cidrContains, cidrOf } from '../net/cidr.ts';
import { parseIp } from '../net/ip.ts';
import { addressInBlock, awsPrefixList, awsPrefixListNamed, awsPrefixLists } from './aws-prefix-lists.ts';
import { findService } from './catalogue.ts';
import { REGIONS } from './regions.ts';

test('one list for S3 and one for DynamoDB in every region, no two with an id or a block in common', () => {
  const all = REGIONS.flatMap(({ name }) => awsPrefixLists(name));
  assert.equal(all.length, 2 * REGIONS.length);
  assert.equal(new Set(all.map(({ id, region }) => `${id} ${region}`)).size, all.length);
  assert.equal(new Set(all.flatMap(({ cidrs }) => cidrs)).size, all.length);
  assert.equal(awsPrefixListNamed('com.amazonaws.us-east-1.s3', 'us-east-1')?.id, 'pl-63a5400a');
  assert.equal(awsPrefixList('pl-63a5400a', 'us-west-2'), undefined);
});

test('a service stands inside its list; its FIPS twin has none', () => {
  for (const { name, region, cidrs } of awsPrefixLists('eu-west-1')) {
    const service = findService(name, region);
    const address = parseIp((service && addressInBlock(service)) ?? '');
    assert.ok(address && cidrContains(cidrOf(cidrs[0] ?? ''), address), name);
  }
  const fips = findService('com.amazonaws.us-east-1.dynamodb-fips', 'us-east-1');
  assert.ok(fips);
  assert.equal(addressInBlock(fips), undefined);
});
