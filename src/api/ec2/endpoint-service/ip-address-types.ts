/**
 * The address families that endpoints may have of a service. Where AWS's texts are not known they are ours.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html#supported-ip-address-types
 */
import { refuse } from '../../../model/refusal.ts';
import type { EndpointService } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { refuseLiveConnections } from './find-service.ts';

type Types = EndpointService['ipAddressTypes'];

const KNOWN: Types = ['ipv4', 'ipv6'];

/** `before`: empty for a service that is made. */
export function ipAddressTypesAfter(
  before: Types,
  { added, removed = [] }: { readonly added: readonly string[]; readonly removed?: readonly string[] },
): Types {
  const unknown = [...added, ...removed].find((type) => !KNOWN.some((each) => each === type));
  if (unknown !== undefined) {
    refuse('InvalidParameter', `The IP address type ${unknown} is not valid. Valid values are ipv4, ipv6.`);
  }
  const missing = removed.find((type) => !before.some((each) => each === type));
  if (missing !== undefined) {
    refuse('InvalidParameter', `The IP address type ${missing} is not supported by the VPC endpoint service.`);
  }
  const after = KNOWN.filter((type) => (before.includes(type) || added.includes(type)) && !removed.includes(type));
  if (after.length === 0) {
    refuse('InvalidParameter', 'A VPC endpoint service must support at least one IP address type.');
  }
  return after;
}

/** IPv6 takes dualstack load balancers, all of them; targets need none of it. */
export function checkedIpAddressTypes(types: Types, loadBalancerIds: readonly string[], { intent }: Context): Types {
  const unfit = loadBalancerIds.find((id) => intent.table('loadBalancer').get(id)?.ipAddressType !== 'dualstack');
  if (types.includes('ipv6') && unfit !== undefined) {
    refuse(
      'InvalidParameter',
      `The load balancer ${unfit} must have the IP address type dualstack to support the IP address type ipv6.`,
    );
  }
  return types;
}

/** A dualstack endpoint holds on to both. */
export function refuseUsedTypes(service: EndpointService, after: Types, context: Context): void {
  const gone = service.ipAddressTypes.filter((type) => !after.includes(type));
  refuseLiveConnections(service, context, ({ ipAddressType }) =>
    gone.some((type) => ipAddressType === type || ipAddressType === 'dualstack'),
  );
}
