/**
 * The instance's own interfaces go with the call; others are only let go. What remains is told as terminated for an hour.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html
 */
import type { Edit } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { ec2Action } from '../action.ts';
import { findInstances } from './state.ts';
import { stateChanges, terminateEdits, userInitiated } from './transition.ts';

export const terminateInstances = ec2Action<'TerminateInstances'>(
  { InstanceIds: true, Force: [false], SkipOsShutdown: [false] },
  (input, context) => {
    const instances = findInstances(context, input.InstanceIds);
    const living = instances.filter((instance) => instance.wanted !== 'terminated');
    for (const instance of living) {
      if (instance.apiTermination) continue;
      refuse(
        'OperationNotPermitted',
        `The instance '${instance.id}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
      );
    }
    const edits: readonly Edit[] = living.flatMap((instance) =>
      terminateEdits(context, instance, userInitiated(context)),
    );
    return { edits, output: { TerminatingInstances: stateChanges(instances, edits, context) } };
  },
);
