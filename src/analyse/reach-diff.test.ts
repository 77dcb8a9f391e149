/** What opens and closes is what a trace of each pair says before and after. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { build } from '../../test/fuzz/build.ts';
import { topologies } from '../../test/fuzz/steps.ts';
import { atOnce } from '../host/slices.ts';
import { type Facts, NO_FACTS } from '../model/facts.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/plan.ts';
import { allowAll, allowTcp, World } from '../plan/testing/world.ts';
import { likenessOf } from './alike.ts';
import { everyKind, type Kind } from './asks.ts';
import { INTERNET, targetOf } from './places.ts';
import { planDiff } from './plan-diff.ts';
import { type Ask, flowOf, type Reach, type Sender, sendersOf, verdictOf } from './reach.ts';
import { bestOf } from './reach-ask.ts';
import { type Change, reachDiff } from './reach-diff.ts';
import { trace } from './trace.ts';

/** "FROM TO PORTS before after", one for each pair and port. */
function toldBy(changes: readonly Change[], kinds: readonly Kind[]): string[] {
  const spread = (ports: readonly string[]) =>
    ports.flatMap((name) => {
      const [, protocol] = /^all (tcp|udp)$/.exec(name) ?? [];
      const number = protocol === 'tcp' ? '6' : '17';
      return protocol === undefined ? name : kinds.flatMap((kind) => (kind.ask.protocol === number ? kind.name : []));
    });
  const told = changes.flatMap(({ from, to, ports, before, after }) =>
    from.flatMap((sender) =>
      to.flatMap((receiver) => {
        const isOwn = sender.id === receiver.id || (sender.machine !== null && sender.machine === receiver.machine);
        return isOwn ? [] : spread(ports).map((name) => `${sender.id} ${receiver.id} ${name} ${before} ${after}`);
      }),
    ),
  );
  return told.sort();
}

/** Asks about each pair, without classes. */
function tracedOneByOne(before: Plan, after: Plan, kinds: readonly Kind[]): string[] {
  const strangers = [...new Set([before, after].flatMap((plan) => likenessOf(plan).strangers))];
  const machines = new Map([before, after].flatMap(({ ports }) => ports.map((port) => [port.id, port.machine?.id])));
  const outcome = (plan: Plan, from: string, to: string, ask: Ask) => {
    const sender = plan.ports.find(({ id }) => id === from);
    const senders: readonly Sender[] = from === INTERNET ? strangers : sender === undefined ? [] : [sender];
    const isThere = to === INTERNET || [...plan.ports, ...plan.serviceGateways].some(({ id }) => id === to);
    const plain: Reach = { plan, traces: 0, verdict: (...way) => verdictOf(trace(plan, flowOf(...way))) };
    return isThere ? (bestOf(plain, senders, targetOf(plan, to), ask)?.outcome ?? 'dropped') : 'dropped';
  };
  const idsIn = (of: (plan: Plan) => readonly { readonly id: string }[]) => [
    ...new Set([before, after].flatMap((plan) => of(plan).map(({ id }) => id))),
    INTERNET,
  ];
  const found: string[] = [];
  for (const from of idsIn(sendersOf)) {
    for (const to of idsIn(({ ports, serviceGateways }) => [...ports, ...serviceGateways])) {
      if (from === to || (machines.get(from) !== undefined && machines.get(from) === machines.get(to))) continue;
      for (const { ask, name } of kinds) {
        const [was, is] = [outcome(before, from, to, ask), outcome(after, from, to, ask)];
        if (was !== is) found.push(`${from} ${to} ${name} ${was} ${is}`);
      }
    }
  }
  return found.sort();
}

test('all that any change opens and closes, and nothing else', () => {
  let compared = 0;
  // Of one topology two moments, and of two the ends: the same ids for other things.
  const property = fc.property(topologies, fc.option(topologies), (topology, other) => {
    const [half, before] = build(topology).plans;
    const after = other === null ? half : build(other).plans[1];
    const kinds = everyKind(before, after);
    const wanted = tracedOneByOne(before, after, kinds);
    assert.deepEqual(toldBy(atOnce(reachDiff(before, after)), kinds), wanted);
    compared += wanted.length;
  });
  fc.assert(property, { numRuns: 8, seed: 3 });
  assert.ok(compared > 100, `${compared} changes`);
});

function twoVpcs() {
  const world = new World();
  const [left, right] = [world.vpc('10.0.0.0/16'), world.vpc('10.0.0.0/16')].map((vpc) => {
    const subnet = world.subnet(vpc, '10.0.1.0/24');
    const group = world.group(vpc, 'web', allowAll('egress'));
    return { group, eni: [1, 2, 3].map(() => world.instance(subnet, [group]).eni.id) };
  });
  assert.ok(left !== undefined && right !== undefined);
  return { world, left, right };
}

test('where two VPCs have equal addresses, only that opens which is opened; what is alike is told once', () => {
  const { world, left } = twoVpcs();
  const before = compile(world.intent(), NO_FACTS);
  world.rule(left.group, allowTcp('ingress', 443, { kind: 'cidr', cidr: '10.0.1.0/24' }));
  const after = compile(world.intent(), NO_FACTS);
  const changes = atOnce(reachDiff(before, after));
  assert.deepEqual(
    changes.map(({ kind, ports, from, to }) => [kind, ports, from.map(({ id }) => id), to.map(({ id }) => id)]),
    [['opens', ['tcp/443'], left.eni, left.eni]],
  );
  assert.deepEqual(
    atOnce(reachDiff(after, before)).map(({ kind, code }) => [kind, code]),
    [['closes', 'SG_HAS_NO_RULES']],
  );
  assert.deepEqual(atOnce(reachDiff(after, after)), []);
});

test('rows of the Plan: made, changed by which fields, removed', () => {
  const { world, left, right } = twoVpcs();
  const before = compile(world.intent(), NO_FACTS);
  world.rule(left.group, allowTcp('ingress', 443));
  const { group: gone } = right;
  for (const each of world.intent().table('networkInterface').by('groupIds', gone.id)) {
    world.put({ ...each, groupIds: [] });
  }
  world.remove(gone);
  const rows = atOnce(planDiff(before, compile(world.intent(), NO_FACTS)));
  assert.deepEqual(
    rows.filter(({ id }) => [left.group.id, gone.id].includes(id)),
    [
      { kind: 'changed', table: 'filters', id: left.group.id, fields: ['ingress'] },
      { kind: 'removed', table: 'filters', id: gone.id, fields: [] },
    ],
  );
});

test('the way to the real world is a row too', () => {
  const { world } = twoVpcs();
  const facing = (outside: Facts['outside']) => compile(world.intent(), { ...NO_FACTS, outside });
  const [closed, open] = [facing(null), facing({ hostBlocks: ['203.0.113.1/32'], echoes: false })];
  const told = (before: Plan, after: Plan) => atOnce(planDiff(before, after));
  const row = { table: 'outside', id: 'internet' };
  assert.deepEqual(told(closed, open), [{ ...row, kind: 'made', fields: [] }]);
  assert.deepEqual(told(open, closed), [{ ...row, kind: 'removed', fields: [] }]);
  assert.deepEqual(told(open, facing({ hostBlocks: ['203.0.113.1/32'], echoes: true })), [
    { ...row, kind: 'changed', fields: ['echoes'] },
  ]);
  assert.deepEqual(told(open, open), []);
});
