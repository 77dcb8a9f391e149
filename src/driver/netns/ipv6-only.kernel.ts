/** Endpoints of type ipv6, in IPv6-only subnets, by packets on the real kernel; each also asked of the analyser. Needs root. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { hostPaths } from '../../host/paths.ts';
import { sendPacket, tcp } from '../../host/raw-packets.ts';
import { bringPrograms } from '../../host/testing/programs.ts';
import { isIpv6 } from '../../net/ip.ts';
import { check } from '../../plan/check.ts';
import { compile } from '../../plan/compile.ts';
import {
  addBalancer,
  addListener,
  addService,
  addServiceEndpoint,
  addTarget,
  addTargetGroup,
  healthOf,
} from '../../plan/testing/balancing.ts';
import { allow, allowAll, allowTcp, deny, World } from '../../plan/testing/world.ts';
import { attempt, dropStage, Lab } from './testing/lab.ts';

const SYN = 2;
const TCP = 6;
const ANY_6 = { kind: 'cidr', cidr: '::/0' } as const;
const only = (address: string) => ({ kind: 'cidr', cidr: `${address}/128` }) as const;

const lab = new Lab();
const world = new World();

const provider = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:1::/56'] });
const behind = world.subnet(provider, '10.0.10.0/24', 'a', '3fff:0:1:a::/64');
const NODE = '3fff:0:1:a::5';
const { balancer } = addBalancer(world, provider, 'shop', [behind], { ipv6: [NODE] });
const servers = world.group(provider, 'servers', allowTcp('ingress', 80, only(NODE)), allowAll('egress', ANY_6));
const server = world.instance(behind, [servers], { ipv6: '3fff:0:1:a::80' });
const web = addTargetGroup(world, provider, 'web', { targetType: 'ip', ipAddressType: 'ipv6' });
addListener(world, balancer, web);
const target = addTarget(world, web, { address: '3fff:0:1:a::80', zoneId: behind.zoneId });
const service = addService(world, [balancer]);

const vpc = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:2::/56'] });
const both = world.subnet(vpc, '10.0.10.0/24', 'a', '3fff:0:2::/64');
const alone = world.subnet(vpc, null, 'a', '3fff:0:2:6::/64');
const clients = world.group(vpc, 'clients', allowAll('egress'), allowAll('egress', ANY_6));
const client = world.instance(both, [clients], { ipv6: '3fff:0:2::c' }).eni;
const doors = world.group(vpc, 'doors');
const rule = world.rule(doors, allowAll('ingress', only('3fff:0:2::c')));
const [SQS, SHOP] = ['3fff:0:2:6::e1', '3fff:0:2:6::e2'];
const sqs = world.endpoint(vpc, 'sqs', [alone], [doors], true, [SQS]);
const shop = addServiceEndpoint(world, vpc, service, [alone], [doors], {}, [SHOP]);
const interfaces = [...sqs.interfaces, ...shop.interfaces];

const facts = healthOf([target]);
const plan = () => {
  const made = compile(world.intent(), facts);
  assert.deepEqual(check(made), []);
  return made;
};

before(async () => {
  await bringPrograms({ packages: { conntrack: ['conntrack'] }, folder: join(hostPaths().cache, 'test-tools') });
  await lab.apply(plan());
});
after(() => lab.close());

test('to an AWS service and to one’s own: on the listener’s port, and nothing else', async () => {
  assert.equal((await lab.delivered(client.id, SQS, 443)).where, 'service');
  const { where, seenFrom } = await lab.delivered(client.id, SHOP, 80);
  assert.deepEqual([where, seenFrom], [server.instance.id, NODE]);
  await lab.dropped('cross', client.id, SQS, 80);
  await lab.dropped('cross', client.id, SHOP, 443);
  await lab.dropped('cross', client.id, SHOP, 80, 'udp');
  await lab.dropped('cross', client.id, SHOP, 'ping');
});

test('nothing of them is of IPv4: no address, no crossing, nothing at the subnet’s would-be gateway', async () => {
  for (const { id } of interfaces) {
    assert.ok(lab.port(id).addresses.every(isIpv6));
    const found = lab.plan.crossings.filter(({ port }) => port === id);
    assert.deepEqual(
      found.map((each) => each.id),
      [`${id}/ipv6`],
    );
  }
  const view = lab.plan.views.find(({ id }) => id === vpc.id);
  const privately = view?.zones.flatMap(({ records }) => records.filter(({ name }) => name.startsWith('sqs.'))) ?? [];
  const publicly = lab.plan.publicZones.flatMap(({ records }) => records.filter(({ name }) => name.includes('vpce-')));
  assert.ok(privately.length > 0 && publicly.length > 0);
  for (const { name, type } of [...privately, ...publicly]) assert.equal(type, 'AAAA', name);
  await lab.dropped('route', client.id, '10.0.6.1', 443);
});

test('its groups judge, by their IPv6 rules; what is open stays', async () => {
  const connection = await lab.connection(client.id, SHOP, 80);
  world.remove(rule);
  const four = world.rule(doors, allowAll('ingress'));
  await lab.apply(plan());
  await lab.dropped('group_in', client.id, SQS, 443);
  await lab.dropped('group_in', client.id, SHOP, 80);
  assert.ok(await connection.echoes());
  connection.close();
  world.remove(four);
  world.put(rule);
  await lab.apply(plan());
  await lab.delivered(client.id, SQS, 443);
});

test('the network ACL of the IPv6-only subnet judges, each way by itself', async () => {
  const open = (['ingress', 'egress'] as const).map((direction) => allow(direction, 101, { cidr: '::/0' }));
  const acl = world.acl(vpc, [alone], deny('ingress', 50, { cidr: '3fff:0:2::/64' }), ...open);
  await lab.quiet();
  await lab.apply(plan());
  await lab.dropped('acl_in', client.id, SQS, 443);
  await lab.dropped('acl_in', client.id, SHOP, 80);
  world.put({ ...acl, entries: [deny('egress', 50, { cidr: '3fff:0:2::/64' }), ...open] });
  await lab.apply(plan());
  await lab.dropped('acl_out', client.id, SHOP, 80);
  world.put({ ...acl, entries: open });
  await lab.apply(plan());
  await lab.delivered(client.id, SHOP, 80);
});

test('waiting for its provider nothing passes, and a rejection cuts; nobody beyond can originate', async () => {
  const connection = await lab.connection(client.id, SHOP, 80);
  world.put({ ...shop.endpoint, acceptance: 'rejected' });
  await lab.apply(plan());
  assert.ok(!(await connection.echoes(200)));
  connection.close();
  await lab.dropped('cross', client.id, SHOP, 80);
  world.put(shop.endpoint);
  await lab.apply(plan());
  await lab.delivered(client.id, SHOP, 80);
  const { linkAddress, targetAddress } = lab.plan.crossings.find(({ port }) => port === shop.interfaces[0]?.id) ?? {};
  assert.ok(linkAddress !== undefined && targetAddress !== undefined);
  const packet = (source: string) => ({
    ...{ source, destination: linkAddress, protocol: TCP },
    payload: tcp(source, linkAddress, [80, 22], SYN),
  });
  const outside = await dropStage(lab, () => sendPacket(lab.netnsOfPort(server.eni.id), packet('3fff:0:1:a::80')));
  assert.equal(outside, `${provider.id} route`);
  const router = lab.paths.netnsOf(provider.id);
  const inside = await dropStage(lab, () => attempt(() => sendPacket(router, packet(targetAddress))));
  assert.equal(inside, `${provider.id} router`);
});

test('applied again, or after a restart, nothing is left to do', async () => {
  assert.equal(await lab.apply(plan()), 0);
  lab.newDriver();
  assert.equal(await lab.apply(plan()), 0);
});
