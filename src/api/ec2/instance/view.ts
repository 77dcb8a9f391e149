/** An instance as DescribeInstances shows it. Its disks are not volumes, so no block device is told. */
import type { InstanceNetworkInterface, Instance as Shown } from '@aws-sdk/client-ec2';
import { privateInstanceName } from '../../../model/instance-names.ts';
import { findInstanceType } from '../../../model/instance-types.ts';
import type { Instance, NetworkInterface } from '../../../model/resources.ts';
import { zoneName } from '../../../model/zones.ts';
import type { Context } from '../../action.ts';
import { dateOf } from '../../shared/input.ts';
import { viewTags } from '../../shared/tags.ts';
import { viewGroups, viewInterface } from '../network-interface/view.ts';
import { ARCHITECTURE, ROOT_DEVICE } from './image-view.ts';
import { viewMetadata } from './metadata-options.ts';
import { viewProfile } from './profile.ts';
import { stateOf, viewState } from './state.ts';
import { interfacesOf } from './transition.ts';

export function viewInstance(instance: Instance, context: Context): Shown {
  const { intent, facts } = context;
  const state = stateOf(instance, facts);
  const interfaces = interfacesOf(context, instance);
  const [primary] = interfaces;
  const subnet = intent.table('subnet').get(instance.subnetId);
  const type = findInstanceType(instance.instanceType);
  const profile = viewProfile(intent, instance.profileId);
  const shownPrimary = primary && viewInterface(primary, context);
  return {
    InstanceId: instance.id,
    ImageId: instance.imageId,
    State: viewState(state),
    ...viewReason(instance, context),
    InstanceType: instance.instanceType as NonNullable<Shown['InstanceType']>,
    ...(instance.keyName !== null && { KeyName: instance.keyName }),
    AmiLaunchIndex: instance.launchIndex,
    LaunchTime: dateOf(instance.launchedAt),
    Placement: {
      ...(subnet && { AvailabilityZone: zoneName(instance.account, subnet.zoneId), AvailabilityZoneId: subnet.zoneId }),
      GroupName: '',
      Tenancy: 'default',
    },
    Monitoring: { State: 'disabled' },
    ...(state !== 'terminated' && { SubnetId: instance.subnetId, VpcId: instance.vpcId }),
    PrivateDnsName: primary ? privateInstanceName(instance.region, primary.addresses[0] as string) : '',
    ...(primary && { PrivateIpAddress: primary.addresses[0] }),
    ...(primary?.ipv6Addresses[0] !== undefined && { Ipv6Address: primary.ipv6Addresses[0] }),
    PublicDnsName: shownPrimary?.PublicDnsName ?? '',
    ...(primary?.publicAddress && { PublicIpAddress: primary.publicAddress }),
    ...(primary && { SourceDestCheck: primary.sourceDestCheck }),
    SecurityGroups: primary ? viewGroups(primary.groupIds, context) : [],
    NetworkInterfaces: interfaces.map((port) => viewAttachedInterface(port, context)),
    Architecture: ARCHITECTURE,
    BlockDeviceMappings: [],
    RootDeviceName: ROOT_DEVICE,
    RootDeviceType: 'ebs',
    EbsOptimized: false,
    EnaSupport: type?.hypervisor === 'nitro',
    Hypervisor: 'xen',
    VirtualizationType: 'hvm',
    CpuOptions: { CoreCount: Math.max(1, (type?.cpus ?? 1) / 2), ThreadsPerCore: (type?.cpus ?? 1) > 1 ? 2 : 1 },
    CapacityReservationSpecification: { CapacityReservationPreference: 'open' },
    HibernationOptions: { Configured: false },
    EnclaveOptions: { Enabled: false },
    MaintenanceOptions: { AutoRecovery: 'default' },
    MetadataOptions: viewMetadata(instance.metadata),
    PrivateDnsNameOptions: {
      HostnameType: 'ip-name',
      EnableResourceNameDnsARecord: false,
      EnableResourceNameDnsAAAARecord: false,
    },
    PlatformDetails: 'Linux/UNIX',
    UsageOperation: 'RunInstances',
    UsageOperationUpdateTime: dateOf(instance.createdAt),
    ProductCodes: [],
    ...(profile && { IamInstanceProfile: profile }),
    Tags: viewTags(instance.tags),
  };
}

/** Why it is not running: its owner's wish, or what the host could not do. */
function viewReason(instance: Instance, { facts }: Context): Pick<Shown, 'StateReason' | 'StateTransitionReason'> {
  const { transition } = instance;
  const fault = facts.machines.get(instance.id)?.fault ?? null;
  if (fault !== null) {
    return {
      StateReason: { Code: 'Server.InternalError', Message: fault },
      StateTransitionReason: 'Server.InternalError',
    };
  }
  if (transition === null) return { StateTransitionReason: '' };
  const at = transition.at.slice(0, 19).replace('T', ' ');
  return {
    StateReason: { Code: transition.code, Message: transition.message },
    // What its owner asked for is told with its time; what it did itself is not.
    StateTransitionReason: transition.code === 'Client.UserInitiatedShutdown' ? `User initiated (${at} GMT)` : '',
  };
}

function viewAttachedInterface(port: NetworkInterface, context: Context): InstanceNetworkInterface {
  const shown = viewInterface(port, context);
  const { InstanceId: _, InstanceOwnerId: __, ...attachment } = shown.Attachment ?? {};
  return {
    NetworkInterfaceId: port.id,
    OwnerId: port.account,
    VpcId: port.vpcId,
    SubnetId: port.subnetId,
    Description: port.description,
    Status: 'in-use',
    InterfaceType: 'interface',
    MacAddress: port.mac,
    PrivateIpAddress: port.addresses[0],
    ...(shown.PrivateDnsName && { PrivateDnsName: shown.PrivateDnsName }),
    ...(shown.Association && { Association: shown.Association }),
    PrivateIpAddresses: shown.PrivateIpAddresses,
    Ipv6Addresses: shown.Ipv6Addresses,
    SourceDestCheck: port.sourceDestCheck,
    Groups: shown.Groups,
    Attachment: attachment,
  };
}
