/** The analyser's verdicts, as a table: who sends what to whom, and what becomes of it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../model/facts.ts';
import type { NetworkInterface } from '../model/resources.ts';
import { compile } from '../plan/compile.ts';
import { tellStory } from '../plan/testing/story.ts';
import { allowAll, allowTcp, inGroup, World } from '../plan/testing/world.ts';
import type { Flow, Trace } from './flow.ts';
import { trace } from './trace.ts';

function tcp(from: NetworkInterface | string, address: string, port: number): Flow {
  const sender: Flow['from'] =
    typeof from === 'string' ? { kind: 'internet', address: from } : { kind: 'port', port: from.id, address: null };
  return { from: sender, to: { address, port, code: null }, protocol: '6' };
}

function ping(from: NetworkInterface, address: string): Flow {
  return { ...tcp(from, address, 8), to: { address, port: 8, code: 0 }, protocol: '1' };
}

function tell(world: World, flow: Flow): Trace {
  return trace(compile(world.intent(), NO_FACTS), flow);
}

/** "delivered service com.…" or "dropped CODE CODE". */
function verdict({ outcome, receiver, reasons }: Trace): string {
  return outcome === 'delivered'
    ? `delivered ${receiver?.kind} ${receiver?.id}`
    : `dropped ${reasons.map(({ code }) => code).join(' ')}`;
}

function first(interfaces: readonly NetworkInterface[]): { readonly id: string; readonly address: string } {
  const [eni] = interfaces;
  assert.ok(eni?.addresses[0]);
  return { id: eni.id, address: eni.addresses[0] };
}

const SQS = 'delivered service com.amazonaws.ap-south-1.sqs';

test('private instance to the endpoint: two gates, then the crossing', () => {
  const { world, privateEni, endpointInterfaces } = tellStory();
  const to = first(endpointInterfaces);
  const found = tell(world, tcp(privateEni, to.address, 443));
  assert.equal(verdict(found), SQS);
  assert.deepEqual(
    found.hops.map(({ stage, direction, component }) => [stage, direction, component]),
    [
      ['group', 'egress', privateEni.id],
      ['route', 'egress', found.hops[1]?.component],
      ['group', 'ingress', to.id],
      ['cross', 'ingress', to.id],
    ],
  );
  assert.equal(found.seenFrom, '240.0.0.1');
});

test('the endpoint group decides, by reference too', () => {
  const { world, privateEni, endpointRule, endpointInterfaces, instanceGroup } = tellStory();
  const { address } = first(endpointInterfaces);
  world.remove(endpointRule);
  const dropped = tell(world, tcp(privateEni, address, 443));
  assert.equal(verdict(dropped), 'dropped SG_HAS_NO_RULES');
  assert.equal(dropped.receiver?.kind, 'service');
  world.put(endpointRule);
  assert.equal(verdict(tell(world, tcp(privateEni, address, 443))), SQS);
  // Out of the group that the rule names, the same instance is a stranger.
  const other = world.group({ ...world.vpc('10.9.0.0/16'), id: privateEni.vpcId }, 'other', allowAll('egress'));
  world.put({ ...privateEni, groupIds: [other.id] });
  assert.equal(verdict(tell(world, tcp(privateEni, address, 443))), 'dropped ENI_SG_RULES_MISMATCH');
  assert.ok(instanceGroup.id !== other.id);
});

test('only HTTPS crosses, and a ping of an endpoint has no answer', () => {
  const { world, privateEni, endpointGroup, endpointInterfaces } = tellStory();
  world.rule(endpointGroup, allowAll('ingress'));
  const { address } = first(endpointInterfaces);
  assert.equal(verdict(tell(world, tcp(privateEni, address, 80))), 'dropped CULVERT_PORT_NOT_SERVED');
  assert.equal(verdict(tell(world, ping(privateEni, address))), 'dropped CULVERT_PORT_NOT_SERVED');
});

test('the sender needs an egress rule as well', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.0.0/24');
  const open = world.group(vpc, 'open', allowAll('ingress'));
  const { eni: a } = world.instance(subnet, [open]);
  const { eni: b } = world.instance(subnet, [open]);
  assert.equal(verdict(tell(world, tcp(a, b.addresses[0] ?? '', 80))), 'dropped SG_HAS_NO_RULES');
  world.rule(open, allowTcp('egress', 80, inGroup(open)));
  assert.equal(verdict(tell(world, tcp(a, b.addresses[0] ?? '', 80))), `delivered port ${b.id}`);
  assert.equal(verdict(tell(world, tcp(a, b.addresses[0] ?? '', 81))), 'dropped ENI_SG_RULES_MISMATCH');
});

test('all blockers at once: no egress rule, no ingress rule, not plugged in', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.0.0/24');
  const closed = world.group(vpc, 'closed', allowTcp('ingress', 22));
  const { eni } = world.instance(subnet, [closed]);
  const spare = world.interface(subnet, [closed]);
  assert.equal(
    verdict(tell(world, tcp(eni, spare.addresses[0] ?? '', 80))),
    'dropped SG_HAS_NO_RULES ENI_SG_RULES_MISMATCH UNASSOCIATED_COMPONENT',
  );
});

test('ICMP rules name type and code', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.0.0/24');
  const peer = { kind: 'cidr', cidr: '0.0.0.0/0' } as const;
  const group = world.group(vpc, 'icmp', allowAll('egress'));
  const { eni: a } = world.instance(subnet, [group]);
  const { eni: b } = world.instance(subnet, [group]);
  const to = b.addresses[0] ?? '';
  const rule = world.rule(group, { direction: 'ingress', protocol: 'icmp', fromPort: 0, toPort: -1, peer });
  assert.equal(verdict(tell(world, ping(a, to))), 'dropped ENI_SG_RULES_MISMATCH');
  world.put({ ...rule, fromPort: 8, toPort: 0 });
  assert.equal(verdict(tell(world, ping(a, to))), `delivered port ${b.id}`);
  world.put({ ...rule, fromPort: 8, toPort: 1 });
  assert.equal(verdict(tell(world, ping(a, to))), 'dropped ENI_SG_RULES_MISMATCH');
  world.put({ ...rule, fromPort: -1, toPort: -1 });
  assert.equal(verdict(tell(world, ping(a, to))), `delivered port ${b.id}`);
});

test('equal ranges stay apart: an address means this domain’s own port', () => {
  const { world, twinEni, privateEni, endpointInterfaces } = tellStory();
  assert.equal(twinEni.addresses[0], privateEni.addresses[0]);
  const { address } = first(endpointInterfaces);
  assert.equal(verdict(tell(world, tcp(twinEni, address, 443))), 'dropped CULVERT_ADDRESS_NOT_IN_USE');
});

test('no way out of a private subnet; a blackhole once its gateway is gone', () => {
  const { world, privateEni, publicEni } = tellStory();
  const plan = compile(world.intent(), NO_FACTS);
  const service = plan.services.find(({ id }) => id === 'com.amazonaws.ap-south-1.sqs')?.internetAddress ?? '';
  assert.equal(verdict(trace(plan, tcp(privateEni, service, 443))), 'dropped NO_ROUTE_TO_DESTINATION');
  const out = trace(plan, tcp(publicEni, service, 443));
  assert.equal(verdict(out), SQS);
  assert.equal(out.seenFrom, publicEni.publicAddress);
  assert.equal(verdict(trace(plan, tcp(publicEni, service, 80))), 'dropped CULVERT_PORT_NOT_SERVED');
  assert.equal(verdict(trace(plan, tcp(publicEni, '203.0.113.9', 443))), 'dropped CULVERT_ADDRESS_NOT_IN_USE');
  world.put({ ...publicEni, publicAddress: null });
  assert.equal(verdict(tell(world, tcp(publicEni, service, 443))), 'dropped IGW_PUBLIC_IP_ASSOCIATION_FOR_EGRESS');
  for (const gateway of world.intent().table('internetGateway').all()) world.put({ ...gateway, vpcId: null });
  assert.equal(verdict(tell(world, tcp(publicEni, service, 443))), 'dropped BAD_STATE_ROUTE');
});

test('the package mirror stands in the internet: HTTP with a public address, nothing without', () => {
  const { world, privateEni, publicEni } = tellStory();
  const plan = compile(world.intent(), NO_FACTS);
  const address = plan.mirrors[0]?.address ?? '';
  const out = trace(plan, tcp(publicEni, address, 80));
  assert.equal(verdict(out), 'delivered mirror packages');
  assert.equal(out.seenFrom, publicEni.publicAddress);
  assert.equal(verdict(trace(plan, tcp(publicEni, address, 443))), 'dropped CULVERT_PORT_NOT_SERVED');
  assert.equal(verdict(trace(plan, tcp(privateEni, address, 80))), 'dropped NO_ROUTE_TO_DESTINATION');
});

test('from the internet: gateway, ingress, and a way back', () => {
  const { world, publicEni, privateEni, instanceGroup } = tellStory();
  const world1 = '198.18.200.1';
  const to = publicEni.publicAddress ?? '';
  const found = tell(world, tcp(world1, to, 22));
  assert.equal(verdict(found), `delivered port ${publicEni.id}`);
  assert.equal(found.seenFrom, world1);
  assert.equal(verdict(tell(world, tcp(world1, to, 80))), 'dropped ENI_SG_RULES_MISMATCH');
  // A public address in a subnet without a route to the gateway: packets come in, answers do not go out.
  world.put({ ...privateEni, publicAddress: '198.18.0.77' });
  assert.equal(verdict(tell(world, tcp(world1, '198.18.0.77', 22))), 'dropped CULVERT_NO_WAY_BACK');
  for (const gateway of world.intent().table('internetGateway').all()) world.put({ ...gateway, vpcId: null });
  assert.equal(verdict(tell(world, tcp(world1, to, 22))), 'dropped IGW_PRIVATE_IP_ASSOCIATION_FOR_INGRESS');
  assert.ok(instanceGroup.id);
});

test('one public instance to another’s public address goes out and in again', () => {
  const { world, publicEni, publicSubnets, vpc } = tellStory();
  const [, subnetB] = publicSubnets;
  assert.ok(subnetB);
  const group = world.group(vpc, 'from-public', allowTcp('ingress', 80, { kind: 'cidr', cidr: '198.18.0.1/32' }));
  const { eni } = world.instance(subnetB, [group], { isPublic: true });
  const found = tell(world, tcp(publicEni, eni.publicAddress ?? '', 80));
  assert.equal(verdict(found), `delivered port ${eni.id}`);
  assert.equal(found.seenFrom, '198.18.0.1');
  // By the private address the rule does not match: the source is another one.
  assert.equal(verdict(tell(world, tcp(publicEni, eni.addresses[0] ?? '', 80))), 'dropped ENI_SG_RULES_MISMATCH');
});

test('a stopped instance neither receives nor sends', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.0.0/24');
  const open = world.group(vpc, 'open', allowAll('ingress'), allowAll('egress'));
  const { eni: a } = world.instance(subnet, [open]);
  const { eni: b } = world.instance(subnet, [open], { wanted: 'stopped' });
  assert.equal(verdict(tell(world, tcp(a, b.addresses[0] ?? '', 80))), 'dropped BAD_STATE');
  assert.equal(verdict(tell(world, tcp(b, a.addresses[0] ?? '', 80))), 'dropped BAD_STATE');
});

test('a spoofed source is dropped while the check is on', () => {
  const { world, privateEni, endpointInterfaces, endpointGroup } = tellStory();
  world.rule(endpointGroup, allowAll('ingress'));
  const { address } = first(endpointInterfaces);
  const spoofed: Flow = {
    ...tcp(privateEni, address, 443),
    from: { kind: 'port', port: privateEni.id, address: '10.0.10.77' },
  };
  assert.equal(verdict(tell(world, spoofed)), 'dropped ENI_SOURCE_DEST_CHECK_RESTRICTION');
  world.put({ ...privateEni, sourceDestCheck: false });
  assert.equal(verdict(tell(world, spoofed)), SQS);
});

test('a forged address of the receiver’s own machine: IPv4 is not taken, IPv6 arrives and its answer does not', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:1::/56'] });
  const near = world.subnet(vpc, '10.0.0.0/24', 'a', '3fff:0:1::/64');
  const far = world.subnet(vpc, '10.0.1.0/24', 'a', '3fff:0:1:1::/64');
  const all = { kind: 'cidr', cidr: '::/0' } as const;
  const rules = (['ingress', 'egress'] as const).flatMap((side) => [allowAll(side), allowAll(side, all)]);
  const open = world.group(vpc, 'open', ...rules);
  const { eni: sender } = world.instance(near, [open], { ipv6: '3fff:0:1::8' });
  const { eni: receiver } = world.instance(near, [open], { ipv6: '3fff:0:1::9' });
  assert.ok(receiver.attachment !== null);
  const attachment = { ...receiver.attachment, id: 'eni-attach-00000000000000001', deviceIndex: 1 };
  const second = world.interface(far, [open], { attachment, ipv6Addresses: ['3fff:0:1:1::9'], sourceDestCheck: false });
  world.put({ ...sender, sourceDestCheck: false });
  const lost = (from: NetworkInterface, address: string, to: string) => {
    const spoofed: Flow = { ...tcp(from, to, 80), from: { kind: 'port', port: from.id, address } };
    return tell(world, spoofed).hops.flatMap(({ stage, direction, component, reason }) =>
      reason === null ? [] : `${stage} ${direction} ${component === second.id ? 'second ' : ''}${reason.code}`,
    );
  };
  const [own = '', other = ''] = [...receiver.addresses, ...second.addresses];
  assert.deepEqual(lost(sender, other, own), ['target ingress CULVERT_NO_WAY_BACK']);
  assert.deepEqual(lost(sender, '3fff:0:1:1::9', '3fff:0:1::9'), ['target reply CULVERT_NO_WAY_BACK']);
  assert.deepEqual(lost(sender, '3fff:0:1::8', '3fff:0:1::9'), []);
  // Nor does it send on what it is given so, here by a route.
  const route = (destination: string) =>
    ({ destination, target: { kind: 'networkInterface', id: second.id } }) as const;
  world.routeTable(vpc, [route('198.18.0.0/16'), route('3fff:9::/32')], [near]);
  assert.equal(lost(receiver, own, '198.18.0.7')[0], 'target ingress second CULVERT_NO_WAY_BACK');
  assert.ok(!lost(receiver, '3fff:0:1::9', '3fff:9::7').some((each) => each.startsWith('target')));
});

test('an endpoint interface originates nothing', () => {
  const { world, privateEni, endpointInterfaces } = tellStory();
  const [eni] = endpointInterfaces;
  assert.ok(eni);
  assert.equal(verdict(tell(world, tcp(eni, privateEni.addresses[0] ?? '', 22))), 'dropped VPCE_INTRA_VPC_TRAFFIC');
});

test('no group guards DNS and metadata; nothing else answers there, and groups judge it', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const { eni } = world.instance(world.subnet(vpc, '10.0.0.0/24'), []);
  const blocked = 'dropped SG_HAS_NO_RULES CULVERT_ROUTER_ADDRESS';
  for (const resolver of ['10.0.0.2', '169.254.169.253']) {
    assert.equal(verdict(tell(world, { ...tcp(eni, resolver, 53), protocol: '17' })), `delivered resolver ${vpc.id}`);
    assert.equal(verdict(tell(world, tcp(eni, resolver, 443))), blocked);
  }
  assert.equal(verdict(tell(world, tcp(eni, '169.254.169.254', 80))), `delivered metadata ${vpc.id}`);
  assert.equal(verdict(tell(world, tcp(eni, '169.254.169.254', 443))), blocked);
});

test('to itself, by any of its addresses, nothing is asked of the network', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const { eni } = world.instance(world.subnet(vpc, '10.0.0.0/24'), []);
  assert.equal(verdict(tell(world, tcp(eni, eni.addresses[0] ?? '', 80))), `delivered port ${eni.id}`);
});

test('a route that leads back to its sender: its own check refuses it too', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.1.0/24');
  const { eni } = world.instance(subnet, [world.group(vpc, 'out', allowAll('egress'), allowAll('ingress'))]);
  const target = { kind: 'networkInterface', id: eni.id } as const;
  world.routeTable(vpc, [{ destination: '0.0.0.0/0', target }], [subnet]);
  const codes = () =>
    trace(compile(world.intent(), NO_FACTS), {
      from: { kind: 'port', port: eni.id, address: null },
      to: { address: '198.18.255.250', port: 53, code: null },
      protocol: '6',
    }).reasons.map(({ code }) => code);
  assert.deepEqual(codes(), ['ENI_SOURCE_DEST_CHECK_RESTRICTION', 'CULVERT_ROUTE_LOOP']);
  world.put({ ...eni, sourceDestCheck: false });
  assert.deepEqual(codes(), ['CULVERT_ROUTE_LOOP']);
});
