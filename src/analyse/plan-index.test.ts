import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../model/facts.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/plan.ts';
import { allowAll, World } from '../plan/testing/world.ts';
import { indexPlan, indexRerouted } from './plan-index.ts';
import { trace } from './trace.ts';

test('a Plan of other routes and links alone, indexed by what it was made of, is traced as one that is indexed anew', () => {
  const world = new World();
  const [left, right] = ['10.0', '10.1'].map((block) => {
    const vpc = world.vpc(`${block}.0.0/16`);
    const subnet = world.subnet(vpc, `${block}.0.0/24`);
    const { eni } = world.instance(subnet, [world.group(vpc, 'all', allowAll('ingress'), allowAll('egress'))]);
    return { vpc, subnet, eni };
  });
  assert.ok(left && right);
  const before = compile(world.intent(), NO_FACTS);
  const peering = world.peering(left.vpc, right.vpc);
  const target = { kind: 'vpcPeering', id: peering.id } as const;
  world.routeTable(left.vpc, [{ destination: '10.1.0.0/16', target }], [left.subnet]);
  world.routeTable(right.vpc, [{ destination: '10.0.0.0/16', target }], [right.subnet]);
  const { links, routeTables, segments } = compile(world.intent(), NO_FACTS);
  const base: Plan = { ...before, segments };
  const rerouted: Plan = { ...base, links, routeTables };
  const address = right.eni.addresses[0] ?? '';
  const from = { kind: 'port', port: left.eni.id, address: left.eni.addresses[0] ?? '' } as const;
  const ask = (plan: Plan) => trace(plan, { from, to: { address, port: 80, code: null }, protocol: '6' });

  assert.equal(ask(base).outcome, 'dropped');
  indexRerouted(rerouted, base);
  assert.equal(ask(rerouted).outcome, 'delivered');
  assert.deepEqual(ask(rerouted), ask({ ...rerouted }));
  const [link] = links;
  assert.equal(indexPlan(rerouted).linkTo(left.vpc.id, address, ['peering'])?.link, link);
  assert.equal(indexPlan(base).linkTo(left.vpc.id, address, ['peering']), undefined);
});
