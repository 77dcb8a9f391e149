import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Fault } from '../host/fault.ts';
import type { Plan } from '../plan/plan.ts';
import { createLoop, type LoopClock, type Parts, type Trouble } from './loop.ts';

/** Parts that write down what they are asked for; each can be made to fail. */
function fake() {
  const done: string[] = [];
  const world = {
    revision: 1,
    findings: [] as string[],
    compileError: null as Error | null,
    faults: 0,
    edgeFaults: 0,
    gate: Promise.resolve(),
  };
  const parts: Parts = {
    durable: async () => {},
    compile: () => {
      if (world.compileError !== null) throw world.compileError;
      return { revision: world.revision } as Plan;
    },
    check: () => world.findings,
    drive: async (plan) => {
      await world.gate;
      if (world.faults-- > 0) throw new Fault('the driver could not apply', new Error('no such device'));
      done.push(`drive ${plan.revision}`);
      return 1;
    },
    tellEdge: async (plan) => {
      if (world.edgeFaults-- > 0) throw new Fault('the edge does not answer');
      done.push(`edge ${plan.revision}`);
    },
    runInstances: (plan) => {
      done.push(`instances ${plan.revision}`);
    },
  };
  const troubles: Trouble[] = [];
  const loop = createLoop(parts, { now: () => '2026-01-01', onTrouble: (trouble) => troubles.push(trouble) });
  return { done, world, loop, troubles };
}

test('a round goes through driver, edge and instances, and only then counts as applied', async () => {
  const { done, loop } = fake();
  assert.equal(loop.appliedRevision, -1);
  loop.poke();
  assert.equal(loop.appliedRevision, -1);
  await loop.idle();
  assert.deepEqual(done, ['drive 1', 'edge 1', 'instances 1']);
  assert.equal(loop.appliedRevision, 1);
});

test('what is committed during a round is taken together in the next', async () => {
  const { done, world, loop } = fake();
  let open = () => {};
  world.gate = new Promise((resolve) => {
    open = resolve;
  });
  loop.poke();
  await new Promise((resolve) => setImmediate(resolve));
  for (world.revision = 2; world.revision < 9; world.revision++) loop.poke();
  open();
  await loop.idle();
  assert.deepEqual(
    done.filter((line) => line.startsWith('drive')),
    ['drive 1', 'drive 9'],
  );
});

test('one who waits need not wait for a fault that lasts', async () => {
  const { world, loop, troubles } = fake();
  world.faults = Number.POSITIVE_INFINITY;
  loop.poke();
  await loop.idle(3);
  assert.deepEqual([troubles.length, loop.trouble?.attempts], [3, 3]);
  await loop.stop();
});

test('a fault is tried again until it is gone, and shown with its cause meanwhile', async () => {
  const { done, world, loop, troubles } = fake();
  world.faults = 2;
  world.edgeFaults = 1;
  loop.poke();
  await loop.idle();
  assert.deepEqual(
    troubles.map(({ kind, step, attempts }) => `${kind} ${step} ${attempts}`),
    ['fault drive 1', 'fault drive 2', 'fault edge 1'],
  );
  assert.equal(troubles[0]?.sentence, 'the driver could not apply: no such device');
  assert.equal(loop.trouble, null);
  assert.equal(done.at(-1), 'instances 1');
});

test('a bug keeps the last good plan, is not tried again, and goes with the next change', async () => {
  const { done, world, loop } = fake();
  loop.poke();
  await loop.idle();
  world.revision = 2;
  world.findings = ['port eni-1 names no segment'];
  loop.poke();
  await loop.idle();
  assert.equal(loop.appliedRevision, 1);
  assert.equal(loop.trouble?.kind, 'bug');
  assert.match(loop.trouble?.sentence ?? '', /names no segment/);
  assert.ok(!done.includes('drive 2'));

  world.findings = [];
  world.compileError = new Error('impossible');
  loop.poke();
  await loop.idle();
  assert.equal(loop.trouble?.step, 'compile');

  world.compileError = null;
  world.revision = 3;
  loop.poke();
  await loop.idle();
  assert.equal(loop.appliedRevision, 3);
  assert.equal(loop.trouble, null);
});

test('stop ends a loop that waits to try again', async () => {
  const { world, loop } = fake();
  world.faults = Number.POSITIVE_INFINITY;
  loop.poke();
  await new Promise((resolve) => setImmediate(resolve));
  await loop.stop();
  assert.equal(loop.appliedRevision, -1);
});

/** Time that passes only when a round takes it or the test says so. */
function fakeClock() {
  let time = 0;
  const alarms = new Set<{ readonly at: number; readonly then: () => void }>();
  const clock: LoopClock = {
    now: () => time,
    after(milliseconds, then) {
      const alarm = { at: time + milliseconds, then };
      alarms.add(alarm);
      return () => void alarms.delete(alarm);
    },
  };
  return {
    clock,
    get time() {
      return time;
    },
    get alarms() {
      return alarms.size;
    },
    async pass(milliseconds: number) {
      time += milliseconds;
      for (const alarm of [...alarms]) {
        if (alarm.at > time) continue;
        alarms.delete(alarm);
        alarm.then();
      }
      await settled();
    },
  };
}

function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A loop whose rounds take `roundMs` of fake time; `starts` are the moments at which they began. */
function paced(roundMs: number) {
  const time = fakeClock();
  const starts: number[] = [];
  const world = { duringRound: () => {}, fault: false };
  const parts: Parts = {
    durable: async () => {},
    compile: () => {
      starts.push(time.time);
      return { revision: starts.length } as Plan;
    },
    check: () => [],
    drive: async () => {
      world.duringRound();
      await time.pass(roundMs);
      if (world.fault) throw new Fault('the driver could not apply');
      return 0;
    },
    tellEdge: async () => {},
    runInstances: () => {},
  };
  return { time, starts, world, loop: createLoop(parts, { now: () => '2026-01-01', clock: time.clock }) };
}

test('a commit that comes alone starts a round at once', async () => {
  const { time, starts, loop } = paced(40);
  for (let round = 0; round < 3; round++) {
    loop.poke();
    await loop.idle();
    await time.pass(1000);
  }
  assert.deepEqual(starts, [0, 1040, 2080]);
  assert.equal(time.alarms, 0);
});

test('while commits stream in, each round is followed by a rest of three quarters of its time', async () => {
  const { time, starts, world, loop } = paced(40);
  world.duringRound = () => loop.poke();
  loop.poke();
  await settled();
  for (const expected of [[0], [0, 70], [0, 70, 140]]) {
    await settled();
    assert.deepEqual(starts, expected);
    await time.pass(29);
    assert.deepEqual(starts, expected);
    await time.pass(1);
  }
  await loop.stop();
  assert.equal(time.alarms, 0);
});

test('a commit that comes during a rest waits for its end, and further ones do not prolong or end it', async () => {
  const { time, starts, loop } = paced(40);
  loop.poke();
  await loop.idle();
  await time.pass(10);
  loop.poke();
  await time.pass(10);
  loop.poke();
  await time.pass(9);
  assert.deepEqual(starts, [0]);
  await time.pass(1);
  await loop.idle();
  assert.deepEqual(starts, [0, 70]);
});

test('however long a round took, the rest has an end', async () => {
  const { time, starts, loop } = paced(2000);
  loop.poke();
  await loop.idle();
  loop.poke();
  await time.pass(99);
  assert.deepEqual(starts, [0]);
  await time.pass(1);
  await loop.idle();
  assert.deepEqual(starts, [0, 2100]);
});

test('after a fault a commit tries again, but not without the rest', async () => {
  const { time, starts, world, loop } = paced(40);
  world.fault = true;
  loop.poke();
  await settled();
  world.fault = false;
  loop.poke();
  await settled();
  assert.deepEqual(starts, [0]);
  await time.pass(30);
  await loop.idle();
  assert.deepEqual(starts, [0, 70]);
  assert.equal(loop.trouble, null);
});

test('stop ends a rest, and nothing starts after it', async () => {
  const { starts, loop } = paced(40);
  loop.poke();
  await loop.idle();
  loop.poke();
  await loop.stop();
  assert.deepEqual(starts, [0]);
});
