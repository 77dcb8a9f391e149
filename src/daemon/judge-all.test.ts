/** Policies judged on worlds: held and broken, by names and ids, as each pair's own trace says. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { build } from '../../test/fuzz/build.ts';
import { topologies } from '../../test/fuzz/steps.ts';
import { likenessOf } from '../analyse/alike.ts';
import { AssertionFault } from '../analyse/assertion.ts';
import { targetOf } from '../analyse/places.ts';
import { flowOf, type Reach, sendersOf, verdictOf } from '../analyse/reach.ts';
import { attempts, bestOf } from '../analyse/reach-ask.ts';
import { trace } from '../analyse/trace.ts';
import { NO_FACTS } from '../model/facts.ts';
import type { AnyResource } from '../model/resources.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/plan.ts';
import { healthOf } from '../plan/testing/balancing.ts';
import { tellServiceStory } from '../plan/testing/service-story.ts';
import { allowAll, allowTcp, World } from '../plan/testing/world.ts';
import { judgeAll } from './judge-all.ts';

async function told(world: World, text: string, facts = NO_FACTS) {
  const intent = world.intent();
  const { judgements, names } = await judgeAll(text, { intent, plan: compile(intent, facts) });
  return { names, held: judgements.map(({ isHeld }) => isHeld), judgements };
}

function named<R extends AnyResource>(world: World, resource: R, name: string): R {
  return world.put({ ...resource, tags: { Name: name } });
}

test('a service is reached through its endpoint, by nobody else, and its provider reaches nobody', async () => {
  const story = tellServiceStory();
  const { world, balancer, endpoint, client, consumer, provider } = story;
  const facts = healthOf(story.targets);
  const { held, judgements } = await told(
    world,
    `${client.id} reaches ${balancer.name} on 80
${client.id} reaches ${endpoint.id} on 80 through ${endpoint.id}
nothing in ${provider.id} reaches ${consumer.id}
nothing in ${consumer.id} reaches the internet
${client.id} reaches ${balancer.name} on 81
nothing reaches ${balancer.name} on 80 except ${endpoint.id}, ${provider.id}
nothing in ${consumer.id} reaches ${balancer.name} except endpoint traffic
nothing in ${consumer.id} reaches ${balancer.name}
`,
    facts,
  );
  assert.deepEqual(held, [true, true, true, true, false, true, true, false]);
  const [, , , , closed, , , open] = judgements;
  assert.deepEqual(closed?.broken[0]?.ports, ['tcp/81']);
  assert.notEqual(closed?.broken[0]?.code, null);
  const [way] = open?.broken ?? [];
  assert.deepEqual(
    way?.from.map(({ id }) => id),
    [client.id],
  );
  assert.equal(way?.example.from, client.id);
  assert.ok(way?.example.hops.some((hop) => hop.startsWith('cross ')));
  assert.ok(story.interfaces.some(({ addresses }) => addresses.includes(way?.example.address ?? '')));
});

function twoTiers() {
  const world = new World();
  const vpc = named(world, world.vpc('10.0.0.0/16'), 'prod');
  const subnet = named(world, world.subnet(vpc, '10.0.1.0/24'), 'private a');
  const bastion = world.group(vpc, 'bastion', allowAll('egress'));
  const web = world.group(vpc, 'web', allowAll('egress'));
  world.rule(web, allowTcp('ingress', 22, { kind: 'group', groupId: bastion.id } as never));
  const one = world.instance(subnet, [bastion]);
  const two = world.instance(subnet, [web]);
  const three = world.instance(subnet, [web]);
  for (const { instance } of [two, three]) named(world, instance, 'web');
  return { world, vpc, subnet, one, two, three };
}

test('names are tags, groups’ names; several of one kind are all meant, and of several kinds one is said', async () => {
  const { world, one } = twoTiers();
  const { held, names, judgements } = await told(
    world,
    `nothing reaches group web on 22 except bastion
nothing reaches "private a" on 22
group bastion reaches instance web on 22
everything in prod reaches instance web on 22
nothing in prod reaches internet`,
  );
  assert.deepEqual(held, [true, false, true, false, true]);
  assert.deepEqual(
    judgements[1]?.broken.map(({ from }) => from.map(({ id }) => id)),
    [[one.eni.id]],
  );
  assert.ok(Object.values(names).includes('web'));
  const fault = async (text: string) => {
    const error = await told(world, text).catch((reason: unknown) => reason);
    assert.ok(error instanceof AssertionFault, String(error));
    return `${error.line}: ${error.message}`;
  };
  assert.match(
    await fault('\nnothing reaches web on 22'),
    /^2: web may be .*group sg-.*instance i-.*: say which$|^2: web may be .*instance i-.*group sg-.*: say which$/,
  );
  assert.match(await fault('nothing reaches subnet web'), /^1: nothing here is subnet web$/);
  assert.match(await fault('nothing in sg-00000000000000000 reaches prod'), /^1: nothing here is sg-0+$/);
  assert.match(await fault('one reaches prod on 22'), /^1: nothing here is one$/);
  assert.match(await fault('nothing reaches prod through prod'), /^1: nothing passes through vpc-/);
});

test('where nobody is meant, nothing is broken, and nothing is always so', async () => {
  const { world, vpc } = twoTiers();
  const empty = world.group(vpc, 'empty', allowAll('egress'));
  const { held, judgements } = await told(
    world,
    `nothing in ${empty.id} reaches prod\n${empty.id} reaches group web on 22`,
  );
  assert.deepEqual(held, [true, false]);
  assert.deepEqual(
    judgements.map(({ pairs }) => pairs),
    [0, 0],
  );
});

/** "FROM TO", for all pairs of which one may reach the other. */
function reachedIn(plan: Plan, port: number): Set<string> {
  const plain: Reach = { plan, traces: 0, verdict: (...way) => verdictOf(trace(plan, flowOf(...way))) };
  const ask = { protocol: '6', port } as const;
  const found = new Set<string>();
  for (const to of plan.ports) {
    const target = targetOf(plan, to.id);
    for (const from of sendersOf(plan)) {
      if (from === to || (from.machine !== null && from.machine.id === to.machine?.id)) continue;
      if ((bestOf(plain, [from], target, ask)?.outcome ?? 'dropped') !== 'dropped') found.add(`${from.id} ${to.id}`);
    }
    const outside = likenessOf(plan).strangers.flatMap((stranger) => attempts(plain, stranger, target, ask));
    if (outside.some(({ outcome }) => outcome !== 'dropped')) found.add(`internet ${to.id}`);
  }
  return found;
}

test('all that breaks "nothing reaches anything" is what a trace of each pair finds', async () => {
  let compared = 0;
  const property = fc.asyncProperty(topologies, async (topology) => {
    const { intent, plans } = build(topology);
    const plan = plans[1];
    const domains = plan.domains.filter(({ kind }) => kind === 'vpc').map(({ id }) => id);
    if (domains.length === 0) return;
    const text = `nothing reaches ${domains.join(', ')} on 443`;
    const { judgements } = await judgeAll(text, { intent, plan });
    const wanted = reachedIn(plan, 443);
    const told = (judgements[0]?.broken ?? []).flatMap(({ from, to }) =>
      from.flatMap((a) =>
        to.flatMap((b) => (a.id === b.id || (a.machine !== null && a.machine === b.machine) ? [] : `${a.id} ${b.id}`)),
      ),
    );
    const inVpcs = new Set(plan.ports.filter(({ domain }) => domains.includes(domain)).map(({ id }) => id));
    const expected = [...wanted].filter((pair) => inVpcs.has(pair.split(' ')[1] ?? ''));
    assert.deepEqual(told.sort(), expected.sort());
    compared += expected.length;
  });
  await fc.assert(property, { numRuns: 12, seed: 5 });
  assert.ok(compared > 20, `${compared} pairs`);
});
