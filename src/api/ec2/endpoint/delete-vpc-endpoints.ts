/**
 * Deletes several at once; what could not be deleted is told beside, with status 200. The interfaces go with the call, the
 * endpoint itself stays until the kernel has let go of it and it was shown as deleted for a while.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteVpcEndpoints.html
 */
import { type Edit, put, remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import type { VpcEndpoint } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { eachOrUnsuccessful } from '../../shared/bulk.ts';
import { ec2Action } from '../action.ts';
import { connectionEvents } from '../endpoint-service/events.ts';
import { gatewayEndpointsOf } from './gateway.ts';
import { findEndpoint } from './state.ts';

export const deleteVpcEndpoints = ec2Action<'DeleteVpcEndpoints'>({ VpcEndpointIds: true }, (input, context) =>
  eachOrUnsuccessful(input.VpcEndpointIds, context, (id, now) => {
    const endpoint = findEndpoint(now, id);
    if (endpoint.deletedRevision !== null) return [];
    checkNotNeeded(endpoint, now);
    return deletion(endpoint, now);
  }),
);

/** Private names that are for inbound resolver endpoints alone lean on a gateway endpoint for everybody else. */
function checkNotNeeded({ type, vpcId, serviceName }: VpcEndpoint, { intent }: Context): void {
  if (type !== 'Gateway' || gatewayEndpointsOf(intent, vpcId, serviceName).length > 1) return;
  const leaning = intent
    .table('vpcEndpoint')
    .by('vpcId', vpcId)
    .find((each) => each.serviceName === serviceName && each.inboundOnly && each.deletedRevision === null);
  if (leaning !== undefined) {
    refuse(
      'DependencyViolation',
      `${leaning.id} has PrivateDnsOnlyForInboundResolverEndpoint set to true, which needs a Gateway endpoint for the service in the VPC ${vpcId}.`,
    );
  }
}

function deletion(endpoint: VpcEndpoint, context: Context): readonly Edit[] {
  const { intent, nextRevision, now } = context;
  const deleted: VpcEndpoint = { ...endpoint, deletedRevision: nextRevision, deletedAt: now };
  return [
    ...intent.table('networkInterface').by('vpcEndpointId', endpoint.id).map(remove),
    put(deleted),
    ...connectionEvents('Delete', deleted, context),
    ...intent.table('connectionNotification').by('vpcEndpointId', endpoint.id).map(remove),
  ];
}
