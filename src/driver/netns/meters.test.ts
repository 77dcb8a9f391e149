import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compile } from '../../plan/compile.ts';
import { healthOf } from '../../plan/testing/balancing.ts';
import { tellServiceStory } from '../../plan/testing/service-story.ts';
import { type AddressCounts, metersOf } from './meters.ts';

const story = tellServiceStory();
const plan = compile(story.world.intent(), healthOf([...story.targets]));
const [node] = plan.balancers[0]?.nodes ?? [];
const [crossing] = plan.crossings;
assert.ok(node && crossing);

const counts = (domain: string, address: string, factor: number): AddressCounts => ({
  domain,
  address,
  forward: { packets: factor, bytes: 10 * factor },
  back: { packets: 2 * factor, bytes: 20 * factor },
  newConnections: 3 * factor,
  activeConnections: 4 * factor,
  droppedPackets: 5 * factor,
  resets: { forward: 6 * factor, back: 7 * factor },
});

test('each endpoint interface and each node of a load balancer has a reading, with zeros where nothing was counted', () => {
  const readings = metersOf(plan, [], []);
  assert.deepEqual(
    readings.map(({ kind, id, port, domain }) => [kind, id, port, domain]),
    [
      ...(plan.balancers[0]?.nodes.map(({ port }) => ['balancer', story.balancer.id, port, story.provider.id]) ?? []),
      ...plan.crossings.map(({ port }) => ['endpoint', story.endpoint.id, port, story.consumer.id]),
    ].sort(),
  );
  for (const { forward, back, newConnections, activeConnections } of readings) {
    assert.deepEqual([forward.bytes, back.packets, newConnections, activeConnections], [0, 0, 0, 0]);
  }
});

test('a node has what came to all of its addresses; the same address elsewhere is another’s', () => {
  const readings = metersOf(
    plan,
    [
      counts(story.provider.id, node.address, 1),
      counts(story.provider.id, node.crossingAddress, 10),
      counts(story.consumer.id, node.crossingAddress, 1000),
      counts(story.consumer.id, crossing.address, 100),
    ],
    [],
  );
  const {
    kind: _,
    id: __,
    port: ___,
    parts,
    ...ofNode
  } = readings.find(({ port }) => port === node.port) ?? assert.fail();
  const { address: ____, ...expected } = counts(story.provider.id, '', 11);
  assert.deepEqual(ofNode, expected);
  assert.deepEqual(
    parts.map(({ address }) => address),
    [node.address, node.crossingAddress],
  );
  const ofEndpoint = readings.find(({ port }) => port === crossing.port);
  assert.equal(ofEndpoint?.forward.bytes, 1000);
  assert.equal(ofEndpoint?.resets.back, 700);
});
