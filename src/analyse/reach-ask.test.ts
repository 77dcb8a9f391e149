/** Questions about all at once: who reaches a service, what an instance reaches, and the whole matrix. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce } from '../host/slices.ts';
import { NO_FACTS } from '../model/facts.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/plan.ts';
import { healthOf } from '../plan/testing/balancing.ts';
import { tellServiceStory } from '../plan/testing/service-story.ts';
import { allowAll, allowTcp, World } from '../plan/testing/world.ts';
import { everyKind, kindsWithin, namedKinds } from './asks.ts';
import type { Ask } from './reach.ts';
import { answerReach, type ReachAnswer, type ReachQuestion, type Row } from './reach-ask.ts';
import { NotAsked } from './why.ts';

const HTTP: Ask = { protocol: '6', port: 80 };

function answer(plan: Plan, question: ReachQuestion): ReachAnswer {
  return atOnce(answerReach(plan, question));
}

function rowsOf(plan: Plan, kind: 'to' | 'from', word: string, asks: readonly Ask[] | null = [HTTP]): readonly Row[] {
  const found = answer(plan, { kind, word, asks });
  assert.equal(found.kind, 'rows');
  return found.kind === 'rows' ? found.rows : [];
}

const story = tellServiceStory();
const served = compile(story.world.intent(), healthOf(story.targets));

test('who reaches a load balancer: the consumer through the endpoint, by its ARN, its name and the service’s name', () => {
  const serviceName = story.endpoint.serviceName;
  for (const word of [story.balancer.id, story.balancer.name, serviceName, story.endpoint.id]) {
    const rows = rowsOf(served, 'to', word).filter(({ from }) => from.id === story.client.id);
    assert.deepEqual(
      rows.map(({ outcome }) => outcome),
      ['delivered'],
      word,
    );
    assert.ok(rows[0]?.through.some((id) => story.interfaces.some((each) => each.id === id)));
  }
});

test('what a client reaches is who gets it, not who has an equal address elsewhere', () => {
  const reached = rowsOf(served, 'from', story.client.id).filter(({ outcome }) => outcome !== 'dropped');
  assert.deepEqual(reached.map(({ to }) => to.id).sort(), story.interfaces.map(({ id }) => id).sort());
});

test('ports that rules, entries and listeners name, and one for all others', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  world.group(vpc, 'web', allowAll('egress'), allowTcp('ingress', 65_535), allowTcp('ingress', 22));
  const asks = namedKinds(compile(world.intent(), NO_FACTS)).map(({ ask }) => ask.port);
  assert.deepEqual(asks, [22, 443, 65_535, 65_534]);
});

test('two ports are of one kind if the same ranges hold them, however these overlap', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const ports = (fromPort: number, toPort: number) => ({ fromPort, toPort });
  world.group(vpc, 'web', { ...allowTcp('ingress', 1000), ...ports(1000, 1100) });
  world.group(vpc, 'low', { ...allowTcp('ingress', 1000), ...ports(1000, 1050) });
  world.group(vpc, 'high', { ...allowTcp('ingress', 1000), ...ports(1060, 1100) });
  const plan = compile(world.intent(), NO_FACTS);
  const names = everyKind(plan).map(({ name }) => name);
  assert.deepEqual(names, [
    'tcp/443',
    'tcp/1000-1050',
    'tcp/1051-1059',
    'tcp/1060-1100',
    'other tcp',
    'other udp',
    'ping',
  ]);
  assert.deepEqual(
    namedKinds(plan).map(({ name }) => name),
    ['tcp/443', 'tcp/1000-1050', 'tcp/1051-1059', 'tcp/1060-1100', 'other tcp'],
  );
  const within = kindsWithin('6', { from: 1040, to: 1055 }, plan);
  assert.deepEqual(
    within.map(({ name, ask }) => [name, ask.port]),
    [
      ['tcp/1040-1050', 1040],
      ['tcp/1051-1055', 1051],
    ],
  );
});

test('in a matrix, equal addresses of two VPCs are two receivers', () => {
  const world = new World();
  const enis = [world.vpc('10.0.0.0/16'), world.vpc('10.0.0.0/16')].map((vpc) => {
    const subnet = world.subnet(vpc, '10.0.1.0/24');
    return world.instance(subnet, [world.group(vpc, 'web', allowAll('egress'), allowTcp('ingress', 80))]).eni;
  });
  assert.deepEqual(enis[0]?.addresses, enis[1]?.addresses);
  const found = answer(compile(world.intent(), NO_FACTS), { kind: 'matrix', asks: [HTTP] });
  assert.ok(found.kind === 'matrix');
  assert.deepEqual(found.matrixes[0]?.alike.receivers, [[0], [1]]);
  assert.deepEqual(found.matrixes[0]?.cells, ['=X', 'X=']);
});

function publicWorld(cidr: string) {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.1.0/24');
  world.gateway(vpc, [subnet]);
  const group = world.group(vpc, 'web', allowAll('egress'), allowTcp('ingress', 80, { kind: 'cidr', cidr }));
  const open = world.instance(subnet, [group], { isPublic: true }).eni.id;
  const inner = world.instance(subnet, [group]).eni.id;
  return { plan: compile(world.intent(), NO_FACTS), open, inner, vpc: vpc.id };
}

test('the internet is reached by who has a public address, and reaches what one of its addresses may', () => {
  const { plan, open, inner, vpc } = publicWorld('203.0.113.7/32');
  const outcomes = (rows: readonly Row[]) =>
    Object.fromEntries(rows.map(({ from, to, outcome }) => [`${from.id} ${to.id}`, outcome]));
  assert.deepEqual(outcomes(rowsOf(plan, 'to', 'internet')), {
    [`${open} internet`]: 'delivered',
    [`${inner} internet`]: 'dropped',
  });
  const found = outcomes(rowsOf(plan, 'to', open));
  assert.equal(found[`internet ${open}`], 'delivered');
  assert.equal(outcomes(rowsOf(plan, 'to', inner))[`internet ${inner}`], 'dropped');
  assert.ok(rowsOf(plan, 'from', vpc).some(({ to, outcome }) => to.id === 'internet' && outcome === 'delivered'));
});

test('a matrix has a cell for each pair, and says who is alike', () => {
  const { plan, open, inner } = publicWorld('10.0.1.0/24');
  const found = answer(plan, { kind: 'matrix', asks: [HTTP] });
  assert.ok(found.kind === 'matrix');
  const [matrix] = found.matrixes;
  assert.deepEqual(matrix?.senders.map(({ id }) => id).sort(), [open, inner].sort());
  assert.deepEqual(matrix?.cells, ['=.', '.=']);
  assert.deepEqual(matrix?.alike.senders.length, 2);
});

test('what means nobody here is refused in words', () => {
  for (const word of ['i-00000000000000000', 'nobody', 'com.amazonaws.ap-south-1.athena']) {
    assert.throws(() => rowsOf(served, 'to', word), NotAsked);
  }
  assert.throws(() => rowsOf(served, 'from', '10.9.9.9'), NotAsked);
});
