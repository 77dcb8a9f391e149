/**
 * Who holds a name inside a VPC: the private hosted zones that are associated with it, and the hidden zones of endpoints with
 * private DNS. One name has one holder, whichever of the two came first.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/hosted-zone-private-considerations.html
 */
import { endpointNames, type PrivateZone } from './endpoint-names.ts';
import type { Intent } from './intent.ts';
import type { HostedZone, VpcEndpoint } from './resources.ts';

/** Zones of customers that answer in the VPC, in the order of their association. */
export function hostedZonesIn(intent: Intent, vpcId: string): readonly HostedZone[] {
  return intent
    .table('zoneAssociation')
    .by('vpcId', vpcId)
    .flatMap(({ zoneId }) => intent.table('hostedZone').get(zoneId) ?? []);
}

/** Zones that living endpoints hold in the VPC. */
export function endpointZonesIn(
  intent: Intent,
  vpcId: string,
): readonly (PrivateZone & { readonly endpoint: VpcEndpoint })[] {
  return intent
    .table('vpcEndpoint')
    .by('vpcId', vpcId)
    .filter((endpoint) => endpoint.privateDns && endpoint.deletedRevision === null)
    .flatMap((endpoint) => endpointNames(endpoint, []).privateZones.map((zone) => ({ ...zone, endpoint })));
}
