/** What Start-, Stop-, Reboot- and TerminateInstances share: the change of state they tell, what goes with it, public addresses. */
import type { InstanceStateChange } from '@aws-sdk/client-ec2';
import { type Edit, put, remove } from '../../../model/edit.ts';
import { withEdits } from '../../../model/intent.ts';
import { PUBLIC_ADDRESSES, publicAddress, take } from '../../../model/pool.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Instance, NetworkInterface } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { find } from '../../shared/find.ts';
import { elasticOf } from '../address/find.ts';
import { released } from '../network-interface/attachment.ts';
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
export function userInitiated(context: Context): Transition {
  return {
    at: context.now,
    code: 'Client.UserInitiatedShutdown',
    message: 'Client.UserInitiatedShutdown: User initiated shutdown',
  };
}

type Transition = NonNullable<Instance['transition']>;

/** A public address that was given automatically goes back to the pool with the stop. */
export function stopEdits(
  context: Pick<Context, 'intent'>,
  instance: Instance,
  transition: Transition,
): readonly Edit[] {
  const [primary] = interfacesOf(context, instance);
  return [
    put({ ...instance, wanted: 'stopped', transition }),
    ...(instance.autoPublicAddress && primary !== undefined && elasticOf(context, primary.publicAddress) === undefined
      ? [put({ ...primary, publicAddress: null })]
      : []),
  ];
}

/** The instance's own interfaces go with it; others are only let go. */
export function terminateEdits(
  context: Pick<Context, 'intent'>,
  instance: Instance,
  transition: Transition,
): readonly Edit[] {
  return [
    put({ ...instance, wanted: 'terminated', transition }),
    ...interfacesOf(context, instance).map((port) =>
      port.attachment?.deleteOnTermination === true
        ? remove(port)
        : put({ ...released(port, context), publicAddress: elasticOf(context, port.publicAddress)?.publicIp ?? null }),
    ),
  ];
}

/** An instance's interfaces, the primary first. */
export function interfacesOf({ intent }: Pick<Context, 'intent'>, instance: Instance): readonly NetworkInterface[] {
  const index = (port: NetworkInterface) => port.attachment?.deviceIndex ?? 0;
  return [...intent.table('networkInterface').by('attachment.instanceId', instance.id)].sort(
    (a, b) => index(a) - index(b),
  );
}

/** What an instance stands for where an interface is meant: the only one it has. */
export function onlyInterface(context: Context, instanceId: string): NetworkInterface {
  const instance = find(context, 'instance', instanceId);
  const [only, second] = interfacesOf(context, instance);
  if (only === undefined || instance.wanted === 'terminated') {
    refuse('IncorrectInstanceState', `The instance '${instance.id}' is not in a valid state for this operation.`);
  }
  if (second !== undefined) {
    refuse(
      'InvalidInstanceID',
      `There are multiple interfaces attached to instance '${instance.id}'. Please specify an interface ID for the operation instead.`,
    );
  }
  return only;
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
