/** Forty VPCs with one range, each with an endpoint to one service; each packet also asked of the analyser. Needs root. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { compile } from '../../plan/compile.ts';
import { type Consumer, manyVpcs, SERVICE_PORT } from '../../plan/testing/many-vpcs.ts';
import { allowTcp } from '../../plan/testing/world.ts';
import { Lab, MACHINE_PORTS } from './testing/lab.ts';

const COUNT = 40;
const lab = new Lab();
const many = manyVpcs(COUNT);
const plan = () => compile(many.world.intent(), many.facts);
const neighbour = (at: number) => many.consumers[(at + 1) % COUNT] as Consumer;

before(() => lab.apply(plan()));
after(() => lab.close());

test('each reaches the service through its own endpoint, and is to its target one client as the others', async () => {
  assert.equal(new Set(many.consumers.map(({ client, address }) => `${client} ${address}`)).size, 2);
  for (const { port, address } of many.consumers) {
    const { where, seenFrom } = await lab.delivered(port, address, SERVICE_PORT);
    assert.deepEqual([where, seenFrom], [many.target.machine, many.node]);
  }
});

test('none reaches another, nor the provider’s VPC beside the service', async () => {
  const [port] = MACHINE_PORTS;
  assert.ok(port);
  for (const [at, consumer] of many.consumers.entries()) {
    const other = neighbour(at);
    await lab.dropped('route', consumer.port, other.client, port);
    // What the kernel counts is asked for in all namespaces: dear, and alike in all of them.
    if (at > 1) continue;
    const crossing = lab.plan.crossings.find(({ consumer: id }) => id === other.vpc.id);
    assert.ok(crossing);
    await lab.dropped('route', consumer.port, crossing.linkAddress, SERVICE_PORT);
    await lab.dropped('route', consumer.port, crossing.targetAddress, SERVICE_PORT);
    await lab.dropped('cross', consumer.port, consumer.address, port);
  }
});

test('what one of them changes is the change of one or two namespaces, and nobody else’s connection notices', async () => {
  const [one, two] = many.consumers;
  assert.ok(one && two);
  const others = await Promise.all(
    many.consumers.slice(1).map(({ port, address }) => lab.connection(port, address, SERVICE_PORT)),
  );
  many.world.rule(one.group, allowTcp('ingress', 443));
  assert.equal(await lab.apply(plan()), 1);
  const endpoint = many.world.intent().table('vpcEndpoint').get(one.endpoint);
  assert.ok(endpoint);
  many.world.put({ ...endpoint, acceptance: 'rejected' });
  const changes = await lab.driver.apply(plan());
  assert.deepEqual(
    [...new Set(changes.map(({ namespace }) => namespace))].sort(),
    [one.vpc.id, lab.plan.balancers[0]?.domain ?? ''].sort(),
  );
  await lab.apply(plan());
  await lab.dropped('cross', one.port, one.address, SERVICE_PORT);
  for (const connection of others) {
    assert.ok(await connection.echoes());
    connection.close();
  }
  many.world.put(endpoint);
  await lab.apply(plan());
  await lab.delivered(one.port, one.address, SERVICE_PORT);
});

test('another consumer, while forty are there; looked at anew, nothing is to be done', async () => {
  const another = many.add();
  await lab.apply(plan());
  await lab.delivered(another.port, another.address, SERVICE_PORT);
  const changes = await lab.newDriver().apply(plan());
  assert.deepEqual(
    changes.filter(({ op }) => op !== 'cut'),
    [],
  );
});
