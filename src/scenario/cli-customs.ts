/**
 * Options that the AWS CLI adds to the API's: short forms of what everybody needs. Each is taken out of the options and given
 * back as members of the input. https://docs.aws.amazon.com/cli/latest/reference/ec2/
 */
import type { Options } from './cli.ts';

const PROTOCOLS: Readonly<Record<string, string>> = { all: '-1', icmp: '1', tcp: '6', udp: '17', icmpv6: '58' };

export function adapt(service: string, operation: string, options: Options): Readonly<Record<string, unknown>> {
  const custom = CUSTOMS[service]?.[operation];
  return (
    custom?.((name) => {
      const [value] = options.get(name) ?? [];
      options.delete(name);
      return value;
    }, options) ?? {}
  );
}

/** Takes an option out. */
type Take = (name: string) => string | undefined;
type Custom = (take: Take, options: Options) => Readonly<Record<string, unknown>>;

const EC2: Readonly<Record<string, Custom>> = {
  RunInstances: runInstances,
  AuthorizeSecurityGroupIngress: onePermission,
  AuthorizeSecurityGroupEgress: onePermission,
  RevokeSecurityGroupIngress: onePermission,
  RevokeSecurityGroupEgress: onePermission,
  CreateNetworkAclEntry: aclEntry,
  ReplaceNetworkAclEntry: aclEntry,
  DeleteNetworkAclEntry: aclEntry,
};

const CUSTOMS: Readonly<Record<string, Readonly<Record<string, Custom>>>> = {
  ec2: EC2,
  // What the API calls Endpoint.
  sns: { Subscribe: (take) => ({ Endpoint: take('notification-endpoint') }) },
};

/** --count N or MIN:MAX, --user-data as text, a public address and addresses as of the first interface. */
function runInstances(take: Take, options: Options): Readonly<Record<string, unknown>> {
  const [least = '1', most = least] = take('count')?.split(':') ?? [];
  const userData = take('user-data');
  const wantsPublic = options.has('associate-public-ip-address');
  const isPublic = wantsPublic || options.has('no-associate-public-ip-address');
  const input: Record<string, unknown> = { MinCount: Number(least), MaxCount: Number(most) };
  if (userData !== undefined) input.UserData = Buffer.from(userData).toString('base64');
  if (!isPublic) return input;
  take('associate-public-ip-address');
  take('no-associate-public-ip-address');
  const groups = options.get('security-group-ids');
  options.delete('security-group-ids');
  const subnet = take('subnet-id');
  const address = take('private-ip-address');
  input.NetworkInterfaces = [
    {
      DeviceIndex: 0,
      AssociatePublicIpAddress: wantsPublic,
      ...(subnet === undefined ? {} : { SubnetId: subnet }),
      ...(groups === undefined ? {} : { Groups: groups }),
      ...(address === undefined ? {} : { PrivateIpAddress: address }),
    },
  ];
  return input;
}

/** --protocol tcp --port 80-90 --cidr 10.0.0.0/8 or --source-group sg-…: one rule. */
function onePermission(take: Take): Readonly<Record<string, unknown>> {
  const protocol = take('protocol');
  const port = take('port');
  const cidr = take('cidr');
  const group = take('source-group');
  if (protocol === undefined) return {};
  return {
    IpPermissions: [
      {
        IpProtocol: protocol === 'all' ? '-1' : protocol,
        ...(port === undefined ? {} : portRange(protocol, port)),
        ...(cidr === undefined
          ? {}
          : cidr.includes(':')
            ? { Ipv6Ranges: [{ CidrIpv6: cidr }] }
            : { IpRanges: [{ CidrIp: cidr }] }),
        ...(group === undefined ? {} : { UserIdGroupPairs: [{ GroupId: group }] }),
      },
    ],
  };
}

/** A type and a code for ICMP, "all" for either. */
function portRange(protocol: string, text: string): { FromPort: number; ToPort: number } {
  if (text === 'all')
    return protocol.startsWith('icmp') ? { FromPort: -1, ToPort: -1 } : { FromPort: 0, ToPort: 65_535 };
  const [from = text, to = from] = text.split(/(?<=\d)-/);
  return { FromPort: Number(from), ToPort: Number(to) };
}

/** --ingress or --egress, and a protocol by its name. */
function aclEntry(take: Take, options: Options): Readonly<Record<string, unknown>> {
  const isEgress = options.has('egress');
  if (isEgress === options.has('ingress')) throw new Error('one of --ingress and --egress is needed');
  take('ingress');
  take('egress');
  const protocol = take('protocol');
  return { Egress: isEgress, ...(protocol === undefined ? {} : { Protocol: PROTOCOLS[protocol] ?? protocol }) };
}
