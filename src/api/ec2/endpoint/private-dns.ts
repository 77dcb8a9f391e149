/**
 * When private DNS may be on. One endpoint or private hosted zone holds a name in a VPC: the
 * next endpoint that wants it is refused.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html#enable-private-dns-names
 */
import type { Intent } from '../../../model/intent.ts';
import { endpointZonesIn, hostedZonesIn } from '../../../model/private-dns.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Vpc, VpcEndpoint } from '../../../model/resources.ts';
import { gatewayEndpointsOf } from './gateway.ts';
import type { Offer } from './offer.ts';

/**
 * Whether it is on where a caller does not say: services that gateway endpoints can reach as well keep their public names,
 * other services of AWS give their private ones if they have any; customers' give them on demand only.
 */
export function privateDnsByDefault(service: Offer): boolean {
  return service.customer === null && service.privateZones.length > 0 && !service.types.includes('Gateway');
}

/**
 * Refuses as AWS does where an endpoint of `service` in `vpc` cannot have private DNS. `acceptance`: what the service's owner
 * said of it; `exceptId`: the endpoint itself. `inboundOnly`: whether the names are kept to inbound resolver endpoints.
 */
export function checkPrivateDns(
  service: Offer,
  vpc: Vpc,
  intent: Intent,
  acceptance: VpcEndpoint['acceptance'],
  inboundOnly: boolean,
  exceptId?: string,
): void {
  if (service.privateZones.length === 0) {
    refuse(
      'InvalidParameter',
      `Private DNS can't be enabled because the service ${service.name} does not provide a private DNS name.`,
    );
  }
  if (acceptance === 'pending' || acceptance === 'rejected') {
    refuse(
      'InvalidParameter',
      `Private DNS can only be enabled after the endpoint connection is accepted by the owner of ${service.name}.`,
    );
  }
  if (!vpc.dnsSupport || !vpc.dnsHostnames) {
    refuse(
      'InvalidParameter',
      `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.id}`,
    );
  }
  checkInboundOnly(service, vpc, intent, inboundOnly);
  const held = new Set([
    ...endpointZonesIn(intent, vpc.id)
      .filter(({ endpoint }) => endpoint.id !== exceptId)
      .map(({ zone }) => zone),
    ...hostedZonesIn(intent, vpc.id).map(({ name }) => name),
  ]);
  const conflict = service.privateZones.find(({ zone }) => held.has(zone));
  if (conflict !== undefined) {
    refuse(
      'InvalidParameter',
      `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${conflict.zone} in the VPC ${vpc.id}`,
    );
  }
}

/** Private names of a service that is reached by gateway endpoints too are for on-premises, unless the caller says otherwise. */
export function inboundOnlyByDefault(service: Offer): boolean {
  return service.types.includes('Gateway');
}

/** What inside the VPC keeps the public name needs a gateway endpoint to be private. */
export function checkInboundOnly(service: Offer, vpc: Vpc, intent: Intent, inboundOnly: boolean): void {
  if (!inboundOnly) return;
  if (!service.types.includes('Gateway')) {
    refuse(
      'InvalidParameter',
      `PrivateDnsOnlyForInboundResolverEndpoint is not supported for the service ${service.name}.`,
    );
  }
  if (gatewayEndpointsOf(intent, vpc.id, service.name).length === 0) {
    refuse(
      'InvalidParameter',
      `To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC ${vpc.id} must have a Gateway endpoint for the service.`,
    );
  }
}
