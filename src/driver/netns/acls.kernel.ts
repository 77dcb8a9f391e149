/** Network ACLs, by packets on the real kernel; each also asked of the analyser. Needs root. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { run } from '../../host/exec.ts';
import { hostPaths } from '../../host/paths.ts';
import { tcp as rawTcp, sendPacket } from '../../host/raw-packets.ts';
import { bringPrograms } from '../../host/testing/programs.ts';
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
import { allow, allowAll, deny, World } from '../../plan/testing/world.ts';
import { Lab } from './testing/lab.ts';

const lab = new Lab();
const world = new World();
const vpc = world.vpc('10.0.0.0/16');
const front = world.subnet(vpc, '10.0.0.0/24', 'a');
const near = world.subnet(vpc, '10.0.1.0/24', 'a');
const far = world.subnet(vpc, '10.0.2.0/24', 'b');
const nodes = world.subnet(vpc, '10.0.3.0/24', 'b');
world.gateway(vpc, [front]);
const open = world.group(vpc, 'open', allowAll('ingress'), allowAll('egress'));
const publicOne = world.instance(front, [open], { isPublic: true }).eni;
const one = world.instance(near, [open]).eni;
const neighbour = world.instance(near, [open]).eni;
const two = world.instance(far, [open]);
const twoPort = two.eni;
const endpoint = world.endpoint(vpc, 'sqs', [nodes], [open]);
const at = (port: { readonly addresses: readonly string[] } | undefined) => port?.addresses[0] ?? '';
const eni = at(endpoint.interfaces[0]);

const elsewhere = world.vpc('10.0.0.0/16');
const elsewhereSubnet = world.subnet(elsewhere, '10.0.1.0/24', 'b');
world.gateway(elsewhere, [elsewhereSubnet]);
const elsewhereGroup = world.group(elsewhere, 'open', allowAll('ingress'), allowAll('egress'));
const stranger = world.instance(elsewhereSubnet, [elsewhereGroup], { isPublic: true }).eni;

const kept = addBalancer(world, vpc, 'kept', [nodes]);
const keptTargets = addTargetGroup(world, vpc, 'kept', {});
addListener(world, kept.balancer, keptTargets);
const hidden = addBalancer(world, vpc, 'hidden', [nodes]);
const hiddenTargets = addTargetGroup(world, vpc, 'hidden', { attributes: { 'preserve_client_ip.enabled': 'false' } });
addListener(world, hidden.balancer, hiddenTargets);
const targets = [addTarget(world, keptTargets, two.instance), addTarget(world, hiddenTargets, two.instance)];
const [keptNode, hiddenNode] = [at(kept.nodes[0]), at(hidden.nodes[0])];
const service = addService(world, [hidden.balancer]);
const consumed = addServiceEndpoint(world, elsewhere, service, [elsewhereSubnet], [elsewhereGroup]);

const acls = new Map(
  [front, near, far, nodes, elsewhereSubnet].map((subnet) => [
    subnet.id,
    world.acl(subnet === elsewhereSubnet ? elsewhere : vpc, [subnet]),
  ]),
);
const ALL = [allow('egress', 100), allow('ingress', 100)];
const EPHEMERAL = { protocol: '6', ports: { from: 1024, to: 65_535 } };
const tcp = (from: number, to = from) => ({ protocol: '6', ports: { from, to } });
const host = (port: { readonly addresses: readonly string[] } | string) => ({
  cidr: `${typeof port === 'string' ? port : at(port)}/32`,
});

type Rules = readonly [typeof near, ReturnType<typeof allow>[]];

let isSet = false;
/** The subnet's ACL from now on; what is not named allows all. */
async function guard(...rules: readonly Rules[]): Promise<void> {
  if (isSet) await lab.quiet();
  isSet = true;
  await applyAcls(...rules);
}

async function applyAcls(...rules: readonly Rules[]): Promise<void> {
  for (const [id, acl] of acls) {
    const entries = rules.find(([subnet]) => subnet.id === id)?.[1] ?? ALL;
    world.put({ ...acl, entries });
  }
  await lab.apply(compile(world.intent(), healthOf(targets)));
}

before(async () => {
  await bringPrograms({ packages: { conntrack: ['conntrack'] }, folder: join(hostPaths().cache, 'test-tools') });
  await guard();
});
after(() => lab.close());

test('ACLs that allow all leave no trace in the packet program', async () => {
  for (const [name, packets] of Object.entries(lab.driver.counters(vpc.id))) {
    if (name.startsWith('acl')) assert.equal(packets, 0, name);
  }
  await lab.delivered(one.id, at(twoPort), 80);
});

test('a custom ACL without entries denies all, both ways, but nothing inside its subnet', async () => {
  await guard([near, []]);
  await lab.dropped('acl_out', one.id, at(twoPort), 80);
  await lab.dropped('acl_out', one.id, at(twoPort), 'ping');
  await lab.dropped('acl_in', twoPort.id, at(one), 80);
  await lab.dropped('acl_in', twoPort.id, at(one), 9000, 'udp');
  await lab.delivered(one.id, at(neighbour), 80);
  await lab.delivered(neighbour.id, at(one), 'ping');
});

test('DNS, instance metadata and time are no ACL’s affair', async () => {
  await guard([near, []]);
  await lab.delivered(one.id, '10.0.0.2', 53, 'udp');
  await lab.delivered(one.id, '10.0.0.2', 53);
  await lab.delivered(one.id, '169.254.169.253', 53, 'udp');
  await lab.delivered(one.id, '169.254.169.254', 80);
  await lab.delivered(one.id, '169.254.169.123', 123, 'udp');
});

test('stateless: answers need an entry to the ephemeral ports, in either subnet', async () => {
  await guard([near, [allow('egress', 100, tcp(80)), allow('ingress', 100, EPHEMERAL)]]);
  await lab.delivered(one.id, at(twoPort), 80);
  await lab.dropped('acl_out', one.id, at(twoPort), 443);
  await guard([near, [allow('egress', 100, tcp(80)), allow('ingress', 100, tcp(80))]]);
  await lab.dropped('acl_in', one.id, at(twoPort), 80);
  await guard([far, [allow('ingress', 100, tcp(80)), allow('egress', 100, tcp(80))]]);
  await lab.dropped('acl_out', one.id, at(twoPort), 80);
  await guard([far, [allow('ingress', 100, tcp(80)), allow('egress', 100, EPHEMERAL)]]);
  await lab.delivered(one.id, at(twoPort), 80);
  await lab.dropped('acl_in', one.id, at(twoPort), 443);
});

test('the lowest number decides, whatever else matches', async () => {
  const rest = allow('egress', 200);
  await guard([near, [allow('ingress', 1), deny('egress', 100, host(twoPort)), allow('egress', 99, host(twoPort))]]);
  await lab.delivered(one.id, at(twoPort), 80);
  await guard([near, [allow('ingress', 1), deny('egress', 100, host(twoPort)), rest]]);
  await lab.dropped('acl_out', one.id, at(twoPort), 80);
  await lab.delivered(one.id, at(publicOne), 80);
  await guard([near, [allow('ingress', 1), allow('egress', 100, tcp(80)), deny('egress', 150, tcp(1, 8000)), rest]]);
  await lab.delivered(one.id, at(twoPort), 80);
  await lab.dropped('acl_out', one.id, at(twoPort), 443);
  await lab.delivered(one.id, at(twoPort), 8080);
  await lab.delivered(one.id, at(twoPort), 'ping');
});

test('many entries, of blocks inside blocks and ports among ports', async () => {
  const odd = Array.from({ length: 40 }, (_, n) => deny('ingress', n + 10, tcp(2 * n + 1)));
  const blocks = Array.from({ length: 40 }, (_, n) => deny('ingress', n + 100, { cidr: `10.0.2.${n + 100}/32` }));
  await guard([
    near,
    [
      allow('egress', 1),
      allow('ingress', 5, { ...tcp(443), ...host(twoPort) }),
      ...odd,
      ...blocks,
      deny('ingress', 500, { cidr: '10.0.0.0/24', ...tcp(22) }),
      allow('ingress', 501, tcp(20, 9000)),
    ],
  ]);
  await lab.delivered(twoPort.id, at(one), 443);
  await lab.delivered(twoPort.id, at(one), 22);
  await lab.delivered(publicOne.id, at(one), 80);
  await lab.dropped('acl_in', publicOne.id, at(one), 22);
  await lab.delivered(publicOne.id, at(one), 8080);
  await lab.dropped('acl_in', twoPort.id, at(one), 'ping');
  await lab.dropped('acl_in', twoPort.id, at(one), 9000, 'udp');
});

test('ICMP by type and code; a protocol by its number', async () => {
  const ping = { protocol: '1', ports: { from: 8, to: -1 } };
  const pong = { protocol: '1', ports: { from: 0, to: 0 } };
  await guard([near, [allow('egress', 1, ping), allow('ingress', 1, pong)]]);
  await lab.delivered(one.id, at(twoPort), 'ping');
  await lab.dropped('acl_in', twoPort.id, at(one), 'ping');
  await lab.dropped('acl_out', one.id, at(twoPort), 80);
  await guard([near, [allow('egress', 1, ping), allow('ingress', 1, ping)]]);
  await lab.dropped('acl_in', one.id, at(twoPort), 'ping');
  await guard([near, [allow('egress', 1, { protocol: '17', ports: null }), allow('ingress', 1)]]);
  await lab.delivered(one.id, at(twoPort), 9000, 'udp');
  await lab.dropped('acl_out', one.id, at(twoPort), 'ping');
});

test('a deny cuts established connections at once, and they live on when it goes', async () => {
  await guard();
  const connection = await lab.connection(one.id, at(twoPort), 80);
  const toEndpoint = await lab.connection(one.id, eni, 443);
  assert.ok(await connection.echoes());
  await guard([far, [allow('egress', 1), deny('ingress', 50, tcp(80)), allow('ingress', 100)]]);
  assert.ok(!(await connection.echoes(200)));
  await guard([nodes, [allow('ingress', 1)]]);
  assert.ok(await connection.echoes());
  assert.ok(!(await toEndpoint.echoes(200)));
  await guard();
  assert.ok(await toEndpoint.echoes());
  connection.close();
  toEndpoint.close();
});

test('an endpoint’s interface is behind the ACL of its subnet', async () => {
  await guard([nodes, [allow('ingress', 1, tcp(443)), allow('egress', 1, EPHEMERAL)]]);
  await lab.delivered(one.id, eni, 443);
  await guard([nodes, [allow('ingress', 1, tcp(80)), allow('egress', 1)]]);
  await lab.dropped('acl_in', one.id, eni, 443);
  await guard([nodes, [allow('ingress', 1), allow('egress', 1, tcp(443))]]);
  await lab.dropped('acl_out', one.id, eni, 443);
  await guard([near, [allow('egress', 1, { ...tcp(443), ...host(eni) }), allow('ingress', 1, host(eni))]]);
  await lab.delivered(one.id, eni, 443);
  await lab.dropped('acl_out', one.id, keptNode, 80);
});

test('to and from the internet', async () => {
  await guard([front, [allow('ingress', 1, tcp(22)), allow('egress', 1, EPHEMERAL)]]);
  await lab.delivered(stranger.id, publicOne.publicAddress ?? '', 22);
  await lab.dropped('acl_in', stranger.id, publicOne.publicAddress ?? '', 80);
  await lab.dropped('acl_out', publicOne.id, stranger.publicAddress ?? '', 80);
  const strangerOnly = { cidr: `${stranger.publicAddress}/32` };
  await guard([front, [allow('ingress', 1, strangerOnly), allow('egress', 1, strangerOnly)]]);
  await lab.delivered(publicOne.id, stranger.publicAddress ?? '', 80);
  await lab.dropped('acl_out', publicOne.id, at(one), 80);
});

test('a load balancer’s node stands between client and target, also where the client’s address is kept', async () => {
  for (const node of [keptNode, hiddenNode]) {
    await guard();
    const { seenFrom } = await lab.delivered(one.id, node, 80);
    assert.equal(seenFrom, node === keptNode ? at(one) : node);
    // Client to node.
    await guard([nodes, [deny('ingress', 1, host(one)), ...ALL]]);
    await lab.dropped('acl_in', one.id, node, 80);
    // Node to target, and what the target answers.
    await guard([nodes, [deny('egress', 1, host(twoPort)), ...ALL]]);
    await lab.dropped('acl_out', one.id, node, 80);
    await guard([nodes, [deny('ingress', 1, host(twoPort)), ...ALL]]);
    await lab.dropped('acl_in', one.id, node, 80);
    // Node to client.
    await guard([nodes, [deny('egress', 1, host(one)), ...ALL]]);
    await lab.dropped('acl_out', one.id, node, 80);
    // Targets' ACLs judge what targets see.
    await guard([far, [deny('ingress', 1, host(one)), ...ALL]]);
    if (node === keptNode) await lab.dropped('acl_in', one.id, node, 80);
    else await lab.delivered(one.id, node, 80);
    await guard([far, [deny('ingress', 1, host(node)), ...ALL]]);
    if (node === keptNode) await lab.delivered(one.id, node, 80);
    else await lab.dropped('acl_in', one.id, node, 80);
  }
});

test('a load balancer’s node judges a connection as well of which one side has said its last', async () => {
  await guard();
  const connection = await lab.connection(one.id, keptNode, 80);
  assert.ok(await connection.echoes());
  const netns = lab.paths.netnsOf(vpc.id);
  const { localPort = 0 } = connection.socket;
  const FIN = 1;
  // Its end is marked where it goes the fast way; the target ignores one of such a number.
  const payload = rawTcp(at(one), keptNode, [localPort, 80], FIN | 16);
  for (const end = Date.now() + 10_000; ; ) {
    assert.ok(await connection.echoes());
    sendPacket(lab.netnsOfPort(one.id), { source: at(one), destination: keptNode, protocol: 6, payload });
    const { stdout } = await run('conntrack', ['-L', '-p', 'tcp'], { netns });
    const entry = stdout.split('\n').find((line) => line.includes(`sport=${localPort} `)) ?? '';
    if (Number(/ mark=(\d+)/.exec(entry)?.[1]) >= 2 ** 30) break;
    assert.ok(Date.now() < end, entry);
  }
  assert.ok(await connection.echoes());
  await applyAcls([nodes, [deny('egress', 1, host(twoPort)), ...ALL]]);
  assert.ok(!(await connection.echoes(300)));
  connection.close();
});

test('through PrivateLink: the consumer’s ACLs before it, the provider’s between node and target', async () => {
  const entrance = at(consumed.interfaces[0]);
  await guard([elsewhereSubnet, []], [nodes, [allow('ingress', 1), allow('egress', 1, tcp(80))]]);
  await lab.delivered(stranger.id, entrance, 80);
  await guard([nodes, [allow('egress', 1), allow('ingress', 1, tcp(80))]]);
  await lab.dropped('acl_in', stranger.id, entrance, 80);
  await guard([far, [allow('egress', 1), deny('ingress', 1, host(hiddenNode)), allow('ingress', 2)]]);
  await lab.dropped('acl_in', stranger.id, entrance, 80);
});

test('a target in its node’s own subnet is inside: no boundary lies between', async () => {
  const local = world.instance(nodes, [open]);
  const beside = addTarget(world, keptTargets, local.instance);
  world.remove(targets[0] ?? assert.fail());
  const before = targets.splice(0, 1, beside);
  await guard([nodes, [allow('ingress', 1, { ...tcp(80), ...host(one) }), allow('egress', 1, EPHEMERAL)]]);
  const { where, seenFrom } = await lab.delivered(one.id, keptNode, 80);
  assert.deepEqual([where, seenFrom], [local.instance.id, at(one)]);
  await lab.dropped('acl_in', one.id, at(local.eni), 443);
  for (const each of [local.eni, local.instance, beside]) world.remove(each);
  targets.splice(0, 1, ...before);
  for (const each of before) world.put(each);
  await guard();
});

test('the second time there is nothing to do, also for who has to look', async () => {
  await guard([near, [deny('egress', 1, { cidr: '10.0.2.0/25' }), deny('egress', 2, tcp(1, 99)), ...ALL]]);
  lab.driver.forget();
  assert.equal(await lab.apply(lab.plan), 0);
});
