/** Policies of endpoints to AWS services, for whom requests come to; an endpoint that is not here allows all. */
import type { VpcEndpoint } from '../../model/resources.ts';
import { sortById } from '../order.ts';
import type { EndpointPolicy } from '../plan.ts';
import type { Endpoints } from './endpoints.ts';

export function compileEndpointPolicies({ aws, gateways }: Endpoints): readonly EndpointPolicy[] {
  return sortById([...aws, ...gateways].flatMap(({ endpoint }) => policyOf(endpoint)));
}

function policyOf({ id, type, serviceName, policy }: VpcEndpoint): readonly EndpointPolicy[] {
  if (policy === null) return [];
  return [{ id, origin: [id, serviceName], kind: type === 'Gateway' ? 'gateway' : 'interface', document: policy }];
}
