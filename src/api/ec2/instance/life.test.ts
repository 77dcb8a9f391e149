import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MachineFact } from '../../../model/facts.ts';
import { sweep } from '../sweep.ts';
import {
  describe,
  interfacesOf,
  launch,
  type Network,
  network,
  refusal,
  report,
  running,
  stateName,
  UNKNOWN,
} from './fixture.ts';
import { TERMINATED_VISIBLE_SECONDS } from './sweep.ts';

const ABSENT = null;

function stored(n: Network, id: string) {
  const instance = n.h.intent.table('instance').get(id);
  assert.ok(instance);
  return instance;
}

function publicNetwork(): Network {
  const n = network();
  n.h.call('ModifySubnetAttribute', { SubnetId: n.subnetId, MapPublicIpOnLaunch: { Value: true } });
  return n;
}

test('the state for each wish and each state of the machine', () => {
  const n = network();
  const states = ['pending', 'running', 'stopping', 'stopped', 'shutting-down', 'terminated'] as const;
  const table: Record<string, Record<string, string>> = {};
  for (const wanted of ['running', 'stopped', 'terminated'] as const) {
    for (const state of [ABSENT, ...states]) {
      const id = launch(n);
      n.h.intent.apply([{ op: 'put', resource: { ...stored(n, id), wanted } }]);
      if (state !== ABSENT) report(n, id, state as MachineFact['state']);
      table[wanted] = { ...table[wanted], [state ?? 'absent']: stateName(n, id) };
    }
  }
  assert.deepEqual(table, {
    running: {
      absent: 'pending',
      pending: 'pending',
      running: 'running',
      stopping: 'pending',
      stopped: 'pending',
      'shutting-down': 'pending',
      terminated: 'pending',
    },
    stopped: {
      absent: 'stopped',
      pending: 'stopping',
      running: 'stopping',
      stopping: 'stopping',
      stopped: 'stopped',
      'shutting-down': 'stopped',
      terminated: 'stopped',
    },
    terminated: {
      absent: 'terminated',
      pending: 'shutting-down',
      running: 'shutting-down',
      stopping: 'shutting-down',
      stopped: 'shutting-down',
      'shutting-down': 'shutting-down',
      terminated: 'terminated',
    },
  });
});

test('stop and start: states before and after, a new boot, another public address', () => {
  const n = publicNetwork();
  const id = running(n);
  const before = describe(n, id);
  assert.deepEqual(n.h.call('StopInstances', { InstanceIds: [id] }).StoppingInstances, [
    { InstanceId: id, CurrentState: { Code: 64, Name: 'stopping' }, PreviousState: { Code: 16, Name: 'running' } },
  ]);
  const stopping = describe(n, id);
  assert.equal(stopping.PublicIpAddress, undefined);
  assert.equal(stopping.PrivateIpAddress, before.PrivateIpAddress);
  assert.equal(stopping.StateReason.Code, 'Client.UserInitiatedShutdown');
  assert.match(stopping.StateTransitionReason, /^User initiated \(2026-01-01 00:\d\d:\d\d GMT\)$/);
  assert.equal(
    n.h.refusal('StartInstances', { InstanceIds: [id] }),
    `IncorrectInstanceState: The instance '${id}' is not in a state from which it can be started.`,
  );
  report(n, id, 'stopped');
  assert.deepEqual(n.h.call('StartInstances', { InstanceIds: [id] }).StartingInstances, [
    { InstanceId: id, CurrentState: { Code: 0, Name: 'pending' }, PreviousState: { Code: 80, Name: 'stopped' } },
  ]);
  assert.equal(stateName(n, id), 'pending');
  assert.equal(stored(n, id).boots, 2);
  report(n, id, 'running');
  const after = describe(n, id);
  assert.equal(after.State.Name, 'running');
  assert.notEqual(after.PublicIpAddress, before.PublicIpAddress);
  assert.match(after.PublicIpAddress, /^198\.18\./);
  assert.equal(after.StateReason, undefined);
  assert.ok(after.LaunchTime > before.LaunchTime);
});

test('asking again for what is so already succeeds and changes nothing', () => {
  const n = network();
  const id = running(n);
  const { revision } = n.h.intent;
  const change = n.h.call('StartInstances', { InstanceIds: [id] }).StartingInstances[0];
  assert.equal(change.CurrentState.Name, 'running');
  assert.equal(n.h.intent.revision, revision);
  n.h.call('StopInstances', { InstanceIds: [id] });
  const again = n.h.call('StopInstances', { InstanceIds: [id] }).StoppingInstances[0];
  assert.equal(again.PreviousState.Name, 'stopping');
});

test('what cannot be stopped or rebooted', () => {
  const n = network();
  const id = launch(n);
  assert.equal(
    n.h.refusal('StopInstances', { InstanceIds: [id] }),
    `IncorrectInstanceState: This instance '${id}' is not in a state from which it can be stopped.`,
  );
  n.h.call('TerminateInstances', { InstanceIds: [id] });
  assert.match(n.h.refusal('StartInstances', { InstanceIds: [id] }), /^IncorrectInstanceState: /);
  assert.match(n.h.refusal('StopInstances', { InstanceIds: [id] }), /^IncorrectInstanceState: /);
  assert.match(n.h.refusal('RebootInstances', { InstanceIds: [id] }), /^IncorrectInstanceState: /);
  assert.match(
    n.h.refusal('StopInstances', { InstanceIds: [id], Hibernate: true }),
    /^UnsupportedOperation: .*Hibernate/,
  );
});

test('a reboot is a new boot of the same instance, with the same addresses', () => {
  const n = publicNetwork();
  const id = running(n);
  const before = describe(n, id);
  n.h.call('RebootInstances', { InstanceIds: [id] });
  assert.equal(stored(n, id).boots, 2);
  assert.equal(stateName(n, id), 'pending');
  report(n, id, 'running');
  assert.deepEqual(describe(n, id), before);
});

test('terminate: its own interface goes, another one is let go, and the answer tells both states', () => {
  const n = network();
  const given = n.h.call('CreateNetworkInterface', { SubnetId: n.subnetId }).NetworkInterface.NetworkInterfaceId;
  const own = running(n);
  const lent = running(n, { NetworkInterfaces: [{ DeviceIndex: 0, NetworkInterfaceId: given }] });
  const [port] = interfacesOf(n, own);
  assert.deepEqual(n.h.call('TerminateInstances', { InstanceIds: [own, lent] }).TerminatingInstances[0], {
    InstanceId: own,
    CurrentState: { Code: 32, Name: 'shutting-down' },
    PreviousState: { Code: 16, Name: 'running' },
  });
  assert.equal(n.h.intent.table('networkInterface').get(port?.id ?? ''), undefined);
  assert.equal(n.h.intent.table('networkInterface').get(given)?.attachment, null);
  n.h.facts.machines.delete(own);
  const gone = describe(n, own);
  assert.equal(gone.State.Name, 'terminated');
  assert.equal(gone.VpcId, undefined);
  assert.equal(gone.PrivateIpAddress, undefined);
  assert.deepEqual(gone.NetworkInterfaces, []);
  const { revision } = n.h.intent;
  assert.equal(
    n.h.call('TerminateInstances', { InstanceIds: [own] }).TerminatingInstances[0].CurrentState.Name,
    'terminated',
  );
  assert.equal(n.h.intent.revision, revision);
});

test('protection against termination and against stopping', () => {
  const n = network();
  const id = running(n, { DisableApiTermination: true, DisableApiStop: true });
  const free = running(n);
  assert.equal(
    n.h.refusal('TerminateInstances', { InstanceIds: [free, id] }),
    `OperationNotPermitted: The instance '${id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
  );
  assert.equal(
    n.h.refusal('StopInstances', { InstanceIds: [id] }),
    `OperationNotPermitted: The instance '${id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
  );
  n.h.call('ModifyInstanceAttribute', { InstanceId: id, DisableApiTermination: { Value: false } });
  n.h.call('TerminateInstances', { InstanceIds: [free, id] });
});

test('ids that are not there: all are named, and nothing is done', () => {
  const n = network();
  const id = running(n);
  const other = 'i-0123456789abcdef1';
  assert.equal(
    n.h.refusal('StopInstances', { InstanceIds: [id, UNKNOWN] }),
    `InvalidInstanceID.NotFound: The instance ID '${UNKNOWN}' does not exist`,
  );
  assert.equal(
    n.h.refusal('TerminateInstances', { InstanceIds: [UNKNOWN, id, other] }),
    `InvalidInstanceID.NotFound: The instance IDs '${UNKNOWN}, ${other}' do not exist`,
  );
  assert.equal(
    n.h.refusal('RebootInstances', { InstanceIds: ['web'] }),
    'InvalidInstanceID.Malformed: Invalid id: "web"',
  );
  assert.match(
    n.h.as('444455556666').refusal('TerminateInstances', { InstanceIds: [id] }),
    /^InvalidInstanceID\.NotFound: /,
  );
  assert.equal(stateName(n, id), 'running');
});

test('a fault of the host shows as the reason', () => {
  const n = network();
  const id = launch(n);
  report(n, id, 'pending', { fault: 'no space left for its root file system' });
  assert.deepEqual(describe(n, id).StateReason, {
    Code: 'Server.InternalError',
    Message: 'no space left for its root file system',
  });
});

test('a terminated instance is told for an hour, then swept; others never', () => {
  const n = network();
  const id = running(n);
  const stays = running(n);
  n.h.call('TerminateInstances', { InstanceIds: [id] });
  const at = (seconds: number) => new Date(Date.parse(n.h.context.now) + seconds * 1000).toISOString();
  const hour = TERMINATED_VISIBLE_SECONDS + 10;
  assert.deepEqual(sweep(n.h.intent, n.h.facts, at(hour)), [], 'its machine is still there');
  report(n, id, 'terminated');
  assert.deepEqual(sweep(n.h.intent, n.h.facts, at(60)), []);
  assert.deepEqual(sweep(n.h.intent, n.h.facts, at(hour)), [{ op: 'delete', kind: 'instance', id }]);
  n.h.intent.apply(sweep(n.h.intent, n.h.facts, at(hour)));
  assert.match(n.h.refusal('DescribeInstances', { InstanceIds: [id] }), /^InvalidInstanceID\.NotFound: /);
  assert.equal(stateName(n, stays), 'running');
});

test('while an instance is there its subnet cannot be deleted', () => {
  const n = network();
  const id = running(n);
  assert.match(n.h.refusal('DeleteSubnet', { SubnetId: n.subnetId }), /^DependencyViolation: /);
  n.h.call('TerminateInstances', { InstanceIds: [id] });
  n.h.call('DeleteSubnet', { SubnetId: n.subnetId });
  assert.equal(stateName(n, id), 'shutting-down');
  assert.equal(refusal(n, {}).split(':')[0], 'InvalidSubnetID.NotFound');
});
