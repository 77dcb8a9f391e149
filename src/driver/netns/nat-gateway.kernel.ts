/**
 * NAT gateways, packets: what scenarios do not show. Ports of one address towards one destination end, a connection that was
 * forgotten is reset, and a restart finds nothing to do.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { cutFlows } from '../../host/conntrack.ts';
import { NO_FACTS } from '../../model/facts.ts';
import type { NetworkInterface } from '../../model/resources.ts';
import { compile } from '../../plan/compile.ts';
import { addNatGateway } from '../../plan/testing/nat.ts';
import { allowAll, World } from '../../plan/testing/world.ts';
import { Lab } from './testing/lab.ts';

/** Few enough to be used up. */
const PORTS = 2;
const lab = new Lab({ nodePorts: { from: 20_000, to: 20_000 + PORTS - 1 } });
const world = new World();
const vpc = world.vpc('10.0.0.0/16');
const far = world.vpc('10.0.0.0/16');
const outer = world.subnet(vpc, '10.0.1.0/24');
const inner = world.subnet(vpc, '10.0.2.0/24');
const farSubnet = world.subnet(far, '10.0.1.0/24');
world.gateway(vpc, [outer]);
world.gateway(far, [farSubnet]);
const group = world.group(vpc, 'app', allowAll('ingress'), allowAll('egress'));
const farGroup = world.group(far, 'web', allowAll('ingress'), allowAll('egress'));
const app = world.instance(inner, [group]).eni;
const web = world.instance(farSubnet, [farGroup], { isPublic: true }).eni;
const other = world.instance(farSubnet, [farGroup], { isPublic: true }).eni;
const nat = addNatGateway(world, outer, '198.18.9.9');
world.routeTable(vpc, [{ destination: '0.0.0.0/0', target: { kind: 'natGateway', id: nat.id } }], [inner]);

const plan = () => compile(world.intent(), NO_FACTS);
const at = ({ publicAddress }: NetworkInterface) => publicAddress ?? '';

before(() => lab.apply(plan()));
after(() => lab.close());

test('it is in force, and neither a second time nor a restart changes anything', async () => {
  assert.equal((await lab.delivered(app.id, at(web), 80)).seenFrom, '198.18.9.9');
  assert.equal(await lab.apply(plan()), 0);
  lab.newDriver();
  assert.equal(await lab.apply(plan()), 0);
  assert.equal((await lab.delivered(app.id, at(web), 9000, 'udp')).seenFrom, '198.18.9.9');
});

test('a connection that it has forgotten is reset when its client goes on', async () => {
  const connection = await lab.connection(app.id, at(web), 80);
  assert.equal(await connection.echoes(), true);
  await cutFlows(lab.paths.netnsOf(nat.id), [app.addresses[0] ?? '']);
  assert.equal(await connection.isReset(), true);
});

test('its ports towards one destination end; others are not concerned', async () => {
  const path = lab.paths.netnsOf(nat.id);
  const kept = [];
  for (let n = 0; n < PORTS; n++) kept.push(await lab.connection(app.id, at(other), 443));
  const before = lab.driver.portAllocationErrors(nat.id);
  const lost = lab.connection(app.id, at(other), 443).then(
    (late) => late.close(),
    () => undefined,
  );
  for (const end = Date.now() + 10_000; lab.driver.portAllocationErrors(nat.id) === before; ) {
    assert.ok(Date.now() < end, 'no port allocation error');
    await new Promise((resolve) => setTimeout(resolve, 4));
  }
  const elsewhere = await lab.connection(app.id, at(other), 8080);
  for (const each of [...kept, elsewhere]) each.close();
  await cutFlows(path, [app.addresses[0] ?? '']);
  await lost;
});

test('what it carries is metered, and what nobody inside asked for is not', async () => {
  const reading = async () =>
    (await lab.driver.readMeters(lab.plan)).find(({ kind, id }) => kind === 'nat' && id === nat.id) ?? assert.fail();
  // What earlier tests have sent may still be under way.
  let before = await reading();
  for (const end = Date.now() + 10_000; ; ) {
    await sleep(300);
    const now = await reading();
    if (isDeepStrictEqual(now, before)) break;
    assert.ok(Date.now() < end);
    before = now;
  }
  await lab.delivered(app.id, at(web), 9000, 'udp');
  const used = await reading();
  assert.equal(used.newConnections, before.newConnections + 1);
  assert.equal(used.forward.packets, before.forward.packets + 1);
  // A question mark behind IP's and UDP's headers.
  assert.equal(used.forward.bytes, before.forward.bytes + 29);
  assert.equal(used.back.packets, before.back.packets + 1);
  await lab.dropped('nat', web.id, at({ publicAddress: '198.18.9.9' } as NetworkInterface), 80);
  const refused = await reading();
  assert.ok(refused.droppedPackets > used.droppedPackets);
  assert.deepEqual(
    [refused.forward, refused.back, refused.newConnections],
    [used.forward, used.back, used.newConnections],
  );
});
