/**
 * A group rule as callers write it, checked and made canonical.
 * https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html
 */
import type { IpPermission, UserIdGroupPair } from '@aws-sdk/client-ec2';
import { farSide, isInForce, peeringsOf } from '../../../model/peerings.ts';
import { refuse } from '../../../model/refusal.ts';
import type { GroupRulePeer, SecurityGroup, SecurityGroupRule } from '../../../model/resources.ts';
import { formatCidr, parseCidr } from '../../../net/cidr.ts';
import type { Context } from '../../action.ts';
import { findIfThere } from '../../shared/find.ts';
import { required } from '../../shared/input.ts';
import type { Reads } from '../../shared/unsupported.ts';
import { peeringCode } from '../peering/state.ts';
import { findList } from '../prefix-list/find.ts';

/** What makes two rules of one direction the same, and its comment. */
export type RuleSpec = Pick<SecurityGroupRule, 'protocol' | 'fromPort' | 'toPort' | 'peer' | 'description'>;

/** What actions read of an IpPermission. */
export const PERMISSION_READS = {
  IpProtocol: true,
  FromPort: true,
  ToPort: true,
  IpRanges: true,
  Ipv6Ranges: true,
  UserIdGroupPairs: {
    GroupId: true,
    GroupName: true,
    UserId: true,
    Description: true,
    VpcId: true,
    VpcPeeringConnectionId: true,
    PeeringStatus: true,
  },
  PrefixListIds: true,
} as const satisfies Reads<IpPermission>;

/** Who a pair names, of the rules that are to be there or that are there. */
type PeerOf = (context: Context, group: SecurityGroup, pair: UserIdGroupPair) => GroupRulePeer;

/** One spec for each peer that the permissions name. */
export function specsOf(
  context: Context,
  group: SecurityGroup,
  permissions: readonly IpPermission[],
  peerOf: PeerOf = groupPeer,
): readonly RuleSpec[] {
  return permissions.flatMap((permission) => {
    const traffic = trafficOf(permission.IpProtocol, permission.FromPort, permission.ToPort);
    const peers: Pick<RuleSpec, 'peer' | 'description'>[] = [
      ...(permission.IpRanges ?? []).map((range) => ({
        peer: cidrPeer(range.CidrIp, 4),
        description: descriptionOf(range.Description),
      })),
      ...(permission.Ipv6Ranges ?? []).map((range) => ({
        peer: cidrPeer(range.CidrIpv6, 6),
        description: descriptionOf(range.Description),
      })),
      ...(permission.PrefixListIds ?? []).map((list) => ({
        peer: prefixListPeer(context, list.PrefixListId),
        description: descriptionOf(list.Description),
      })),
      ...(permission.UserIdGroupPairs ?? []).map((pair) => ({
        peer: peerOf(context, group, pair),
        description: descriptionOf(pair.Description),
      })),
    ];
    if (peers.length === 0) {
      refuse('MissingParameter', 'The request must contain the parameter ipRanges or userIdGroupPairs');
    }
    return peers.map((peer) => ({ ...traffic, ...peer }));
  });
}

const NUMBERS: Readonly<Record<string, string>> = { '1': 'icmp', '6': 'tcp', '17': 'udp', '58': 'icmpv6', all: '-1' };
const NAMES = new Set(['tcp', 'udp', 'icmp', 'icmpv6', '-1']);

/** Protocol and ports; -1 and -1 where the protocol has none. */
export function trafficOf(
  asked: string | undefined,
  from: number | undefined,
  to: number | undefined,
): Pick<RuleSpec, 'protocol' | 'fromPort' | 'toPort'> {
  if (asked === undefined) {
    refuse(
      'InvalidParameterValue',
      "Invalid value 'null' for protocol. VPC security group rules must specify protocols explicitly.",
    );
  }
  const lower = asked.toLowerCase();
  const protocol = NUMBERS[lower] ?? lower;
  const isNumber = /^(0|[1-9]\d{0,2})$/.test(protocol) && Number(protocol) <= 255;
  if (!NAMES.has(protocol) && !isNumber) {
    refuse('InvalidParameterValue', `Invalid value '${asked}' for IP protocol. Unknown protocol.`);
  }
  if (protocol === 'tcp' || protocol === 'udp') {
    if (from === undefined || to === undefined) {
      refuse(
        'InvalidParameterValue',
        "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
      );
    }
    for (const [side, port] of [['from', from] as const, ['to', to] as const]) {
      if (!(port >= 0 && port <= 65_535))
        refuse('InvalidParameterValue', `TCP/UDP (${side}) port (${port}) out of range`);
    }
    if (from > to) refuse('InvalidParameterValue', `Invalid TCP/UDP port range (${from}:${to})`);
    return { protocol, fromPort: from, toPort: to };
  }
  if (protocol === 'icmp' || protocol === 'icmpv6') {
    const type = from ?? -1;
    const code = to ?? -1;
    if (type < -1 || type > 255) refuse('InvalidParameterValue', `ICMP type (${type}) out of range`);
    if (code < -1 || code > 255) refuse('InvalidParameterValue', `ICMP code (${code}) out of range`);
    if (type === -1 && code !== -1) {
      refuse('InvalidParameterValue', `ICMP code (${code}) must be -1 where the ICMP type is -1`);
    }
    return { protocol, fromPort: type, toPort: code };
  }
  return { protocol, fromPort: -1, toPort: -1 };
}

export function prefixListPeer(context: Context, id: string | undefined): GroupRulePeer {
  return { kind: 'prefixList', prefixListId: findList(context, required(id, 'prefixListId')).id };
}

export function cidrPeer(text: string | undefined, version: 4 | 6): GroupRulePeer {
  const cidr = parseCidr(text ?? '');
  if (cidr === undefined || cidr.version !== version)
    refuse('InvalidParameterValue', `CIDR block ${text ?? 'null'} is malformed`);
  return { kind: 'cidr', cidr: formatCidr(cidr) };
}

/**
 * A group of the same VPC, or of one that a peering connection in force joins to it, in the same region. Another account's is
 * named with its account, beside it or before it ("123456789012/sg-…").
 */
export function groupPeer(context: Context, group: SecurityGroup, pair: UserIdGroupPair): GroupRulePeer {
  const { id, name, account, vpcId, peeringId, status } = namedIn(pair);
  const found =
    id === undefined
      ? groupByName(context, group, name)
      : findIfThere({ ...context, account: account ?? context.account }, 'securityGroup', id);
  if (found === undefined || (account !== undefined && account !== found.account)) {
    refuse('InvalidGroup.NotFound', `The security group '${id ?? name}' does not exist`);
  }
  if (vpcId !== undefined && vpcId !== found.vpcId) refuseOtherNetwork();
  const peer: GroupRulePeer = { kind: 'group', groupId: found.id, account: found.account };
  if (found.vpcId === group.vpcId) return peeringId === undefined ? peer : refuseOtherNetwork();
  const peering = peeringsOf(context.intent, group.vpcId).find(
    (each) => isInForce(each) && farSide(each, group.vpcId).vpcId === found.vpcId,
  );
  if (peering === undefined || peering.requester.region !== peering.accepter.region) refuseOtherNetwork();
  if (peeringId !== undefined && peeringId !== peering.id) refuseOtherNetwork();
  if (status !== undefined && status !== peeringCode(peering, context.facts)) {
    refuse('InvalidParameterValue', `Invalid value '${status}' for peeringStatus.`);
  }
  return { ...peer, peered: { vpcId: found.vpcId, peeringId: peering.id } };
}

/** For rules to be taken away: whom a rule names already, though that group or the way to it is gone. */
export function presentPeer(context: Context, group: SecurityGroup, pair: UserIdGroupPair): GroupRulePeer {
  const { id, peeringId } = namedIn(pair);
  const present = context.intent
    .table('securityGroupRule')
    .by('peer.groupId', id ?? '')
    .find((rule) => rule.groupId === group.id && (peeringId === undefined || peeringId === peeringOf(rule.peer)));
  return present?.peer ?? groupPeer(context, group, pair);
}

function peeringOf(peer: GroupRulePeer): string | undefined {
  return peer.kind === 'group' ? peer.peered?.peeringId : undefined;
}

function namedIn({
  GroupId,
  GroupName: name,
  UserId,
  VpcId: vpcId,
  VpcPeeringConnectionId: peeringId,
  PeeringStatus: status,
}: UserIdGroupPair) {
  const [, before, id] = /^(?:(\d{12})\/)?(.*)$/s.exec(GroupId ?? '') ?? [];
  return { id: GroupId === undefined ? undefined : id, name, account: UserId ?? before, vpcId, peeringId, status };
}

function refuseOtherNetwork(): never {
  refuse('InvalidGroup.NotFound', 'You have specified two resources that belong to different networks.');
}

function groupByName(context: Context, group: SecurityGroup, name: string | undefined): SecurityGroup | undefined {
  if (name === undefined) refuse('MissingParameter', 'The request must contain the parameter groupId or groupName');
  if (context.intent.table('vpc').get(group.vpcId)?.isDefault !== true) {
    refuse(
      'InvalidParameterValue',
      `Invalid value '${name}' for groupName. You may not reference Amazon EC2 security groups by name. Please use the corresponding id for this operation.`,
    );
  }
  return context.intent
    .table('securityGroup')
    .by('vpcId', group.vpcId)
    .find((each) => each.name === name);
}

export function descriptionOf(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  if (!/^[a-zA-Z0-9. _\-:/()#,@[\]+=&;{}!$*]{1,255}$/.test(text)) {
    refuse(
      'InvalidParameterValue',
      'Invalid rule description. Valid descriptions are strings less than 256 characters from the following set:  a-zA-Z0-9. _-:/()#,@[]+=&;{}!$*',
    );
  }
  return text;
}

/** Equal for two rules exactly where AWS calls them the same; the description does not count. */
export function ruleKey(rule: Omit<RuleSpec, 'description'>): string {
  return `${rule.protocol} ${rule.fromPort} ${rule.toPort} ${peerName(rule.peer)}`;
}

function peerName(peer: GroupRulePeer): string {
  switch (peer.kind) {
    case 'cidr':
      return peer.cidr;
    case 'group':
      return peer.groupId;
    case 'prefixList':
      return peer.prefixListId;
  }
}

/** AWS's words for a rule that is already there. */
export function duplicateText(rule: RuleSpec): string {
  return `the specified rule "peer: ${peerName(rule.peer)}, ${trafficText(rule)}, ALLOW" already exists`;
}

function trafficText({ protocol, fromPort, toPort }: RuleSpec): string {
  switch (protocol) {
    case '-1':
      return 'ALL';
    case 'tcp':
    case 'udp':
      return `${protocol.toUpperCase()}, from port: ${fromPort}, to port: ${toPort}`;
    case 'icmp':
    case 'icmpv6': {
      const [type, code] = [fromPort, toPort].map((value) => (value === -1 ? 'ALL' : value));
      return `${protocol.toUpperCase()}, type: ${type}, code: ${code}`;
    }
    default:
      return protocol;
  }
}
