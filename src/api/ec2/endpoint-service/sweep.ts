/** Services whose deletion the kernel has followed. */
import { type Edit, remove } from '../../../model/edit.ts';
import type { Facts } from '../../../model/facts.ts';
import type { Intent } from '../../../model/intent.ts';
import { isServiceGone } from './find-service.ts';

export function sweepEndpointServices(intent: Intent, facts: Facts): readonly Edit[] {
  return [...intent.table('endpointService').all()].filter((service) => isServiceGone(service, facts)).map(remove);
}
