/** When flows are read, and what becomes of their records: handed over, kept while the edge is away, or nobody's. */
import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setImmediate as turned } from 'node:timers/promises';
import type { FlowReading } from '../../driver/netns/flows.ts';
import type { FlowBatch } from '../../edge/flow-logs/records.ts';
import { silentLog } from '../../host/log.ts';
import { NO_FACTS } from '../../model/facts.ts';
import { formatOf } from '../../model/flow-log-fields.ts';
import type { FlowLog } from '../../model/resources.ts';
import { compile } from '../../plan/compile.ts';
import { World } from '../../plan/testing/world.ts';
import { createFlowLogs } from './flow-logs.ts';

function place(context: TestContext) {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const port = world.interface(world.subnet(vpc, '10.0.0.0/24'), []);
  const { account, region, createdAt } = vpc;
  const common = { account, region, tags: {}, createdAt };
  const log = (id: string, more: Partial<FlowLog> = {}): FlowLog => ({
    ...{ ...common, kind: 'flowLog', id, resourceId: vpc.id, traffic: 'ALL', destinationArn: null, roleArn: null },
    ...{ destination: { kind: 'bucket', bucket: 'b', prefix: '' }, format: formatOf(['srcport']), intervalSeconds: 60 },
    ...{ options: null, ...more },
  });
  let counted: string[] = [];
  let isUp = true;
  let reads = 0;
  let held: Promise<void> | undefined;
  const delivered: string[] = [];
  const told: Record<string, string> = {};
  const faults = new Map<string, string>();
  const flowLogs = createFlowLogs({
    ...{ log: silentLog(), intent: world.intent(), faults, now: () => 0 },
    async readFlows(): Promise<FlowReading> {
      const flows = counted.map((each) => ({
        ...{
          domain: vpc.id,
          port: port.id,
          direction: 'egress',
          protocol: 6,
          source: '10.0.0.4',
          destination: '10.0.0.5',
        },
        ...{ packetSource: '10.0.0.4', packetDestination: '10.0.0.5', sourcePort: Number(each), destinationPort: 1 },
        ...{ packets: 1, bytes: 1, tcpFlags: 0, action: 'ACCEPT', stage: null, since: 0, until: 0 },
      })) as FlowReading['flows'];
      counted = [];
      reads++;
      await held;
      return { flows, skipped: new Map() };
    },
    async deliverFlows({ records }: FlowBatch) {
      if (!isUp) throw new Error('the edge is away');
      for (const each of records) {
        delivered.push(...each.events.map(({ message }) => `${each.log} ${message} ${each.makesGroup}`));
      }
      return told;
    },
  });
  context.after(() => flowLogs.stop());
  const applied = () => {
    flowLogs.applied(compile(world.intent(), NO_FACTS));
    // What it reads then is read before anything more is counted.
    return turned();
  };
  const taken = async () => {
    await flowLogs.read();
    return delivered.splice(0);
  };
  return {
    ...{ world, log, flowLogs, applied, taken, told, faults, common, delivered },
    reads: () => reads,
    count: (...ports: string[]) => counted.push(...ports),
    /** From now on a reading ends when what is returned is called. */
    reading: () => {
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return resolve;
    },
    up: (is: boolean) => {
      isUp = is;
    },
  };
}

test('a log where none was has all that is counted there, also during a reading; nothing is its after its end', async (context) => {
  const { world, log, applied, taken, count, reading } = place(context);
  await applied();
  world.put(log('fl-1'));
  count('1');
  await applied();
  count('2');
  assert.deepEqual(await taken(), ['fl-1 1 false', 'fl-1 2 false']);
  world.remove(log('fl-1'));
  count('3');
  await applied();
  assert.deepEqual(await taken(), []);
  // What is under way is of the plan of before.
  const goesOn = reading();
  const before = taken();
  await turned();
  world.put(log('fl-2'));
  await applied();
  goesOn();
  assert.deepEqual(await before, []);
  count('4');
  assert.deepEqual(await taken(), ['fl-2 4 false']);
});

test('a second log in a domain begins with the next reading: what that takes up was counted for the other', async (context) => {
  const { world, log, applied, taken, count } = place(context);
  world.put(log('fl-1'));
  await applied();
  world.put(log('fl-2'));
  count('3');
  await applied();
  count('4');
  assert.deepEqual(await taken(), ['fl-1 3 false', 'fl-1 4 false', 'fl-2 4 false']);
  world.remove(log('fl-1'));
  count('5');
  await applied();
  count('6');
  assert.deepEqual(await taken(), ['fl-2 5 false', 'fl-2 6 false']);
});

test('what was counted while nobody was there to read it is told by the next', async (context) => {
  const { world, log, applied, delivered, count } = place(context);
  world.put(log('fl-1'));
  count('1');
  await applied();
  await turned();
  assert.deepEqual(delivered, ['fl-1 1 false']);
});

test('it is read again and again while there is a log, and not when there is none', async (context) => {
  context.mock.timers.enable({ apis: ['setInterval'] });
  const { world, log, flowLogs, applied, delivered, count, reads } = place(context);
  world.put(log('fl-1'));
  await applied();
  await flowLogs.read();
  count('1');
  context.mock.timers.tick(10_000);
  await flowLogs.idle();
  count('2');
  context.mock.timers.tick(10_000);
  await flowLogs.idle();
  assert.deepEqual(delivered, ['fl-1 1 false', 'fl-1 2 false']);
  world.remove(log('fl-1'));
  await applied();
  const before = reads();
  context.mock.timers.tick(60_000);
  await flowLogs.idle();
  assert.equal(reads(), before);
});

test('records wait while the edge is away, in bounds, and are handed over in messages of a size', async (context) => {
  const { world, log, flowLogs, applied, taken, count, up } = place(context);
  world.put(log('fl-1'));
  await applied();
  await flowLogs.read();
  up(false);
  count('1', '2');
  assert.deepEqual(await taken(), []);
  count('3');
  assert.deepEqual(await taken(), []);
  up(true);
  assert.deepEqual(await taken(), ['fl-1 1 false', 'fl-1 2 false', 'fl-1 3 false']);
  up(false);
  const many = Array.from({ length: 60_000 }, (_, at) => String(at));
  count(...many);
  assert.deepEqual(await taken(), []);
  up(true);
  const kept = await taken();
  assert.deepEqual([kept.length, kept.at(-1)], [50_000, 'fl-1 59999 false']);
});

test('a role that may not write has nothing written; what the edge tells of failures is a fact', async (context) => {
  const { world, log, applied, taken, count, told, faults, common } = place(context);
  const policy = (Action: string[]) => JSON.stringify({ Statement: { Effect: 'Allow', Action, Resource: '*' } });
  const trusted = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: 'vpc-flow-logs.amazonaws.com' } };
  const allow = (...Action: string[]) =>
    world.put({
      ...{ ...common, kind: 'role', id: 'AROAFLOWS', region: '', name: 'flows', path: '/net/', description: null },
      ...{ trustPolicy: JSON.stringify({ Statement: trusted }), maxSessionSeconds: 3600, attachedPolicyArns: [] },
      ...{ inlinePolicies: { p: policy(Action) }, permissionsBoundaryArn: null },
    });
  const roleArn = `arn:aws:iam::${common.account}:role/net/flows`;
  world.put(log('fl-1', { roleArn, destination: { kind: 'logGroup', name: '/flows' } }));
  await applied();
  count('1');
  assert.deepEqual(await taken(), []);
  allow('logs:CreateLogStream', 'logs:PutLogEvents');
  count('2');
  told['fl-1'] = 'Access error';
  assert.deepEqual(await taken(), ['fl-1 2 false']);
  assert.deepEqual([...faults], [['fl-1', 'Access error']]);
  allow('logs:*');
  delete told['fl-1'];
  count('3');
  assert.deepEqual(await taken(), ['fl-1 3 true']);
  assert.deepEqual([...faults], []);
});
