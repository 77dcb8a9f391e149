/** Load balancers' nodes that run out of ports: a range of a few ports, really used up. Needs root. */
import assert from 'node:assert/strict';
import { Socket } from 'node:net';
import { after, before, test } from 'node:test';
import { wayOf } from '../../analyse/flow.ts';
import { trace } from '../../analyse/trace.ts';
import { crowdedWays } from '../../host/conntrack-ports.ts';
import { run } from '../../host/exec.ts';
import { tcpSocket } from '../../host/sockets.ts';
import { compile } from '../../plan/compile.ts';
import { addListener, addTarget, addTargetGroup } from '../../plan/testing/balancing.ts';
import { manyVpcs, SERVICE_PORT } from '../../plan/testing/many-vpcs.ts';
import type { Connection } from './testing/lab.ts';
import { Lab } from './testing/lab.ts';

const PORTS = { from: 20_000, to: 20_019 };
const COUNT = PORTS.to - PORTS.from + 1;
const SILENCE_MS = 400;
const PATIENCE_MS = 15_000;

const lab = new Lab({ nodePorts: PORTS });
const many = manyVpcs(2);
const [one, two] = many.consumers;
assert.ok(one && two);
const [shared] = many.world.intent().table('loadBalancer').all();
assert.ok(shared);
const provider = shared.vpcId;
const plan = () => compile(many.world.intent(), many.facts);

before(() => lab.apply(plan()));
after(() => lab.close());

async function connections(count: number): Promise<Connection[]> {
  const open: Connection[] = [];
  for (let at = 0; at < count; at++) {
    const { port, address } = [one, two][at % 2] as NonNullable<typeof one>;
    open.push(await lab.connection(port, address, SERVICE_PORT));
  }
  return open;
}

/** Whether a connection is made within that time; AWS's client sees a timeout too. */
function connects(from: string, to: string, port = SERVICE_PORT, withinMs = SILENCE_MS): Promise<boolean> {
  const socket = new Socket({ fd: tcpSocket(lab.netnsOfPort(from)) });
  return new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), withinMs);
    socket
      .on('error', () => undefined)
      .connect({ host: to, port }, () => {
        clearTimeout(timer);
        resolve(true);
      });
  }).finally(() => {
    // Node resets only what is connected, and else waits for that: two minutes.
    if (socket.connecting) socket.destroy();
    else socket.resetAndDestroy();
  });
}

const told = (exhausted: readonly string[]) =>
  trace(
    lab.plan,
    {
      from: { kind: 'port', port: one.port, address: null },
      to: { address: one.address, port: SERVICE_PORT, code: null },
      protocol: '6',
    },
    { exhausted: new Set(exhausted) },
  );

test('each way from a node to a target has so many ports; the next connection times out, is counted and told', async () => {
  assert.equal(lab.driver.portAllocationErrors(provider), 0);
  assert.deepEqual(lab.driver.exhausted(provider), []);
  const open = await connections(COUNT);
  assert.equal(lab.driver.portAllocationErrors(provider), 0, 'the range has so many');
  const ways = lab.driver.exhausted(provider);
  assert.deepEqual(ways, [
    { node: many.node, target: { address: many.target.address, port: SERVICE_PORT }, connections: COUNT },
  ]);
  assert.ok(!(await connects(one.port, one.address)));
  assert.ok(lab.driver.portAllocationErrors(provider) > 0);
  const { outcome, targets } = told(ways.map(({ node, target }) => wayOf(node, target)));
  assert.equal(outcome, 'dropped');
  assert.equal(targets[0]?.reasons[0]?.code, 'CULVERT_NODE_OUT_OF_PORTS');
  assert.equal(told([]).outcome, 'delivered');
  // Those that are go on, and seen from the target they are of the range.
  for (const connection of open) assert.ok(await connection.echoes());
  const { stdout } = await run('ss', ['-tnH', `sport = :${SERVICE_PORT}`], {
    netns: lab.paths.netnsOf(many.target.machine),
  });
  const ports = stdout
    .trim()
    .split('\n')
    .map((line) => Number(line.trim().split(/\s+/)[4]?.split(':').at(-1)));
  assert.deepEqual(
    [...new Set(ports)].sort(),
    Array.from({ length: COUNT }, (_, at) => PORTS.from + at),
  );
  // One that ends makes room.
  open.pop()?.close();
  const errors = lab.driver.portAllocationErrors(provider);
  for (const until = Date.now() + PATIENCE_MS; !(await connects(two.port, two.address)); ) {
    assert.ok(Date.now() < until, 'no port came back');
  }
  assert.ok(lab.driver.portAllocationErrors(provider) >= errors);
  for (const connection of open) connection.close();
});

test('another port of the same target is another way, with ports of its own', async () => {
  for (const until = Date.now() + PATIENCE_MS; crowdedWays(lab.paths.netnsOf(provider), 1).length > 0; ) {
    assert.ok(Date.now() < until, 'earlier connections are not forgotten');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const open = await connections(COUNT);
  assert.ok(!(await connects(one.port, one.address)));
  const vpc = many.world.intent().table('vpc').get(provider);
  const [instance] = [...many.world.intent().table('instance').all()].filter(({ id }) => id === many.target.machine);
  assert.ok(vpc && instance);
  const group = addTargetGroup(many.world, vpc, 'more', { port: 8080 });
  addListener(many.world, shared, group, 8080);
  addTarget(many.world, group, instance);
  await lab.apply(plan());
  assert.ok(await connects(one.port, one.address, 8080));
  assert.ok(!(await connects(one.port, one.address)));
  for (const connection of open) connection.close();
});
