/**
 * What is kept between compiles cannot be seen: after any changes the Plan is that of an equal Intent whose resources are all
 * new objects, for which nothing is kept.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Facts, NO_FACTS } from '../model/facts.ts';
import type { ResourceOf } from '../model/resources.ts';
import { check } from './check.ts';
import { compile } from './compile.ts';
import { remember, rememberWith } from './memo.ts';
import { healthOf } from './testing/balancing.ts';
import { copied } from './testing/copied.ts';
import { type ServiceStory, tellServiceStory } from './testing/service-story.ts';
import { type Story, tellStory } from './testing/story.ts';
import { allowTcp } from './testing/world.ts';

/** One change each; those of an attribute go back and forth. */
const CHANGES: readonly ((story: Story) => void)[] = [
  ({ world, vpc }) => toggle(world, 'vpc', vpc.id, (now) => ({ dnsHostnames: !now.dnsHostnames })),
  ({ world, vpc }) => toggle(world, 'vpc', vpc.id, (now) => ({ dnsSupport: !now.dnsSupport })),
  ({ world, endpoint }) => toggle(world, 'vpcEndpoint', endpoint.id, (now) => ({ privateDns: !now.privateDns })),
  ({ world, endpointInterfaces: [eni] }) =>
    toggle(world, 'networkInterface', eni?.id ?? '', ({ addresses }) => ({
      addresses: [addresses.includes('10.0.10.200') ? '10.0.10.201' : '10.0.10.200'],
    })),
  ({ world, endpointInterfaces: [, eni] }) => {
    const now = world
      .intent()
      .table('networkInterface')
      .get(eni?.id ?? '');
    if (now === undefined && eni !== undefined) world.put(eni);
    else if (now !== undefined) world.remove(now);
  },
  ({ world, privateSubnets }) =>
    toggle(world, 'subnet', privateSubnets[1]?.id ?? '', ({ zoneId }) => ({
      zoneId: zoneId === 'aps1-az1' ? 'aps1-az3' : 'aps1-az1',
    })),
  ({ world, privateEni }) =>
    toggle(world, 'instance', privateEni.attachment?.instanceId ?? '', ({ wanted }) => ({
      wanted: wanted === 'running' ? 'terminated' : 'running',
    })),
  ({ world, publicEni }) =>
    toggle(world, 'networkInterface', publicEni.id, ({ publicAddress }) => ({
      publicAddress: publicAddress === null ? '198.18.0.1' : null,
    })),
  ({ world, endpointGroup }) => void world.rule(endpointGroup, allowTcp('ingress', 80)),
  ({ world, vpc, privateSubnets, endpointGroup }) =>
    void world.endpoint(vpc, 's3', privateSubnets, [endpointGroup], false),
];

type Changing = 'vpc' | 'vpcEndpoint' | 'networkInterface' | 'subnet' | 'instance';

function toggle<K extends Changing>(
  world: Story['world'],
  kind: K,
  id: string,
  change: (now: ResourceOf<K>) => Partial<ResourceOf<K>>,
): void {
  const now = world.intent().table(kind).get(id);
  if (now !== undefined) world.put({ ...now, ...change(now) });
}

test('the Plan after any changes is that of new objects', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(CHANGES.length - 1), { minLength: 1, maxLength: 12 }), (changes) => {
      const story = tellStory();
      for (const at of changes) {
        CHANGES[at]?.(story);
        const plan = compile(story.world.intent(), NO_FACTS);
        const fresh = compile(copied(story.world.intent()), NO_FACTS);
        assert.equal(JSON.stringify(plan), JSON.stringify(fresh));
        assert.deepEqual(check(plan), check(structuredClone(fresh)));
      }
    }),
    { numRuns: 60, seed: 1 },
  );
});

const ATTRIBUTES = {
  'load_balancing.cross_zone.enabled': 'true',
  'proxy_protocol_v2.enabled': 'true',
  'target_group_health.unhealthy_state_routing.minimum_healthy_targets.count': '2',
};

const SERVICE_CHANGES: readonly ((story: ServiceStory) => Facts | undefined)[] = [
  ({ targets: [a, b] }) => healthOf([a], [b]),
  ({ targets: [a, b] }) => healthOf([], [a, b]),
  ({ world, group }) => {
    const now = world.intent().table('targetGroup').get(group.id) ?? group;
    world.put({ ...now, attributes: now.attributes === ATTRIBUTES ? {} : ATTRIBUTES });
    return undefined;
  },
  ({ world, endpoint }) => {
    const now = world.intent().table('vpcEndpoint').get(endpoint.id) ?? endpoint;
    world.put({ ...now, acceptance: now.acceptance === 'accepted' ? 'rejected' : 'accepted' });
    return undefined;
  },
  ({ world, targets: [a] }) => {
    if (world.intent().table('target').get(a.id) === undefined) world.put(a);
    else world.remove(a);
    return undefined;
  },
  ({ world, balancer }) => {
    const now = world.intent().table('loadBalancer').get(balancer.id) ?? balancer;
    world.put({ ...now, attributes: now.attributes === ATTRIBUTES ? {} : ATTRIBUTES });
    return undefined;
  },
];

test('the Plan of a service after any changes is that of new objects', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(SERVICE_CHANGES.length - 1), { minLength: 1, maxLength: 10 }), (changes) => {
      const story = tellServiceStory();
      let facts: Facts = NO_FACTS;
      for (const at of changes) {
        facts = SERVICE_CHANGES[at]?.(story) ?? facts;
        const plan = compile(story.world.intent(), facts);
        const fresh = compile(copied(story.world.intent()), facts);
        assert.equal(JSON.stringify(plan), JSON.stringify(fresh));
        assert.deepEqual(check(plan), check(structuredClone(fresh)));
      }
    }),
    { numRuns: 40, seed: 1 },
  );
});

test('made once for an object; made again for another second value', () => {
  let made = 0;
  const one = remember((key: { n: number }) => [key.n, ++made]);
  const key = { n: 1 };
  assert.equal(one(key), one(key));
  assert.notEqual(one(key), one({ n: 1 }));
  const two = rememberWith((a: { n: number }, b: { n: number } | undefined) => [a.n, b?.n]);
  const other = { n: 2 };
  assert.equal(two(key, other), two(key, other));
  assert.deepEqual(two(key, undefined), [1, undefined]);
  assert.deepEqual(two(key, other), [1, 2]);
});
