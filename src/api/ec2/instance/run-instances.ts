/**
 * Launches instances from an image. They are pending until their machines run. Disks, placement, launch templates, spot and
 * everything else that is not read here is refused by name.
 * https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RunInstances.html
 */
import { type Edit, put } from '../../../model/edit.ts';
import { newId } from '../../../model/ids.ts';
import { DEFAULT_INSTANCE_TYPE, findInstanceType } from '../../../model/instance-types.ts';
import { withEdits } from '../../../model/intent.ts';
import { refuse } from '../../../model/refusal.ts';
import type { Instance, NetworkInterface, Subnet } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { findIfThere, own } from '../../shared/find.ts';
import { invalidValue, required } from '../../shared/input.ts';
import { newResource } from '../../shared/resource.ts';
import { type Tags, tagsByType } from '../../shared/tags.ts';
import { ec2Action, type Input, type Output } from '../action.ts';
import { MAX_INSTANCES_PER_REGION } from '../limits.ts';
import { subnetAddresses } from '../network-interface/allocate.ts';
import { attachmentTo } from '../network-interface/attachment.ts';
import { checkInterfaceQuota, newInterface } from '../network-interface/birth.ts';
import { primaryPart, subnetIpv6Addresses } from '../network-interface/ipv6-addresses.ts';
import { findLaunchableImage } from './find-image.ts';
import { DEFAULT_METADATA, METADATA_READS, metadataAfter } from './metadata-options.ts';
import { type GivenPlace, type NewPlace, type Place, placesOf } from './place.ts';
import { findProfile } from './profile.ts';
import { takePublicAddresses } from './transition.ts';
import { checkedUserData } from './user-data.ts';
import { viewInstance } from './view.ts';

export const runInstances = ec2Action<'RunInstances'>(
  {
    ImageId: true,
    InstanceType: true,
    MinCount: true,
    MaxCount: true,
    SubnetId: true,
    SecurityGroupIds: true,
    SecurityGroups: true,
    PrivateIpAddress: true,
    NetworkInterfaces: {
      DeviceIndex: true,
      NetworkCardIndex: [0],
      InterfaceType: ['interface'],
      AssociatePublicIpAddress: true,
      DeleteOnTermination: true,
      Description: true,
      Groups: true,
      Ipv6AddressCount: true,
      Ipv6Addresses: { Ipv6Address: true, IsPrimaryIpv6: [false] },
      PrimaryIpv6: true,
      NetworkInterfaceId: true,
      PrivateIpAddress: true,
      SubnetId: true,
    },
    Ipv6AddressCount: true,
    Ipv6Addresses: { Ipv6Address: true, IsPrimaryIpv6: [false] },
    EnablePrimaryIpv6: true,
    KeyName: true,
    UserData: true,
    IamInstanceProfile: true,
    MetadataOptions: METADATA_READS,
    TagSpecifications: true,
    DisableApiTermination: true,
    DisableApiStop: true,
    InstanceInitiatedShutdownBehavior: true,
    ClientToken: true,
    // What asks for nothing beyond what every instance has.
    Placement: { AvailabilityZone: true, Tenancy: ['default'] },
    CreditSpecification: { CpuCredits: ['unlimited'] },
    Monitoring: { Enabled: [false] },
    EbsOptimized: [false],
    EnclaveOptions: { Enabled: [false] },
    HibernationOptions: { Configured: [false] },
    MaintenanceOptions: { AutoRecovery: ['default'] },
    CapacityReservationSpecification: { CapacityReservationPreference: ['open', 'none'] },
    PrivateDnsNameOptions: {
      HostnameType: ['ip-name'],
      EnableResourceNameDnsARecord: [false],
      EnableResourceNameDnsAAAARecord: [false],
    },
  },
  (input, context) => {
    // An instance has no volumes, so those that are to be tagged with it are none.
    const tags = tagsByType(input.TagSpecifications, ['instance', 'network-interface', 'volume']);
    checkCounts(input);
    const image = findLaunchableImage(context, required(input.ImageId, 'ImageId'));
    const instanceType = checkedType(input.InstanceType ?? DEFAULT_INSTANCE_TYPE);
    const keyName = checkedKey(context, input.KeyName);
    const userData = checkedUserData(input.UserData);
    const profile = input.IamInstanceProfile === undefined ? null : findProfile(context, input.IamInstanceProfile);
    const metadata = metadataAfter(DEFAULT_METADATA, input.MetadataOptions ?? {});
    const places = placesOf(input, instanceType, context);
    const { subnet } = places[0] as Place;

    const reservationId = newId('reservation', context);
    const count = countFor(input, places, context);
    const isPublic = places.some((place) => 'isPublic' in place && place.isPublic);
    const instances = Array.from(
      { length: count },
      (_, launchIndex): Instance => ({
        ...newResource(context, 'instance', tags.instance),
        kind: 'instance',
        reservationId,
        launchIndex,
        imageId: image.id,
        layers: image.layers,
        instanceType,
        vpcId: subnet.vpcId,
        subnetId: subnet.id,
        keyName,
        userData,
        profileId: profile?.id ?? null,
        profileAssociationId: profile === null ? null : newId('profileAssociation', context),
        metadata,
        apiTermination: input.DisableApiTermination !== true,
        apiStop: input.DisableApiStop !== true,
        autoPublicAddress: isPublic,
        shutdownBehavior: input.InstanceInitiatedShutdownBehavior ?? 'stop',
        wanted: 'running',
        boots: 1,
        launchedAt: context.now,
        transition: null,
      }),
    );
    const edits = [
      ...instances.map(put),
      ...places.flatMap((place) => ('port' in place ? plugGiven(place, instances[0] as Instance, context) : [])),
      ...plugNew(
        places.filter((place) => 'groupIds' in place),
        instances,
        tags['network-interface'],
        context,
      ),
    ];
    return { edits, output: reservationOf(instances, { ...context, intent: withEdits(context.intent, edits) }) };
  },
  again,
);

function checkCounts({
  MinCount: min,
  MaxCount: max,
  NetworkInterfaces: ports,
  PrivateIpAddress: address,
}: Input<'RunInstances'>): void {
  if (!Number.isInteger(min) || min < 1) invalidValue(min, 'minCount', 'The minimum count must be greater than 0.');
  if (!Number.isInteger(max) || max < min) {
    refuse(
      'InvalidParameterCombination',
      `The maximum count (${max}) must not be less than the minimum count (${min}).`,
    );
  }
  const named = ports?.some((port) => (port.PrivateIpAddress ?? port.NetworkInterfaceId) !== undefined);
  if (max > 1 && (address !== undefined || named === true)) {
    refuse(
      'InvalidParameterCombination',
      'A private IP address or a network interface ID may not be specified when more than one instance is launched.',
    );
  }
}

function checkedType(name: string): string {
  if (findInstanceType(name) === undefined) {
    refuse('InvalidParameterValue', `Invalid value '${name}' for InstanceType.`);
  }
  return name;
}

function checkedKey(context: Context, name: string | undefined): string | null {
  if (name === undefined) return null;
  const isThere = context.intent
    .table('keyPair')
    .by('name', name)
    .some((pair) => pair.account === context.account && pair.region === context.region);
  if (!isThere) refuse('InvalidKeyPair.NotFound', `The key pair '${name}' does not exist`);
  return name;
}

/** As many as asked for, or as there are addresses, if that is not below the minimum. */
function countFor(input: Input<'RunInstances'>, places: readonly Place[], context: Context): number {
  const living = own(context, 'instance').filter((instance) => instance.wanted !== 'terminated').length;
  if (living + input.MinCount > MAX_INSTANCES_PER_REGION) {
    refuse(
      'InstanceLimitExceeded',
      `You have requested more instances (${living + input.MinCount}) than your current instance limit of ${MAX_INSTANCES_PER_REGION} allows for the specified instance type.`,
    );
  }
  const room = Math.min(...places.map((place) => roomFor(place, places, context)));
  const count = Math.min(input.MaxCount, room, MAX_INSTANCES_PER_REGION - living);
  if (count < input.MinCount) {
    refuse(
      'InsufficientFreeAddressesInSubnet',
      'The specified subnet does not have enough free addresses to satisfy the request.',
    );
  }
  return count;
}

function oncePerSubnet<T>(make: (subnet: Subnet) => T): (subnet: Subnet) => T {
  const made = new Map<string, T>();
  return (subnet) => {
    const found = made.get(subnet.id) ?? make(subnet);
    made.set(subnet.id, found);
    return found;
  };
}

/** How many instances the place has addresses for. */
function roomFor(place: Place, places: readonly Place[], context: Context): number {
  if ('port' in place) return 1;
  const sharing = places.filter((each) => !('port' in each) && each.subnet.id === place.subnet.id);
  return Math.floor(subnetAddresses(context, place.subnet).free / sharing.length);
}

function plugNew(
  places: readonly NewPlace[],
  instances: readonly Instance[],
  tags: Tags | undefined,
  context: Context,
): readonly Edit[] {
  checkInterfaceQuota(context, instances.length * places.length);
  const poolsOf = oncePerSubnet((subnet) => ({
    four: subnetAddresses(context, subnet),
    six: subnetIpv6Addresses(context, subnet),
  }));
  // What is asked for by its address first: nobody else gets it.
  const inTurn = [...places].sort((a, b) => Number(a.address === undefined) - Number(b.address === undefined));
  const publics = takePublicAddresses(context, places.some(({ isPublic }) => isPublic) ? instances.length : 0);
  const ports = inTurn.flatMap((place) => {
    const { four, six } = poolsOf(place.subnet);
    return instances.map((instance, at): NetworkInterface => {
      const made = newInterface(context, {
        subnet: place.subnet,
        addresses: [place.address === undefined ? four.take() : four.claim(place.address)],
        ipv6Addresses: six.take(place.ipv6, true),
        groupIds: place.groupIds,
        description: place.description,
        ...(tags && { tags }),
      });
      return {
        ...made,
        ...primaryPart(place.primaryIpv6, made.ipv6Addresses),
        publicAddress: place.isPublic ? (publics.addresses[at] ?? null) : null,
        attachment: attachmentTo(instance, place, context),
      };
    });
  });
  return [...ports.map(put), ...publics.edits];
}

function plugGiven(place: GivenPlace, instance: Instance, context: Context): readonly Edit[] {
  return [put({ ...place.port, attachment: attachmentTo(instance, place, context) })];
}

function reservationOf(instances: readonly Instance[], context: Context): Output<'RunInstances'> {
  return {
    ReservationId: instances[0]?.reservationId,
    OwnerId: context.account,
    Groups: [],
    Instances: instances.map((instance) => viewInstance(instance, context)),
  };
}

/** A repeated token is answered with what the instances are now. */
function again(output: Output<'RunInstances'>, context: Context): Output<'RunInstances'> {
  const ids = (output.Instances ?? []).map((instance) => instance.InstanceId ?? '');
  const instances = ids.flatMap((id) => findIfThere(context, 'instance', id) ?? []);
  return instances.length === ids.length ? reservationOf(instances, context) : output;
}
