/**
 * Customers' images: those made from an instance. A deregistered one is not in the Plan; machines that use its layers name them
 * themselves.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ami-lifecycle.html
 */
import type { Intent } from '../../model/intent.ts';
import { sortById } from '../order.ts';
import type { MachineImage } from '../plan.ts';

export function compileImages(intent: Intent): readonly MachineImage[] {
  return sortById(
    [...intent.table('image').all()].flatMap(({ id, source, layers }) =>
      source === null
        ? []
        : [{ id, origin: [id, source.instanceId], machine: source.instanceId, reboot: source.reboot, layers }],
    ),
  );
}
