import assert from 'node:assert/strict';
import { test } from 'node:test';
import { servicesOf } from '../../model/catalogue.ts';
import { REGIONS } from '../../model/regions.ts';
import { internetAddress, serviceAddress } from './service-addresses.ts';

test('every service of every region has addresses of its own, inside Culvert’s ranges', () => {
  const all = REGIONS.flatMap(({ name }) => servicesOf(name));
  for (const [address, range] of [
    [serviceAddress, /^24[89]\.|^25[01]\./],
    [internetAddress, /^198\.19\./],
  ] as const) {
    const found = all.map(address);
    assert.equal(new Set(found).size, all.length);
    assert.deepEqual(
      found.filter((each) => !range.test(each)),
      [],
    );
  }
});
