/**
 * A service that was asked for by its name, and that nothing leads to from the sender's VPC: whether it exists, who may see it,
 * in which zones it is. AWS gives one error, InvalidServiceName, for what does not exist and for what one may not see.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/configure-endpoint-service.html#add-remove-permissions
 */
import { isServiceName } from '../../analyse/hints.ts';
import type { Advice } from '../../analyse/reasons.ts';
import { findService } from '../../model/catalogue.ts';
import { customerServiceName } from '../../model/endpoint-names.ts';
import type { Intent } from '../../model/intent.ts';
import type { EndpointService, NetworkInterface } from '../../model/resources.ts';
import type { Case } from './advise.ts';

const CUSTOMERS = /\.(vpce-svc-[0-9a-f]+)$/;

export function offerAdvice({ intent, host, found }: Case): readonly Advice[] {
  const sender = intent.table('networkInterface').get(found.sender.port);
  if (!isServiceName(host) || found.paths.length > 0 || sender === undefined) return [];
  const [, id] = CUSTOMERS.exec(host) ?? [];
  const service = id === undefined ? findService(host, sender.region) : customersService(intent, id, host);
  if (service === undefined) {
    const sentence = `no service is named ${host}, whoever asks`;
    return [{ code: 'CULVERT_NO_SUCH_SERVICE', components: [host], sentence, fixes: [] }];
  }
  const advice: Advice[] = [];
  if ('acceptanceRequired' in service && !isSeenBy(intent, service, sender.account)) {
    const principal = `arn:aws:iam::${sender.account}:root`;
    advice.push({
      code: 'CULVERT_PRINCIPAL_NOT_ALLOWED',
      components: [service.id, principal],
      sentence: `${service.id} exists, but its owner ${service.account} allows nobody of ${sender.account}: to them AWS says InvalidServiceName, as if it did not`,
      fixes: [
        `aws ec2 modify-vpc-endpoint-service-permissions --service-id ${service.id} --add-allowed-principals ${principal}`,
      ],
    });
  }
  const zone = intent.table('subnet').get(sender.subnetId)?.zoneId ?? '';
  const isNear = service.region === sender.region;
  if (isNear && !service.zoneIds.includes(zone)) advice.push(notInZone(intent, sender, zone, { host, ...service }));
  return advice;
}

function customersService(intent: Intent, id: string, name: string): EndpointService | undefined {
  const service = intent.table('endpointService').get(id);
  const isIt = service?.deletedRevision === null && customerServiceName(service.id, service.region) === name;
  return isIt ? service : undefined;
}

/** By whoever of the account: a user or a role that is allowed can connect its VPCs. */
function isSeenBy(intent: Intent, service: EndpointService, account: string): boolean {
  if (service.account === account) return true;
  const allowed = intent.table('servicePermission').by('serviceId', service.id);
  return allowed.some(({ principal }) => principal === '*' || principal.startsWith(`arn:aws:iam::${account}:`));
}

function notInZone(
  intent: Intent,
  { vpcId, subnetId }: NetworkInterface,
  zone: string,
  { host, zoneIds }: { readonly host: string; readonly zoneIds: readonly string[] },
): Advice {
  const subnets = intent
    .table('subnet')
    .by('vpcId', vpcId)
    .filter(({ zoneId }) => zoneIds.includes(zoneId));
  const [near] = subnets;
  const create = `aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface --vpc-id ${vpcId} --service-name ${host} --subnet-ids`;
  const [offered = ''] = zoneIds;
  return {
    code: 'VPCE_SERVICE_NOT_INSTALLED_IN_AZ',
    components: [host, subnetId],
    sentence: `${host} is in ${zoneIds.join(', ')} and not in ${zone}, where ${subnetId} is: an endpoint of it needs a subnet there`,
    fixes:
      near === undefined
        ? [
            `SUBNET=$(aws ec2 create-subnet --vpc-id ${vpcId} --cidr-block … --availability-zone-id ${offered} --query Subnet.SubnetId --output text); ${create} "$SUBNET"`,
          ]
        : [`${create} ${near.id}`],
  };
}

/** Where ranges overlap an endpoint is the way: to a service that the target stands behind, or to one that is yet to be made. */
export function overlapFixes({ intent, found }: Case, { components, fixes }: Advice): readonly string[] {
  const who = components.at(-1) ?? '';
  const sender = intent.table('networkInterface').get(found.sender.port);
  if (fixes.length > 0 || sender === undefined) return fixes;
  const groups = intent
    .table('target')
    .by('targetId', who)
    .map(({ targetGroupId }) => targetGroupId);
  const balancers = groups
    .flatMap((id) => intent.table('listener').by('targetGroupId', id))
    .map((each) => each.loadBalancerId);
  const services = balancers
    .flatMap((id) => intent.table('endpointService').by('loadBalancerIds', id))
    .filter(({ deletedRevision }) => deletedRevision === null);
  const [service] = services;
  if (service !== undefined) {
    const name = customerServiceName(service.id, service.region);
    const options = `--vpc-id ${sender.vpcId} --service-name ${name} --subnet-ids ${sender.subnetId}`;
    return [`aws ec2 create-vpc-endpoint --vpc-endpoint-type Interface ${options}`];
  }
  const [balancer = 'arn:…'] = balancers;
  return [`aws ec2 create-vpc-endpoint-service-configuration --network-load-balancer-arns ${balancer}`];
}
