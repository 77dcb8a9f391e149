/** Peering connections as two accounts and two regions see them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUOTAS, quotaId } from '../../../model/quotas.ts';
import { type Harness, harness } from '../../testing.ts';
import { sweep } from '../sweep.ts';

const OTHER = '444455556666';
const FAR = 'eu-west-1';
const HOUR_MS = 3_600_000;
const HOUR = 3600;

function vpcIn(aws: Harness, CidrBlock: string): string {
  return aws.call('CreateVpc', { CidrBlock }).Vpc.VpcId;
}

function start(aws = harness(), theirs = aws.as(OTHER)) {
  const VpcId = vpcIn(aws, '10.0.0.0/16');
  const PeerVpcId = vpcIn(theirs, '10.1.0.0/16');
  const request = { VpcId, PeerVpcId, PeerOwnerId: OTHER };
  return { aws, theirs, VpcId, PeerVpcId, request };
}

function settle(aws: Harness): void {
  aws.facts.appliedRevision = aws.intent.revision;
}

function accepted() {
  const base = start();
  const { VpcPeeringConnectionId } = base.aws.call('CreateVpcPeeringConnection', base.request).VpcPeeringConnection;
  base.theirs.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId });
  settle(base.aws);
  return { ...base, VpcPeeringConnectionId };
}

/** Status as "code: message"; 'gone' where it is not shown. */
function status(aws: Harness, id: string): string {
  const found = aws
    .call('DescribeVpcPeeringConnections', { Filters: [{ Name: 'vpc-peering-connection-id', Values: [id] }] })
    .VpcPeeringConnections.map(({ Status }) => `${Status.Code}: ${Status.Message}`);
  return found[0] ?? 'gone';
}

/** What is found so many hours later; then it is now again. */
function hence<T>(aws: Harness, hours: number, look: () => T): T {
  aws.forward(hours * HOUR);
  try {
    return look();
  } finally {
    aws.forward(-hours * HOUR);
  }
}

test('request, acceptance, deletion: each state, and what either side is told', () => {
  const { aws, theirs, VpcId, PeerVpcId, request } = start();
  const asked = aws.call('CreateVpcPeeringConnection', {
    ...request,
    TagSpecifications: [{ ResourceType: 'vpc-peering-connection', Tags: [{ Key: 'a', Value: 'mine' }] }],
  }).VpcPeeringConnection;
  const id = asked.VpcPeeringConnectionId;
  assert.match(id, /^pcx-0[0-9a-f]{16}$/);
  assert.deepEqual(asked.Status, { Code: 'initiating-request', Message: `Initiating Request to ${OTHER}` });
  assert.equal(asked.RequesterVpcInfo.CidrBlock, '10.0.0.0/16');
  assert.equal(asked.AccepterVpcInfo.CidrBlock, undefined);
  assert.deepEqual(asked.Tags, [{ Key: 'a', Value: 'mine' }]);
  const days = (asked.ExpirationTime.getTime() - Date.parse(aws.context.now)) / (24 * HOUR_MS);
  assert.ok(days > 6.99 && days <= 7);

  settle(aws);
  for (const side of [aws, theirs])
    assert.equal(status(side, id), `pending-acceptance: Pending Acceptance by ${OTHER}`);
  const seen = theirs.call('DescribeVpcPeeringConnections', {}).VpcPeeringConnections[0];
  assert.deepEqual(seen.Tags, []);
  assert.equal(seen.RequesterVpcInfo.CidrBlock, undefined);

  const made = theirs.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: id }).VpcPeeringConnection;
  assert.deepEqual(made.Status, { Code: 'provisioning', Message: 'Provisioning' });
  settle(aws);
  const active = aws.call('DescribeVpcPeeringConnections', { VpcPeeringConnectionIds: [id] }).VpcPeeringConnections[0];
  assert.deepEqual(active.Status, { Code: 'active', Message: 'Active' });
  assert.deepEqual(active.AccepterVpcInfo, {
    OwnerId: OTHER,
    VpcId: PeerVpcId,
    Region: 'ap-south-1',
    CidrBlock: '10.1.0.0/16',
    CidrBlockSet: [{ CidrBlock: '10.1.0.0/16' }],
    PeeringOptions: {
      AllowDnsResolutionFromRemoteVpc: false,
      AllowEgressFromLocalClassicLinkToRemoteVpc: false,
      AllowEgressFromLocalVpcToRemoteClassicLink: false,
    },
  });
  assert.equal(active.RequesterVpcInfo.VpcId, VpcId);
  assert.equal(active.ExpirationTime, undefined);

  assert.equal(theirs.call('DeleteVpcPeeringConnection', { VpcPeeringConnectionId: id }).Return, true);
  assert.equal(status(aws, id), `deleting: Deleting by ${OTHER}`);
  settle(aws);
  assert.equal(status(aws, id), `deleted: Deleted by ${OTHER}`);
  assert.match(
    aws.refusal('DeleteVpcPeeringConnection', { VpcPeeringConnectionId: id }),
    /^InvalidStateTransition: Invalid state transition for pcx-\w+, attempted to transition from deleted to deleting$/,
  );
  // Whoever deleted it sees it for two hours, the other for two days.
  assert.equal(
    hence(aws, 1.9, () => status(theirs, id)),
    `deleted: Deleted by ${OTHER}`,
  );
  assert.equal(
    hence(aws, 2.1, () => status(theirs, id)),
    'gone',
  );
  assert.equal(
    hence(aws, 47, () => status(aws, id)),
    `deleted: Deleted by ${OTHER}`,
  );
  assert.equal(
    hence(aws, 49, () => status(aws, id)),
    'gone',
  );
  assert.deepEqual(
    hence(aws, 47, () => sweep(aws.intent, aws.facts, aws.context.now)),
    [],
  );
  assert.equal(hence(aws, 49, () => sweep(aws.intent, aws.facts, aws.context.now)).length, 1);
});

test('who may answer, where, and when', () => {
  const { aws, theirs, request } = start();
  const { VpcPeeringConnectionId } = aws.call('CreateVpcPeeringConnection', request).VpcPeeringConnection;
  const id = { VpcPeeringConnectionId };
  assert.equal(
    aws.refusal('AcceptVpcPeeringConnection', id),
    `OperationNotPermitted: User 111122223333 cannot accept peering ${VpcPeeringConnectionId}`,
  );
  assert.match(
    theirs.refusal('DeleteVpcPeeringConnection', id),
    /^OperationNotPermitted: User 444455556666 cannot delete/,
  );
  assert.match(
    aws.as('999900001111').refusal('AcceptVpcPeeringConnection', id),
    /^InvalidVpcPeeringConnectionID.NotFound: The vpcPeeringConnection ID 'pcx-\w+' does not exist$/,
  );
  assert.match(
    aws.refusal('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: 'pcx-1' }),
    /^InvalidVpcPeeringConnectionId.Malformed/,
  );
  theirs.call('RejectVpcPeeringConnection', id);
  assert.equal(status(theirs, VpcPeeringConnectionId), `rejected: Rejected by ${OTHER}`);
  for (const verb of ['Accept', 'Reject']) {
    assert.match(
      theirs.refusal(`${verb}VpcPeeringConnection`, id),
      /^InvalidStateTransition: .* attempted to transition from rejected to (provisioning|rejected)$/,
    );
  }
  assert.match(aws.refusal('DeleteVpcPeeringConnection', id), /attempted to transition from rejected to deleting$/);
  assert.equal(
    hence(aws, 2.1, () => status(theirs, VpcPeeringConnectionId)),
    'gone',
  );
  assert.equal(
    hence(aws, 47, () => status(aws, VpcPeeringConnectionId)),
    `rejected: Rejected by ${OTHER}`,
  );
  assert.equal(
    hence(aws, 49, () => status(aws, VpcPeeringConnectionId)),
    'gone',
  );
  // Rejected, it is in nobody's way.
  aws.call('CreateVpcPeeringConnection', request);
});

test('a request expires after seven days, by the clock alone', () => {
  const { aws, theirs, request } = start();
  const { VpcPeeringConnectionId } = aws.call('CreateVpcPeeringConnection', request).VpcPeeringConnection;
  settle(aws);
  assert.match(
    hence(aws, 7 * 24 - 1, () => status(theirs, VpcPeeringConnectionId)),
    /^pending-acceptance/,
  );
  assert.equal(
    hence(aws, 7 * 24 + 1, () => status(theirs, VpcPeeringConnectionId)),
    'expired: Expired',
  );
  assert.match(
    hence(aws, 7 * 24 + 1, () => theirs.refusal('AcceptVpcPeeringConnection', { VpcPeeringConnectionId })),
    /attempted to transition from expired to provisioning$/,
  );
  assert.equal(
    hence(aws, 9 * 24 - 1, () => status(aws, VpcPeeringConnectionId)),
    'expired: Expired',
  );
  assert.equal(
    hence(aws, 9 * 24 + 1, () => status(aws, VpcPeeringConnectionId)),
    'gone',
  );
});

test('overlapping ranges and VPCs that are not there are no error: the connection fails', () => {
  const { aws, theirs, VpcId, request } = start();
  const FAILED = 'failed: Failed due to incorrect VPC-ID, Account ID, or overlapping CIDR range';
  for (const PeerVpcId of [vpcIn(theirs, '10.0.128.0/17'), 'vpc-0123456789abcdef0']) {
    const { VpcPeeringConnectionId, Status } = aws.call('CreateVpcPeeringConnection', {
      ...request,
      PeerVpcId,
    }).VpcPeeringConnection;
    assert.equal(Status.Code, 'initiating-request');
    settle(aws);
    assert.equal(status(aws, VpcPeeringConnectionId), FAILED);
    assert.equal(status(theirs, VpcPeeringConnectionId), 'gone');
    assert.match(theirs.refusal('AcceptVpcPeeringConnection', { VpcPeeringConnectionId }), /NotFound/);
    assert.match(
      aws.refusal('DeleteVpcPeeringConnection', { VpcPeeringConnectionId }),
      /attempted to transition from failed to deleting$/,
    );
    assert.equal(
      hence(aws, 1.9, () => status(aws, VpcPeeringConnectionId)),
      FAILED,
    );
    assert.equal(
      hence(aws, 2.1, () => status(aws, VpcPeeringConnectionId)),
      'gone',
    );
  }
  // In the caller's own account it can be told.
  assert.match(
    aws.refusal('CreateVpcPeeringConnection', { VpcId, PeerVpcId: 'vpc-0123456789abcdef0' }),
    /^InvalidVpcID.NotFound/,
  );
  assert.match(aws.refusal('CreateVpcPeeringConnection', { VpcId }), /^MissingParameter/);
  assert.match(
    aws.refusal('CreateVpcPeeringConnection', { ...request, PeerOwnerId: 'me' }),
    /^InvalidParameterValue: Value \(me\) for parameter peerOwnerId/,
  );
  assert.match(
    aws.refusal('CreateVpcPeeringConnection', { ...request, PeerRegion: 'nowhere-1' }),
    /^InvalidParameterValue: Value \(nowhere-1\) for parameter peerRegion/,
  );
});

test('one connection a pair of VPCs, whoever asked for it', () => {
  const { aws, theirs, VpcId, PeerVpcId, request } = start();
  aws.call('CreateVpcPeeringConnection', request);
  const refusal = 'VpcPeeringConnectionAlreadyExists: A VPC peering connection between the VPCs already exists.';
  assert.equal(aws.refusal('CreateVpcPeeringConnection', request), refusal);
  const back = { VpcId: PeerVpcId, PeerVpcId: VpcId, PeerOwnerId: '111122223333' };
  assert.equal(theirs.refusal('CreateVpcPeeringConnection', back), refusal);
});

test('quotas: 25 requests that wait, 50 connections of a VPC in force', () => {
  const { aws, theirs, VpcId, request } = start();
  const connect = (n: number) => {
    // More VPCs than an account may have: put there as they are.
    const [like] = theirs.intent.table('vpc').by('owner', `${OTHER}/ap-south-1`).slice(-1);
    assert.ok(like);
    const PeerVpcId = `vpc-0${(0xabc000 + n).toString(16).padStart(16, '0')}`;
    aws.intent.apply([{ op: 'put', resource: { ...like, id: PeerVpcId, cidrs: [`172.16.${n}.0/24`] } }]);
    return { ...request, PeerVpcId };
  };
  const ask = (n: number) =>
    aws.call('CreateVpcPeeringConnection', connect(n)).VpcPeeringConnection.VpcPeeringConnectionId;
  const ids = Array.from({ length: 25 }, (_, n) => ask(n));
  assert.match(
    aws.refusal('CreateVpcPeeringConnection', connect(25)),
    /^OutstandingVpcPeeringConnectionLimitExceeded: /,
  );
  for (const VpcPeeringConnectionId of ids) theirs.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId });
  for (let n = 25; n < 49; n++) theirs.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: ask(n) });
  const [last, beyond] = [ask(49), ask(50)];
  theirs.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: last });
  const refusal = /^ActiveVpcPeeringConnectionPerVpcLimitExceeded: You've reached the limit on the number of active/;
  assert.match(theirs.refusal('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: beyond }), refusal);
  assert.match(aws.refusal('CreateVpcPeeringConnection', connect(51)), refusal);
  // Raised, the very same is accepted.
  const { now: createdAt } = aws.context;
  const owner = { account: '111122223333', region: 'ap-south-1' };
  const raised = {
    kind: 'quota',
    id: quotaId(QUOTAS.activePeeringsPerVpc.code, owner),
    ...owner,
    tags: {},
    createdAt,
  } as const;
  aws.intent.apply([{ op: 'put', resource: { ...raised, value: 51 } }]);
  theirs.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: beyond });
  assert.match(aws.refusal('CreateVpcPeeringConnection', connect(51)), refusal);
  const other = vpcIn(aws, '10.9.0.0/16');
  aws.call('CreateVpcPeeringConnection', { VpcId: other, PeerVpcId: VpcId });
});

test('another region: found from both, accepted in the accepter’s', () => {
  const aws = harness();
  const far = aws.as(OTHER, FAR);
  const { request } = start(aws, far);
  const { VpcPeeringConnectionId } = aws.call('CreateVpcPeeringConnection', {
    ...request,
    PeerRegion: FAR,
  }).VpcPeeringConnection;
  settle(aws);
  assert.equal(status(aws.as(OTHER), VpcPeeringConnectionId), 'gone');
  assert.match(status(far, VpcPeeringConnectionId), /^pending-acceptance/);
  const own = aws.as('111122223333', FAR);
  const mine = vpcIn(own, '10.7.0.0/16');
  const second = aws.call('CreateVpcPeeringConnection', {
    VpcId: request.VpcId,
    PeerVpcId: mine,
    PeerRegion: FAR,
  }).VpcPeeringConnection;
  assert.equal(
    aws.refusal('AcceptVpcPeeringConnection', { VpcPeeringConnectionId: second.VpcPeeringConnectionId }),
    `OperationNotPermitted: Incorrect region (ap-south-1) specified for this request. VPC peering connection ${second.VpcPeeringConnectionId} must be accepted in region ${FAR}`,
  );
  far.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId });
  settle(aws);
  assert.equal(status(aws, VpcPeeringConnectionId), 'active: Active');
});

test('names: each side decides for itself, and only where both resolve them', () => {
  const { aws, theirs, VpcId, PeerVpcId, VpcPeeringConnectionId } = accepted();
  const share = { AllowDnsResolutionFromRemoteVpc: true };
  const mine = { VpcPeeringConnectionId, RequesterPeeringConnectionOptions: share };
  assert.equal(
    aws.refusal('ModifyVpcPeeringConnectionOptions', mine),
    'InvalidVpcPeeringConnectionState.DnsHostnamesDisabled: To enable DNS hostname resolution for the VPC peering connection, DNS hostname support must be enabled for the VPCs.',
  );
  aws.call('ModifyVpcAttribute', { VpcId, EnableDnsHostnames: { Value: true } });
  theirs.call('ModifyVpcAttribute', { VpcId: PeerVpcId, EnableDnsHostnames: { Value: true } });
  assert.deepEqual(
    aws.call('ModifyVpcPeeringConnectionOptions', mine).RequesterPeeringConnectionOptions
      .AllowDnsResolutionFromRemoteVpc,
    true,
  );
  assert.match(
    aws.refusal('ModifyVpcPeeringConnectionOptions', {
      VpcPeeringConnectionId,
      AccepterPeeringConnectionOptions: share,
    }),
    /^OperationNotPermitted: User 111122223333 cannot modify the accepter options/,
  );
  assert.match(aws.refusal('ModifyVpcPeeringConnectionOptions', { VpcPeeringConnectionId }), /^MissingParameter/);
  assert.match(
    aws.refusal('ModifyVpcPeeringConnectionOptions', {
      VpcPeeringConnectionId,
      RequesterPeeringConnectionOptions: { AllowEgressFromLocalClassicLinkToRemoteVpc: true },
    }),
    /^UnsupportedOperation/,
  );
  aws.call('DeleteVpcPeeringConnection', { VpcPeeringConnectionId });
  assert.equal(
    aws.refusal('ModifyVpcPeeringConnectionOptions', mine),
    `OperationNotPermitted: Peering ${VpcPeeringConnectionId} is not active. Peering options can be added only to active peerings.`,
  );
});

test('tags are each side’s own', () => {
  const { aws, theirs, VpcPeeringConnectionId } = accepted();
  theirs.call('CreateTags', { Resources: [VpcPeeringConnectionId], Tags: [{ Key: 'who', Value: 'them' }] });
  aws.call('CreateTags', { Resources: [VpcPeeringConnectionId], Tags: [{ Key: 'who', Value: 'us' }] });
  const tagged = (side: Harness, value: string) =>
    side.call('DescribeVpcPeeringConnections', { Filters: [{ Name: 'tag:who', Values: [value] }] })
      .VpcPeeringConnections.length;
  assert.deepEqual([tagged(aws, 'us'), tagged(aws, 'them'), tagged(theirs, 'them')], [1, 0, 1]);
  assert.equal(theirs.call('DescribeTags', {}).Tags[0].ResourceType, 'vpc-peering-connection');
});

test('routes: through a connection of this VPC, leading nowhere until it is in force and when it no longer is', () => {
  const { aws, theirs, VpcId, PeerVpcId, request } = start();
  const { VpcPeeringConnectionId } = aws.call('CreateVpcPeeringConnection', request).VpcPeeringConnection;
  const [{ RouteTableId }] = aws.call('DescribeRouteTables', {
    Filters: [{ Name: 'vpc-id', Values: [VpcId] }],
  }).RouteTables;
  const route = { RouteTableId, DestinationCidrBlock: '10.1.0.0/16', VpcPeeringConnectionId };
  aws.call('CreateRoute', route);
  const shown = () => {
    const found = aws
      .call('DescribeRouteTables', {
        Filters: [{ Name: 'route.vpc-peering-connection-id', Values: [VpcPeeringConnectionId] }],
      })
      .RouteTables[0].Routes.find((each) => each.VpcPeeringConnectionId === VpcPeeringConnectionId);
    assert.equal(found?.GatewayId, undefined);
    return found?.State;
  };
  assert.equal(shown(), 'blackhole');
  theirs.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId });
  assert.equal(shown(), 'active');
  const other = vpcIn(aws, '10.5.0.0/16');
  const [table] = aws.call('DescribeRouteTables', { Filters: [{ Name: 'vpc-id', Values: [other] }] }).RouteTables;
  assert.match(
    aws.refusal('CreateRoute', { ...route, RouteTableId: table.RouteTableId }),
    /^InvalidParameterValue: route table rtb-\w+ and VPC peering connection pcx-\w+ belong to different networks$/,
  );
  assert.match(
    aws.refusal('CreateRoute', { ...route, GatewayId: 'igw-1' }),
    /^InvalidParameterCombination: .*exactly one of/,
  );
  theirs.call('DeleteVpcPeeringConnection', { VpcPeeringConnectionId });
  assert.equal(shown(), 'blackhole');
  assert.ok(PeerVpcId);
});

test('the other VPC’s groups: named in rules, shown with the connection, stale when it is gone', () => {
  const { aws, theirs, VpcId, PeerVpcId, VpcPeeringConnectionId } = accepted();
  const groupIn = (side: Harness, vpc: string, GroupName = 'g') =>
    side.call('CreateSecurityGroup', { GroupName, Description: 'd', VpcId: vpc }).GroupId;
  const GroupId = groupIn(aws, VpcId);
  const named = groupIn(theirs, PeerVpcId);
  const permission = (pair: object) => [{ IpProtocol: 'tcp', FromPort: 80, ToPort: 80, UserIdGroupPairs: [pair] }];
  const pair = { GroupId: named, UserId: OTHER };
  assert.match(
    aws.refusal('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: permission({ GroupId: named }) }),
    /^InvalidGroup.NotFound/,
  );
  aws.call('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: permission({ GroupId: `${OTHER}/${named}` }) });
  aws.call('AuthorizeSecurityGroupEgress', { GroupId, IpPermissions: permission(pair) });
  const shown = () =>
    aws.call('DescribeSecurityGroups', { GroupIds: [GroupId] }).SecurityGroups[0].IpPermissions[0].UserIdGroupPairs[0];
  const active = { ...pair, VpcId: PeerVpcId, VpcPeeringConnectionId, PeeringStatus: 'active' };
  assert.deepEqual(shown(), active);
  assert.deepEqual(theirs.call('DescribeSecurityGroupReferences', { GroupId: [named] }).SecurityGroupReferenceSet, [
    { GroupId: named, ReferencingVpcId: VpcId, VpcPeeringConnectionId },
  ]);
  assert.deepEqual(aws.call('DescribeStaleSecurityGroups', { VpcId }).StaleSecurityGroupSet as unknown[], []);

  // What a permission says of the way to the group must be so, for new rules and for those to be taken away.
  const asDescribed = (more: object) => ({ GroupId, IpPermissions: permission({ ...active, ...more }) });
  const other = { VpcPeeringConnectionId: 'pcx-00000000000000000' };
  assert.match(aws.refusal('AuthorizeSecurityGroupEgress', asDescribed({})), /^InvalidPermission.Duplicate/);
  assert.match(aws.refusal('AuthorizeSecurityGroupEgress', asDescribed(other)), /different networks\.$/);
  assert.match(aws.refusal('RevokeSecurityGroupEgress', asDescribed(other)), /different networks\.$/);
  assert.equal(
    aws.refusal('AuthorizeSecurityGroupEgress', asDescribed({ PeeringStatus: 'deleted' })),
    "InvalidParameterValue: Invalid value 'deleted' for peeringStatus.",
  );
  const own = { GroupId: groupIn(aws, VpcId, 'own'), VpcPeeringConnectionId };
  assert.match(
    aws.refusal('AuthorizeSecurityGroupEgress', { GroupId, IpPermissions: permission(own) }),
    /different networks\.$/,
  );

  const stranger = vpcIn(theirs, '10.8.0.0/16');
  assert.match(
    aws.refusal('AuthorizeSecurityGroupIngress', {
      GroupId,
      IpPermissions: permission({ GroupId: groupIn(theirs, stranger), UserId: OTHER }),
    }),
    /^InvalidGroup.NotFound: You have specified two resources that belong to different networks.$/,
  );

  // A group that only another VPC's rules name can be deleted.
  theirs.call('DeleteSecurityGroup', { GroupId: named });
  assert.equal(shown().UserId, undefined);
  const stale = aws.call('DescribeStaleSecurityGroups', { VpcId }).StaleSecurityGroupSet[0];
  assert.equal(stale.GroupId, GroupId);
  assert.equal(stale.StaleIpPermissions[0].UserIdGroupPairs[0].GroupId, named);
  assert.equal(stale.StaleIpPermissionsEgress.length, 1);
  theirs.call('DeleteVpcPeeringConnection', { VpcPeeringConnectionId });
  settle(aws);
  assert.equal(shown().PeeringStatus, 'deleted');
  // Stale rules are taken away like others.
  aws.call('RevokeSecurityGroupIngress', { GroupId, IpPermissions: permission(shown()) });
  assert.equal(aws.call('DescribeSecurityGroups', { GroupIds: [GroupId] }).SecurityGroups[0].IpPermissions.length, 0);
});

test('groups of another region’s VPC cannot be named', () => {
  const aws = harness();
  const far = aws.as(OTHER, FAR);
  const { VpcId, PeerVpcId, request } = start(aws, far);
  const { VpcPeeringConnectionId } = aws.call('CreateVpcPeeringConnection', {
    ...request,
    PeerRegion: FAR,
  }).VpcPeeringConnection;
  far.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId });
  const named = far.call('CreateSecurityGroup', { GroupName: 'g', Description: 'd', VpcId: PeerVpcId }).GroupId;
  const { GroupId } = aws.call('CreateSecurityGroup', { GroupName: 'g', Description: 'd', VpcId });
  const UserIdGroupPairs = [{ GroupId: named, UserId: OTHER }];
  assert.match(
    aws.refusal('AuthorizeSecurityGroupIngress', { GroupId, IpPermissions: [{ IpProtocol: '-1', UserIdGroupPairs }] }),
    /^InvalidGroup.NotFound/,
  );
});

test('a VPC takes its connections with it, but for a request of somebody else’s', () => {
  const { aws, theirs, VpcId, PeerVpcId, request } = start();
  const { VpcPeeringConnectionId } = aws.call('CreateVpcPeeringConnection', request).VpcPeeringConnection;
  assert.match(theirs.refusal('DeleteVpc', { VpcId: PeerVpcId }), /^DependencyViolation/);
  theirs.call('AcceptVpcPeeringConnection', { VpcPeeringConnectionId });
  aws.call('DeleteVpc', { VpcId });
  settle(aws);
  assert.equal(status(theirs, VpcPeeringConnectionId), 'deleted: Deleted by 111122223333');
});
