import assert from 'node:assert/strict';
import { test } from 'node:test';
import { findRegion, REGIONS } from './regions.ts';
import { zoneId, zoneName, zonesOf } from './zones.ts';

const ACCOUNTS = Array.from({ length: 50 }, (_, at) => String(111111111111 + at * 7919));

test('every account has a name for every zone of every region, and the way back', () => {
  for (const account of ACCOUNTS) {
    for (const region of REGIONS) {
      assert.equal(region.letters.length, region.zoneIds.length);
      assert.deepEqual(new Set(zonesOf(account, region.name).map((zone) => zone.id)), new Set(region.zoneIds));
      for (const id of region.zoneIds) assert.equal(zoneId(account, zoneName(account, id)), id);
    }
  }
});

test('accounts differ in what they call a zone, and one account never changes its mind', () => {
  const firsts = new Set(ACCOUNTS.map((account) => zoneId(account, 'ap-south-1a')));
  assert.deepEqual([...firsts].sort(), ['aps1-az1', 'aps1-az2', 'aps1-az3']);
  assert.equal(zoneId('123456789012', 'us-east-1a'), zoneId('123456789012', 'us-east-1a'));
});

test('names that are no zone are not found', () => {
  for (const name of ['', 'a', 'ap-south-1', 'ap-south-1z', 'ap-south-9a', 'ap-northeast-1b']) {
    assert.equal(zoneId('123456789012', name), undefined);
  }
  assert.throws(() => zoneName('123456789012', 'aps1-az9'));
});

test('regions launched since 2019 need opting in', () => {
  assert.equal(findRegion('ap-south-1')?.needsOptIn, false);
  assert.equal(findRegion('af-south-1')?.needsOptIn, true);
  assert.equal(findRegion('mars-1'), undefined);
});
