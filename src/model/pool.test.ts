import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createIntent } from './intent.ts';
import { LINK_SERIALS, type Pool, PUBLIC_ADDRESSES, publicAddress, take } from './pool.ts';
import type { NetworkInterface } from './resources.ts';

const NOW = '2026-11-01T00:00:00.000Z';

function holder(serial: number): NetworkInterface {
  return {
    kind: 'networkInterface',
    id: `eni-${serial}`,
    account: '111122223333',
    region: 'ap-south-1',
    tags: {},
    createdAt: NOW,
    vpcId: 'vpc-1',
    subnetId: 'subnet-1',
    type: 'vpcEndpoint',
    description: '',
    mac: '',
    addresses: ['10.0.0.4'],
    ipv6Addresses: [],
    publicAddress: null,
    groupIds: [],
    sourceDestCheck: true,
    attachment: null,
    vpcEndpointId: null,
    linkSerial: serial,
    loadBalancerId: null,
    nodeSerial: null,
  };
}

test('a number is never given out while it is in use, whatever is taken and given back in whatever order', () => {
  const pool: Pool = { ...LINK_SERIALS, last: 8 };
  fc.assert(
    fc.property(
      fc.array(
        fc.oneof(
          fc.nat(3).map((count) => ({ count })),
          fc.nat(8).map((free) => ({ free })),
        ),
      ),
      (steps) => {
        const intent = createIntent();
        const inUse = new Set<number>();
        for (const step of steps) {
          if ('free' in step) {
            inUse.delete(step.free);
            intent.apply([{ op: 'delete', kind: 'networkInterface', id: `eni-${step.free}` }]);
            continue;
          }
          const taken = take(pool, step.count, intent, NOW);
          assert.equal(taken === undefined, inUse.size + step.count > 8);
          for (const value of taken?.values ?? []) {
            assert.ok(value >= pool.first && value <= pool.last && !inUse.has(value));
            inUse.add(value);
            intent.apply([{ op: 'put', resource: holder(value) }]);
          }
          intent.apply(taken?.edits ?? []);
        }
      },
    ),
    { seed: 1 },
  );
});

test('the counter is stored: a number that was given back rests for a round, also after a restart', () => {
  const intent = createIntent();
  const first = take(LINK_SERIALS, 1, intent, NOW);
  intent.apply(first?.edits ?? []);
  const restarted = createIntent(intent.table('counter').all());
  assert.deepEqual(take(LINK_SERIALS, 2, restarted, NOW)?.values, [2, 3]);
});

test('public addresses are of 198.18.0.0/16 and in canonical form', () => {
  assert.equal(publicAddress(PUBLIC_ADDRESSES.first), '198.18.0.16');
  assert.equal(publicAddress(PUBLIC_ADDRESSES.last), '198.18.255.254');
});
