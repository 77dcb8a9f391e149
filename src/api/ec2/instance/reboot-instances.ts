/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RebootInstances.html */
import { put } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { ec2Action } from '../action.ts';
import { findInstances } from './state.ts';

export const rebootInstances = ec2Action<'RebootInstances'>({ InstanceIds: true }, (input, context) => {
  const instances = findInstances(context, input.InstanceIds);
  for (const instance of instances) {
    if (instance.wanted === 'running') continue;
    refuse('IncorrectInstanceState', `The instance '${instance.id}' is not in a state from which it can be rebooted.`);
  }
  return { edits: instances.map((instance) => put({ ...instance, boots: instance.boots + 1 })), output: {} };
});
