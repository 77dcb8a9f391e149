import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cidrOf } from '../../net/cidr.ts';
import { reverseName, reverseZones } from './reverse.ts';

test('an address backwards', () => assert.equal(reverseName('10.0.1.5'), '5.1.0.10.in-addr.arpa'));

for (const [block, zones] of [
  ['10.0.0.0/16', ['0.10.in-addr.arpa']],
  ['10.0.0.0/15', ['0.10.in-addr.arpa', '1.10.in-addr.arpa']],
  ['10.0.4.0/23', ['4.0.10.in-addr.arpa', '5.0.10.in-addr.arpa']],
  ['10.0.4.0/24', ['4.0.10.in-addr.arpa']],
  ['10.0.4.16/28', ['4.0.10.in-addr.arpa']],
  ['10.0.0.0/8', ['10.in-addr.arpa']],
] as const) {
  test(`zones of ${block}`, () => assert.deepEqual(reverseZones(cidrOf(block)), zones));
}
