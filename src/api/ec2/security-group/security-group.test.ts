import assert from 'node:assert/strict';
import { test } from 'node:test';
import type * as EC2 from '@aws-sdk/client-ec2';
import type { Validated } from '../../sdk.ts';
import { harness } from '../../testing.ts';

type IpPermission = Validated<EC2.IpPermission>;

function start() {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const create = (GroupName: string) =>
    aws.call('CreateSecurityGroup', { VpcId, GroupName, Description: `for ${GroupName}` }).GroupId;
  const GroupId = create('web');
  const ingress = (id = GroupId) =>
    aws.call('DescribeSecurityGroups', { GroupIds: [id] }).SecurityGroups[0].IpPermissions;
  return { aws, VpcId, GroupId, create, ingress };
}

const tcp = (port: number, ...cidrs: string[]): IpPermission => ({
  IpProtocol: 'tcp',
  FromPort: port,
  ToPort: port,
  IpRanges: cidrs.map((CidrIp) => ({ CidrIp })),
});

test('a new group lets nothing in and everything out', () => {
  const { aws, GroupId } = start();
  const group = aws.call('DescribeSecurityGroups', { GroupIds: [GroupId] }).SecurityGroups[0];
  assert.equal(group.IpPermissions.length, 0);
  assert.deepEqual(group.IpPermissionsEgress, [
    {
      IpProtocol: '-1',
      IpRanges: [{ CidrIp: '0.0.0.0/0' }],
      Ipv6Ranges: [],
      PrefixListIds: [],
      UserIdGroupPairs: [],
    },
  ]);
});

test('names and descriptions', () => {
  const { aws, VpcId } = start();
  const refused = (GroupName: string, Description = 'd') =>
    aws.refusal('CreateSecurityGroup', { VpcId, GroupName, Description });
  assert.equal(refused('web'), `InvalidGroup.Duplicate: The security group 'web' already exists for VPC '${VpcId}'`);
  assert.equal(refused('default'), 'InvalidParameterValue: Cannot use reserved security group name: default');
  assert.match(refused('sg-mine'), /Group names may not be in the format sg-\*/);
  assert.match(refused('x'.repeat(256)), /^InvalidParameterValue/);
  assert.match(refused('naïve'), /^InvalidParameterValue/);
  assert.match(refused('a', 'x'.repeat(256)), /^InvalidParameterValue/);
  assert.match(refused('a', '<'), /^InvalidParameterValue/);
  assert.match(refused('a', ''), /^MissingParameter/);
  const inDefault = aws.call('CreateSecurityGroup', { GroupName: 'web', Description: 'd' }).GroupId;
  assert.deepEqual(
    aws.call('DescribeSecurityGroups', { GroupNames: ['web'] }).SecurityGroups.map((group) => group.GroupId),
    [inDefault],
  );
  assert.match(
    aws.refusal('DescribeSecurityGroups', { GroupNames: ['nope'] }),
    /^InvalidGroup.NotFound: The security group 'nope' does not exist in default VPC 'vpc-/,
  );
});

test('rules are gathered by protocol and ports, canonical, with their comments', () => {
  const { aws, GroupId, create, ingress } = start();
  const peer = create('peer');
  const { SecurityGroupRules } = aws.call('AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [
      { ...tcp(443, '10.0.5.5/16'), UserIdGroupPairs: [{ GroupId: peer, Description: 'from peer' }] },
      { IpProtocol: 'icmp', FromPort: 8, ToPort: -1, IpRanges: [{ CidrIp: '0.0.0.0/0' }] },
      { IpProtocol: '-1', FromPort: 0, ToPort: 0, IpRanges: [{ CidrIp: '192.0.2.1/32', Description: 'all' }] },
      { IpProtocol: '50', IpRanges: [{ CidrIp: '192.0.2.1/32' }] },
    ],
  });
  assert.equal(SecurityGroupRules.length, 5);
  const empty = { Ipv6Ranges: [], PrefixListIds: [] };
  assert.deepEqual(ingress(), [
    {
      IpProtocol: 'tcp',
      FromPort: 443,
      ToPort: 443,
      IpRanges: [{ CidrIp: '10.0.0.0/16' }],
      UserIdGroupPairs: [{ GroupId: peer, UserId: '111122223333', Description: 'from peer' }],
      ...empty,
    },
    {
      IpProtocol: 'icmp',
      FromPort: 8,
      ToPort: -1,
      IpRanges: [{ CidrIp: '0.0.0.0/0' }],
      UserIdGroupPairs: [],
      ...empty,
    },
    { IpProtocol: '-1', IpRanges: [{ CidrIp: '192.0.2.1/32', Description: 'all' }], UserIdGroupPairs: [], ...empty },
    { IpProtocol: '50', IpRanges: [{ CidrIp: '192.0.2.1/32' }], UserIdGroupPairs: [], ...empty },
  ]);
  const all = SecurityGroupRules.find((rule) => rule.IpProtocol === '-1');
  assert.deepEqual([all?.FromPort, all?.ToPort], [-1, -1]);
});

test('the same rule twice', () => {
  const { aws, GroupId, create } = start();
  const peer = create('peer');
  const cases: [IpPermission, string][] = [
    [tcp(22, '0.0.0.0/0'), 'peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW'],
    [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '10.0.0.0/8' }] }, 'peer: 10.0.0.0/8, ALL, ALLOW'],
    [
      { IpProtocol: '17', FromPort: 53, ToPort: 54, UserIdGroupPairs: [{ GroupId: peer }] },
      `peer: ${peer}, UDP, from port: 53, to port: 54, ALLOW`,
    ],
  ];
  for (const [permission, text] of cases) {
    const input = { GroupId, IpPermissions: [permission] };
    aws.call('AuthorizeSecurityGroupIngress', input);
    assert.equal(
      aws.refusal('AuthorizeSecurityGroupIngress', input),
      `InvalidPermission.Duplicate: the specified rule "${text}" already exists`,
    );
  }
  assert.equal(
    aws.refusal('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [tcp(1, '10.0.0.0/8', '10.1.2.3/8')] }),
    'InvalidParameterValue: The same permission must not appear multiple times',
  );
  // Another direction is another rule, and one bad rule spoils the whole call.
  aws.call('AuthorizeSecurityGroupEgress', { GroupId, IpPermissions: [tcp(22, '0.0.0.0/0')] });
  aws.refusal('AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [tcp(23, '0.0.0.0/0'), tcp(22, '0.0.0.0/0')],
  });
  assert.equal(
    aws.refusal('RevokeSecurityGroupIngress', { GroupId, IpPermissions: [tcp(23, '0.0.0.0/0')] }).split(':')[0],
    'InvalidPermission.NotFound',
  );
});

test('rules that cannot be', () => {
  const { aws, GroupId } = start();
  const refused = (permission: IpPermission) =>
    aws.refusal('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [permission] });
  const IpRanges = [{ CidrIp: '0.0.0.0/0' }];
  assert.equal(refused(tcp(22, '10.0.0.0')), 'InvalidParameterValue: CIDR block 10.0.0.0 is malformed');
  assert.equal(refused(tcp(22, '10.0.0/8')), 'InvalidParameterValue: CIDR block 10.0.0/8 is malformed');
  assert.equal(refused(tcp(22, '::/0')), 'InvalidParameterValue: CIDR block ::/0 is malformed');
  assert.equal(refused(tcp(65536, '0.0.0.0/0')), 'InvalidParameterValue: TCP/UDP (from) port (65536) out of range');
  assert.equal(
    refused({ IpProtocol: 'tcp', FromPort: 443, ToPort: 80, IpRanges }),
    'InvalidParameterValue: Invalid TCP/UDP port range (443:80)',
  );
  assert.match(refused({ IpProtocol: 'tcp', FromPort: 443, IpRanges }), /Must specify both from and to ports/);
  assert.match(refused({ IpProtocol: 'icmp', FromPort: 256, ToPort: 0, IpRanges }), /ICMP type \(256\) out of range/);
  assert.equal(
    refused({ IpProtocol: 'nonsense', IpRanges }),
    "InvalidParameterValue: Invalid value 'nonsense' for IP protocol. Unknown protocol.",
  );
  assert.match(refused({ IpProtocol: '256', IpRanges }), /Unknown protocol/);
  assert.match(refused({ IpRanges }), /must specify protocols explicitly/);
  assert.match(refused({ IpProtocol: '-1' }), /^MissingParameter/);
  assert.match(
    refused({ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0', Description: '<' }] }),
    /Invalid rule description/,
  );
  assert.equal(
    refused({ IpProtocol: '-1', PrefixListIds: [{ PrefixListId: 'pl-1' }] }),
    'InvalidPrefixListId.Malformed: Invalid id: "pl-1"',
  );
  assert.match(aws.refusal('AuthorizeSecurityGroupIngress', { GroupId }), /^MissingParameter/);
  assert.match(
    aws.refusal('AuthorizeSecurityGroupIngress', { GroupId: 'web', IpPermissions: [tcp(1, '0.0.0.0/0')] }),
    /^InvalidGroupId.Malformed: Invalid id: "web"/,
  );
});

test('a peer group must be there and of the same VPC', () => {
  const { aws, GroupId } = start();
  const refused = (pair: object) =>
    aws.refusal('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [pair] }],
    });
  assert.equal(
    refused({ GroupId: 'sg-0123456789abcdef0' }),
    "InvalidGroup.NotFound: The security group 'sg-0123456789abcdef0' does not exist",
  );
  const elsewhere = aws.call('CreateSecurityGroup', { GroupName: 'x', Description: 'in the default VPC' }).GroupId;
  assert.equal(
    refused({ GroupId: elsewhere }),
    'InvalidGroup.NotFound: You have specified two resources that belong to different networks.',
  );
  assert.match(refused({ GroupId, UserId: '999988887777' }), /^InvalidGroup.NotFound/);
  assert.match(refused({ GroupId, VpcId: 'vpc-0123456789abcdef0' }), /belong to different networks/);
  assert.match(refused({ GroupName: 'web' }), /You may not reference Amazon EC2 security groups by name/);
  aws.call('AuthorizeSecurityGroupIngress', {
    GroupId: elsewhere,
    IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs: [{ GroupName: 'default', UserId: '111122223333' }] }],
  });
});

test('the flat form', () => {
  const { aws, GroupId, ingress } = start();
  aws.call('AuthorizeSecurityGroupIngress', {
    GroupId,
    IpProtocol: 'tcp',
    FromPort: 22,
    ToPort: 22,
    CidrIp: '0.0.0.0/0',
  });
  assert.equal(ingress()[0].IpRanges[0].CidrIp, '0.0.0.0/0');
  assert.match(
    aws.refusal('AuthorizeSecurityGroupIngress', {
      GroupId,
      CidrIp: '0.0.0.0/0',
      IpPermissions: [tcp(1, '0.0.0.0/0')],
    }),
    /^InvalidParameterCombination/,
  );
  aws.call('RevokeSecurityGroupIngress', { GroupId, IpProtocol: 'tcp', FromPort: 22, ToPort: 22, CidrIp: '0.0.0.0/0' });
  assert.equal(ingress().length, 0);
  // By name in the default VPC, everything from a group.
  aws.call('AuthorizeSecurityGroupIngress', {
    GroupName: 'default',
    CidrIp: '10.0.0.0/8',
    IpProtocol: 'udp',
    FromPort: 0,
    ToPort: 65535,
  });
  assert.match(
    aws.refusal('AuthorizeSecurityGroupIngress', { GroupName: 'default', SourceSecurityGroupName: 'default' }),
    /^InvalidPermission.Duplicate: .*ALL, ALLOW" already exists$/,
  );
});

test('revoking: by what a rule says, by its id, and what is not there', () => {
  const { aws, GroupId, create, ingress } = start();
  const rules = aws.call('AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [
      tcp(22, '10.0.0.0/8', '192.168.0.0/16'),
      { ...tcp(80), IpRanges: [{ CidrIp: '0.0.0.0/0', Description: 'd' }] },
    ],
  }).SecurityGroupRules;
  const revoked = aws.call('RevokeSecurityGroupIngress', { GroupId, IpPermissions: [tcp(80, '0.0.0.0/0')] });
  assert.equal(revoked.RevokedSecurityGroupRules[0].Description, 'd');
  assert.equal(
    aws.refusal('RevokeSecurityGroupIngress', {
      GroupId,
      IpPermissions: [tcp(22, '10.0.0.0/8'), tcp(80, '0.0.0.0/0')],
    }),
    'InvalidPermission.NotFound: The specified rule does not exist in this security group.',
  );
  const id = rules[1]?.SecurityGroupRuleId as string;
  assert.match(
    aws.refusal('RevokeSecurityGroupEgress', { GroupId, SecurityGroupRuleIds: [id] }),
    /^InvalidSecurityGroupRuleId.NotFound/,
  );
  assert.match(
    aws.refusal('RevokeSecurityGroupIngress', { GroupId: create('other'), SecurityGroupRuleIds: [id] }),
    /^InvalidSecurityGroupRuleId.NotFound/,
  );
  aws.call('RevokeSecurityGroupIngress', { GroupId, SecurityGroupRuleIds: [id] });
  assert.deepEqual(
    ingress()[0].IpRanges.map((range) => range.CidrIp),
    ['10.0.0.0/8'],
  );
  assert.match(aws.refusal('RevokeSecurityGroupIngress', { GroupId, SecurityGroupRuleIds: [id] }), /does not exist$/);
  assert.match(
    aws.refusal('RevokeSecurityGroupIngress', { GroupId, SecurityGroupRuleIds: ['x'] }),
    /^InvalidSecurityGroupRuleId.Malformed/,
  );
});

test('in the default VPC, what cannot be revoked is told back', () => {
  const { aws } = start();
  const { UnknownIpPermissions, Return } = aws.call('RevokeSecurityGroupIngress', {
    GroupName: 'default',
    IpPermissions: [tcp(22, '0.0.0.0/0')],
  });
  assert.equal(Return, true);
  assert.equal(UnknownIpPermissions[0].FromPort, 22);
});

test('rules that were not made are not there to be revoked', () => {
  const { aws, GroupId } = start();
  const [list] = aws.call('DescribePrefixLists', {}).PrefixLists;
  for (const more of [
    { Ipv6Ranges: [{ CidrIpv6: '::/0' }] },
    { PrefixListIds: [{ PrefixListId: list.PrefixListId }] },
  ]) {
    const IpPermissions = [{ IpProtocol: '-1', ...more }];
    assert.match(aws.refusal('RevokeSecurityGroupEgress', { GroupId, IpPermissions }), /^InvalidPermission.NotFound/);
  }
});

test('rules by id: described, tagged, modified, commented', () => {
  const { aws, GroupId, ingress, create } = start();
  const { SecurityGroupRules } = aws.call('AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [tcp(22, '10.0.0.0/8'), tcp(23, '10.0.0.0/8')],
    TagSpecifications: [{ ResourceType: 'security-group-rule', Tags: [{ Key: 'why', Value: 'ssh' }] }],
  });
  const [first, second] = SecurityGroupRules.map((rule) => rule.SecurityGroupRuleId) as [string, string];
  const described = aws.call('DescribeSecurityGroupRules', { Filters: [{ Name: 'group-id', Values: [GroupId] }] });
  assert.equal(described.SecurityGroupRules.filter((rule) => rule.IsEgress).length, 1);
  assert.equal(described.SecurityGroupRules.length, 3);
  assert.equal(
    aws.call('DescribeSecurityGroupRules', { Filters: [{ Name: 'tag:why', Values: ['ssh'] }] }).SecurityGroupRules
      .length,
    2,
  );
  const update = (SecurityGroupRuleId: string, SecurityGroupRule: object) => ({
    GroupId,
    SecurityGroupRules: [{ SecurityGroupRuleId, SecurityGroupRule }],
  });
  const peer = create('peer');
  aws.call(
    'ModifySecurityGroupRules',
    update(first, { IpProtocol: 'tcp', FromPort: 2222, ToPort: 2222, ReferencedGroupId: peer }),
  );
  assert.equal(ingress()[0].UserIdGroupPairs[0].GroupId, peer);
  assert.match(
    aws.refusal(
      'ModifySecurityGroupRules',
      update(second, { IpProtocol: 'tcp', FromPort: 2222, ToPort: 2222, ReferencedGroupId: peer }),
    ),
    /^InvalidPermission.Duplicate/,
  );
  assert.match(
    aws.refusal('ModifySecurityGroupRules', update(second, { IpProtocol: 'tcp', FromPort: 1, ToPort: 1 })),
    /^InvalidParameterCombination/,
  );
  aws.call('UpdateSecurityGroupRuleDescriptionsIngress', {
    GroupId,
    SecurityGroupRuleDescriptions: [{ SecurityGroupRuleId: second, Description: 'telnet' }],
  });
  assert.equal(ingress()[1]?.IpRanges[0].Description, 'telnet');
  aws.call('UpdateSecurityGroupRuleDescriptionsIngress', { GroupId, IpPermissions: [tcp(23, '10.0.0.0/8')] });
  assert.deepEqual(ingress()[1]?.IpRanges, [{ CidrIp: '10.0.0.0/8' }]);
  assert.match(
    aws.refusal('UpdateSecurityGroupRuleDescriptionsEgress', { GroupId, IpPermissions: [tcp(23, '10.0.0.0/8')] }),
    /^InvalidPermission.NotFound/,
  );
});

test('sixty rules in each direction', () => {
  const { aws, GroupId } = start();
  const cidrs = Array.from({ length: 60 }, (_, n) => `10.${n}.0.0/16`);
  aws.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [tcp(22, ...cidrs)] });
  assert.match(
    aws.refusal('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [tcp(23, '10.0.0.0/8')] }),
    /^RulesPerSecurityGroupLimitExceeded/,
  );
  aws.call('AuthorizeSecurityGroupEgress', { GroupId, IpPermissions: [tcp(23, '10.0.0.0/8')] });
});

test('deleting: not the default one, not one in use, not one that another refers to', () => {
  const { aws, VpcId, GroupId, create } = start();
  const normal = aws.intent.table('vpc').get(VpcId)?.defaultGroupId as string;
  assert.equal(
    aws.refusal('DeleteSecurityGroup', { GroupId: normal }),
    `CannotDelete: the specified group: "${normal}" name: "default" cannot be deleted by a user`,
  );
  const refused = () =>
    assert.equal(
      aws.refusal('DeleteSecurityGroup', { GroupId }),
      `DependencyViolation: resource ${GroupId} has a dependent object`,
    );
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.0.0/24' }).Subnet;
  const port = aws.call('CreateNetworkInterface', { SubnetId, Groups: [GroupId] }).NetworkInterface;
  refused();
  aws.call('DeleteNetworkInterface', { NetworkInterfaceId: port.NetworkInterfaceId });
  const other = create('other');
  const byPeer = { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId }] };
  aws.call('AuthorizeSecurityGroupEgress', { GroupId: other, IpPermissions: [byPeer] });
  refused();
  aws.call('RevokeSecurityGroupEgress', { GroupId: other, IpPermissions: [byPeer] });
  aws.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [byPeer] });
  const rules = aws.intent.table('securityGroupRule').size;
  assert.equal(aws.call('DeleteSecurityGroup', { GroupId }).GroupId, GroupId);
  assert.equal(aws.intent.table('securityGroupRule').size, rules - 2, 'its rules go along');
  assert.equal(
    aws.refusal('DeleteSecurityGroup', { GroupId }),
    `InvalidGroup.NotFound: The security group '${GroupId}' does not exist`,
  );
});

test('filters by rules', () => {
  const { aws, GroupId, create } = start();
  const peer = create('peer');
  aws.call('AuthorizeSecurityGroupIngress', {
    GroupId,
    IpPermissions: [tcp(443, '10.0.0.0/8'), { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: peer }] }],
  });
  const by = (Name: string, ...Values: string[]) =>
    aws.call('DescribeSecurityGroups', { Filters: [{ Name, Values }] }).SecurityGroups.map((group) => group.GroupId);
  for (const [name, value] of [
    ['ip-permission.cidr', '10.*'],
    ['ip-permission.from-port', '443'],
    ['ip-permission.group-name', 'peer'],
    ['ip-permission.protocol', 'tcp'],
    ['group-name', 'web'],
    ['description', 'for web'],
  ] as const) {
    assert.deepEqual(by(name, value), [GroupId], name);
  }
  assert.deepEqual(by('egress.ip-permission.from-port', '443'), []);
  assert.deepEqual(
    aws.call('DescribeSecurityGroupReferences', { GroupId: [peer] }).SecurityGroupReferenceSet.length,
    0,
  );
  assert.match(aws.refusal('DescribeSecurityGroupReferences', { GroupId: ['sg-0123456789abcdef0'] }), /^InvalidGroup/);
});

test('a group is named in one way', () => {
  const aws = harness();
  const { GroupId } = aws.call('CreateSecurityGroup', { GroupName: 'web', Description: 'd' });
  for (const name of ['web', 'other']) {
    assert.match(aws.refusal('DeleteSecurityGroup', { GroupId, GroupName: name }), /^InvalidParameterCombination/);
  }
});

test('the groups of a VPC', () => {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { GroupId } = aws.call('CreateSecurityGroup', { VpcId, GroupName: 'web', Description: 'd' });
  const groups = aws.call('GetSecurityGroupsForVpc', { VpcId }).SecurityGroupForVpcs;
  assert.deepEqual(groups.map((group) => group.GroupName).sort(), ['default', 'web']);
  const named = aws.call('GetSecurityGroupsForVpc', { VpcId, Filters: [{ Name: 'group-name', Values: ['web'] }] });
  assert.deepEqual(
    named.SecurityGroupForVpcs.map((group) => [group.GroupId, group.PrimaryVpcId]),
    [[GroupId, VpcId]],
  );
  assert.match(aws.as('999988887777').refusal('GetSecurityGroupsForVpc', { VpcId }), /^InvalidVpcID\.NotFound/);
});

test('a rule may name one of AWS’s prefix lists', () => {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { GroupId } = aws.call('CreateSecurityGroup', { GroupName: 'g', Description: 'g', VpcId });
  const [list] = aws.call('DescribeManagedPrefixLists', {
    Filters: [{ Name: 'prefix-list-name', Values: ['com.amazonaws.ap-south-1.s3'] }],
  }).PrefixLists;
  assert.deepEqual([list.OwnerId, list.AddressFamily], ['AWS', 'IPv4']);
  const { PrefixListId } = list;
  const { Entries } = aws.call('GetManagedPrefixListEntries', { PrefixListId });
  assert.match(Entries[0].Cidr, /\/28$/);
  const IpPermissions = [
    { IpProtocol: 'tcp', FromPort: 443, ToPort: 443, PrefixListIds: [{ PrefixListId, Description: 'S3' }] },
  ];
  const made = aws.call('AuthorizeSecurityGroupEgress', { GroupId, IpPermissions }).SecurityGroupRules;
  assert.equal(made[0].PrefixListId, PrefixListId);
  const [shown] = aws.call('DescribeSecurityGroups', {
    Filters: [{ Name: 'egress.ip-permission.prefix-list-id', Values: [PrefixListId] }],
  }).SecurityGroups;
  const permission = shown.IpPermissionsEgress.find(({ FromPort }) => FromPort === 443);
  assert.deepEqual(permission?.PrefixListIds, [{ PrefixListId, Description: 'S3' }]);
  assert.match(
    aws.refusal('AuthorizeSecurityGroupEgress', { GroupId, IpPermissions }),
    /^InvalidPermission\.Duplicate: /,
  );
  const nowhere = [{ IpProtocol: 'tcp', FromPort: 443, ToPort: 443, PrefixListIds: [{ PrefixListId: 'pl-00000000' }] }];
  assert.equal(
    aws.refusal('AuthorizeSecurityGroupEgress', { GroupId, IpPermissions: nowhere }),
    "InvalidPrefixListID.NotFound: The prefix list ID 'pl-00000000' does not exist",
  );
  aws.call('RevokeSecurityGroupEgress', { GroupId, IpPermissions });
  assert.deepEqual(
    aws.call('DescribeSecurityGroupRules', { Filters: [{ Name: 'group-id', Values: [GroupId] }] }).SecurityGroupRules
      .length,
    1,
  );
});
