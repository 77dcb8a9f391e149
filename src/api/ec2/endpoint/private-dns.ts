/**
 * When private DNS may be on. One endpoint holds a name in a VPC: the second one that wants it is refused.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/interface-endpoints.html#enable-private-dns-names
 */
import type { AwsService } from '../../../model/catalogue.ts';
import { findService } from '../../../model/catalogue.ts';
import { privateZonesOf } from '../../../model/endpoint-names.ts';
import type { Intent } from '../../../model/intent.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Vpc } from '../../../model/resources.ts';

/**
 * Whether it is on where a caller does not say: services that gateway endpoints can reach as well keep their public names,
 * all others give their private ones if they have any.
 */
export function privateDnsByDefault(service: AwsService): boolean {
  return service.privateNames.length > 0 && !service.types.includes('Gateway');
}

/**
 * Refuses as AWS does where an endpoint of `service` in `vpc` cannot have private DNS. `exceptId`: the endpoint itself.
 * `inboundOnly`: the wish to keep the names to inbound resolver endpoints; it is on by default where it can be.
 */
export function checkPrivateDns(
  service: AwsService,
  vpc: Vpc,
  intent: Intent,
  inboundOnly: boolean | undefined,
  exceptId?: string,
): void {
  if (service.privateNames.length === 0) {
    refuse(
      'InvalidParameter',
      `Private DNS can't be enabled because the service ${service.name} does not provide a private DNS name.`,
    );
  }
  if (!vpc.dnsSupport || !vpc.dnsHostnames) {
    refuse(
      'InvalidParameter',
      `Enabling private DNS requires both enableDnsSupport and enableDnsHostnames VPC attributes set to true for ${vpc.id}`,
    );
  }
  checkInboundOnly(service, vpc, inboundOnly ?? service.types.includes('Gateway'));
  const wanted = privateZonesOf(service).map(({ zone }) => zone);
  for (const other of intent.table('vpcEndpoint').by('vpcId', vpc.id)) {
    if (other.id === exceptId || !other.privateDns || other.deletedRevision !== null) continue;
    const otherService = findService(other.serviceName, other.region);
    const held = otherService === undefined ? [] : privateZonesOf(otherService).map(({ zone }) => zone);
    const conflict = wanted.find((zone) => held.includes(zone));
    if (conflict !== undefined) {
      refuse(
        'InvalidParameter',
        `private-dns-enabled cannot be set because there is already a conflicting DNS domain for ${conflict} in the VPC ${vpc.id}`,
      );
    }
  }
}

/** There are no gateway endpoints yet, so the condition for it is never met. */
export function checkInboundOnly(service: AwsService, vpc: Vpc, inboundOnly: boolean): void {
  if (!inboundOnly) return;
  refuse(
    'InvalidParameter',
    service.types.includes('Gateway')
      ? `To set PrivateDnsOnlyForInboundResolverEndpoint to true, the VPC ${vpc.id} must have a Gateway endpoint for the service.`
      : `PrivateDnsOnlyForInboundResolverEndpoint is not supported for the service ${service.name}.`,
  );
}
