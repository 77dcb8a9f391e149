import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endedInstances } from './ended.ts';
import { describe, interfacesOf, launch, type Network, network, report, running, stateName } from './fixture.ts';

const NOW = '2026-02-03T04:05:06.000Z';

/** As the control process does it. */
function follow({ h }: Network): number {
  const edits = endedInstances(h.intent, h.facts, NOW);
  h.intent.apply(edits);
  return edits.length;
}

function powerOff(n: Network, id: string): void {
  report(n, id, 'stopped', { ended: 'inside' });
}

test('an instance that shuts itself down is stopped, and gives its public address back', () => {
  const n = network();
  const id = running(n, {
    NetworkInterfaces: [{ DeviceIndex: 0, SubnetId: n.subnetId, AssociatePublicIpAddress: true }],
  });
  powerOff(n, id);
  follow(n);
  const shown = describe(n, id);
  assert.equal(shown.State.Name, 'stopped');
  assert.deepEqual(shown.StateReason, {
    Code: 'Client.InstanceInitiatedShutdown',
    Message: 'Client.InstanceInitiatedShutdown: Instance initiated shutdown',
  });
  assert.equal(shown.StateTransitionReason, '');
  assert.equal(shown.PublicIpAddress, undefined);
  assert.equal(follow(n), 0);
});

test('with shutdown behavior terminate it is terminated, protection or not', () => {
  const n = network();
  const id = running(n, { InstanceInitiatedShutdownBehavior: 'terminate', DisableApiTermination: true });
  powerOff(n, id);
  follow(n);
  assert.equal(describe(n, id).StateReason.Code, 'Client.InstanceInitiatedShutdown');
  assert.deepEqual(interfacesOf(n, id), []);
  report(n, id, 'terminated');
  assert.equal(stateName(n, id), 'terminated');
});

test('what ended otherwise, and an older boot, change nothing', () => {
  const n = network();
  const id = running(n);
  report(n, id, 'stopped');
  assert.equal(follow(n), 0);
  powerOff(n, id);
  n.h.call('RebootInstances', { InstanceIds: [id] });
  report(n, id, 'stopped', { ended: 'inside', boots: 1 });
  assert.equal(follow(n), 0);
  n.h.facts.machines.set('i-0123456789abcdef0', { state: 'stopped', boots: 1, fault: null, ended: 'inside' });
  const stopped = launch(n);
  n.h.call('TerminateInstances', { InstanceIds: [stopped] });
  powerOff(n, stopped);
  assert.equal(follow(n), 0);
});

test('started again it runs, with no reason left', () => {
  const n = network();
  const id = running(n);
  powerOff(n, id);
  follow(n);
  n.h.call('StartInstances', { InstanceIds: [id] });
  report(n, id, 'running');
  assert.equal(follow(n), 0);
  assert.deepEqual([stateName(n, id), describe(n, id).StateReason], ['running', undefined]);
});
