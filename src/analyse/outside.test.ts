/** What is told of packets to the real world; packets show the same in src/driver/netns/outside.kernel.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../model/facts.ts';
import { compile } from '../plan/compile.ts';
import { allowAll, World } from '../plan/testing/world.ts';
import { resolveName } from './names.ts';
import { trace } from './trace.ts';
import { why } from './why.ts';

const FAR = '198.51.100.7';
const world = new World();
const vpc = world.vpc('10.0.0.0/16');
const subnet = world.subnet(vpc, '10.0.1.0/24');
const inner = world.subnet(vpc, '10.0.2.0/24');
world.gateway(vpc, [subnet]);
const group = world.group(vpc, 'app', allowAll('egress'));
const { eni: front } = world.instance(subnet, [group], { isPublic: true });
const { eni: hidden } = world.instance(subnet, [group]);
const { eni: private_ } = world.instance(inner, [group]);
const open = { hostBlocks: ['203.0.113.1/32'], echoes: false };
const planWith = (outside: typeof open | null) => compile(world.intent(), { ...NO_FACTS, outside });

function told(address: string, protocol = '6', { from = front.id, outside = open as typeof open | null } = {}) {
  const to = { address, port: protocol === '1' ? 8 : 443, code: protocol === '1' ? 0 : null };
  const found = trace(planWith(outside), { from: { kind: 'port', port: from, address: null }, to, protocol });
  const stage = found.hops.find(({ reason }) => reason !== null)?.stage;
  return [found.outcome, ...(stage === undefined ? [] : [stage]), ...found.reasons.map(({ code }) => code)].join(' ');
}

test('it is reached where there is a way and somebody may be', () => {
  assert.equal(told(FAR), 'delivered');
  assert.equal(told(FAR, '17'), 'delivered');
  assert.equal(told(FAR, '6', { outside: null }), 'dropped target CULVERT_ADDRESS_NOT_IN_USE');
  assert.equal(told('198.18.200.1'), 'dropped target CULVERT_ADDRESS_NOT_IN_USE');
  assert.equal(told(FAR, '6', { from: hidden.id }), 'dropped gateway IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS');
});

test('what is private or the host’s is closed, other protocols are not carried', () => {
  for (const address of ['203.0.113.1', '10.1.0.1', '100.64.0.1', '169.254.9.9', '224.0.0.5']) {
    assert.equal(told(address), 'dropped outside CULVERT_OUTSIDE_CLOSED', address);
  }
  assert.equal(told(FAR, '47'), 'dropped outside CULVERT_OUTSIDE_PROTOCOL');
  assert.equal(told(FAR, '1'), 'dropped outside CULVERT_OUTSIDE_PROTOCOL');
  assert.equal(told(FAR, '1', { outside: { ...open, echoes: true } }), 'delivered');
  assert.equal(told('203.0.113.1', '47'), 'dropped outside CULVERT_OUTSIDE_CLOSED CULVERT_OUTSIDE_PROTOCOL');
});

test('nobody knows whom it sees', () => {
  const to = { address: FAR, port: 443, code: null };
  const found = trace(planWith(open), { from: { kind: 'port', port: front.id, address: null }, to, protocol: '6' });
  assert.deepEqual([found.receiver, found.seenFrom], [{ kind: 'outside', id: 'internet' }, null]);
});

test('a route to it is advised where there is an outside, and only to what is open there', () => {
  const fixes = (host: string, outside: typeof open | null) =>
    why(planWith(outside), { from: private_.id, to: host, port: 443, protocol: '6' }).paths.flatMap(({ advice }) =>
      advice.flatMap((each) => each.fixes),
    );
  assert.deepEqual(fixes(FAR, null), []);
  assert.match(fixes(FAR, open)[0] ?? '', /create-route .*198\.51\.100\.7\/32 --gateway-id igw-/);
  assert.deepEqual(fixes('203.0.113.1', open), []);
});

test('names of the world do not exist, or the host’s resolver knows them', () => {
  const result = (outside: typeof open | null) =>
    resolveName(planWith(outside), vpc.id, 'example.com').steps[0]?.result;
  assert.match(result(null) ?? '', /^NXDOMAIN: nobody here has it/);
  assert.match(result(open) ?? '', /the resolver of the host is asked/);
});
