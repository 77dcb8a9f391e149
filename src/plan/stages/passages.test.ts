/** Crossings into customers' services and the names that lead to them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Facts, NO_FACTS } from '../../model/facts.ts';
import type { AnyResource } from '../../model/resources.ts';
import { check } from '../check.ts';
import { compile } from '../compile.ts';
import type { Plan, Zone } from '../plan.ts';
import { addBalancer, addService, addServiceEndpoint, healthOf } from '../testing/balancing.ts';
import { CONSUMER_ACCOUNT, type ServiceStory, tellServiceStory } from '../testing/service-story.ts';
import { allowAll, type World } from '../testing/world.ts';

function planOf({ world }: { readonly world: World }, facts: Facts = NO_FACTS): Plan {
  const plan = compile(world.intent(), facts);
  assert.deepEqual(check(plan), []);
  return plan;
}

function states(plan: Plan): string {
  return plan.crossings.map(({ open, closedBy }) => (open ? 'open' : closedBy)).join(' ');
}

function names(zones: readonly Zone[], end: string): string[] {
  return zones
    .flatMap(({ records }) => records)
    .filter(({ name }) => name.endsWith(end))
    .map(({ name, type, values }) => `${name.replace(/^vpce-\w+-\w{8}/, 'X')} ${type} ${values.join(' ')}`);
}

function privateNames(plan: Plan, { consumer }: ServiceStory): string[] {
  const zones = plan.views.find(({ id }) => id === consumer.id)?.zones ?? [];
  return names(zones, 'shop.example.com').map((line) => line.replace(/vpce-\w+-\w{8}/, 'X'));
}

test('each interface enters the node of its own zone, by zone id', () => {
  const story = tellServiceStory();
  const plan = planOf(story, healthOf(story.targets));
  const { nodes } = plan.balancers[0] ?? { nodes: [] };
  assert.deepEqual(
    plan.crossings.map(({ id, consumer, provider, targetAddress, listeners, guards, open, closedBy }) => ({
      id,
      consumer,
      provider,
      targetAddress,
      listeners,
      guards,
      open,
      closedBy,
    })),
    story.interfaces.map(({ id }, at) => ({
      id,
      consumer: story.consumer.id,
      provider: story.provider.id,
      targetAddress: nodes[at]?.crossingAddress,
      listeners: [{ protocol: 'tcp', port: 80, targetPort: 80 }],
      guards: null,
      open: true,
      closedBy: null,
    })),
  );
  const zoneOf = new Map(plan.segments.map(({ id, zone }) => [id, zone]));
  const ports = new Map(plan.ports.map((port) => [port.id, port]));
  for (const [at, { port }] of plan.crossings.entries()) {
    assert.equal(zoneOf.get(ports.get(port)?.segment ?? ''), nodes[at]?.zone);
  }
});

test('closed until accepted, once rejected, and when the service is gone', () => {
  const story = tellServiceStory();
  const { world, endpoint, service } = story;
  const put = (...resources: AnyResource[]) => {
    for (const each of resources) world.put(each);
    return states(planOf(story));
  };
  assert.equal(put(), 'open open');
  assert.equal(put({ ...endpoint, acceptance: 'automatic' }), 'open open');
  assert.equal(put({ ...endpoint, acceptance: 'pending' }), 'pendingAcceptance pendingAcceptance');
  assert.equal(put({ ...endpoint, acceptance: 'rejected' }), 'rejected rejected');
  assert.equal(put({ ...service, deletedRevision: 9 }), 'serviceDeleted serviceDeleted');
  world.remove(service);
  assert.deepEqual(planOf(story).crossings, []);
  world.put(endpoint);
  world.put({ ...endpoint, deletedRevision: 12 });
  for (const each of story.interfaces) world.remove(each);
  assert.equal(put(service), '');
});

test('guards are the load balancer’s groups where they judge PrivateLink', () => {
  const groups = (world: World, vpc: ServiceStory['provider']) => [world.group(vpc, 'front', allowAll('ingress'))];
  const on = planOf(tellServiceStory({ groups }));
  assert.deepEqual(on.crossings[0]?.guards, on.balancers[0]?.filters);
  assert.equal(on.crossings[0]?.guards?.length, 1);
  assert.equal(planOf(tellServiceStory({ groups, guardPrivateLink: false })).crossings[0]?.guards, null);
  const none = planOf(tellServiceStory({ groups: () => [] }));
  assert.deepEqual(none.crossings[0]?.guards, []);
});

test('of several load balancers one is kept, whichever others come and go', () => {
  const story = tellServiceStory();
  const { world, provider, service, balancer } = story;
  const subnets = [...world.intent().table('subnet').by('vpcId', provider.id)];
  const others = ['b', 'c', 'd'].map((name) => addBalancer(world, provider, name, subnets).balancer);
  const ids = [balancer, ...others].map(({ id }) => id);
  world.put({ ...service, loadBalancerIds: ids });
  const choice = (plan: Plan) => plan.crossings.map(({ targetAddress }) => targetAddress);
  const all = planOf(story);
  const before = choice(all);
  world.put({ ...service, loadBalancerIds: ids.toReversed() });
  assert.deepEqual(choice(planOf(story)), before);
  const owner = (address: string | undefined) =>
    all.balancers.find(({ nodes }) => nodes.some(({ crossingAddress }) => crossingAddress === address))?.id;
  for (const gone of ids) {
    world.put({ ...service, loadBalancerIds: ids.filter((id) => id !== gone) });
    const now = choice(planOf(story));
    for (const [at, address] of before.entries()) if (owner(address) !== gone) assert.equal(now[at], address);
  }
});

test('an interface whose zone the load balancer left leads nowhere, and nothing else breaks', () => {
  const story = tellServiceStory();
  const { world, balancer, nodes } = story;
  world.put({ ...balancer, zones: balancer.zones.slice(1) });
  if (nodes[0] !== undefined) world.remove(nodes[0]);
  assert.deepEqual(
    planOf(story).crossings.map(({ id }) => id),
    [story.interfaces[1]?.id],
  );
});

test('names of a service’s endpoint: zones by the consumer’s names; a dead one leaves the regional name only', () => {
  const story = tellServiceStory();
  const [a, b] = story.targets;
  const end = `${story.service.id}.ap-south-1.vpce.amazonaws.com`;
  const zonal = (plan: Plan) => names(plan.publicZones, end).filter((line) => !line.startsWith('X.'));
  const regional = (plan: Plan) => names(plan.publicZones, end).filter((line) => line.startsWith('X.'));
  const all = planOf(story, healthOf([a, b]));
  assert.deepEqual(regional(all), [`X.${end} A 10.0.10.4 10.0.11.4`]);
  assert.equal(zonal(all).length, 2);
  const half = planOf(story, healthOf([b], [a]));
  assert.deepEqual(regional(half), [`X.${end} A 10.0.11.4`]);
  assert.deepEqual(zonal(half), zonal(all));
  assert.deepEqual(regional(planOf(story, healthOf([], [a, b]))), regional(all));
  story.world.put({ ...story.balancer, attributes: { 'load_balancing.cross_zone.enabled': 'true' } });
  assert.deepEqual(regional(planOf(story, healthOf([b], [a]))), regional(all));
});

test('an endpoint in the dead zone only: its name answers all the same', () => {
  const story = tellServiceStory();
  const { world, consumer, service, endpointGroup } = story;
  world.account = CONSUMER_ACCOUNT;
  const vpc = world.vpc('10.0.0.0/16');
  const [first] = world.intent().table('subnet').by('vpcId', consumer.id);
  const subnet = { ...world.subnet(vpc, '10.0.1.0/24'), zoneId: first?.zoneId ?? '' };
  world.put(subnet);
  const { endpoint } = addServiceEndpoint(world, vpc, service, [subnet], [endpointGroup].slice(1));
  const [a, b] = story.targets;
  const found = planOf(story, healthOf([b], [a]))
    .publicZones.flatMap(({ records }) => records)
    .filter(({ name }) => name.startsWith(`${endpoint.id}-`));
  assert.deepEqual(
    found.map(({ values }) => values),
    [['10.0.1.4'], ['10.0.1.4']],
  );
});

test('a private name is an alias in the consumer’s VPC alone, while the endpoint is open and holds it', () => {
  const story = tellServiceStory();
  const { world, endpoint, consumer, provider, service } = story;
  const end = `${service.id}.ap-south-1.vpce.amazonaws.com`;
  const plan = planOf(story);
  assert.deepEqual(privateNames(plan, story), [`shop.example.com CNAME X.${end}`]);
  assert.deepEqual(names(plan.views.find(({ id }) => id === provider.id)?.zones ?? [], 'shop.example.com'), []);
  // What becomes of the service's name later leaves the endpoint alone.
  world.put({ ...service, privateDnsName: null });
  assert.equal(privateNames(planOf(story), story).length, 1);
  for (const changed of [
    { ...endpoint, privateDns: false },
    { ...endpoint, privateDnsName: null },
    { ...endpoint, acceptance: 'pending' as const },
    { ...endpoint, acceptance: 'rejected' as const },
  ]) {
    world.put(changed);
    assert.deepEqual(privateNames(planOf(story), story), []);
  }
  world.put({ ...endpoint, privateDnsName: '*.shop.example.com' });
  assert.deepEqual(privateNames(planOf(story), story), [`*.shop.example.com CNAME X.${end}`]);
  world.put({ ...consumer, dnsHostnames: false });
  assert.deepEqual(privateNames(planOf(story), story), []);
});

test('from another region: any node, a healthy one if there is one; names of the service’s region', () => {
  const story = tellServiceStory();
  const { world, service, endpointGroup } = story;
  const [a, b] = story.targets;
  world.account = CONSUMER_ACCOUNT;
  world.region = 'eu-west-1';
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.1.0/24');
  world.put({ ...service, supportedRegions: ['eu-west-1'] });
  const { endpoint } = addServiceEndpoint(world, vpc, service, [subnet], [endpointGroup].slice(1));
  assert.deepEqual([endpoint.region, endpoint.serviceRegion], ['eu-west-1', service.region]);
  const leadsTo = (facts: Facts) => {
    const plan = planOf(story, facts);
    const { nodes } = plan.balancers[0] ?? { nodes: [] };
    const target = plan.crossings.find(({ consumer }) => consumer === vpc.id)?.targetAddress;
    return nodes.findIndex(({ crossingAddress }) => crossingAddress === target);
  };
  assert.equal(leadsTo(healthOf([a], [b])), 0);
  assert.equal(leadsTo(healthOf([b], [a])), 1);
  assert.ok(leadsTo(healthOf([], [a, b])) >= 0);
  const stays = leadsTo(healthOf([a, b]));
  assert.equal(leadsTo(healthOf([a, b])), stays);
  const found = planOf(story)
    .publicZones.find(({ name }) => name === `${service.region}.vpce.amazonaws.com`)
    ?.records.filter(({ name }) => name.startsWith(endpoint.id));
  assert.deepEqual(
    found?.map(({ values }) => values),
    [['10.0.1.4'], ['10.0.1.4']],
  );
});

test('two services, one consumer: each endpoint has its own way', () => {
  const story = tellServiceStory();
  const { world, provider, consumer, endpointGroup } = story;
  const subnets = world.intent().table('subnet');
  const { balancer } = addBalancer(world, provider, 'second', subnets.by('vpcId', provider.id).slice(0, 1));
  const { interfaces } = addServiceEndpoint(
    world,
    consumer,
    addService(world, [balancer]),
    subnets.by('vpcId', consumer.id).slice(0, 1),
    [endpointGroup],
  );
  const plan = planOf(story);
  const crossing = plan.crossings.find(({ id }) => id === interfaces[0]?.id);
  const second = plan.balancers.find(({ id }) => id === balancer.id);
  assert.equal(crossing?.targetAddress, second?.nodes[0]?.crossingAddress);
  assert.equal(new Set(plan.crossings.map(({ linkAddress }) => linkAddress)).size, 3);
});
