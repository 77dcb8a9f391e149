/**
 * The tree that instance metadata shows, for one instance: pure. A directory lists itself as AWS prints it (names sorted,
 * '/' after a directory, no newline at the end); what an instance has not (a role, a key, a public address) has no path.
 * Read docs.aws.amazon.com/AWSEC2/latest/UserGuide/ec2-instance-metadata.html, "instance data categories".
 */
import type { Machine, MachineMetadata } from '../../plan/plan.ts';

export interface Directory {
  readonly kind: 'directory';
  readonly entries: ReadonlyMap<string, Node>;
  /** How a name is printed where that is not "name" or "name/". */
  readonly label?: (name: string) => string;
}
export interface Leaf {
  readonly kind: 'leaf';
  /** Made when it is asked for. */
  readonly read: () => string | Buffer;
  readonly type: 'text/plain' | 'application/octet-stream';
}
export type Node = Directory | Leaf;

export interface Source {
  readonly machine: Machine;
  /** The role's credentials document. */
  readonly credentials: () => string;
  readonly architecture: 'x86_64' | 'arm64';
}

/** AWS's dated versions; each shows the same tree here. */
export const VERSIONS: readonly string[] = [
  '1.0',
  '2007-01-19',
  '2007-03-01',
  '2007-08-29',
  '2007-10-10',
  '2007-12-15',
  '2008-02-01',
  '2008-09-01',
  '2009-04-04',
  '2011-01-01',
  '2011-05-01',
  '2012-01-12',
  '2014-02-25',
  '2014-11-05',
  '2015-10-20',
  '2016-04-19',
  '2016-06-30',
  '2016-09-02',
  '2018-03-28',
  '2018-08-17',
  '2018-09-24',
  '2019-10-01',
  '2020-08-24',
  '2020-10-27',
  '2021-01-03',
  '2021-03-23',
  '2021-07-15',
  '2022-07-09',
  '2022-09-24',
  'latest',
];

export function metadataTree(source: Source): Directory {
  const version = directory({
    dynamic: directory({ 'instance-identity': directory({ document: text(() => identityDocument(source)) }) }),
    'meta-data': metadata(source),
    'user-data': userData(source.machine),
  });
  return directory(Object.fromEntries(VERSIONS.map((name) => [name, version])), (name) => name);
}

/**
 * What stands at `path` ("latest/meta-data/ami-id", decoded); undefined: nothing. A slash at the end changes nothing:
 * AWS's own CLI asks for placement/availability-zone/, which is a leaf.
 */
export function find(root: Directory, path: string): Node | undefined {
  const plain = path.endsWith('/') ? path.slice(0, -1) : path;
  let node: Node | undefined = root;
  for (const name of plain === '' ? [] : plain.split('/')) {
    if (node?.kind !== 'directory') return undefined;
    node = node.entries.get(name);
  }
  return node;
}

export function listing({ entries, label }: Directory): string {
  return [...entries]
    .map(([name, node]) => label?.(name) ?? (node.kind === 'directory' ? `${name}/` : name))
    .join('\n');
}

function metadata({ machine, credentials }: Source): Directory {
  const { metadata } = machine;
  const primary = metadata.interfaces.find((each) => each.deviceIndex === 0);
  if (primary === undefined) throw new Error(`${machine.id} has no primary network interface`);
  return directory({
    'ami-id': text(metadata.imageId),
    'ami-launch-index': text(String(metadata.launchIndex)),
    hostname: text(primary.privateName),
    iam: iam(metadata, credentials),
    'instance-action': text('none'),
    'instance-id': text(machine.id),
    'instance-life-cycle': text('on-demand'),
    'instance-type': text(metadata.instanceType),
    ipv6: text(primary.ipv6Addresses[0]),
    'local-hostname': text(primary.privateName),
    'local-ipv4': text(primary.addresses[0]),
    mac: text(primary.mac),
    network: directory({
      interfaces: directory({
        macs: directory(
          Object.fromEntries(metadata.interfaces.map((each) => [each.mac, networkInterface(each, metadata.account)])),
        ),
      }),
    }),
    placement: directory({
      'availability-zone': text(metadata.zone),
      'availability-zone-id': text(metadata.zoneId),
      region: text(metadata.region),
    }),
    profile: text('default-hvm'),
    'public-hostname': text(primary.publicName),
    'public-ipv4': text(primary.publics.find(({ address }) => address === primary.addresses[0])?.publicAddress),
    'public-keys': publicKeys(machine),
    'reservation-id': text(metadata.reservationId),
    'security-groups': text(metadata.groupNames.join('\n')),
    services: directory({ domain: text('amazonaws.com'), partition: text('aws') }),
    tags: tags(metadata),
  });
}

function iam({ role, launchedAt }: MachineMetadata, credentials: () => string): Directory | undefined {
  if (role === null) return undefined;
  const info = {
    Code: 'Success',
    LastUpdated: seconds(launchedAt),
    InstanceProfileArn: role.profileArn,
    InstanceProfileId: role.profileId,
  };
  return directory({
    info: text(document(info)),
    'security-credentials': directory({ [role.roleName]: text(credentials) }),
  });
}

function networkInterface(port: MachineMetadata['interfaces'][number], account: string): Directory {
  return directory({
    'device-number': text(String(port.deviceIndex)),
    'interface-id': text(port.portId),
    'ipv4-associations':
      port.publics.length === 0
        ? undefined
        : directory(
            Object.fromEntries(port.publics.map(({ address, publicAddress }) => [publicAddress, text(address)])),
          ),
    ipv6s: lines(port.ipv6Addresses),
    'local-hostname': text(port.privateName),
    'local-ipv4s': text(port.addresses.join('\n')),
    mac: text(port.mac),
    'owner-id': text(account),
    'public-hostname': text(port.publicName),
    'public-ipv4s': lines(port.publics.map(({ publicAddress }) => publicAddress)),
    'security-group-ids': text(port.groupIds.join('\n')),
    'security-groups': text(port.groupNames.join('\n')),
    'subnet-id': text(port.subnetId),
    'subnet-ipv4-cidr-block': text(port.subnetCidr),
    'subnet-ipv6-cidr-blocks': text(port.subnetIpv6Cidr),
    'vpc-id': text(port.vpcId),
    'vpc-ipv4-cidr-block': text(port.vpcCidrs[0]),
    'vpc-ipv4-cidr-blocks': text(port.vpcCidrs.join('\n')),
    'vpc-ipv6-cidr-blocks': lines(port.vpcIpv6Cidrs),
  });
}

function publicKeys({ publicKey }: Machine): Directory | undefined {
  if (publicKey === null) return undefined;
  return directory({ 0: directory({ 'openssh-key': text(publicKey.openssh) }) }, () => `0=${publicKey.name}`);
}

function tags({ tags }: MachineMetadata): Directory | undefined {
  if (tags === null) return undefined;
  return directory({
    instance: directory(Object.fromEntries(Object.entries(tags).map(([key, value]) => [key, text(value)]))),
  });
}

function userData({ userData }: Machine): Leaf | undefined {
  if (userData === null) return undefined;
  return { kind: 'leaf', type: 'application/octet-stream', read: () => Buffer.from(userData, 'base64') };
}

function identityDocument({ machine, architecture }: Source): string {
  const { metadata } = machine;
  return document({
    accountId: metadata.account,
    architecture,
    availabilityZone: metadata.zone,
    billingProducts: null,
    devpayProductCodes: null,
    marketplaceProductCodes: null,
    imageId: metadata.imageId,
    instanceId: machine.id,
    instanceType: metadata.instanceType,
    kernelId: null,
    pendingTime: seconds(metadata.launchedAt),
    privateIp: metadata.interfaces.find((each) => each.deviceIndex === 0)?.addresses[0] ?? null,
    ramdiskId: null,
    region: metadata.region,
    version: '2017-09-30',
  });
}

/** JSON as the metadata service prints it. */
export function document(fields: Readonly<Record<string, unknown>>): string {
  const lines = Object.entries(fields).map(([key, value]) => `  ${JSON.stringify(key)} : ${JSON.stringify(value)}`);
  return `{\n${lines.join(',\n')}\n}`;
}

/** ISO 8601 to the second. */
export function seconds(time: string | number): string {
  return new Date(time).toISOString().replace(/\.\d+Z$/, 'Z');
}

function directory(entries: Record<string, Node | undefined>, label?: (name: string) => string): Directory {
  const present = Object.entries(entries).filter((entry): entry is [string, Node] => entry[1] !== undefined);
  return {
    kind: 'directory',
    entries: new Map(present.sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(label === undefined ? {} : { label }),
  };
}

/** One a line; no path where there is none. */
function lines(values: readonly string[]): Leaf | undefined {
  return values.length === 0 ? undefined : text(values.join('\n'));
}

function text(value: string | null | undefined | (() => string)): Leaf | undefined {
  if (value === null || value === undefined) return undefined;
  return { kind: 'leaf', type: 'text/plain', read: typeof value === 'function' ? value : () => value };
}
