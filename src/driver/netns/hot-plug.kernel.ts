/** Interfaces that come and go while an instance runs, by packets on the real kernel; each also asked of the analyser. Needs root. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { run } from '../../host/exec.ts';
import { NO_FACTS } from '../../model/facts.ts';
import type { Instance, NetworkInterface } from '../../model/resources.ts';
import { compile } from '../../plan/compile.ts';
import { allowAll, allowTcp, World } from '../../plan/testing/world.ts';
import { Lab } from './testing/lab.ts';

const ANY_6 = { kind: 'cidr', cidr: '::/0' } as const;

const lab = new Lab();
const world = new World();
const vpc = world.vpc('10.0.0.0/16', { ipv6Cidrs: ['3fff:0:1::/56'] });
const frontSubnet = world.subnet(vpc, '10.0.0.0/24', 'a', '3fff:0:1::/64');
const backSubnet = world.subnet(vpc, '10.0.1.0/24', 'a', '3fff:0:1:1::/64');
const clients = world.group(vpc, 'clients', allowAll('egress'), allowAll('egress', ANY_6), allowAll('ingress'));
const fronts = world.group(vpc, 'fronts', allowTcp('ingress', 80), allowAll('egress'));
const backs = world.group(vpc, 'backs', allowTcp('ingress', 443), allowTcp('ingress', 443, ANY_6));
const opens = world.group(vpc, 'opens', allowAll('ingress'), allowAll('egress'));
const { instance, eni: front } = world.instance(frontSubnet, [fronts]);
const { instance: second } = world.instance(frontSubnet, [fronts]);
const near = world.instance(frontSubnet, [clients], { ipv6: '3fff:0:1::c' }).eni;
const far = world.instance(backSubnet, [clients], { ipv6: '3fff:0:1:1::c' }).eni;
const back = world.interface(backSubnet, [backs], { ipv6Addresses: ['3fff:0:1:1::b'] });
const twin = world.interface(frontSubnet, [opens]);

const plan = () => compile(world.intent(), NO_FACTS);
const [front4 = '', back4 = '', twin4 = '', near4 = '', far4 = ''] = [front, back, twin, near, far].map(
  ({ addresses: [address] }) => address,
);
const [back6 = ''] = back.ipv6Addresses;

async function plug(port: NetworkInterface, deviceIndex: number, into: Instance = instance): Promise<void> {
  const attachment = {
    id: `eni-attach-${port.id.slice(4)}`,
    instanceId: into.id,
    deviceIndex,
    deleteOnTermination: false,
    attachedAt: '2026-01-01T00:00:00.000Z',
  };
  world.put({ ...port, attachment });
  await lab.apply(plan());
}

async function unplug(port: NetworkInterface): Promise<void> {
  world.put(port);
  await lab.apply(plan());
}

/** What the instance's own root sees. */
async function rules(family: 4 | 6 = 4): Promise<string> {
  const netns = lab.paths.netnsOf(instance.id);
  return (await run('ip', [`-${family}`, 'rule', 'show'], { netns })).stdout;
}

before(() => lab.apply(plan()));
after(() => lab.close());

test('an interface of another subnet is reached while its instance runs, and judged by its own groups', async () => {
  assert.doesNotMatch(await rules(), /1000\d/);
  await lab.dropped('route', near.id, back4, 443);
  const kept = await lab.connection(near.id, front4, 80);
  await plug(back, 1);
  assert.ok(await kept.echoes(), 'what was there is not disturbed');
  kept.close();
  for (const client of [near.id, far.id]) {
    await lab.delivered(client, back4, 443);
    await lab.dropped('group_in', client, back4, 80);
    // The client in the new interface's subnet too: the answer goes back the way that it came.
    await lab.delivered(client, front4, 80);
    await lab.dropped('group_in', client, front4, 443);
    await lab.delivered(client, back6, 443);
    await lab.dropped('group_in', client, back6, 80);
  }
  await lab.delivered(front.id, far4, 22);
  await lab.dropped('group_out', back.id, far4, 22);
  await lab.dropped('group_out', back.id, near4, 22);
});

test('a restart of control finds all as it is', async () => {
  lab.newDriver();
  assert.equal(await lab.apply(plan()), 0);
  const { stdout } = await run('ip', ['rule', 'del', 'from', back4], { netns: lab.paths.netnsOf(instance.id) });
  assert.equal(stdout, '');
  lab.newDriver();
  await lab.apply(plan());
  await lab.delivered(near.id, back4, 443);
});

test('a second one in the subnet of the first', async () => {
  await plug(twin, 3);
  for (const client of [near.id, far.id]) {
    await lab.delivered(client, twin4, 22);
    await lab.dropped('group_in', client, front4, 22);
    await lab.delivered(client, front4, 80);
    await lab.delivered(client, back4, 443);
  }
  await lab.delivered(twin.id, near4, 22);
  await lab.delivered(twin.id, far4, 22);
});

test('after it is detached nothing reaches it, its connections end, and what stays is not disturbed', async () => {
  const [cut, kept] = [await lab.connection(near.id, back4, 443), await lab.connection(near.id, twin4, 22)];
  await unplug(back);
  await lab.dropped('route', near.id, back4, 443);
  await lab.dropped('route', far.id, back6, 443);
  assert.equal(await cut.echoes(), false);
  assert.ok(await kept.echoes());
  cut.close();
  kept.close();
  await lab.delivered(far.id, twin4, 22);
  await lab.delivered(far.id, front4, 80);
  assert.ok(!(await rules()).includes(back4));
  assert.doesNotMatch(await rules(6), /1000\d/);
});

test('another index, another instance and another interface at its index: no way of before is left', async () => {
  await plug(back, 2);
  await lab.delivered(far.id, back4, 443);
  await unplug(twin);
  await plug(twin, 1);
  await lab.delivered(far.id, twin4, 22);
  await lab.delivered(near.id, back4, 443);
  // In one step, as after a pause of control.
  world.put(twin);
  await plug(back, 1, second);
  const { where } = await lab.delivered(far.id, back4, 443);
  assert.equal(where, second.id);
  await lab.dropped('route', far.id, twin4, 22);
  assert.doesNotMatch(await rules(), /1000\d/);
  await lab.delivered(far.id, front4, 80);
});

test('an address that is taken away goes where somebody else changed what is there; one of its root’s stays', async () => {
  const extra = '10.0.1.99';
  const netns = lab.paths.netnsOf(instance.id);
  const addresses = async () => (await run('ip', ['-4', 'address', 'show'], { netns })).stdout;
  await plug({ ...twin, addresses: [...twin.addresses, '10.0.0.99'] }, 1);
  await plug({ ...back, addresses: [...back.addresses, extra] }, 2);
  await lab.delivered(far.id, extra, 443);
  await run('ip', ['address', 'add', '10.0.1.98/24', 'dev', 'eth2'], { netns });
  // What the driver would take away is not there: it has to look.
  await run('ip', ['rule', 'del', 'from', extra], { netns });
  await plug(back, 2);
  await lab.dropped('route', far.id, extra, 443);
  const { stdout } = await run('ip', ['-4', 'rule', 'show'], { netns });
  assert.ok(!stdout.includes(extra));
  const shown = await addresses();
  assert.ok(!shown.includes(extra), 'its own address is not taken away');
  assert.match(shown, /10\.0\.1\.98/);
  await plug(twin, 1);
  assert.doesNotMatch(await addresses(), /10\.0\.0\.99/);
  await unplug(twin);
  await unplug(back);
});

test('a stopped instance has it when it starts', async () => {
  world.put({ ...instance, wanted: 'stopped' });
  await plug(twin, 1);
  await lab.dropped('route', far.id, twin4, 22);
  world.put({ ...instance, boots: 2 });
  await lab.apply(plan());
  await lab.delivered(far.id, twin4, 22);
  await lab.delivered(far.id, front4, 80);
});
