/**
 * A public address that was given automatically goes back to the pool with the stop.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html
 */
import { type Edit, put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { ec2Action } from '../action.ts';
import { findInstances, stateOf } from './state.ts';
import { interfacesOf, stateChanges, userInitiated } from './transition.ts';

export const stopInstances = ec2Action<'StopInstances'>(
  { InstanceIds: true, Force: [false], Hibernate: [false], SkipOsShutdown: [false] },
  (input, context) => {
    const instances = findInstances(context, input.InstanceIds);
    for (const instance of instances) {
      const state = stateOf(instance, context.facts);
      if (state !== 'running' && state !== 'stopping' && state !== 'stopped') {
        refuse(
          'IncorrectInstanceState',
          `This instance '${instance.id}' is not in a state from which it can be stopped.`,
        );
      }
      if (!instance.apiStop && state === 'running') {
        refuse(
          'OperationNotPermitted',
          `The instance '${instance.id}' may not be stopped. Modify its 'disableApiStop' instance attribute and try again.`,
        );
      }
    }
    const stopping = instances.filter((instance) => instance.wanted === 'running');
    const edits: readonly Edit[] = [
      ...stopping.map((instance) =>
        put({ ...instance, wanted: 'stopped' as const, transition: userInitiated(context) }),
      ),
      ...stopping
        .filter((instance) => instance.autoPublicAddress)
        .flatMap((instance) => interfacesOf(context, instance).slice(0, 1))
        .map((port) => put({ ...port, publicAddress: null })),
    ];
    return { edits, output: { StoppingInstances: stateChanges(instances, edits, context) } };
  },
);
