/** What Start-, Stop-, Reboot- and TerminateInstances share: the change of state they tell, and public addresses. */
import type { InstanceStateChange } from '@aws-sdk/client-ec2';
import type { Edit } from '../../../model/edit.ts';
import { withEdits } from '../../../model/intent.ts';
import { PUBLIC_ADDRESSES, publicAddress, take } from '../../../model/pool.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Instance, NetworkInterface } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { stateOf, viewState } from './state.ts';

/** The states before and after the edits, in the order of the instances. */
export function stateChanges(
  instances: readonly Instance[],
  edits: readonly Edit[],
  context: Context,
): InstanceStateChange[] {
  const after = withEdits(context.intent, edits).table('instance');
  return instances.map((instance) => ({
    InstanceId: instance.id,
    CurrentState: viewState(stateOf(after.get(instance.id) ?? instance, context.facts)),
    PreviousState: viewState(stateOf(instance, context.facts)),
  }));
}

/** Why it left "running": asked for by its owner, now. */
export function userInitiated(context: Context): NonNullable<Instance['transition']> {
  return {
    at: context.now,
    code: 'Client.UserInitiatedShutdown',
    message: 'Client.UserInitiatedShutdown: User initiated shutdown',
  };
}

/** An instance's interfaces, the primary first. */
export function interfacesOf({ intent }: Pick<Context, 'intent'>, instance: Instance): readonly NetworkInterface[] {
  const index = (port: NetworkInterface) => port.attachment?.deviceIndex ?? 0;
  return [...intent.table('networkInterface').by('attachment.instanceId', instance.id)].sort(
    (a, b) => index(a) - index(b),
  );
}

/** `count` public addresses with the edits that take them from the pool. */
export function takePublicAddresses(
  context: Context,
  count: number,
): { readonly addresses: readonly string[]; readonly edits: readonly Edit[] } {
  const taken = take(PUBLIC_ADDRESSES, count, context.intent, context.now);
  if (taken === undefined) {
    refuse('InsufficientAddressCapacity', 'Not enough available addresses to satisfy your request.');
  }
  return { addresses: taken.values.map(publicAddress), edits: taken.edits };
}
