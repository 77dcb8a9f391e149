/** The analyser's verdicts on load balancers, and on crossings into customers' services. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Facts, NO_FACTS } from '../model/facts.ts';
import type { NetworkInterface, SecurityGroup, Vpc } from '../model/resources.ts';
import { compile } from '../plan/compile.ts';
import { addListener, addTarget, addTargetGroup, healthOf } from '../plan/testing/balancing.ts';
import { type ServiceStory, tellServiceStory } from '../plan/testing/service-story.ts';
import { allowAll, allowTcp, inGroup, type World } from '../plan/testing/world.ts';
import type { Flow, Trace } from './flow.ts';
import { trace } from './trace.ts';

const CROSS_ZONE = { attributes: { 'load_balancing.cross_zone.enabled': 'true' } };

function send(from: NetworkInterface | string, address: string, port = 80, protocol = '6'): Flow {
  const sender: Flow['from'] =
    typeof from === 'string' ? { kind: 'internet', address: from } : { kind: 'port', port: from.id, address: null };
  return { from: sender, to: { address, port, code: null }, protocol };
}

function tell({ world }: ServiceStory, flow: Flow, facts: Facts = NO_FACTS): Trace {
  return trace(compile(world.intent(), facts), flow);
}

/** "delivered to A B seen from X" or "dropped CODE CODE". */
function verdict(found: Trace): string {
  if (found.outcome !== 'delivered') return `${found.outcome} ${found.reasons.map(({ code }) => code).join(' ')}`;
  const to = found.targets.length === 0 ? [found] : found.targets;
  return `delivered to ${to.map(({ flow }) => flow.to.address).join(' ')} seen from ${found.seenFrom}`;
}

function at(
  list: readonly NetworkInterface[],
  place: number,
): { readonly eni: NetworkInterface; readonly address: string } {
  const eni = list[place];
  assert.ok(eni?.addresses[0]);
  return { eni, address: eni.addresses[0] };
}

const A = '10.0.10.4';
const B = '10.0.11.4';
const NODE_A = '10.0.10.5';

test('through a service: groups, crossing, spread, and the target sees the node', () => {
  const story = tellServiceStory();
  const found = tell(story, send(story.client, at(story.interfaces, 0).address), healthOf(story.targets));
  assert.equal(verdict(found), `delivered to ${A} seen from ${NODE_A}`);
  assert.deepEqual(found.receiver, { kind: 'port', id: story.servers[0]?.eni.id });
  const hops = [found, ...found.targets].flatMap((each) =>
    each.hops.map(({ stage, direction, domain }) => [stage, direction, domain]),
  );
  const { consumer, provider } = story;
  assert.deepEqual(hops, [
    ['group', 'egress', consumer.id],
    ['route', 'egress', consumer.id],
    ['group', 'ingress', consumer.id],
    ['cross', 'ingress', consumer.id],
    ['spread', 'ingress', provider.id],
    ['route', 'egress', provider.id],
    ['group', 'ingress', provider.id],
  ]);
});

test('every target that may be met is told', () => {
  const story = tellServiceStory(CROSS_ZONE);
  const { world, client, interfaces, servers } = story;
  const flow = send(client, at(interfaces, 0).address);
  assert.equal(verdict(tell(story, flow)), `delivered to ${A} ${B} seen from ${NODE_A}`);
  assert.equal(tell(story, flow).receiver, null);
  // One of two refuses: what becomes of a connection depends on which it meets.
  const [first] = servers;
  assert.ok(first);
  world.put({ ...first.eni, groupIds: [world.group(story.provider, 'closed', allowTcp('ingress', 22)).id] });
  const half = tell(story, flow);
  assert.equal(verdict(half), 'depends ENI_SG_RULES_MISMATCH');
  assert.deepEqual(
    half.targets.map(({ outcome }) => outcome),
    ['dropped', 'delivered'],
  );
  assert.match(half.reasons[0]?.sentence ?? '', new RegExp(`allows TCP port 80 from ${NODE_A}`));
});

test('the target’s group judges the node’s address, not the consumer’s', () => {
  const story = tellServiceStory();
  const { world, provider, interfaces, servers } = story;
  const client = world.put({ ...story.client, addresses: ['10.0.10.77'] });
  const flow = send(client, at(interfaces, 0).address);
  const [first] = servers;
  assert.ok(first);
  const only = (cidr: string) => {
    const group = world.group(provider, cidr, allowTcp('ingress', 80, { kind: 'cidr', cidr }));
    world.put({ ...first.eni, groupIds: [group.id] });
    return verdict(tell(story, flow));
  };
  assert.equal(only(`${NODE_A}/32`), `delivered to ${A} seen from ${NODE_A}`);
  assert.equal(only(`${client.addresses[0]}/32`), 'dropped ENI_SG_RULES_MISMATCH');
});

test('the load balancer’s groups judge the consumer’s own address where they are asked to', () => {
  const front = (cidr: string) => (world: World, vpc: Vpc) => [
    world.group(vpc, 'front', allowTcp('ingress', 80, { kind: 'cidr', cidr }), allowAll('egress')),
  ];
  const told = (options: Parameters<typeof tellServiceStory>[0]) => {
    const story = tellServiceStory(options);
    return verdict(tell(story, send(story.client, at(story.interfaces, 0).address)));
  };
  const delivered = `delivered to ${A} seen from ${NODE_A}`;
  assert.equal(told({ groups: front('10.0.10.0/24') }), delivered);
  assert.equal(told({ groups: front('10.9.0.0/16') }), 'dropped ENI_SG_RULES_MISMATCH');
  assert.equal(told({ groups: front('10.9.0.0/16'), guardPrivateLink: false }), delivered);
  assert.equal(told({ groups: () => [] }), 'dropped SG_HAS_NO_RULES SG_HAS_NO_RULES');
});

test('a consumer whose address is equal to a member’s is no member', () => {
  let members: SecurityGroup | undefined;
  const story = tellServiceStory({
    groups: (world, vpc) => {
      members = world.group(vpc, 'members');
      return [world.group(vpc, 'front', allowAll('ingress', inGroup(members)), allowAll('egress'))];
    },
  });
  const { world, servers, targetGroup, interfaces, nodes } = story;
  const client = world.put({ ...story.client, addresses: ['10.0.10.77'] });
  const [first, second] = servers;
  assert.ok(first && second && members);
  // The same address in two VPCs: one is in the group that the rule names, the other only looks like it.
  world.put({ ...first.eni, groupIds: [targetGroup.id, members.id], addresses: client.addresses });
  world.rule(targetGroup, allowAll('ingress'));
  assert.equal(verdict(tell(story, send(client, at(interfaces, 0).address))), 'dropped ENI_SG_RULES_MISMATCH');
  const inside = tell(story, send(first.eni, at(nodes, 1).address));
  assert.equal(verdict(inside), `delivered to ${B} seen from ${client.addresses[0]}`);
});

test('not accepted, rejected, deleted: each in its words', () => {
  const story = tellServiceStory();
  const { world, endpoint, service, client, interfaces } = story;
  const flow = send(client, at(interfaces, 0).address);
  const told = () => {
    const { outcome, reasons } = tell(story, flow);
    assert.deepEqual([outcome, reasons.map(({ code }) => code)], ['dropped', ['BAD_STATE']]);
    assert.deepEqual(reasons[0]?.components.slice(0, 2), [interfaces[0]?.id, endpoint.id]);
    return reasons[0]?.sentence ?? '';
  };
  world.put({ ...endpoint, acceptance: 'pending' });
  assert.match(told(), /waits for the provider of com\.amazonaws\.vpce\S+ to accept it/);
  assert.match(
    tell(story, flow, { ...NO_FACTS, now: '2126-01-01T00:00:00Z' }).reasons[0]?.sentence ?? '',
    /was not accepted by the provider of \S+ in time/,
  );
  world.put({ ...endpoint, acceptance: 'rejected' });
  assert.match(told(), /was rejected by the provider/);
  world.put({ ...service, deletedRevision: 1 });
  assert.match(told(), /was deleted/);
  world.remove(service);
  assert.equal(verdict(tell(story, flow)), 'dropped BAD_STATE');
});

test('a port without a listener, and UDP or a ping, do not cross', () => {
  const story = tellServiceStory();
  story.world.rule(story.endpointGroup, allowAll('ingress'));
  const { address } = at(story.interfaces, 0);
  for (const flow of [
    send(story.client, address, 81),
    send(story.client, address, 80, '17'),
    send(story.client, address, 8, '1'),
  ]) {
    assert.equal(verdict(tell(story, flow)), 'dropped ELBV2_LISTENERS_MISMATCH');
  }
});

test('nobody to send to: elsewhere only, or nowhere', () => {
  const story = tellServiceStory();
  const { world, client, interfaces, targets, servers } = story;
  const flow = send(client, at(interfaces, 0).address);
  world.remove(targets[0]);
  const elsewhere = tell(story, flow, healthOf(targets));
  assert.equal(verdict(elsewhere), 'dropped ELB_NOT_CROSSZONE');
  assert.match(elsewhere.reasons[0]?.sentence ?? '', /cross-zone is off/);
  world.remove(targets[1]);
  assert.equal(verdict(tell(story, flow)), 'dropped ELBV2_NO_TARGETS_IN_AZ');
  world.put(targets[0]);
  const [first] = servers;
  assert.ok(first);
  world.put({ ...first.instance, wanted: 'stopped' });
  assert.equal(verdict(tell(story, flow)), 'dropped ELBV2_NO_TARGETS_IN_AZ');
});

test('all blockers at once, to the last target', () => {
  const story = tellServiceStory({ ...CROSS_ZONE, groups: () => [] });
  const { world, endpoint, endpointGroup, client, interfaces, servers } = story;
  world.put({ ...endpoint, acceptance: 'pending' });
  for (const rule of world.intent().table('securityGroupRule').by('groupId', endpointGroup.id)) world.remove(rule);
  for (const { eni } of servers) world.put({ ...eni, groupIds: [] });
  assert.equal(
    verdict(tell(story, send(client, at(interfaces, 0).address))),
    `dropped SG_HAS_NO_RULES BAD_STATE${' SG_HAS_NO_RULES'.repeat(5)}`,
  );
});

test('straight to a node: one without groups lets all in; the client’s address is kept', () => {
  const story = tellServiceStory();
  const { world, nodes, servers, group, targetGroup } = story;
  const [, second] = servers;
  assert.ok(second);
  const flow = send(second.eni, at(nodes, 0).address);
  assert.equal(verdict(tell(story, flow)), `delivered to ${A} seen from ${B}`);
  world.put({ ...group, attributes: { 'preserve_client_ip.enabled': 'false' } });
  assert.equal(verdict(tell(story, flow)), `delivered to ${A} seen from ${NODE_A}`);
  assert.equal(verdict(tell(story, send(second.eni, at(nodes, 0).address, 81))), 'dropped ELBV2_LISTENERS_MISMATCH');
  assert.ok(targetGroup.id);
});

test('a target that is its own client answers nobody while client addresses are preserved', () => {
  const story = tellServiceStory();
  const { world, nodes, servers, group } = story;
  const [first] = servers;
  assert.ok(first);
  const flow = send(first.eni, at(nodes, 0).address);
  assert.equal(verdict(tell(story, flow)), 'dropped CULVERT_NO_WAY_BACK');
  world.put({ ...group, attributes: { 'preserve_client_ip.enabled': 'false' } });
  assert.equal(verdict(tell(story, flow)), `delivered to ${A} seen from ${NODE_A}`);
});

test('straight to a node with groups: in by the client’s address, out to the target; a rule may name its group', () => {
  let front: SecurityGroup | undefined;
  const story = tellServiceStory({
    groups: (world, vpc) => {
      front = world.group(vpc, 'front', allowTcp('ingress', 80));
      return [front];
    },
  });
  const { world, nodes, servers, provider } = story;
  const [first, second] = servers;
  assert.ok(first && second && front);
  const flow = send(second.eni, at(nodes, 0).address);
  assert.equal(verdict(tell(story, flow)), 'dropped SG_HAS_NO_RULES');
  const open = world.rule(front, allowAll('egress'));
  const byGroup = world.group(provider, 'by group', allowTcp('ingress', 80, inGroup(front)));
  world.put({ ...first.eni, groupIds: [byGroup.id] });
  assert.equal(verdict(tell(story, flow)), `delivered to ${A} seen from ${B}`);
  // Past the load balancer the same rule does not know the client.
  assert.equal(verdict(tell(story, send(second.eni, A))), 'dropped ENI_SG_RULES_MISMATCH');
  world.remove(open);
  assert.equal(verdict(tell(story, flow)), 'dropped SG_HAS_NO_RULES');
});

test('from the internet to a node’s public address', () => {
  const story = tellServiceStory({ scheme: 'internet-facing' });
  const { world, provider, nodes } = story;
  const flow = send('198.18.200.1', nodes[0]?.publicAddress ?? '');
  assert.equal(verdict(tell(story, flow)), 'dropped IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS');
  world.gateway(provider, world.intent().table('subnet').by('vpcId', provider.id));
  assert.equal(verdict(tell(story, flow)), `delivered to ${A} seen from 198.18.200.1`);
});

test('the provider reaches no consumer: not by link or crossing addresses, nor from its node', () => {
  const story = tellServiceStory();
  const plan = compile(story.world.intent(), NO_FACTS);
  const [server] = story.servers;
  const { eni: node } = at(story.nodes, 0);
  const [crossing] = plan.crossings;
  assert.ok(server && crossing);
  for (const address of [crossing.linkAddress, crossing.targetAddress]) {
    assert.equal(verdict(trace(plan, send(server.eni, address))), 'dropped VPCE_INTRA_VPC_TRAFFIC');
  }
  assert.equal(verdict(trace(plan, send(node, story.client.addresses[0] ?? ''))), 'dropped CULVERT_CANNOT_ORIGINATE');
  // The consumer's address is the provider's own here: who answers is the provider's.
  const own = trace(plan, send(server.eni, at(story.interfaces, 1).address));
  assert.deepEqual(own.receiver, { kind: 'port', id: story.servers[1]?.eni.id });
});

test('targets that no network interface has, and those outside the VPC', () => {
  const story = tellServiceStory();
  const { world, provider, balancer, client, interfaces, endpointGroup } = story;
  const group = addTargetGroup(world, provider, 'ip', { targetType: 'ip', port: 8080 });
  addListener(world, balancer, group, 8080);
  world.rule(endpointGroup, allowAll('ingress'));
  addTarget(world, group, { address: '10.0.10.99', zoneId: 'all' });
  addTarget(world, group, { address: '192.168.1.1', zoneId: 'all' });
  assert.equal(
    verdict(tell(story, send(client, at(interfaces, 0).address, 8080))),
    'dropped CULVERT_ADDRESS_NOT_IN_USE NO_ROUTE_TO_DESTINATION',
  );
});
