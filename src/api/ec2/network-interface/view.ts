/** An interface as DescribeNetworkInterfaces shows it. */
import type {
  GroupIdentifier,
  NetworkInterfaceAssociation,
  NetworkInterfaceAttachment,
  NetworkInterface as Shown,
} from '@aws-sdk/client-ec2';
import type { Facts } from '../../../model/facts.ts';
import { privateInstanceName, publicInstanceName } from '../../../model/instance-names.ts';
import { publicPairs } from '../../../model/public-addresses.ts';
import type { NetworkInterface } from '../../../model/resources.ts';
import { zoneName } from '../../../model/zones.ts';
import type { Context } from '../../action.ts';
import { dateOf } from '../../shared/input.ts';
import { derivedId } from '../../shared/resource.ts';
import { viewTags } from '../../shared/tags.ts';
import { elasticOf } from '../address/find.ts';
import { attachmentOf } from './attachment.ts';

/** The account that AWS shows as the owner of what it attaches itself, and who asked for a load balancer's interfaces. */
const AWS_OWNER = 'amazon-aws';
const ELB_REQUESTER = 'amazon-elb';

export function viewInterface(port: NetworkInterface, context: Context): Shown {
  const vpc = context.intent.table('vpc').get(port.vpcId);
  const subnet = context.intent.table('subnet').get(port.subnetId);
  const hasNames = vpc?.dnsHostnames === true;
  const [primary] = port.addresses;
  const associations = new Map(
    publicPairs(port).map(({ address, publicAddress }) => [
      address,
      viewAssociation(port, publicAddress, hasNames, context),
    ]),
  );
  const association = primary === undefined ? undefined : associations.get(primary);
  const zone = subnet && {
    AvailabilityZone: zoneName(context.account, subnet.zoneId),
    AvailabilityZoneId: subnet.zoneId,
  };
  return {
    NetworkInterfaceId: port.id,
    SubnetId: port.subnetId,
    VpcId: port.vpcId,
    ...zone,
    Description: port.description,
    OwnerId: port.account,
    RequesterManaged: isRequesterManaged(port),
    ...(isRequesterManaged(port) && { RequesterId: port.loadBalancerId === null ? AWS_OWNER : ELB_REQUESTER }),
    Status: interfaceStatus(port, context.facts),
    InterfaceType: interfaceType(port),
    MacAddress: port.mac,
    ...(primary !== undefined && { PrivateIpAddress: primary }),
    ...(hasNames && primary !== undefined && { PrivateDnsName: privateInstanceName(port.region, primary) }),
    ...(association?.PublicDnsName && { PublicDnsName: association.PublicDnsName }),
    SourceDestCheck: port.sourceDestCheck,
    Groups: viewGroups(port.groupIds, context),
    ...(association && { Association: association }),
    Attachment: viewAttachment(port, context.facts),
    ...(port.ipv6Addresses[0] !== undefined && { Ipv6Address: port.ipv6Addresses[0] }),
    Ipv6Addresses: port.ipv6Addresses.map((address, at) => ({
      Ipv6Address: address,
      IsPrimaryIpv6: at === 0 && port.primaryIpv6 === true,
    })),
    PrivateIpAddresses: port.addresses.map((address, at) => ({
      PrivateIpAddress: address,
      Primary: at === 0,
      ...(hasNames && { PrivateDnsName: privateInstanceName(port.region, address) }),
      ...(associations.has(address) && { Association: associations.get(address) }),
    })),
    TagSet: viewTags(port.tags),
    DenyAllIgwTraffic: port.ipv6Addresses.length > 0 && deniesInternet(port, context),
    Operator: { Managed: false },
  };
}

/** Endpoints' interfaces, and those of internal load balancers. */
function deniesInternet({ vpcEndpointId, loadBalancerId }: NetworkInterface, { intent }: Context): boolean {
  return vpcEndpointId !== null || intent.table('loadBalancer').get(loadBalancerId ?? '')?.scheme === 'internal';
}

export function viewGroups(ids: readonly string[], context: Context): GroupIdentifier[] {
  return ids.map((id) => ({ GroupId: id, GroupName: context.intent.table('securityGroup').get(id)?.name }));
}

export function viewAttachment(port: NetworkInterface, facts: Facts): NetworkInterfaceAttachment | undefined {
  const shown = attachmentOf(port, facts);
  if (shown !== undefined) {
    const { attachment, status } = shown;
    return {
      AttachmentId: attachment.id,
      InstanceId: attachment.instanceId,
      InstanceOwnerId: port.account,
      DeviceIndex: attachment.deviceIndex,
      NetworkCardIndex: 0,
      DeleteOnTermination: attachment.deleteOnTermination,
      AttachTime: dateOf(attachment.attachedAt),
      Status: status,
    };
  }
  if (!isRequesterManaged(port)) return undefined;
  return {
    AttachmentId: derivedId('ela-attach', port),
    InstanceOwnerId: AWS_OWNER,
    DeviceIndex: 1,
    DeleteOnTermination: false,
    Status: 'attached',
  };
}

function viewAssociation(
  port: NetworkInterface,
  publicAddress: string,
  hasNames: boolean,
  context: Context,
): NetworkInterfaceAssociation {
  const elastic = elasticOf(context, publicAddress);
  return {
    PublicIp: publicAddress,
    IpOwnerId: elastic?.account ?? 'amazon',
    ...(elastic !== undefined && { AllocationId: elastic.id, AssociationId: elastic.associationId ?? '' }),
    ...(hasNames && { PublicDnsName: publicInstanceName(port.region, publicAddress) }),
  };
}

const TYPES = {
  interface: 'interface',
  // The model writes it otherwise; the wire does not.
  natGateway: 'nat_gateway' as string as 'natGateway',
  networkLoadBalancer: 'network_load_balancer',
  transitGateway: 'transit_gateway',
  vpcEndpoint: 'vpc_endpoint',
} as const satisfies Record<NetworkInterface['type'], Shown['InterfaceType']>;

export function interfaceType(port: NetworkInterface): (typeof TYPES)[NetworkInterface['type']] {
  return TYPES[port.type];
}

export function interfaceStatus(port: NetworkInterface, facts: Facts): 'in-use' | 'available' {
  return attachmentOf(port, facts) !== undefined || isRequesterManaged(port) ? 'in-use' : 'available';
}

/** AWS made it for a service: its owner can look at it but not change it. */
export function isRequesterManaged(port: NetworkInterface): boolean {
  return (
    port.vpcEndpointId !== null ||
    port.loadBalancerId !== null ||
    port.resolver !== undefined ||
    port.transitAttachmentId !== undefined ||
    port.natGatewayId !== undefined
  );
}
