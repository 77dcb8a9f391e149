import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Plan } from '../../plan/plan.ts';
import { listener, pool, providerPlan } from '../test-provider.ts';
import { selectBalancing } from './state.ts';

test('takes what user space serves, with its pool and the crossings that lead there', () => {
  const plan = providerPlan(
    [listener(), listener({ id: 'k', port: 81, engine: 'kernel', pool: 'tg2' })],
    [pool(), pool({ id: 'tg2' })],
  );
  const state = selectBalancing(plan);
  assert.deepEqual(
    state.fronts.map(({ id, port, address, crossingAddress }) => ({ id, port, address, crossingAddress })),
    [{ id: 'listener 10.0.2.5', port: 80, address: '10.0.2.5', crossingAddress: '249.0.0.1' }],
  );
  assert.deepEqual(
    state.pools.map(({ id }) => id),
    ['tg'],
  );
  assert.deepEqual(state.passages, [
    {
      linkAddress: '240.0.0.7',
      crossingAddress: '249.0.0.1',
      consumer: 'vpc-a',
      vpcEndpointId: 'vpce-08d2bf15fac5001c9',
    },
  ]);
});

test('takes no crossing that is closed or leads elsewhere, and nothing where the kernel serves all', () => {
  const plan = providerPlan([listener()], [pool()]);
  const [crossing] = plan.crossings as [Plan['crossings'][number]];
  const closed = { ...crossing, open: false };
  const elsewhere = { ...crossing, targetAddress: '248.0.0.1' };
  assert.deepEqual(selectBalancing({ ...plan, crossings: [closed, elsewhere] }).passages, []);
  assert.deepEqual(selectBalancing(providerPlan([listener({ engine: 'kernel' })], [pool()])), {
    fronts: [],
    pools: [],
    passages: [],
  });
});

test('a listener that takes TCP and UDP is two', () => {
  const { fronts } = selectBalancing(providerPlan([listener(), listener({ protocol: 'udp' })], [pool()]));
  assert.deepEqual(
    fronts.map(({ id, protocol }) => [id, protocol]),
    [
      ['listener 10.0.2.5', 'tcp'],
      ['listener 10.0.2.5 udp', 'udp'],
    ],
  );
});
