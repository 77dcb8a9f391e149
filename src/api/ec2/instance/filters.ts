/** What DescribeInstances can be filtered by. */
import { publicPairs } from '../../../model/public-addresses.ts';
import type { Instance, NetworkInterface } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import type { FilterFields } from '../../shared/filters.ts';
import { interfacesOf } from './transition.ts';
import { viewInstance } from './view.ts';

/** An instance with its view and interfaces, made once for all filters. */
export interface Candidate {
  readonly instance: Instance;
  readonly tags: Instance['tags'];
  readonly shown: ReturnType<typeof viewInstance>;
  readonly interfaces: readonly NetworkInterface[];
}

export function candidateOf(instance: Instance, context: Context): Candidate {
  return {
    instance,
    tags: instance.tags,
    shown: viewInstance(instance, context),
    interfaces: interfacesOf(context, instance),
  };
}

const publicAddresses = ({ interfaces }: Candidate) =>
  interfaces.flatMap((port) => publicPairs(port).map(({ publicAddress }) => publicAddress));

/** What no instance has here, nor most on AWS: nothing matches. */
const NONE = () => undefined;

export const INSTANCE_FILTERS: FilterFields<Candidate> = {
  affinity: NONE,
  'block-device-mapping.volume-id': NONE,
  'capacity-reservation-id': NONE,
  'host-id': NONE,
  'instance-lifecycle': NONE,
  'kernel-id': NONE,
  'outpost-arn': NONE,
  'placement-group-name': NONE,
  'product-code': NONE,
  'ramdisk-id': NONE,
  'spot-instance-request-id': NONE,
  architecture: ({ shown }) => shown.Architecture,
  'availability-zone': ({ shown }) => shown.Placement?.AvailabilityZone,
  'availability-zone-id': ({ shown }) => shown.Placement?.AvailabilityZoneId,
  'dns-name': ({ shown }) => shown.PublicDnsName,
  hypervisor: ({ shown }) => shown.Hypervisor,
  'iam-instance-profile.arn': ({ shown }) => shown.IamInstanceProfile?.Arn,
  'iam-instance-profile.id': ({ shown }) => shown.IamInstanceProfile?.Id,
  'image-id': ({ instance }) => instance.imageId,
  'instance-id': ({ instance }) => instance.id,
  'instance-state-code': ({ shown }) => shown.State?.Code,
  'instance-state-name': ({ shown }) => shown.State?.Name,
  'instance-type': ({ instance }) => instance.instanceType,
  'instance.group-id': ({ shown }) => shown.SecurityGroups?.map((group) => group.GroupId),
  'instance.group-name': ({ shown }) => shown.SecurityGroups?.map((group) => group.GroupName),
  'ip-address': ({ shown }) => shown.PublicIpAddress,
  'ipv6-address': ({ interfaces }) => interfaces.flatMap((port) => port.ipv6Addresses),
  'key-name': ({ instance }) => instance.keyName,
  'launch-index': ({ instance }) => instance.launchIndex,
  'launch-time': ({ instance }) => instance.launchedAt,
  'metadata-options.http-endpoint': ({ instance }) => instance.metadata.httpEndpoint,
  'metadata-options.http-protocol-ipv6': ({ instance }) => instance.metadata.httpProtocolIpv6 ?? 'disabled',
  'metadata-options.http-put-response-hop-limit': ({ instance }) => instance.metadata.hopLimit,
  'metadata-options.http-tokens': ({ instance }) => instance.metadata.httpTokens,
  'metadata-options.instance-metadata-tags': ({ instance }) => instance.metadata.instanceTags,
  'monitoring-state': ({ shown }) => shown.Monitoring?.State,
  'ebs-optimized': ({ shown }) => shown.EbsOptimized,
  'ena-support': ({ shown }) => shown.EnaSupport,
  'network-interface.addresses.association.public-ip': publicAddresses,
  'network-interface.association.public-ip': publicAddresses,
  'network-interface.attachment.instance-id': ({ instance }) => instance.id,
  'network-interface.description': ({ interfaces }) => interfaces.map((port) => port.description),
  'network-interface.private-ip-address': ({ interfaces }) => interfaces.map((port) => port.addresses[0]),
  'network-interface.addresses.private-ip-address': ({ interfaces }) => interfaces.flatMap((port) => port.addresses),
  'network-interface.attachment.attachment-id': ({ interfaces }) => interfaces.map((port) => port.attachment?.id),
  'network-interface.group-id': ({ interfaces }) => interfaces.flatMap((port) => port.groupIds),
  'network-interface.ipv6-addresses.ipv6-address': ({ interfaces }) => interfaces.flatMap((port) => port.ipv6Addresses),
  'network-interface.mac-address': ({ interfaces }) => interfaces.map((port) => port.mac),
  'network-interface.network-interface-id': ({ interfaces }) => interfaces.map((port) => port.id),
  'network-interface.subnet-id': ({ interfaces }) => interfaces.map((port) => port.subnetId),
  'network-interface.vpc-id': ({ interfaces }) => interfaces.map((port) => port.vpcId),
  'owner-id': ({ instance }) => instance.account,
  // AWS has a value for Windows only.
  platform: NONE,
  'platform-details': ({ shown }) => shown.PlatformDetails,
  'private-dns-name': ({ shown }) => shown.PrivateDnsName,
  'private-ip-address': ({ shown }) => shown.PrivateIpAddress,
  reason: ({ shown }) => shown.StateTransitionReason,
  'reservation-id': ({ instance }) => instance.reservationId,
  'root-device-name': ({ shown }) => shown.RootDeviceName,
  'root-device-type': ({ shown }) => shown.RootDeviceType,
  'source-dest-check': ({ shown }) => shown.SourceDestCheck,
  'state-reason-code': ({ shown }) => shown.StateReason?.Code,
  'subnet-id': ({ shown }) => shown.SubnetId,
  tenancy: ({ shown }) => shown.Placement?.Tenancy,
  'virtualization-type': ({ shown }) => shown.VirtualizationType,
  'vpc-id': ({ shown }) => shown.VpcId,
};
