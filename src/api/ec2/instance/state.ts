/**
 * The state of an instance, computed from what was asked for and what its machine does, and the instances of a call.
 * A machine that still has to boot for the last request counts as pending; AWS shows a rebooting one as running.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-lifecycle.html
 */
import type { InstanceState } from '@aws-sdk/client-ec2';
import type { Facts } from '../../../model/facts.ts';
import { isId } from '../../../model/ids.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Instance } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find, findIfThere, own } from '../../shared/find.ts';
import { distinct } from '../../shared/input.ts';

/** As AWS numbers them. */
const CODES = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const;

export type StateName = keyof typeof CODES;

export function stateOf(instance: Instance, facts: Facts): StateName {
  const machine = facts.machines.get(instance.id);
  switch (instance.wanted) {
    case 'terminated':
      return machine !== undefined && machine.state !== 'terminated' ? 'shutting-down' : 'terminated';
    case 'stopped':
      return machine?.state === 'running' || machine?.state === 'pending' || machine?.state === 'stopping'
        ? 'stopping'
        : 'stopped';
    case 'running':
      return machine?.state === 'running' && machine.boots === instance.boots ? 'running' : 'pending';
  }
}

export function viewState(name: StateName): Required<InstanceState> {
  return { Code: CODES[name], Name: name };
}

/** The caller's instances with these ids, each once; AWS names all that are missing in one refusal. */
export function findInstances(context: Context, ids: readonly string[]): readonly Instance[] {
  const wanted = distinct(ids);
  for (const id of wanted) if (!isId('instance', id)) find(context, 'instance', id);
  const missing = wanted.filter((id) => findIfThere(context, 'instance', id) === undefined);
  if (missing.length > 1) {
    refuse('InvalidInstanceID.NotFound', `The instance IDs '${missing.join(', ')}' do not exist`);
  }
  return wanted.map((id) => find(context, 'instance', id));
}

/** Those that a call asks for by their ids, or all of the caller's where it names none. */
export function askedInstances(context: Context, ids: readonly string[] | undefined): readonly Instance[] {
  return ids === undefined || ids.length === 0 ? own(context, 'instance') : findInstances(context, ids);
}

/** Refused by AWS in every state but those named: changes to an instance that is gone or on its way out. */
export function refuseTerminated(instance: Instance, facts: Facts): void {
  if (instance.wanted !== 'terminated') return;
  refuse('IncorrectInstanceState', `The instance '${instance.id}' is in the state '${stateOf(instance, facts)}'.`);
}
