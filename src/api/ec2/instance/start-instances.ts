/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StartInstances.html */
import { type Edit, put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { ec2Action } from '../action.ts';
import { findInstances, stateOf } from './state.ts';
import { interfacesOf, stateChanges, takePublicAddresses } from './transition.ts';

export const startInstances = ec2Action<'StartInstances'>({ InstanceIds: true }, (input, context) => {
  const instances = findInstances(context, input.InstanceIds);
  for (const instance of instances) {
    const state = stateOf(instance, context.facts);
    if (state === 'stopped' || state === 'running' || state === 'pending') continue;
    refuse('IncorrectInstanceState', `The instance '${instance.id}' is not in a state from which it can be started.`);
  }
  const starting = instances.filter((instance) => instance.wanted === 'stopped');
  const unnamed = starting.flatMap((instance) => {
    // One that has several interfaces by then gets none.
    const [primary, second] = interfacesOf(context, instance);
    const isAlone = primary !== undefined && second === undefined;
    return instance.autoPublicAddress && isAlone && primary.publicAddress === null ? [primary] : [];
  });
  const publics = takePublicAddresses(context, unnamed.length);
  const edits: readonly Edit[] = [
    ...starting.map((instance) =>
      put({
        ...instance,
        wanted: 'running' as const,
        boots: instance.boots + 1,
        launchedAt: context.now,
        transition: null,
      }),
    ),
    ...unnamed.map((port, at) => put({ ...port, publicAddress: publics.addresses[at] as string })),
    ...publics.edits,
  ];
  return { edits, output: { StartingInstances: stateChanges(instances, edits, context) } };
});
