/**
 * Instances that shut themselves down (`poweroff` inside) or whose init crashed: stopped or terminated, as their
 * InstanceInitiatedShutdownBehavior says, like those that their owner stops or terminates. An older boot's end says nothing
 * of one that was asked for since.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_ChangingInstanceInitiatedShutdownBehavior.html
 */
import type { Edit } from '../../../model/edit.ts';
import type { Facts } from '../../../model/facts.ts';
import type { Intent } from '../../../model/intent.ts';
import { stopEdits, terminateEdits } from './transition.ts';

export function endedInstances(intent: Intent, facts: Facts, now: string): readonly Edit[] {
  return [...facts.machines].flatMap(([id, { ended, boots }]) => {
    const instance = ended === 'inside' ? intent.table('instance').get(id) : undefined;
    if (instance?.wanted !== 'running' || instance.boots !== boots) return [];
    const edits = instance.shutdownBehavior === 'terminate' ? terminateEdits : stopEdits;
    const code = 'Client.InstanceInitiatedShutdown';
    return edits({ intent }, instance, { at: now, code, message: `${code}: Instance initiated shutdown` });
  });
}
