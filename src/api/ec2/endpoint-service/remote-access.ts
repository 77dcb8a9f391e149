/**
 * From where a service can be reached beside its own region. Where AWS's texts are not known they are ours.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html#manage-supported-regions
 */
import type { Intent } from '../../../model/intent.ts';
import { refuse } from '../../../model/refusal.ts';
import { findRegion } from '../../../model/regions.ts';
import { remoteZoneIds } from '../../../model/remote-access.ts';
import type { EndpointService } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { distinct } from '../../shared/input.ts';

const IDLE = 'tcp.idle_timeout.seconds';
const DEFAULT_IDLE = '350';

export function checkRegion(region: string, parameter: string): void {
  if (findRegion(region) === undefined) {
    refuse(
      'InvalidParameterValue',
      `Value (${region}) for parameter ${parameter} is invalid. There is no such Region.`,
    );
  }
}

/** `before`: empty for a service that is made. Its own region is always supported: naming it asks for nothing. */
export function supportedRegionsAfter(
  before: readonly string[],
  { added = [], removed = [] }: { readonly added?: readonly string[]; readonly removed?: readonly string[] },
  context: Context,
): readonly string[] {
  for (const region of added) checkRegion(region, 'SupportedRegions');
  for (const region of removed) {
    if (region === context.region) {
      refuse('InvalidParameter', `The Region ${region} hosts the VPC endpoint service and cannot be removed.`);
    }
    if (!before.includes(region)) {
      refuse('InvalidParameter', `The Region ${region} is not a supported Region of the VPC endpoint service.`);
    }
  }
  const others = [...before, ...added].filter((region) => region !== context.region && !removed.includes(region));
  return [...distinct(others)].sort();
}

/** What load balancers of a service with other regions may not have. */
export function checkRemoteAccess(
  {
    supportedRegions,
    zoneIds,
    loadBalancerIds,
  }: Pick<EndpointService, 'supportedRegions' | 'zoneIds' | 'loadBalancerIds'>,
  { intent, region }: Context,
): void {
  if (supportedRegions.length === 0) return;
  const usable = remoteZoneIds(region);
  if (zoneIds.some((id) => !usable.includes(id))) {
    refuse(
      'InvalidParameter',
      `Only the following availability zones are supported for remote access: ${usable.join(', ')}`,
    );
  }
  const custom = loadBalancerIds
    .flatMap((id) => intent.table('listener').by('loadBalancerId', id))
    .find((listener) => (listener.attributes[IDLE] ?? DEFAULT_IDLE) !== DEFAULT_IDLE);
  if (custom !== undefined) {
    refuse('InvalidParameter', `The TCP idle timeout of the listener ${custom.id} is not supported for remote access.`);
  }
}

/** Whether a living service that other regions reach stands before the load balancer. */
export function isReachedFromAfar(intent: Intent, loadBalancerId: string): boolean {
  return intent
    .table('endpointService')
    .by('loadBalancerIds', loadBalancerId)
    .some(({ deletedRevision, supportedRegions }) => deletedRevision === null && supportedRegions.length > 0);
}
