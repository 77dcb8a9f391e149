import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../plan/compile.ts';
import { World } from '../plan/testing/world.ts';
import { NO_FACTS } from './facts.ts';
import { publicPairs, withoutAddresses, withPublic } from './public-addresses.ts';

function start() {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const eni = world.interface(world.subnet(vpc, '10.0.1.0/24'), []);
  const [first = ''] = eni.addresses;
  return { world, vpc, first, port: { ...eni, addresses: [first, '10.0.1.50', '10.0.1.51'] } };
}

test('each private address has one public address at most, in their order', () => {
  const { first, port } = start();
  assert.deepEqual(publicPairs(port), []);
  const both = withPublic(withPublic(port, '10.0.1.51', '198.18.0.20'), first, '198.18.0.21');
  assert.deepEqual(publicPairs(both), [
    { address: first, publicAddress: '198.18.0.21' },
    { address: '10.0.1.51', publicAddress: '198.18.0.20' },
  ]);
  assert.deepEqual(withPublic(withPublic(both, first, null), '10.0.1.51', null), port);
  const without = withoutAddresses(both, ['10.0.1.51']);
  assert.deepEqual([without.addresses, publicPairs(without).length], [[first, '10.0.1.50'], 1]);
  assert.ok(!('secondaryPublics' in without));
});

test('the Intent finds who has it, and its name is that of its private address', () => {
  const { world, vpc, port } = start();
  world.put(withPublic(port, '10.0.1.50', '198.18.0.20'));
  const found = () => world.intent().table('networkInterface').by('secondaryPublicAddresses', '198.18.0.20').length;
  assert.equal(found(), 1);
  const plan = compile(world.intent(), NO_FACTS);
  const records = plan.views.find(({ id }) => id === vpc.id)?.zones.flatMap((zone) => zone.records) ?? [];
  const named = records.filter(({ name }) => name.startsWith('ec2-198-18-0-20.'));
  assert.deepEqual(
    named.map(({ values }) => values),
    [['10.0.1.50']],
  );
  world.put(port);
  assert.equal(found(), 0);
});
