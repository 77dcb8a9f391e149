import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../plan/compile.ts';
import { manyVpcs } from '../../plan/testing/many-vpcs.ts';
import { allowTcp, inGroup } from '../../plan/testing/world.ts';
import { createMemory } from './remember.ts';
import { render } from './render.ts';
import type { NamespaceState } from './state.ts';

interface Parts {
  readonly [name: string]: unknown;
  readonly list: readonly unknown[];
  readonly of: ReadonlyMap<string, unknown>;
}

test('a result is the same object while all that it was made of is as it was', () => {
  const memory = createMemory<object>();
  let made = 0;
  const recall = (list: readonly unknown[], of: readonly (readonly [string, unknown])[]) => {
    const result = memory.recall('id', { list, of: new Map(of) } as Parts, (parts) => {
      made++;
      return { list: parts.list, a: parts.of.get('a'), hasB: parts.of.has('b') };
    });
    memory.sweep();
    return result;
  };
  const first = recall([{ x: 1 }], [['a', [1]]]);
  assert.equal(recall([{ x: 1 }], [['a', [1]]]), first);
  assert.equal(
    recall(
      [{ x: 1 }],
      [
        ['a', [1]],
        ['c', 3],
      ],
    ),
    first,
  );
  assert.equal(made, 1);
  for (const [list, of] of [
    [[{ x: 2 }], [['a', [1]]]],
    [[{ x: 2 }, {}], [['a', [1]]]],
    [[], [['a', [1]]]],
    [[], [['a', [2]]]],
    [[], []],
    [[], [['b', 0]]],
  ] as const) {
    const count: number = made;
    assert.deepEqual(recall(list, of), { list, a: new Map<string, unknown>(of).get('a'), hasB: of[0]?.[0] === 'b' });
    assert.equal(made, count + 1, JSON.stringify([list, of]));
  }
});

test('what is not recalled is forgotten; what cannot be watched is refused', () => {
  const memory = createMemory<object>();
  const recall = () => memory.recall('id', {}, () => ({}));
  const first = recall();
  memory.sweep();
  assert.equal(recall(), first);
  memory.sweep();
  memory.sweep();
  assert.notEqual(recall(), first);
  const parts = { of: new Map([['a', 1]]) };
  assert.throws(() => memory.recall('other', parts, ({ of }) => [...of.values()]), /values of a map cannot be watched/);
});

test('rendered with a memory of the plans before, as without; what a change does not touch is the same object', () => {
  const many = manyVpcs(6);
  const { world, consumers, facts } = many;
  const memory = createMemory<NamespaceState>();
  const [one, two, three] = consumers;
  assert.ok(one && two && three);
  const intent = world.intent();
  const endpoint = intent.table('vpcEndpoint').get(two.endpoint);
  const machine = intent.table('instance').get(three.machine);
  const [balancer] = intent.table('loadBalancer').all();
  const [group] = intent.table('targetGroup').all();
  const [listener] = intent.table('listener').all();
  const [target] = intent.table('target').all();
  assert.ok(endpoint && machine && balancer && group && listener && target);
  const provider = balancer.vpcId;
  const steps: readonly [what: string, work: () => unknown, touched: readonly string[]][] = [
    ['nothing', () => undefined, []],
    ['a rule', () => world.rule(one.group, allowTcp('ingress', 81)), [one.vpc.id]],
    ['a rule by reference', () => world.rule(one.group, allowTcp('ingress', 82, inGroup(one.group))), [one.vpc.id]],
    ['a rejection', () => world.put({ ...endpoint, acceptance: 'rejected' }), [two.vpc.id, provider]],
    ['an acceptance', () => world.put(endpoint), [two.vpc.id, provider]],
    ['an instance stops', () => world.put({ ...machine, wanted: 'stopped' }), [three.vpc.id, three.machine]],
    ['an instance starts', () => world.put({ ...machine, wanted: 'running' }), [three.vpc.id, three.machine]],
    [
      'a listener’s idle time, which its consumers keep too',
      () => world.put({ ...listener, attributes: { 'tcp.idle_timeout.seconds': '60' } }),
      [provider, ...consumers.map(({ vpc }) => vpc.id)],
    ],
    [
      'a target group’s attributes',
      () => world.put({ ...group, attributes: { 'stickiness.enabled': 'true' } }),
      [provider],
    ],
    ['no target', () => world.remove(target), [provider]],
    ['a target', () => world.put(target), [provider]],
    ['another consumer', () => many.add(), [provider]],
    ['an endpoint goes', () => world.remove(endpoint), [two.vpc.id, provider]],
  ];
  let before = render(compile(intent, facts), memory).namespaces;
  for (const [what, work, touched] of steps) {
    const known = new Set(before.keys());
    work();
    const plan = compile(intent, facts);
    const now = render(plan, memory).namespaces;
    assert.deepEqual(now, render(plan).namespaces, what);
    const changed = [...now].filter(([id, state]) => known.has(id) && before.get(id) !== state).map(([id]) => id);
    const others = changed.filter((id) => id !== 'internet' && id !== 'services');
    assert.deepEqual(others.sort(), [...touched].sort(), what);
    before = now;
  }
});
