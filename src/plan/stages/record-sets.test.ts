/** What aliases and routing policies answer: healthy ones by their policy, all where none is healthy. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { balancerNames } from '../../model/balancer-names.ts';
import { endpointNames } from '../../model/endpoint-names.ts';
import { NO_FACTS } from '../../model/facts.ts';
import { check } from '../check.ts';
import { compile } from '../compile.ts';
import { addBalancer, addListener, addTarget, addTargetGroup, healthOf } from '../testing/balancing.ts';
import { World } from '../testing/world.ts';
import { associate, type Given, privateZone, record } from '../testing/zones.ts';

/** What a name answers, as "ttl values"; with weights where it is drawn. */
function told(world: World, name: string, facts = NO_FACTS, type = 'A'): string[] | undefined {
  const plan = compile(world.intent(), facts);
  assert.deepEqual(check(plan), []);
  const found = plan.hostedZones
    .flatMap(({ records }) => records)
    .find((each) => each.name === name && each.type === type);
  if (found?.choices === undefined) return found && [`${found.ttlSeconds} ${found.values.join(' ')}`];
  return found.choices.map(({ weight, ttlSeconds, values }) => `${weight}: ${ttlSeconds} ${values.join(' ')}`);
}

test('a zone answers in the VPCs that it is associated with, while these have both attributes', () => {
  const world = new World();
  const [one, two, three] = [world.vpc('10.0.0.0/16'), world.vpc('10.0.0.0/16'), world.vpc('10.0.0.0/16')];
  const zone = privateZone(world, one, 'corp.test');
  associate(world, zone, two);
  const views = () =>
    compile(world.intent(), NO_FACTS).views.flatMap(({ id, hostedZones }) => (hostedZones.length > 0 ? [id] : []));
  assert.deepEqual(views(), [one.id, two.id].sort());
  world.put({ ...two, dnsHostnames: false });
  assert.deepEqual(views(), [one.id]);
  world.put({ ...one, dnsSupport: false });
  assert.deepEqual(views(), []);
  associate(world, zone, three);
  assert.deepEqual(views(), [three.id]);
  const plan = compile(world.intent(), NO_FACTS);
  assert.deepEqual(
    plan.hostedZones.map(({ id, name }) => [id, name]),
    [[zone.id, 'corp.test']],
  );
  // The world knows nothing of it.
  assert.ok(!plan.publicZones.some(({ name }) => name === 'corp.test'));
});

test('weights: shares of the healthy ones, zero only where there is nothing else', () => {
  const world = new World();
  const zone = privateZone(world, world.vpc('10.0.0.0/16'), 'corp.test');
  const weigh = (setIdentifier: string, weight: number, given: Given) =>
    record(world, zone, 'w.corp.test', { ...given, routing: { setIdentifier, policy: 'weighted', weight } });
  weigh('zero', 0, { values: ['10.0.0.9'] });
  assert.deepEqual(told(world, 'w.corp.test'), ['300 10.0.0.9']);
  weigh('one', 1, { values: ['10.0.0.1'] });
  const three = weigh('three', 3, { values: ['10.0.0.2', '10.0.0.3'] });
  assert.deepEqual(told(world, 'w.corp.test'), ['1: 300 10.0.0.1', '3: 300 10.0.0.2 10.0.0.3']);
  // An alias of something that is gone asks for health and has none.
  world.remove(three);
  weigh('three', 3, { alias: { name: 'gone.corp.test' } });
  assert.deepEqual(told(world, 'w.corp.test'), ['300 10.0.0.1']);
  // One that does not ask answers nothing in its share.
  weigh('three', 3, { alias: { name: 'gone.corp.test', evaluateHealth: false } });
  assert.deepEqual(told(world, 'w.corp.test'), ['1: 300 10.0.0.1', '3: 60 ']);
});

test('an alias answers what the other name does, weights and all, and a loop of them nothing', () => {
  const world = new World();
  const zone = privateZone(world, world.vpc('10.0.0.0/16'), 'corp.test');
  for (const weight of [1, 2]) {
    const routing = { setIdentifier: String(weight), policy: 'weighted', weight } as const;
    record(world, zone, 'w.corp.test', { values: [`10.0.0.${weight}`], routing });
  }
  record(world, zone, 'x.corp.test', { alias: { name: 'w.corp.test' } });
  record(world, zone, 'y.corp.test', { alias: { name: 'x.corp.test' } });
  assert.deepEqual(told(world, 'y.corp.test'), ['1: 300 10.0.0.1', '2: 300 10.0.0.2']);
  record(world, zone, 'p.corp.test', { alias: { name: 'q.corp.test' } });
  record(world, zone, 'q.corp.test', { alias: { name: 'p.corp.test' } });
  assert.deepEqual(told(world, 'q.corp.test'), ['60 ']);
  record(world, zone, 't.corp.test', { type: 'TXT', values: ['"a"'] });
  record(world, zone, 'u.corp.test', { type: 'TXT', alias: { name: 't.corp.test' } });
  assert.deepEqual(told(world, 'u.corp.test', NO_FACTS, 'TXT'), ['300 "a"']);
});

test('weights behind weights multiply neither the answers nor the time that it takes to find them', () => {
  const world = new World();
  const zone = privateZone(world, world.vpc('10.0.0.0/16'), 'corp.test');
  for (const level of [0, 1, 2, 3, 4, 5, 6, 7]) {
    for (let at = 1; at <= 20; at++) {
      const routing = { setIdentifier: String(at), policy: 'weighted', weight: 1 } as const;
      const leaf = { values: [`10.0.0.${at % 2}`] };
      const given = level === 7 ? leaf : { alias: { name: `${level + 1}.corp.test` } };
      record(world, zone, `${level}.corp.test`, { ...given, routing });
    }
  }
  assert.deepEqual(told(world, '7.corp.test'), ['10: 300 10.0.0.1', '10: 300 10.0.0.0']);
  assert.deepEqual(told(world, '6.corp.test'), ['10: 300 10.0.0.1', '10: 300 10.0.0.0']);
  assert.deepEqual(told(world, '0.corp.test'), ['10: 300 10.0.0.1', '10: 300 10.0.0.0']);
});

test('multivalue answers are one answer, of eight at most', () => {
  const world = new World();
  const zone = privateZone(world, world.vpc('10.0.0.0/16'), 'corp.test');
  for (let at = 1; at <= 9; at++) {
    if (at === 9) assert.equal(told(world, 'm.corp.test')?.length, 1);
    const routing = { setIdentifier: String(at), policy: 'multivalue' } as const;
    record(world, zone, 'm.corp.test', { values: [`10.0.0.${at}`], routing });
  }
  const choices = told(world, 'm.corp.test') ?? [];
  assert.equal(choices.length, 9);
  assert.ok(choices.every((each) => each.split(' ').length === 2 + 8));
});

test('aliases of endpoints and load balancers follow health, and failover follows it too', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.1.0/24');
  const zone = privateZone(world, vpc, 'corp.test');
  const { endpoint, interfaces } = world.endpoint(vpc, 'sqs', [subnet], [], false);
  const { balancer, nodes } = addBalancer(world, vpc, 'Front', [subnet]);
  const group = addTargetGroup(world, vpc, 'web');
  addListener(world, balancer, group);
  const { instance } = world.instance(subnet, []);
  const target = addTarget(world, group, instance);
  const sqs = endpointNames(endpoint, [subnet.zoneId]);
  const front = balancerNames(balancer);
  const [eni, node] = [interfaces[0]?.addresses[0], nodes[0]?.addresses[0]];
  record(world, zone, 'q.corp.test', { alias: { zoneId: sqs.hostedZoneId, name: sqs.regional } });
  record(world, zone, 'z.corp.test', { alias: { zoneId: sqs.hostedZoneId, name: sqs.zonal[0]?.name ?? '' } });
  assert.deepEqual(told(world, 'q.corp.test'), [`60 ${eni}`]);
  assert.deepEqual(told(world, 'z.corp.test'), [`60 ${eni}`]);
  // A type that the target has not: the name is there.
  record(world, zone, 'six.corp.test', { type: 'AAAA', alias: { zoneId: sqs.hostedZoneId, name: sqs.regional } });
  assert.deepEqual(told(world, 'six.corp.test', NO_FACTS, 'AAAA'), ['60 ']);

  const role = (role: 'PRIMARY' | 'SECONDARY') => ({ setIdentifier: role, policy: 'failover', role }) as const;
  const alias = { zoneId: front.hostedZoneId, name: front.regional.toLowerCase() };
  record(world, zone, 'f.corp.test', { alias, routing: role('PRIMARY') });
  const second = record(world, zone, 'f.corp.test', { values: ['10.0.0.77'], routing: role('SECONDARY') });
  const [well, ill] = [healthOf([target]), healthOf([], [target])];
  assert.deepEqual(told(world, 'f.corp.test', well), [`60 ${node}`]);
  assert.deepEqual(told(world, 'f.corp.test', ill), ['300 10.0.0.77']);
  // Nothing is healthy: the primary, which is fail-open as ever.
  world.remove(second);
  record(world, zone, 'f.corp.test', { alias: { name: 'gone.corp.test' }, routing: role('SECONDARY') });
  assert.deepEqual(told(world, 'f.corp.test', ill), [`60 ${node}`]);
});
