/**
 * Its listeners and interfaces go with it; target groups and targets stay. Deleting one that is not there succeeds.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DeleteLoadBalancer.html
 */
import { isProtected } from '../../../model/balancer-attributes.ts';
import { remove } from '../../../model/edit.ts';
import { refuse } from '../../../model/refusal.ts';
import { reply } from '../../action.ts';
import { elbAction } from '../action.ts';
import { findIfThere } from '../find.ts';
import { interfacesOf } from './set-security-groups.ts';

export const deleteLoadBalancer = elbAction<'DeleteLoadBalancer'>({ LoadBalancerArn: true }, (input, context) => {
  const { intent } = context;
  const balancer = findIfThere(context, 'loadBalancer', input.LoadBalancerArn);
  if (balancer === undefined) return reply({});
  if (isProtected(balancer)) {
    refuse(
      'OperationNotPermitted',
      `Load balancer '${balancer.id}' cannot be deleted because deletion protection is enabled`,
    );
  }
  const services = intent.table('endpointService').by('loadBalancerIds', balancer.id);
  if (services.some((service) => service.deletedRevision === null)) {
    refuse(
      'ResourceInUse',
      `Load balancer '${balancer.id}' cannot be deleted because it is currently associated with another service`,
    );
  }
  const listeners = intent.table('listener').by('loadBalancerId', balancer.id);
  return { edits: [...listeners, ...interfacesOf(context, balancer.id), balancer].map(remove), output: {} };
});
