/** Which names get another answer by a change, and who fares otherwise for it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce } from '../host/slices.ts';
import { NO_FACTS } from '../model/facts.ts';
import { compile } from '../plan/compile.ts';
import type { Plan } from '../plan/plan.ts';
import { tellStory } from '../plan/testing/story.ts';
import { allowAll } from '../plan/testing/world.ts';
import { privateZone, record } from '../plan/testing/zones.ts';
import { nameDiff } from './name-diff.ts';

const SQS = 'sqs.ap-south-1.amazonaws.com';

function changes(before: Plan, after: Plan) {
  return atOnce(nameDiff(before, after)).map((each) => ({
    ...each,
    fares: each.fares.map(({ kind, ask, from, code }) => [kind, ask, from.map(({ id }) => id), code]),
  }));
}

test('private DNS switched on moves a whole VPC: who gains, who loses the service', () => {
  const { world, vpc, endpoint, endpointInterfaces, publicSubnets, privateEni, publicEni } = tellStory();
  const [subnet] = publicSubnets;
  assert.ok(subnet !== undefined);
  // It is in no group that the endpoint's rule names.
  const batch = world.instance(subnet, [world.group(vpc, 'batch', allowAll('egress'))], { isPublic: true }).eni;
  const on = compile(world.intent(), NO_FACTS);
  world.put({ ...endpoint, privateDns: false });
  const off = compile(world.intent(), NO_FACTS);
  const addresses = endpointInterfaces.flatMap((each) => each.addresses).sort();
  const address = off.services.find(({ names }) => names.includes(SQS))?.internetAddress ?? '';
  const [change, ...others] = changes(off, on);
  assert.deepEqual(others, []);
  assert.ok(change !== undefined);
  assert.ok(change.names.includes(SQS));
  assert.deepEqual([change.domain, change.before, change.after], [vpc.id, address, addresses.join(' ')]);
  assert.deepEqual(change.fares, [
    ['gains', 'tcp/443', [privateEni.id], 'NO_ROUTE_TO_DESTINATION'],
    ['loses', 'tcp/443', [batch.id], 'ENI_SG_RULES_MISMATCH'],
  ]);
  assert.ok(!change.fares.some(([, , from]) => from?.includes(publicEni.id)), 'it reaches it either way');
  const [back] = changes(on, off);
  assert.deepEqual(back?.fares.map(([kind, , from]) => [kind, from]).sort(), [
    ['gains', [batch.id]],
    ['loses', [privateEni.id]],
  ]);
  assert.deepEqual(changes(on, { ...on }), []);
});

test('a hosted zone that comes hides public names under it, as long as it is there; records that change', () => {
  const { world, vpc, endpoint } = tellStory();
  world.put({ ...endpoint, privateDns: false });
  const before = compile(world.intent(), NO_FACTS);
  const zone = privateZone(world, vpc, 'ap-south-1.amazonaws.com');
  record(world, zone, SQS, { values: ['10.0.10.99'] });
  const hidden = compile(world.intent(), NO_FACTS);
  const found = changes(before, hidden);
  assert.ok(found.every(({ domain }) => domain === vpc.id));
  const of = (name: string) => found.find(({ names }) => names.includes(name));
  assert.equal(of(SQS)?.after, '10.0.10.99');
  assert.equal(of('sns.ap-south-1.amazonaws.com')?.after, 'NXDOMAIN');
  assert.equal(of('iam.amazonaws.com'), undefined);
  record(world, zone, SQS, { values: ['10.0.10.98'] });
  const [moved, ...others] = changes(hidden, compile(world.intent(), NO_FACTS));
  assert.deepEqual([moved?.names, moved?.before, moved?.after, others], [[SQS], '10.0.10.99', '10.0.10.98', []]);
});

test('without a resolver no name is answered, which is told once', () => {
  const { world, vpc } = tellStory();
  const before = compile(world.intent(), NO_FACTS);
  world.put({ ...vpc, dnsSupport: false });
  const found = changes(before, compile(world.intent(), NO_FACTS));
  assert.deepEqual(
    found.filter(({ domain }) => domain === vpc.id).map(({ names, before: was, after }) => [names, was, after]),
    [[['*'], 'asked of its resolver', 'no resolver']],
  );
});
