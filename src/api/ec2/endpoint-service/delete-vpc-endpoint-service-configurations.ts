/**
 * Deletes several at once; what could not be deleted is told beside, with status 200. The provider rejects live connections
 * first. Permissions and notifications go with the service; endpoints stay: they are their owners'.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpointServiceConfigurations.html
 */
import { type Edit, put, remove } from '../../../model/edit.ts';
import { isId } from '../../../model/ids.ts';
import { refuse } from '../../../model/refusal.ts';
import type { EndpointService } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { eachOrUnsuccessful } from '../../shared/bulk.ts';
import { findIfThere } from '../../shared/find.ts';
import { ec2Action } from '../action.ts';
import { findService, refuseLiveConnections } from './find-service.ts';

export const deleteVpcEndpointServiceConfigurations = ec2Action<'DeleteVpcEndpointServiceConfigurations'>(
  { ServiceIds: true },
  (input, context) =>
    eachOrUnsuccessful(input.ServiceIds, context, (id, now) => {
      const service = serviceToDelete(now, id);
      refuseLiveConnections(service, now);
      return deletion(service, now);
    }),
);

/** Here, and only here, AWS's code for one that is not there lacks the "Id". */
function serviceToDelete(context: Context, id: string): EndpointService {
  const isAbsent = isId('endpointService', id) && findIfThere(context, 'endpointService', id)?.deletedRevision !== null;
  return isAbsent
    ? refuse('InvalidVpcEndpointService.NotFound', `The VpcEndpointService Id '${id}' does not exist`)
    : findService(context, id);
}

function deletion(service: EndpointService, { intent, nextRevision, now }: Context): readonly Edit[] {
  return [
    ...intent.table('servicePermission').by('serviceId', service.id).map(remove),
    ...intent.table('connectionNotification').by('serviceId', service.id).map(remove),
    put({ ...service, deletedRevision: nextRevision, deletedAt: now }),
  ];
}
