/**
 * Whether a route leads anywhere: at AWS it is then "active", else a "blackhole", which drops what it takes.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Route.html
 */
import type { Intent } from './intent.ts';
import { isInForce } from './peerings.ts';
import { isLive, transitAttachmentOf } from './remote.ts';
import type { RouteTarget } from './resources.ts';

/** Of a route in a table of the VPC. An interface takes packets while the instance that it is attached to is to run. */
export function isRouteActive(intent: Intent, vpcId: string, { kind, id }: RouteTarget): boolean {
  if (kind === 'vpcPeering') {
    const peering = intent.table(kind).get(id);
    return peering !== undefined && isInForce(peering);
  }
  if (kind === 'transitGateway') return transitAttachmentOf(intent, vpcId, id) !== undefined;
  const target = intent.table(kind).get(id);
  if (target?.vpcId !== vpcId) return false;
  if (target.kind === 'vpnGateway' || target.kind === 'natGateway') return isLive(target);
  if (target.kind !== 'networkInterface') return true;
  return intent.table('instance').get(target.attachment?.instanceId ?? '')?.wanted === 'running';
}
