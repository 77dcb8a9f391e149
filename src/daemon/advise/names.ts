/**
 * A name that an endpoint of the sender's VPC would have, if something in the endpoint, its service or the VPC were on.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/privatelink-access-aws-services.html#interface-endpoint-private-dns
 */
import type { Advice } from '../../analyse/reasons.ts';
import { findService } from '../../model/catalogue.ts';
import { privateZoneOf, privateZonesOf } from '../../model/endpoint-names.ts';
import type { Intent } from '../../model/intent.ts';
import type { VpcEndpoint } from '../../model/resources.ts';
import type { Case } from './advise.ts';

export function nameAdvice({ intent, plan, host, found }: Case): readonly Advice[] {
  const { resolution, sender } = found;
  const vpc = intent.table('vpc').get(sender.domain);
  if (resolution === null || vpc === undefined || !vpc.dnsSupport || resolution.outcome === 'ownServers') return [];
  const endpoint = intent
    .table('vpcEndpoint')
    .by('vpcId', vpc.id)
    .find((each) => each.deletedRevision === null && each.type === 'Interface' && holds(intent, each, host));
  if (endpoint === undefined || resolution.rule !== null) return [];
  const own = plan.crossings.filter(({ origin }) => origin[1] === endpoint.id);
  if (own.some(({ address }) => resolution.addresses.includes(address))) return [];
  const advice: Advice[] = [];
  if (!vpc.dnsHostnames) {
    advice.push({
      code: 'CULVERT_DNS_HOSTNAMES_OFF',
      components: [vpc.id, endpoint.id],
      sentence: `DNS hostnames of ${vpc.id} are off: ${endpoint.id} has no private names there, and ${host} is the public one`,
      fixes: [`aws ec2 modify-vpc-attribute --vpc-id ${vpc.id} --enable-dns-hostnames`],
    });
  }
  const isShadowed = found.hints.some(({ code }) => code === 'CULVERT_ZONE_SHADOWS');
  if (!endpoint.privateDns && !isShadowed) {
    advice.push({
      code: 'CULVERT_PRIVATE_DNS_OFF',
      components: [endpoint.id],
      sentence: `${host} is not ${endpoint.id} here, which leads to it: its private DNS is off`,
      fixes: [`aws ec2 modify-vpc-endpoint --vpc-endpoint-id ${endpoint.id} --private-dns-enabled`],
    });
  }
  const isOpen = endpoint.acceptance === 'automatic' || endpoint.acceptance === 'accepted';
  if (endpoint.privateDns && !isOpen) advice.push(notAccepted(endpoint, host));
  return advice;
}

function notAccepted({ id, serviceId, serviceName, acceptance }: VpcEndpoint, host: string): Advice {
  const what = acceptance === 'pending' ? 'waits for' : 'was rejected by';
  return {
    code: 'BAD_STATE',
    components: [id, serviceId ?? serviceName],
    sentence: `${id} ${what} the provider of ${serviceName}: until it is accepted, ${host} is not its name`,
    fixes: [`aws ec2 accept-vpc-endpoint-connections --service-id ${serviceId} --vpc-endpoint-ids ${id}`],
  };
}

/** Whether the name is one of its private ones, on or off. */
function holds(intent: Intent, endpoint: VpcEndpoint, host: string): boolean {
  const names = zonesOf(intent, endpoint).flatMap((zone) => zone.names);
  return names.some((name) => name === host || (name.startsWith('*.') && host.endsWith(name.slice(1))));
}

function zonesOf(intent: Intent, { serviceId, serviceName, serviceRegion }: VpcEndpoint) {
  if (serviceId === null) {
    const service = findService(serviceName, serviceRegion);
    return service === undefined ? [] : privateZonesOf(service);
  }
  const claimed = intent.table('endpointService').get(serviceId)?.privateDnsName;
  return claimed?.state === 'verified' ? [privateZoneOf(claimed.name)] : [];
}
