import assert from 'node:assert/strict';
import { test } from 'node:test';
import { askedForReboot, type MachineRecord, nextStep, restingFact, type Step, type Wanted } from './decide.ts';

const running = (boots: number): Wanted => ({ wanted: 'running', boots });
const stopped = (boots: number): Wanted => ({ wanted: 'stopped', boots });
const ran = (boots: number): MachineRecord => ({ boots, endedInside: false, stopAsked: false, base: 'b' });
const ended = (boots: number): MachineRecord => ({ ...ran(boots), endedInside: true });

const table: readonly (readonly [what: string, Wanted | null, MachineRecord | null, runs: boolean, Step])[] = [
  ['never ran', running(1), null, false, 'start'],
  ['never ran, and shall not', stopped(1), null, false, 'nothing'],
  ['as wanted', running(1), ran(1), true, 'nothing'],
  ['a higher boot number', running(2), ran(1), true, 'restart'],
  ['a lower boot number is old news', running(1), ran(2), true, 'nothing'],
  ['stop', stopped(1), ran(1), true, 'stop'],
  ['stopped as wanted', stopped(1), ran(1), false, 'nothing'],
  ['start after a stop', running(2), ran(1), false, 'start'],
  ['the host was restarted', running(1), ran(1), false, 'start'],
  ['it shut itself down', running(1), ended(1), false, 'nothing'],
  ['it shut itself down and is asked for again', running(2), ended(1), false, 'start'],
  ['removed while it runs', null, ran(1), true, 'terminate'],
  ['removed after a stop', null, ran(1), false, 'terminate'],
  ['removed before it ran', null, null, false, 'terminate'],
];
for (const [what, wanted, record, runs, step] of table) {
  test(`${what}: ${step}`, () => assert.equal(nextStep(wanted, record, runs), step));
}

test('after the step nothing is left to do', () => {
  for (const [what, wanted, record, runs, step] of table) {
    if (wanted === null || step === 'nothing') continue;
    const after = step === 'stop' ? record : ran(wanted.boots);
    assert.equal(nextStep(wanted, after, step !== 'stop'), 'nothing', what);
    assert.equal(runs && step === 'start', false, what);
  }
});

test('what is told between steps', () => {
  assert.deepEqual(restingFact(ran(3), true, null), { state: 'running', boots: 3, fault: null });
  assert.deepEqual(restingFact(ran(3), false, null), { state: 'stopped', boots: 3, fault: null });
  assert.deepEqual(restingFact(ended(3), false, null), { state: 'stopped', boots: 3, fault: null, ended: 'inside' });
  assert.deepEqual(restingFact(ended(3), true, null), { state: 'running', boots: 3, fault: null });
  assert.deepEqual(restingFact(null, false, null), { state: 'stopped', boots: 0, fault: null });
  assert.deepEqual(restingFact(ran(3), false, 'why'), { state: 'pending', boots: 3, fault: 'why' });
});

test('a reboot from inside is told from a power-off, a crash and silence', () => {
  assert.deepEqual([129, 130, 137, 0, undefined].map(askedForReboot), [true, false, false, false, false]);
});
