/** Steps about what may pass: security groups and network ACLs. */
import type { ResourceOf } from '../../../src/model/resources.ts';
import type { StepOf } from '../steps.ts';
import { listAt, listsOf } from './lists.ts';
import { id, pick, type World } from './world.ts';

type Entry = Omit<StepOf<'acl'>['entries'][number], 'number'> & { readonly number: number };

export const filterSteps = { rule, revoke, groupsOf, sourceDestCheck, acl, aclChange, listRule };

function rule(w: World, step: StepOf<'rule'>): void {
  const group = pick(w.all('securityGroup'), step.group);
  const peer = group && peerOf(w, step.peer, group);
  if (group === undefined || peer === undefined) return;
  authorize(w, group, step.side, { ...traffic(step.protocol, step.ports), ...peer });
}

function authorize(w: World, group: ResourceOf<'securityGroup'>, side: string, permission: object): void {
  const operation = side === 'ingress' ? 'AuthorizeSecurityGroupIngress' : 'AuthorizeSecurityGroupEgress';
  w.for(group)(operation, { GroupId: group.id, IpPermissions: [permission] });
}

function listRule(w: World, { group: at, side, protocol, ports, ...list }: StepOf<'listRule'>): void {
  const group = pick(w.all('securityGroup'), at);
  if (group === undefined) return;
  const PrefixListIds = [{ PrefixListId: listAt(w, group, list) }];
  authorize(w, group, side, { ...traffic(protocol, ports), PrefixListIds });
}

function revoke(w: World, { group: at, side }: StepOf<'revoke'>): void {
  const group = pick(w.all('securityGroup'), at);
  if (group === undefined) return;
  const rules = w.all('securityGroupRule').filter((each) => each.groupId === group.id && each.direction === side);
  const rule = pick(rules, at);
  const operation = side === 'ingress' ? 'RevokeSecurityGroupIngress' : 'RevokeSecurityGroupEgress';
  if (rule !== undefined) w.for(group)(operation, { GroupId: group.id, SecurityGroupRuleIds: [rule.id] });
}

function groupsOf(w: World, { port: at, group, second }: StepOf<'groupsOf'>): void {
  const port = pick(w.machinePorts(), at);
  if (port === undefined) return;
  const groups = w.of('securityGroup', port.vpcId);
  const Groups = [...new Set([pick(groups, group)?.id, pick(groups, second)?.id])];
  w.for(port)('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: port.id, Groups });
}

function sourceDestCheck(w: World, { port: at }: StepOf<'sourceDestCheck'>): void {
  const port = pick(w.machinePorts(), at);
  if (port === undefined) return;
  const SourceDestCheck = { Value: false };
  w.for(port)('ModifyNetworkInterfaceAttribute', { NetworkInterfaceId: port.id, SourceDestCheck });
}

/** Of an ACL, as calls name it: a type of ICMP there is of either family. */
function entryOf({ number, isEgress, isAllowed, protocol, ports, block }: Entry): object {
  const isIpv6 = block.includes(':');
  const types: Readonly<Record<string, number>> = isIpv6 ? { echo: 128, echoReply: 129 } : { echo: 8, echoReply: 0 };
  const Type = types[protocol] ?? -1;
  const isIcmp = ['icmp', 'icmpv6', 'echo', 'echoReply'].includes(protocol);
  return {
    ...{ RuleNumber: number, Egress: isEgress, RuleAction: isAllowed ? 'allow' : 'deny' },
    ...(isIcmp
      ? { Protocol: isIpv6 ? '58' : '1', IcmpTypeCode: { Type, Code: -1 } }
      : { Protocol: protocol, PortRange: { From: ports.from, To: ports.to } }),
    ...blockOf(block),
  };
}

function aclChange(w: World, { acl: at, what, entry }: StepOf<'aclChange'>): void {
  const acl = pick(w.all('networkAcl'), at);
  if (acl === undefined) return;
  const call = w.for(acl);
  const NetworkAclId = acl.id;
  const there = pick(acl.entries, entry.number);
  // Whatever number the entry has that is there, so that it is found.
  const number = what === 'replace' && there !== undefined ? there.number : entry.number;
  const isEgress = what === 'replace' && there !== undefined ? there.egress : entry.isEgress;
  if (what === 'delete')
    call('DeleteNetworkAclEntry', { NetworkAclId, RuleNumber: there?.number, Egress: there?.egress });
  else if (what === 'replace')
    call('ReplaceNetworkAclEntry', { NetworkAclId, ...entryOf({ ...entry, number, isEgress }) });
  else call('CreateNetworkAclEntry', { NetworkAclId, ...entryOf(entry) });
}

function acl(w: World, { subnet: at, base, entries }: StepOf<'acl'>): void {
  const subnet = pick(w.all('subnet'), at);
  if (subnet === undefined) return;
  const call = w.for(subnet);
  const NetworkAclId = id(call('CreateNetworkAcl', { VpcId: subnet.vpcId }), 'NetworkAcl', 'NetworkAclId');
  const all = base === 'none' ? [] : ['0.0.0.0/0', '::/0'];
  for (const [nth, block] of all.entries()) {
    for (const Egress of [true, false]) {
      const entry = { NetworkAclId, RuleNumber: 200 + nth, Egress, Protocol: '-1', RuleAction: 'allow' };
      call('CreateNetworkAclEntry', { ...entry, ...blockOf(block) });
    }
  }
  for (const entry of entries) call('CreateNetworkAclEntry', { NetworkAclId, ...entryOf(entry) });
  const filter = { Filters: [{ Name: 'association.subnet-id', Values: [subnet.id] }] };
  const [found] = call('DescribeNetworkAcls', filter).NetworkAcls as {
    Associations: { SubnetId: string; NetworkAclAssociationId: string }[];
  }[];
  const association = found?.Associations.find(({ SubnetId }) => SubnetId === subnet.id);
  const AssociationId = association?.NetworkAclAssociationId;
  call('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId });
}

function peerOf(w: World, peer: StepOf<'rule'>['peer'], group: ResourceOf<'securityGroup'>): object | undefined {
  switch (peer.kind) {
    case 'group': {
      // Of another VPC: known where a peering connection leads there.
      const named = pick(w.all('securityGroup'), peer.group ?? 0);
      return { UserIdGroupPairs: [{ GroupId: named?.id, UserId: named?.account }] };
    }
    case 'address': {
      const port = pick(w.all('networkInterface'), peer.port ?? 0);
      return port && { IpRanges: [{ CidrIp: `${port.addresses[0]}/32` }] };
    }
    case 'block':
      return peer.block?.includes(':')
        ? { Ipv6Ranges: [{ CidrIpv6: peer.block }] }
        : { IpRanges: [{ CidrIp: peer.block }] };
    default: {
      if (peer.list === 'own') {
        const list = pick(listsOf(w, group), peer.at ?? 0);
        return list && { PrefixListIds: [{ PrefixListId: list.id }] };
      }
      const name = `com.amazonaws.${group.region}.${peer.list}`;
      const lists = w.for(group)('DescribeManagedPrefixLists', {}).PrefixLists as Record<string, string>[];
      const list = lists.find(({ PrefixListName }) => PrefixListName === name);
      return { PrefixListIds: [{ PrefixListId: list?.PrefixListId }] };
    }
  }
}

export function blockOf(block: string): object {
  return block.includes(':') ? { Ipv6CidrBlock: block } : { CidrBlock: block };
}

function traffic(protocol: string, { from, to }: { readonly from: number; readonly to: number }): object {
  if (protocol === '-1') return { IpProtocol: '-1' };
  if (protocol === 'icmp' || protocol === 'icmpv6') return { IpProtocol: protocol, FromPort: -1, ToPort: -1 };
  if (protocol === 'echo') return { IpProtocol: 'icmp', FromPort: 8, ToPort: -1 };
  if (protocol === 'echoReply') return { IpProtocol: 'icmp', FromPort: 0, ToPort: -1 };
  return { IpProtocol: protocol, FromPort: from, ToPort: to };
}
