import assert from 'node:assert/strict';
import { test } from 'node:test';
import { atOnce } from '../../host/slices.ts';
import { compile } from '../../plan/compile.ts';
import { healthOf } from '../../plan/testing/balancing.ts';
import { tellServiceStory } from '../../plan/testing/service-story.ts';
import { type CountedFlow, flowsOf, type SeenFlow } from './flows.ts';
import { crossingLink, portLink } from './names.ts';

const story = tellServiceStory();
const plan = compile(story.world.intent(), healthOf([...story.targets]));
const [node] = plan.balancers[0]?.nodes ?? [];
const [crossing] = plan.crossings;
const client = plan.ports.find(({ id }) => id === story.client.id);
const server = plan.ports.find(({ id }) => id === story.servers[0]?.eni.id);
assert.ok(node && crossing && client && server);
const [own = '', other = ''] = [client.addresses[0], server.addresses[0]];

function seen(at: SeenFlow['at'], changes: Partial<SeenFlow> = {}): SeenFlow {
  return {
    domain: story.consumer.id,
    at,
    link: portLink(client?.id ?? ''),
    protocol: 6,
    source: own,
    destination: crossing?.address ?? '',
    sourcePort: 40_000,
    destinationPort: 80,
    packets: 10,
    bytes: 1000,
    tcpFlags: 0,
    since: 1000,
    until: 2000,
    ...changes,
  };
}

const brief = ({ port, direction, action, stage, packets }: CountedFlow) =>
  [port, direction, action, stage ?? '-', packets].join(' ');
const read = (...all: readonly SeenFlow[]) => atOnce(flowsOf(plan, all)).map(brief);

test('to an endpoint: out of the client’s interface, into the endpoint’s', () => {
  assert.deepEqual(read(seen('enter')), [`${client.id} egress ACCEPT - 10`, `${crossing.port} ingress ACCEPT - 10`]);
});

test('what answers: out of the endpoint’s interface, into the client’s', () => {
  const answer = seen('leave', {
    source: crossing.address,
    destination: own,
    sourcePort: 80,
    destinationPort: 40_000,
  });
  assert.deepEqual(read(answer), [`${crossing.port} egress ACCEPT - 10`, `${client.id} ingress ACCEPT - 10`]);
});

test('what the endpoint’s group dropped was let out by the client’s, and is no longer among what the endpoint let in', () => {
  const dropped = { packets: 4, bytes: 400 };
  assert.deepEqual(read(seen('enter'), seen('group_in', dropped)), [
    `${client.id} egress ACCEPT - 10`,
    `${crossing.port} ingress ACCEPT - 6`,
    `${crossing.port} ingress REJECT group_in 4`,
  ]);
  assert.deepEqual(read(seen('enter'), seen('group_in')), [
    `${client.id} egress ACCEPT - 10`,
    `${crossing.port} ingress REJECT group_in 10`,
  ]);
});

test('what the sender’s own group or ACL dropped reached nobody', () => {
  assert.deepEqual(read(seen('group_out')), [`${client.id} egress REJECT group_out 10`]);
  assert.deepEqual(read(seen('acl_out')), [`${client.id} egress REJECT acl_out 10`]);
});

test('what the ACL before an endpoint dropped was let out by its sender, though not counted yet', () => {
  assert.deepEqual(read(seen('acl_in')), [
    `${client.id} egress ACCEPT - 10`,
    `${crossing.port} ingress REJECT acl_in 10`,
  ]);
});

test('an instance’s own gates: what they dropped had left its sender, who is counted where it entered', () => {
  const toServer = { domain: story.provider.id, link: crossingLink(story.consumer.id), source: node.address };
  const atServer = { ...toServer, destination: other };
  for (const stage of ['group_in', 'acl_in'] as const) {
    assert.deepEqual(read(seen(stage, atServer)), [
      `${node.port} egress ACCEPT - 10`,
      `${server.id} ingress REJECT ${stage} 10`,
    ]);
  }
  assert.deepEqual(read(seen('leave', { ...atServer, link: portLink(server.id) })), [
    `${node.port} egress ACCEPT - 10`,
    `${server.id} ingress ACCEPT - 10`,
  ]);
});

test('who passes on what is not its own: its address on its side, the packet’s beside it', () => {
  const [flow] = atOnce(flowsOf(plan, [seen('enter', { source: '10.9.9.9' })]));
  assert.deepEqual([flow?.source, flow?.packetSource], [own, '10.9.9.9']);
  assert.deepEqual([flow?.destination, flow?.packetDestination], [crossing.address, crossing.address]);
});

test('links of nobody, and domains that are not in the plan', () => {
  assert.deepEqual(read(seen('leave', { link: 'x-0', source: '10.1.1.1' }), seen('enter', { domain: 'vpc-gone' })), []);
});
