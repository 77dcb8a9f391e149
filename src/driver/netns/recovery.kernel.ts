/** What crashes and other hands leave behind, and that the next apply mends it; and that nothing is left in the end. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { run } from '../../host/exec.ts';
import { deleteNetns, inNetns, listNetns } from '../../host/netns.ts';
import { runNft } from '../../host/nftables.ts';
import { NO_FACTS } from '../../model/facts.ts';
import { createIntent } from '../../model/intent.ts';
import { compile } from '../../plan/compile.ts';
import type { Plan } from '../../plan/plan.ts';
import { healthOf } from '../../plan/testing/balancing.ts';
import { tellServiceStory } from '../../plan/testing/service-story.ts';
import { tellStory } from '../../plan/testing/story.ts';
import { apply } from './apply.ts';
import { diff } from './diff.ts';
import { observe } from './observe.ts';
import { render } from './render.ts';
import type { Change } from './state.ts';
import { Lab } from './testing/lab.ts';

const lab = new Lab();
const story = tellStory();
const plan = compile(story.intent, NO_FACTS);
const empty = compile(createIntent(), NO_FACTS);
const eni = story.endpointInterfaces[0]?.addresses[0] ?? '';

after(() => lab.close());

async function changesTo(wanted: Plan): Promise<Change[]> {
  const state = render(wanted);
  return diff(await observe(lab.paths, state), state);
}

/** Batches taken apart, so that a run can be broken off between any two commands. */
function singly(changes: readonly Change[]): Change[] {
  return changes.flatMap((change): Change[] => {
    if (change.op === 'ip') return change.commands.map((command) => ({ ...change, commands: [command] }));
    if (change.op === 'link') return change.ends.map((end) => ({ ...change, ends: [end] }));
    if (change.op === 'unlink') return change.names.map((name) => ({ ...change, names: [name] }));
    return [change];
  });
}

test('applied twice, the second finds nothing to do, asked or remembered', async () => {
  assert.ok((await lab.apply(plan)) > 0);
  assert.equal(await lab.apply(plan), 0);
  assert.deepEqual(await changesTo(plan), []);
  await lab.delivered(story.privateEni.id, eni, 443);
});

test('when a plan is in force all its links carry packets already', async () => {
  for (let round = 0; round < 5; round++) {
    await lab.newDriver().apply(empty);
    await lab.driver.apply(plan);
    for (const id of listNetns(lab.paths.netns)) {
      const { stdout } = await run('ip', ['-j', 'link', 'show', 'type', 'veth'], { netns: lab.paths.netnsOf(id) });
      const waiting = JSON.parse(stdout || '[]').filter(({ operstate }: { operstate: string }) => operstate !== 'UP');
      assert.deepEqual(waiting, [], id);
    }
  }
  await lab.apply(plan);
});

test('a restart changes nothing and cuts nothing', async () => {
  const connection = await lab.connection(story.privateEni.id, eni, 443);
  lab.newDriver();
  assert.equal(await lab.apply(plan), 0);
  assert.ok(await connection.echoes());
  connection.close();
});

test('broken off at any step, on the way there and on the way back, the next apply ends in the same state', async () => {
  await lab.apply(empty);
  const there = singly(await changesTo(plan));
  assert.ok(there.length > 50, String(there.length));
  // Each step would take minutes: every ninth and fifth, which meet all kinds of steps.
  for (let k = 1; k < there.length; k += 9) {
    await lab.newDriver().apply(empty);
    await apply(lab.paths, there.slice(0, k));
    await lab.newDriver().apply(plan);
    assert.deepEqual(await changesTo(plan), [], `broken off after ${k}: ${JSON.stringify(there[k - 1])}`);
  }
  const back = singly(await changesTo(empty));
  for (let k = 1; k < back.length; k += 5) {
    await lab.newDriver().apply(plan);
    await apply(lab.paths, back.slice(0, k));
    await lab.newDriver().apply(plan);
    assert.deepEqual(await changesTo(plan), [], `broken off after ${k}: ${JSON.stringify(back[k - 1])}`);
  }
  await lab.apply(plan);
  await lab.delivered(story.privateEni.id, eni, 443);
});

test('a service between two VPCs, broken off at any step', async () => {
  const told = tellServiceStory();
  const wanted = compile(told.world.intent(), healthOf(told.targets));
  await lab.newDriver().apply(empty);
  const there = singly(await changesTo(wanted));
  for (let k = 1; k < there.length; k += 13) {
    await lab.newDriver().apply(empty);
    await apply(lab.paths, there.slice(0, k));
    await lab.newDriver().apply(wanted);
    assert.deepEqual(await changesTo(wanted), [], `broken off after ${k}: ${JSON.stringify(there[k - 1])}`);
  }
  await lab.apply(wanted);
  await lab.apply(plan);
});

test('what other hands did is mended, and a connection that is lives on', async () => {
  await lab.apply(plan);
  const connection = await lab.connection(story.privateEni.id, eni, 443);
  const router = lab.paths.netnsOf(story.vpc.id);
  const machine = lab.netnsOfPort(story.privateEni.id);
  const services = lab.paths.netnsOf('services');
  const ip = (netns: string, command: string) => () => run('ip', command.split(' '), { netns });
  const nft = (netns: string, text: string) => () => runNft(netns, text);
  const damages: Record<string, () => unknown> = {
    'rules gone': nft(router, 'flush ruleset'),
    'a chain emptied': nft(router, 'flush chain ip culvert forward'),
    'a rule added': nft(router, 'insert rule ip culvert forward accept'),
    'an element gone': nft(router, 'flush map ip culvert group_in'),
    'rules gone at the provider': nft(services, 'flush ruleset'),
    'a route gone': ip(router, 'route del default dev lo'),
    'a route too many': ip(router, 'route add 192.0.2.0/24 dev lo proto 67'),
    'a rule of routing gone': ip(router, 'rule del priority 1000'),
    'a neighbour gone': ip(services, 'neigh flush nud permanent'),
    'a link down': ip(services, `link set x-${story.vpc.id.slice(-13)} down`),
    'an address gone': ip(machine, 'address flush dev eth0'),
    'the default route gone': ip(machine, 'route flush table main'),
    'an interface too many': ip(router, 'link add stray type veth peer name stray2'),
    'the loopback down': ip(router, 'link set lo down'),
    'forwarding off': () => inNetns(router, () => writeFileSync('/proc/sys/net/ipv4/ip_forward', '0')),
    'the interface of an instance deleted by its root': ip(machine, 'link del eth0'),
    'the interface of an instance renamed by its root': () =>
      run('ip', ['-batch', '-'], {
        netns: machine,
        input: 'link set eth0 down\nlink set eth0 name mine\nlink set mine up\n',
      }),
  };
  for (const [name, damage] of Object.entries(damages)) {
    await damage();
    assert.notDeepEqual(await changesTo(plan), [], `${name}: not noticed`);
    lab.driver.forget();
    await lab.apply(plan);
    assert.deepEqual(await changesTo(plan), [], name);
    assert.ok(await connection.echoes(), `${name}: connection lost`);
  }
  connection.close();
});

test('a change that fails because of what others did is observed and done again', async () => {
  await lab.apply(plan);
  await run('ip', ['link', 'del', `x-${story.vpc.id.slice(-13)}`], { netns: lab.paths.netnsOf('services') });
  runNft(lab.paths.netnsOf(story.vpc.id), 'flush ruleset');
  story.world.remove(story.endpointRule);
  await lab.apply(compile(story.world.intent(), NO_FACTS));
  await lab.dropped('group_in', story.privateEni.id, eni, 443);
  story.world.put(story.endpointRule);
  await lab.apply(compile(story.world.intent(), NO_FACTS));
  await lab.delivered(story.privateEni.id, eni, 443);
});

test('a namespace that vanished is made again with all that hung on it', async () => {
  await lab.apply(plan);
  const machine = lab.port(story.twinEni.id).machine?.id ?? '';
  deleteNetns(lab.paths.netnsOf(machine));
  deleteNetns(lab.paths.usernsOf(machine));
  lab.driver.forget();
  assert.ok((await lab.driver.apply(plan)).length > 0);
  assert.deepEqual(await changesTo(plan), []);
});

test('what the root of an instance adds in there stays', async () => {
  await lab.apply(plan);
  const machine = lab.netnsOfPort(story.privateEni.id);
  await run('ip', ['address', 'add', '192.0.2.7/32', 'dev', 'eth0'], { netns: machine });
  await run('ip', ['link', 'add', 'docker0', 'type', 'veth', 'peer', 'name', 'docker1'], { netns: machine });
  assert.deepEqual(await changesTo(plan), []);
});

test('after teardown nothing is left: no namespace, no mount, no file', async () => {
  await lab.apply(plan);
  await lab.driver.teardown();
  assert.deepEqual(listNetns(lab.paths.netns), []);
  assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(lab.root));
  await lab.driver.teardown();
});
