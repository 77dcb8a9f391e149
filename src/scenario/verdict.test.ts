import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Hop, Trace } from '../analyse/flow.ts';
import type { Fate } from '../daemon/live/probe.ts';
import { toldByKernel, toldByTrace } from '../daemon/live/told.ts';
import { agrees, type Wanted } from './verdict.ts';

const FLOW = {
  from: { kind: 'port', port: 'eni-1', address: null },
  to: { address: '', port: 1, code: null },
  protocol: '6',
} as const;

function trace(outcome: Trace['outcome'], more: Partial<Trace> = {}): Trace {
  return { flow: FLOW, outcome, hops: [], reasons: [], receiver: null, seenFrom: null, targets: [], ...more };
}

function blocked(stage: Hop['stage'], direction: Hop['direction']): Trace {
  const at = { domain: '', component: '', source: '', destination: '', by: null };
  const reason = { code: 'SG_HAS_NO_RULES', components: [], sentence: 'none' } as const;
  return trace('dropped', { hops: [{ stage, direction, ...at, reason }] });
}

const arrives = (port: string, seenFrom = '10.0.0.1') =>
  trace('delivered', { receiver: { kind: 'port', id: port }, seenFrom });
const machineOf = (port: string) => port.replace('eni', 'i');

describe('the analyser', () => {
  const rows: readonly (readonly [what: string, trace: Trace, wanted: Wanted, expected: boolean])[] = [
    ['arrives', arrives('eni-2'), { kind: 'delivered', to: ['i-2'], seenFrom: '10.0.0.1' }, true],
    ['arrives elsewhere', arrives('eni-2'), { kind: 'delivered', to: ['i-3'], seenFrom: null }, false],
    ['is seen otherwise', arrives('eni-2'), { kind: 'delivered', to: [], seenFrom: '10.0.0.2' }, false],
    ['arrives where nobody listens', arrives('eni-2'), { kind: 'refused', to: ['i-2'] }, true],
    ['leaves no more', blocked('group', 'egress'), { kind: 'dropped', stage: 'group_out', reason: null }, true],
    ['does not enter', blocked('group', 'ingress'), { kind: 'dropped', stage: 'group_out', reason: null }, false],
    ['has a reason', blocked('cross', 'ingress'), { kind: 'dropped', stage: 'cross', reason: 'SG_HAS_NO_RULES' }, true],
    ['has another reason', blocked('cross', 'ingress'), { kind: 'dropped', stage: 'cross', reason: 'X' }, false],
    ['finds nobody', blocked('target', 'ingress'), { kind: 'dropped', stage: 'route', reason: null }, true],
    ['is dropped', blocked('cross', 'ingress'), { kind: 'delivered', to: [], seenFrom: null }, false],
    ['arrives all the same', arrives('eni-2'), { kind: 'dropped', stage: 'cross', reason: null }, false],
  ];
  for (const [what, told, wanted, expected] of rows) {
    it(what, () => assert.equal(agrees(toldByTrace(told, machineOf), wanted, 'analyser'), expected));
  }

  it('is asked about the way that the packet took', () => {
    const told = toldByTrace(trace('depends', { targets: [arrives('eni-2'), blocked('group', 'ingress')] }), machineOf);
    const met = (where: string) => toldByKernel({ kind: 'delivered', where, seenFrom: '10.0.0.1', socket: null });
    const wanted = { kind: 'delivered', to: [], seenFrom: null } as const;
    assert.ok(agrees(told, wanted, 'analyser', met('i-2')));
    assert.ok(!agrees(told, wanted, 'analyser', met('i-3')));
    assert.ok(agrees(told, { kind: 'dropped', stage: 'group_in', reason: null }, 'analyser'));
  });

  it('is asked about every way where the kernel does not tell which it was', () => {
    const told = toldByTrace(trace('delivered', { targets: [arrives('eni-2'), arrives('eni-3')] }), machineOf);
    const ping = toldByKernel({ kind: 'delivered', where: null, seenFrom: null, socket: null });
    const says = (to: string[], seenFrom: string | null) =>
      agrees(told, { kind: 'delivered', to, seenFrom }, 'analyser', ping);
    assert.deepEqual([says([], null), says(['i-2', 'i-3'], '10.0.0.1')], [true, true]);
    assert.deepEqual([says(['i-2'], null), says([], '10.0.0.2')], [false, false]);
  });
});

describe('the kernel', () => {
  const at = (where: string | null): Fate => ({
    kind: 'delivered',
    where,
    seenFrom: where && '10.0.0.1',
    socket: null,
  });
  const rows: readonly (readonly [what: string, fate: Fate, wanted: Wanted, expected: boolean])[] = [
    ['answers', at('i-2'), { kind: 'delivered', to: ['i-2', 'i-3'], seenFrom: '10.0.0.1' }, true],
    ['answers from elsewhere', at('i-2'), { kind: 'delivered', to: ['i-3'], seenFrom: null }, false],
    ['answers without a name', at(null), { kind: 'delivered', to: [], seenFrom: null }, true],
    ['refuses', { kind: 'refused' }, { kind: 'refused', to: ['i-2'] }, true],
    ['refuses and should answer', { kind: 'refused' }, { kind: 'delivered', to: [], seenFrom: null }, false],
    [
      'drops there',
      { kind: 'dropped', stages: [{ domain: 'vpc-1', stage: 'cross' }] },
      { kind: 'dropped', stage: 'cross', reason: 'X' },
      true,
    ],
    [
      'drops elsewhere',
      { kind: 'dropped', stages: [{ domain: 'vpc-1', stage: 'route' }] },
      { kind: 'dropped', stage: 'cross', reason: null },
      false,
    ],
    ['says nothing', { kind: 'lost' }, { kind: 'dropped', stage: 'cross', reason: null }, false],
    ['fails', { kind: 'failed', code: 'ENETUNREACH' }, { kind: 'delivered', to: [], seenFrom: null }, false],
  ];
  for (const [what, fate, wanted, expected] of rows) {
    it(what, () => assert.equal(agrees(toldByKernel(fate), wanted, 'kernel'), expected));
  }
});
