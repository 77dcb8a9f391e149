/**
 * Instances become machines: what must run, and what their metadata service says. A terminated one is not in the Plan; a
 * stopped one is, so that its file system and addresses are kept.
 * https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-categories.html
 */
import { privateInstanceName, publicInstanceName } from '../../model/instance-names.ts';
import { findInstanceType } from '../../model/instance-types.ts';
import type { Intent } from '../../model/intent.ts';
import { publicPairs } from '../../model/public-addresses.ts';
import type { Instance, NetworkInterface } from '../../model/resources.ts';
import { zoneName } from '../../model/zones.ts';
import { compareText, sortById } from '../order.ts';
import type { Machine, MachineMetadata } from '../plan.ts';

/** Instances have a limit at AWS only through their memory; here a fork bomb must not take the host with it. */
const PROCESSES_PER_GIB = 1024;
const MIN_PROCESSES = 512;

export function compileMachines(intent: Intent): readonly Machine[] {
  return sortById(
    [...intent.table('instance').all()].flatMap((instance) =>
      instance.wanted === 'terminated' ? [] : [machineOf(intent, instance, instance.wanted)],
    ),
  );
}

function machineOf(intent: Intent, instance: Instance, wanted: Machine['wanted']): Machine {
  const interfaces = interfacesOf(intent, instance);
  return {
    id: instance.id,
    origin: [instance.id],
    domain: instance.vpcId,
    wanted,
    boots: instance.boots,
    layers: instance.layers,
    hostname: `ip-${interfaces[0]?.addresses[0]?.replaceAll('.', '-')}`,
    ports: interfaces.map(({ id }) => id),
    userData: instance.userData,
    publicKey: publicKeyOf(intent, instance),
    limits: limitsOf(instance.instanceType),
    metadata: metadataOf(intent, instance, interfaces),
  };
}

function interfacesOf(intent: Intent, instance: Instance): readonly NetworkInterface[] {
  const index = (eni: NetworkInterface) => eni.attachment?.deviceIndex ?? 0;
  const found = [...intent.table('networkInterface').by('attachment.instanceId', instance.id)];
  if (found.length === 0) throw new Error(`${instance.id} has no network interface`);
  return found.sort((a, b) => index(a) - index(b));
}

function publicKeyOf(intent: Intent, { keyName, account, region }: Instance): Machine['publicKey'] {
  if (keyName === null) return null;
  const pairs = intent.table('keyPair').by('name', keyName);
  const pair = pairs.find((each) => each.account === account && each.region === region);
  return pair === undefined ? null : { name: pair.name, openssh: pair.publicKey };
}

function limitsOf(instanceType: string): Machine['limits'] {
  const type = findInstanceType(instanceType);
  if (type === undefined) throw new Error(`no instance type ${instanceType}`);
  const processes = Math.max(MIN_PROCESSES, Math.round((type.memoryMiB / 1024) * PROCESSES_PER_GIB));
  return { memoryMiB: type.memoryMiB, cpus: type.cpus, processes };
}

function metadataOf(intent: Intent, instance: Instance, interfaces: readonly NetworkInterface[]): MachineMetadata {
  const zoneId = intent.table('subnet').get(instance.subnetId)?.zoneId;
  if (zoneId === undefined) throw new Error(`${instance.id} lies in ${instance.subnetId}, which does not exist`);
  return {
    httpTokens: instance.metadata.httpTokens,
    enabled: instance.metadata.httpEndpoint === 'enabled',
    ...(instance.metadata.httpProtocolIpv6 === 'enabled' && { overIpv6: true as const }),
    hopLimit: instance.metadata.hopLimit,
    account: instance.account,
    region: instance.region,
    zone: zoneName(instance.account, zoneId),
    zoneId,
    imageId: instance.imageId,
    instanceType: instance.instanceType,
    launchIndex: instance.launchIndex,
    reservationId: instance.reservationId,
    launchedAt: instance.launchedAt,
    groupNames: groupNames(intent, interfaces[0]?.groupIds ?? []),
    role: roleOf(intent, instance),
    tags: instance.metadata.instanceTags === 'enabled' ? sortedKeys(instance.tags) : null,
    interfaces: interfaces.map((eni) => interfaceOf(intent, eni)),
  };
}

function interfaceOf(intent: Intent, eni: NetworkInterface): MachineMetadata['interfaces'][number] {
  const vpc = intent.table('vpc').get(eni.vpcId);
  const subnet = intent.table('subnet').get(eni.subnetId);
  if (vpc === undefined || subnet === undefined)
    throw new Error(`${eni.id} lies in a subnet or VPC that does not exist`);
  const isNamed = vpc.dnsSupport && vpc.dnsHostnames && eni.publicAddress !== null;
  return {
    portId: eni.id,
    mac: eni.mac,
    deviceIndex: eni.attachment?.deviceIndex ?? 0,
    addresses: eni.addresses,
    ipv6Addresses: eni.ipv6Addresses,
    publics: publicPairs(eni),
    privateName: privateInstanceName(eni.region, eni.addresses[0] ?? ''),
    publicName: isNamed ? publicInstanceName(eni.region, eni.publicAddress) : null,
    subnetId: subnet.id,
    subnetCidr: subnet.cidr,
    subnetIpv6Cidr: subnet.ipv6Cidr,
    vpcId: vpc.id,
    vpcCidrs: vpc.cidrs,
    vpcIpv6Cidrs: vpc.ipv6Cidrs,
    groupIds: eni.groupIds,
    groupNames: groupNames(intent, eni.groupIds),
  };
}

function groupNames(intent: Intent, ids: readonly string[]): readonly string[] {
  return ids.flatMap((id) => intent.table('securityGroup').get(id)?.name ?? []);
}

/** The role in force: that of the instance's profile, if it has one, if that has one. */
function roleOf(intent: Intent, instance: Instance): MachineMetadata['role'] {
  const profile = instance.profileId === null ? undefined : intent.table('instanceProfile').get(instance.profileId);
  if (profile === undefined || profile.roleName === null) return null;
  const roles = intent.table('role').by('name', profile.roleName);
  const role = roles.find((each) => each.account === profile.account);
  if (role === undefined) return null;
  return {
    roleName: role.name,
    roleArn: `arn:aws:iam::${role.account}:role${role.path}${role.name}`,
    roleId: role.id,
    profileArn: `arn:aws:iam::${profile.account}:instance-profile${profile.path}${profile.name}`,
    profileId: profile.id,
  };
}

function sortedKeys(tags: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(tags).sort(([a], [b]) => compareText(a, b)));
}
