/** Stage 'acl': what the analyser says of packets at a subnet's boundary. The kernel says the same: src/driver/netns/acls.kernel.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../model/facts.ts';
import { compile } from '../plan/compile.ts';
import { allow, allowAll, deny, World } from '../plan/testing/world.ts';
import { fixesOf } from './fixes.ts';
import type { Flow, Trace } from './flow.ts';
import { indexPlan } from './plan-index.ts';
import { trace } from './trace.ts';

function between(entries: readonly ReturnType<typeof allow>[], more: Partial<Flow> = {}): Trace {
  const { plan, flow } = setting(entries, more);
  return trace(plan, flow);
}

/** From an address behind the ACL with these entries to one of another subnet. */
function setting(entries: readonly ReturnType<typeof allow>[], more: Partial<Flow> = {}) {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const [near, far] = [world.subnet(vpc, '10.0.1.0/24'), world.subnet(vpc, '10.0.2.0/24')];
  const group = world.group(vpc, 'open', allowAll('ingress'), allowAll('egress'));
  const { eni } = world.instance(near, [group]);
  const other = world.instance(far, [group]).eni;
  world.acl(vpc, [near], ...entries);
  const flow: Flow = {
    from: { kind: 'port', port: eni.id, address: null },
    to: { address: other.addresses[0] ?? '', port: 80, code: null },
    protocol: '6',
    ...more,
  };
  return { world, plan: compile(world.intent(), NO_FACTS), flow };
}

const tcp = (from: number, to: number) => ({ protocol: '6', ports: { from, to } });

test('each entry that decides is told, the answer’s too', () => {
  const found = between([allow('egress', 7), allow('ingress', 9)]);
  assert.equal(found.outcome, 'delivered');
  assert.deepEqual(
    found.hops.filter(({ stage }) => stage === 'acl').map(({ direction, by }) => `${direction} ${by}`),
    ['egress egress 7', 'ingress ingress 100', 'reply egress 100', 'reply ingress 9'],
  );
});

test('a denial names the ACL and the subnet', () => {
  const found = between([deny('egress', 7), allow('ingress', 9)]);
  assert.equal(found.outcome, 'dropped');
  const [reason] = found.reasons;
  assert.equal(reason?.code, 'SUBNET_ACL_RESTRICTION');
  assert.match(reason?.sentence ?? '', /^acl-\w+: entry 7 does not let TCP port 80 out of subnet-\w+ to 10\.0\.2\.4$/);
  assert.match(reason?.components.join(' ') ?? '', /^acl-\w+ subnet-\w+$/);
});

test('what mends is an entry before all others, and it does mend', () => {
  const index = (found: Trace) => found.hops.filter(({ reason }) => reason !== null);
  const { world, plan, flow } = setting([deny('egress', 7), allow('ingress', 9)]);
  const [hop] = index(trace(plan, flow));
  assert.ok(hop);
  const [acl] = hop.reason?.components ?? [];
  assert.deepEqual(fixesOf(indexPlan(plan), flow, hop), [
    `aws ec2 create-network-acl-entry --network-acl-id ${acl} --rule-number 6 --egress --protocol 6 --port-range From=80,To=80 --cidr-block 10.0.2.4/32 --rule-action allow`,
  ]);
  const found = world
    .intent()
    .table('networkAcl')
    .get(acl ?? '');
  assert.ok(found);
  world.put({ ...found, entries: [allow('egress', 6, { ...tcp(80, 80), cidr: '10.0.2.4/32' }), ...found.entries] });
  assert.equal(trace(compile(world.intent(), NO_FACTS), flow).outcome, 'delivered');
});

test('an answer’s entry is for all ports that clients send from', () => {
  const { plan, flow } = setting([allow('egress', 7)]);
  const hop = trace(plan, flow).hops.find(({ reason }) => reason !== null);
  assert.ok(hop);
  assert.match(
    fixesOf(indexPlan(plan), flow, hop)[0] ?? '',
    / --rule-number 100 --ingress --protocol 6 --port-range From=32768,To=60999 --cidr-block 10\.0\.2\.4\/32 /,
  );
});

test('both directions’ blockers are told at once', () => {
  assert.deepEqual(
    between([]).reasons.map(({ sentence }) => sentence.replace(/(acl|subnet)-\w+/g, '$1')),
    [
      'acl: no entry lets TCP port 80 out of subnet to 10.0.2.4',
      'acl: no entry lets the answer, TCP port 32768 into subnet from 10.0.2.4',
    ],
  );
});

test('where only some ports get an answer, it depends; with the port known it does not', () => {
  const entries = [allow('egress', 1), allow('ingress', 1, tcp(40_000, 65_535))];
  const found = between(entries);
  assert.equal(found.outcome, 'depends');
  assert.match(found.reasons[0]?.sentence ?? '', /the answer, TCP port 32768 into .*, but others$/);
  assert.equal(between(entries, { sourcePort: 40_000 }).outcome, 'delivered');
  assert.equal(between(entries, { sourcePort: 39_999 }).outcome, 'dropped');
});

test('what nothing answers needs no entry for an answer', () => {
  const to = { address: '10.0.2.4', port: 3, code: 1 };
  assert.equal(between([allow('egress', 1)], { protocol: '1', to }).outcome, 'delivered');
  assert.equal(between([allow('egress', 1)], { protocol: '1', to: { ...to, port: 8, code: 0 } }).outcome, 'dropped');
});
