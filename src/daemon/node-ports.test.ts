import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../host/fault.ts';
import { compile } from '../plan/compile.ts';
import { manyVpcs } from '../plan/testing/many-vpcs.ts';
import { measuredPorts, portTroubles } from './node-ports.ts';

const many = manyVpcs(1);
const plan = compile(many.world.intent(), many.facts);
const [balancer] = plan.balancers;
assert.ok(balancer);
const [node] = balancer.nodes;
const [listener] = node?.listeners ?? [];
assert.ok(node && listener);
const target = { address: many.target.address, port: 80 };

test('nothing is told, and no connection looked at, where no port was ever missing', () => {
  const driver = {
    portAllocationErrors: () => 0,
    exhausted: () => assert.fail('all connections were looked at'),
  };
  assert.deepEqual(portTroubles(plan, driver, {}), []);
  assert.deepEqual(measuredPorts(plan, driver), { exhausted: new Set() });
});

test('the kernel’s and the edge’s are one sum, of the VPC where the load balancer stands', () => {
  const driver = {
    portAllocationErrors: (domain: string) => (domain === balancer.domain ? 2 : 0),
    exhausted: () => [{ node: node.address, target, connections: 55_000 }],
  };
  const edge = {
    [`${listener.id} ${node.address}`]: { portAllocationErrors: 3 },
    [`${listener.id} ${node.address} udp`]: { portAllocationErrors: 4 },
    'another 10.0.0.1': { portAllocationErrors: 100 },
  };
  assert.deepEqual(portTroubles(plan, driver, edge), [
    {
      vpcId: balancer.domain,
      loadBalancers: [balancer.id],
      errors: 9,
      exhausted: [`${node.address} → ${target.address}:80`],
    },
  ]);
  const { exhausted } = measuredPorts(plan, driver);
  assert.deepEqual([...exhausted], [`${node.address} ${target.address} 80`]);
});

test('a domain that is gone has none; a mistake of ours is no such case', () => {
  const failing = (error: Error) => ({
    portAllocationErrors: (): number => {
      throw error;
    },
    exhausted: () => [],
  });
  assert.deepEqual(portTroubles(plan, failing(new Fault('no such namespace')), {}), []);
  assert.throws(() => portTroubles(plan, failing(new TypeError('oops')), {}), TypeError);
});
