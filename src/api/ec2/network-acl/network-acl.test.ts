import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Harness, harness } from '../../testing.ts';

function start() {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.0.0/24' }).Subnet;
  const { NetworkAclId } = aws.call('CreateNetworkAcl', { VpcId }).NetworkAcl;
  return { aws, VpcId, SubnetId, NetworkAclId };
}

const HTTP = {
  RuleNumber: 100,
  Protocol: '6',
  RuleAction: 'allow',
  Egress: false,
  CidrBlock: '10.0.0.5/8',
  PortRange: { From: 80, To: 80 },
} as const;

function shown(aws: Harness, NetworkAclId: string): string[] {
  const [acl] = aws.call('DescribeNetworkAcls', { NetworkAclIds: [NetworkAclId] }).NetworkAcls;
  return acl.Entries.map((entry) =>
    [
      entry.Egress ? 'out' : 'in',
      entry.RuleNumber,
      entry.RuleAction,
      entry.Protocol,
      entry.CidrBlock,
      ...(entry.PortRange === undefined ? [] : [`${entry.PortRange.From}-${entry.PortRange.To}`]),
      ...(entry.IcmpTypeCode === undefined ? [] : [`${entry.IcmpTypeCode.Type}/${entry.IcmpTypeCode.Code}`]),
    ].join(' '),
  );
}

test('a custom ACL denies all until it has entries; they stand in the order in which they are asked', () => {
  const { aws, NetworkAclId } = start();
  const LAST = ['out 32767 deny -1 0.0.0.0/0', 'in 32767 deny -1 0.0.0.0/0'];
  assert.deepEqual(shown(aws, NetworkAclId), LAST);
  aws.call('CreateNetworkAclEntry', { NetworkAclId, ...HTTP });
  aws.call('CreateNetworkAclEntry', { NetworkAclId, ...HTTP, RuleNumber: 90, RuleAction: 'deny', Protocol: 'udp' });
  aws.call('CreateNetworkAclEntry', {
    NetworkAclId,
    RuleNumber: 100,
    Protocol: '1',
    RuleAction: 'allow',
    Egress: true,
    CidrBlock: '0.0.0.0/0',
    IcmpTypeCode: { Type: 8, Code: -1 },
  });
  // Of other protocols ports do not count.
  aws.call('CreateNetworkAclEntry', { NetworkAclId, ...HTTP, RuleNumber: 110, Protocol: '47' });
  assert.deepEqual(shown(aws, NetworkAclId), [
    'out 100 allow 1 0.0.0.0/0 8/-1',
    LAST[0],
    'in 90 deny 17 10.0.0.0/8 80-80',
    'in 100 allow 6 10.0.0.0/8 80-80',
    'in 110 allow 47 10.0.0.0/8',
    LAST[1],
  ]);
  aws.call('ReplaceNetworkAclEntry', { NetworkAclId, ...HTTP, RuleNumber: 90, Protocol: '-1' });
  aws.call('DeleteNetworkAclEntry', { NetworkAclId, RuleNumber: 100, Egress: false });
  assert.deepEqual(shown(aws, NetworkAclId).slice(2, 4), ['in 90 allow -1 10.0.0.0/8', 'in 110 allow 47 10.0.0.0/8']);
});

test('a number once in each direction; replacing and deleting need one that is there', () => {
  const { aws, NetworkAclId } = start();
  aws.call('CreateNetworkAclEntry', { NetworkAclId, ...HTTP });
  assert.equal(
    aws.refusal('CreateNetworkAclEntry', { NetworkAclId, ...HTTP }),
    'NetworkAclEntryAlreadyExists: The network acl entry identified by 100 already exists.',
  );
  aws.call('CreateNetworkAclEntry', { NetworkAclId, ...HTTP, Egress: true });
  const missing = 'InvalidNetworkAclEntry.NotFound: The network acl entry identified by 101 does not exist.';
  assert.equal(aws.refusal('ReplaceNetworkAclEntry', { NetworkAclId, ...HTTP, RuleNumber: 101 }), missing);
  assert.equal(aws.refusal('DeleteNetworkAclEntry', { NetworkAclId, RuleNumber: 101, Egress: true }), missing);
});

test('what an entry may not be', () => {
  const { aws, NetworkAclId } = start();
  const refused = (over: object) => aws.refusal('CreateNetworkAclEntry', { NetworkAclId, ...HTTP, ...over });
  for (const RuleNumber of [0, 32_767, -1]) {
    assert.match(refused({ RuleNumber }), /^InvalidParameterValue: Value \(/);
    const last = { NetworkAclId, ...HTTP, RuleNumber };
    assert.match(aws.refusal('ReplaceNetworkAclEntry', last), /^InvalidParameterValue: Value \(/);
    const gone = { NetworkAclId, RuleNumber, Egress: false };
    assert.match(aws.refusal('DeleteNetworkAclEntry', gone), /^InvalidParameterValue: Value \(/);
  }
  for (const Protocol of ['256', 'sctp', '06']) assert.match(refused({ Protocol }), /Unknown protocol\.$/);
  assert.equal(refused({ PortRange: undefined }), 'MissingParameter: The request must contain the parameter portRange');
  assert.match(refused({ PortRange: { From: 80 } }), /^MissingParameter/);
  assert.match(refused({ PortRange: { From: 81, To: 80 } }), /Invalid TCP\/UDP port range \(81:80\)$/);
  assert.match(refused({ PortRange: { From: 0, To: 65_536 } }), /out of range$/);
  assert.match(refused({ Protocol: '1' }), /^MissingParameter: .* icmpTypeCode$/);
  assert.match(refused({ Protocol: '1', IcmpTypeCode: { Type: 256, Code: 0 } }), /^InvalidParameterValue: ICMP type/);
  assert.match(refused({ CidrBlock: '10.0.0.0' }), /This is not a valid CIDR block\.$/);
  assert.match(refused({ CidrBlock: undefined }), /^MissingParameter/);
  assert.match(refused({ NetworkAclId: 'acl-0123456789abcdef0' }), /^InvalidNetworkAclID.NotFound/);
});

test('blocks of IPv6, and what is shown where the VPC has one', () => {
  const { aws, VpcId, NetworkAclId } = start();
  const vpc = aws.intent.table('vpc').get(VpcId) ?? assert.fail();
  aws.intent.apply([{ op: 'put', resource: { ...vpc, ipv6Cidrs: ['2600:1f18::/56'] } }]);
  const { CidrBlock: _, PortRange, ...http } = HTTP;
  aws.call('CreateNetworkAclEntry', { NetworkAclId, ...http, PortRange, Ipv6CidrBlock: '2600:1F18::1/64' });
  const icmp = { Protocol: '58', RuleNumber: 101 };
  const Ipv6CidrBlock = '::/0';
  assert.match(
    aws.refusal('CreateNetworkAclEntry', { NetworkAclId, ...http, ...icmp, Ipv6CidrBlock }),
    /icmpTypeCode$/,
  );
  const IcmpTypeCode = { Type: 128, Code: -1 };
  aws.call('CreateNetworkAclEntry', { NetworkAclId, ...http, ...icmp, Ipv6CidrBlock, IcmpTypeCode });
  const { Entries } = aws.call('DescribeNetworkAcls', { NetworkAclIds: [NetworkAclId] }).NetworkAcls[0];
  assert.deepEqual(
    Entries.filter(({ Egress }) => !Egress).map((each) => [each.RuleNumber, each.Ipv6CidrBlock ?? each.CidrBlock]),
    [
      [100, '2600:1f18::/64'],
      [101, '::/0'],
      [32_767, '0.0.0.0/0'],
      [32_768, '::/0'],
    ],
  );
  const both = { NetworkAclId, ...HTTP, RuleNumber: 102, Ipv6CidrBlock };
  assert.match(aws.refusal('CreateNetworkAclEntry', both), /^InvalidParameterCombination/);
  assert.match(
    aws.refusal('CreateNetworkAclEntry', {
      NetworkAclId,
      ...http,
      PortRange,
      RuleNumber: 102,
      Ipv6CidrBlock: '10.0.0.0/8',
    }),
    /parameter ipv6CidrBlock is invalid/,
  );
});

test('a VPC’s first IPv6 block adds to its default ACL that all of IPv6 is allowed, unless something of it is there', () => {
  const { aws, VpcId } = start();
  const acls = () => aws.call('DescribeNetworkAcls', { Filters: [{ Name: 'vpc-id', Values: [VpcId] }] }).NetworkAcls;
  const NetworkAclId = acls().find(({ IsDefault }) => IsDefault)?.NetworkAclId ?? '';
  const { AssociationId } = aws.call('AssociateVpcCidrBlock', {
    VpcId,
    AmazonProvidedIpv6CidrBlock: true,
  }).Ipv6CidrBlockAssociation;
  const ipv6 = () =>
    acls()
      .find(({ IsDefault }) => IsDefault)
      ?.Entries.filter((each) => each.Ipv6CidrBlock !== undefined)
      .map((each) => [each.RuleNumber, each.RuleAction, each.Egress]);
  const both = (number: number, action: string) => [true, false].map((egress) => [number, action, egress]);
  assert.deepEqual(ipv6()?.sort(), [...both(101, 'allow'), ...both(32_768, 'deny')].sort());
  aws.call('DeleteNetworkAclEntry', { NetworkAclId, RuleNumber: 101, Egress: false });
  aws.call('DisassociateVpcCidrBlock', { AssociationId });
  aws.call('AssociateVpcCidrBlock', { VpcId, AmazonProvidedIpv6CidrBlock: true });
  assert.equal(ipv6()?.filter(([number]) => number === 101).length, 1);
});

test('twenty entries in each direction', () => {
  const { aws, NetworkAclId } = start();
  for (let RuleNumber = 1; RuleNumber <= 20; RuleNumber++) {
    aws.call('CreateNetworkAclEntry', { NetworkAclId, ...HTTP, RuleNumber });
  }
  assert.equal(
    aws.refusal('CreateNetworkAclEntry', { NetworkAclId, ...HTTP }),
    'NetworkAclEntryLimitExceeded: The maximum number of network acl entries has been reached.',
  );
  aws.call('CreateNetworkAclEntry', { NetworkAclId, ...HTTP, Egress: true });
  aws.call('ReplaceNetworkAclEntry', { NetworkAclId, ...HTTP, RuleNumber: 20, RuleAction: 'deny' });
});

test('a subnet follows the default ACL until its association is replaced', () => {
  const { aws, VpcId, SubnetId, NetworkAclId } = start();
  const of = (id: string) =>
    aws.call('DescribeNetworkAcls', { Filters: [{ Name: 'association.subnet-id', Values: [id] }] }).NetworkAcls[0];
  const byDefault = of(SubnetId);
  assert.equal(byDefault.IsDefault, true);
  const { NetworkAclAssociationId: AssociationId } = byDefault.Associations[0];
  const { NewAssociationId } = aws.call('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId });
  assert.equal(of(SubnetId).NetworkAclId, NetworkAclId);
  assert.equal(of(SubnetId).Associations[0].NetworkAclAssociationId, NewAssociationId);
  assert.equal(
    aws.refusal('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId }),
    `InvalidAssociationID.NotFound: The association ID '${AssociationId}' does not exist`,
  );
  assert.equal(
    aws.refusal('DeleteNetworkAcl', { NetworkAclId }),
    `DependencyViolation: The networkAcl '${NetworkAclId}' has dependencies and cannot be deleted.`,
  );
  const back = { AssociationId: NewAssociationId, NetworkAclId: byDefault.NetworkAclId };
  aws.call('ReplaceNetworkAclAssociation', back);
  assert.equal(of(SubnetId).IsDefault, true);
  aws.call('DeleteNetworkAcl', { NetworkAclId });
  assert.equal(
    aws.refusal('DeleteNetworkAcl', { NetworkAclId: byDefault.NetworkAclId }),
    `InvalidParameterValue: cannot delete default network ACL ${byDefault.NetworkAclId}`,
  );
  aws.call('DeleteSubnet', { SubnetId });
  aws.call('DeleteVpc', { VpcId });
  assert.equal(aws.intent.table('networkAclAssociation').size, 0);
});

test('an association that never was, that was replaced, or that went with its subnet is not found', () => {
  const { aws, SubnetId, NetworkAclId } = start();
  const of = () => aws.call('DescribeNetworkAcls', { NetworkAclIds: [NetworkAclId] }).NetworkAcls[0].Associations;
  const born = SubnetId.replace('subnet', 'aclassoc');
  const { NewAssociationId } = aws.call('ReplaceNetworkAclAssociation', { AssociationId: born, NetworkAclId });
  const refused = (AssociationId: string) =>
    assert.equal(
      aws.refusal('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId }),
      `InvalidAssociationID.NotFound: The association ID '${AssociationId}' does not exist`,
    );
  for (const id of ['aclassoc-0123456789abcdef0', 'rtbassoc-0123456789abcdef0', born]) refused(id);
  assert.equal(of()[0].NetworkAclAssociationId, NewAssociationId);
  aws.call('DeleteSubnet', { SubnetId });
  refused(NewAssociationId);
});

test('a protocol is a number, or one of the names that AWS’s clients take', () => {
  const { aws, NetworkAclId } = start();
  const { PortRange: _, ...entry } = HTTP;
  const asked = (Protocol: string) => ({
    ...{ NetworkAclId, ...entry, Protocol, PortRange: { From: 1, To: 2 }, IcmpTypeCode: { Type: -1, Code: -1 } },
  });
  for (const Protocol of ['sctp', 'esp', '256', '-2', '06', '6.5', '']) {
    const refusal = aws.refusal('CreateNetworkAclEntry', asked(Protocol));
    const text = `InvalidParameterValue: Invalid value '${Protocol}' for IP protocol. Unknown protocol.`;
    assert.equal(refusal, Protocol === '' ? 'MissingParameter: The request must contain the parameter protocol' : text);
  }
  assert.equal(shown(aws, NetworkAclId).length, 2);
  for (const [at, name] of ['tcp', 'UDP', 'icmp', 'all', '0', '255', '-1'].entries()) {
    aws.call('CreateNetworkAclEntry', { ...asked(name), RuleNumber: at + 1 });
  }
  const numbers = shown(aws, NetworkAclId).flatMap((line) => (line.includes(' allow ') ? line.split(' ')[3] : []));
  assert.deepEqual(numbers, ['6', '17', '1', '-1', '0', '255', '-1']);
});

test('an ACL and a subnet of two VPCs do not mix; a VPC with an ACL of its own is not deleted', () => {
  const { aws, VpcId, SubnetId } = start();
  const other = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId;
  const { NetworkAclId } = aws.call('CreateNetworkAcl', { VpcId: other }).NetworkAcl;
  const AssociationId = SubnetId.replace('subnet', 'aclassoc');
  assert.equal(
    aws.refusal('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId }),
    `InvalidParameterValue: Network ACL ${NetworkAclId} and subnet ${SubnetId} belong to different networks`,
  );
  assert.match(aws.refusal('DeleteVpc', { VpcId: other }), /^DependencyViolation/);
  aws.call('DeleteNetworkAcl', { NetworkAclId });
  aws.call('DeleteVpc', { VpcId: other });
  const stranger = aws.as('999988887777');
  assert.match(
    stranger.refusal('ReplaceNetworkAclAssociation', { AssociationId, NetworkAclId }),
    /^InvalidAssociationID/,
  );
  assert.match(stranger.refusal('CreateNetworkAcl', { VpcId }), /^InvalidVpcID.NotFound/);
});

test('tags, filters and a repeated client token', () => {
  const { aws, VpcId } = start();
  const TagSpecifications = [{ ResourceType: 'network-acl' as const, Tags: [{ Key: 'Name', Value: 'a' }] }];
  const first = aws.call('CreateNetworkAcl', { VpcId, TagSpecifications, ClientToken: 't' });
  const { NetworkAclId } = first.NetworkAcl;
  aws.call('CreateNetworkAclEntry', { NetworkAclId, ...HTTP });
  const again = aws.call('CreateNetworkAcl', { VpcId, TagSpecifications, ClientToken: 't' });
  assert.equal(again.NetworkAcl.NetworkAclId, NetworkAclId);
  assert.equal(again.NetworkAcl.Entries.length, 3);
  const by = (Name: string, ...Values: string[]) =>
    aws.call('DescribeNetworkAcls', { Filters: [{ Name, Values }] }).NetworkAcls.map((acl) => acl.NetworkAclId);
  assert.deepEqual(by('tag:Name', 'a'), [NetworkAclId]);
  assert.deepEqual(by('entry.port-range.from', '80'), [NetworkAclId]);
  assert.deepEqual(by('entry.cidr', '10.0.0.0/8'), [NetworkAclId]);
});

test('two hundred ACLs a VPC', () => {
  const { aws, VpcId } = start();
  for (let count = 2; count < 200; count++) aws.call('CreateNetworkAcl', { VpcId });
  assert.match(aws.refusal('CreateNetworkAcl', { VpcId }), /^NetworkAclLimitExceeded/);
});
