/**
 * A public address that was given automatically goes back to the pool with the stop.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_StopInstances.html
 */
import type { Edit } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { ec2Action } from '../action.ts';
import { findInstances, stateOf } from './state.ts';
import { stateChanges, stopEdits, userInitiated } from './transition.ts';

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
    const edits: readonly Edit[] = instances
      .filter((instance) => instance.wanted === 'running')
      .flatMap((instance) => stopEdits(context, instance, userInitiated(context)));
    return { edits, output: { StoppingInstances: stateChanges(instances, edits, context) } };
  },
);
