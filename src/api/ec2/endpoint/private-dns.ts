/**
 * When private DNS may be on. One endpoint or private hosted zone holds a name in a VPC: the
 * next endpoint that wants it is refused.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html#enable-private-dns-names
 */
import type { Intent } from '../../../model/intent.ts';
import { endpointZonesIn, hostedZonesIn } from '../../../model/private-dns.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Vpc, VpcEndpoint } from '../../../model/resources.ts';
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
 * said of it; `exceptId`: the endpoint itself. `inboundOnly`: the wish to keep the names to inbound resolver endpoints; it is
 * on by default where it can be.
 */
export function checkPrivateDns(
  service: Offer,
  vpc: Vpc,
  intent: Intent,
  acceptance: VpcEndpoint['acceptance'],
  inboundOnly: boolean | undefined,
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
  checkInboundOnly(service, vpc, inboundOnly ?? service.types.includes('Gateway'));
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

/** There are no gateway endpoints yet, so the condition for it is never met. */
export function checkInboundOnly(service: Offer, vpc: Vpc, inboundOnly: boolean): void {
  if (!inboundOnly) return;
  refuse(
    'InvalidParameter',
    service.types.includes('Gateway')
      ? `To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC ${vpc.id} must have a Gateway endpoint for the service.`
      : `PrivateDnsOnlyForInboundResolverEndpoint is not supported for the service ${service.name}.`,
  );
}
