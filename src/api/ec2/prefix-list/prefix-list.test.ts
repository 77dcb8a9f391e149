/** Customers' prefix lists: versions, sizes, what refers to them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Harness, harness } from '../../testing.ts';
import type { Input } from '../action.ts';

function setUp(input: Partial<Input<'CreateManagedPrefixList'>> = {}) {
  const h = harness();
  const list = create(h, input);
  h.facts.appliedRevision = h.intent.revision;
  return { h, id: list.PrefixListId };
}

const OFFICE = { Cidr: '192.0.2.0/24', Description: 'office' };

function create(h: Harness, input: Partial<Input<'CreateManagedPrefixList'>> = {}) {
  const usual = { PrefixListName: 'offices', AddressFamily: 'IPv4', MaxEntries: 5, Entries: [OFFICE] };
  return h.call('CreateManagedPrefixList', { ...usual, ...input }).PrefixList;
}

function modify({ h, id }: { h: Harness; id: string }, input: Partial<Input<'ModifyManagedPrefixList'>>) {
  const { PrefixList } = h.call('ModifyManagedPrefixList', { PrefixListId: id, ...input });
  h.facts.appliedRevision = h.intent.revision;
  return PrefixList;
}

const refused = ({ h, id }: { h: Harness; id: string }, input: Partial<Input<'ModifyManagedPrefixList'>>) =>
  h.refusal('ModifyManagedPrefixList', { PrefixListId: id, ...input });
const entries = ({ h, id }: { h: Harness; id: string }, TargetVersion?: number) =>
  h
    .call('GetManagedPrefixListEntries', {
      PrefixListId: id,
      ...(TargetVersion !== undefined && { TargetVersion }),
    })
    .Entries.map(({ Cidr }) => Cidr);
const describe = ({ h, id }: { h: Harness; id: string }) =>
  h.call('DescribeManagedPrefixLists', { PrefixListIds: [id] }).PrefixLists[0];

test('a list is created, described and found by its name; in progress until the kernel has it', () => {
  const h = harness();
  const made = create(h, { TagSpecifications: [{ ResourceType: 'prefix-list', Tags: [{ Key: 'a', Value: 'b' }] }] });
  assert.deepEqual(
    [made.State, made.Version, made.MaxEntries, made.AddressFamily, made.PrefixListName, made.OwnerId],
    ['create-in-progress', 1, 5, 'IPv4', 'offices', '111122223333'],
  );
  assert.equal(made.PrefixListArn, `arn:aws:ec2:ap-south-1:111122223333:prefix-list/${made.PrefixListId}`);
  h.facts.appliedRevision = h.intent.revision;
  const found = h.call('DescribeManagedPrefixLists', {
    Filters: [{ Name: 'prefix-list-name', Values: ['offices'] }],
  }).PrefixLists;
  assert.deepEqual(
    found.map(({ PrefixListId, State, Tags }) => [PrefixListId, State, Tags]),
    [[made.PrefixListId, 'create-complete', [{ Key: 'a', Value: 'b' }]]],
  );
  assert.deepEqual(h.call('GetManagedPrefixListEntries', { PrefixListId: made.PrefixListId }).Entries, [OFFICE]);
});

test('what a new list may not be', () => {
  const { h } = setUp();
  const refusal = (input: Partial<Input<'CreateManagedPrefixList'>>) => {
    const usual = { PrefixListName: 'offices', AddressFamily: 'IPv4', MaxEntries: 1 };
    return h.refusal('CreateManagedPrefixList', { ...usual, ...input });
  };
  assert.match(refusal({ PrefixListName: 'com.amazonaws.mine' }), /^InvalidParameterValue: .*cannot start with/);
  assert.match(refusal({ MaxEntries: 1001 }), /^InvalidParameterValue: .*between 1 and 1000/);
  assert.match(refusal({ MaxEntries: 0 }), /^InvalidParameterValue/);
  assert.match(refusal({ AddressFamily: 'ipv4' }), /^InvalidParameterValue/);
  assert.match(refusal({ Entries: [{ Cidr: '2001:db8::/32' }] }), /^InvalidParameterValue/);
  assert.match(refusal({ Entries: [OFFICE, OFFICE] }), /^InvalidParameterValue: .*multiple times/);
  assert.match(refusal({ Entries: [OFFICE, { Cidr: '10.0.0.0/8' }] }), /^PrefixListMaxEntriesExceeded/);
  const many = Array.from({ length: 101 }, (_, n) => ({ Cidr: `10.0.${n}.0/24` }));
  assert.equal(
    refusal({ MaxEntries: 1000, Entries: many }),
    'InvalidParameterValue: The number of entries per request cannot exceeds limit (100).',
  );
  assert.match(refusal({ Entries: [{ ...OFFICE, Description: 'x'.repeat(256) }] }), /^InvalidParameterValue/);
});

test('a hundred lists in a region, not one more', () => {
  const { h } = setUp();
  for (let n = 1; n < 100; n++) create(h);
  const input = { PrefixListName: 'one more', AddressFamily: 'IPv4', MaxEntries: 1 };
  assert.match(h.refusal('CreateManagedPrefixList', input), /^PrefixListLimitExceeded/);
  assert.match(h.as('222222222222').call('CreateManagedPrefixList', input).PrefixList.PrefixListId, /^pl-/);
});

test('entries make versions, each of which can be read and restored', () => {
  const n = setUp();
  const second = modify(n, { CurrentVersion: 1, AddEntries: [{ Cidr: '198.51.100.7/24' }] });
  assert.deepEqual([second.Version, second.State], [2, 'modify-in-progress']);
  assert.equal(describe(n).State, 'modify-complete');
  assert.deepEqual(entries(n), ['192.0.2.0/24', '198.51.100.0/24']);
  modify(n, { CurrentVersion: 2, RemoveEntries: [{ Cidr: '192.0.2.0/24' }], PrefixListName: 'renamed' });
  assert.deepEqual([entries(n), entries(n, 1), entries(n, 2).length], [['198.51.100.0/24'], ['192.0.2.0/24'], 2]);
  assert.equal(modify(n, { PrefixListName: 'again' }).Version, 3);
  const back = n.h.call('RestoreManagedPrefixListVersion', {
    PrefixListId: n.id,
    PreviousVersion: 1,
    CurrentVersion: 3,
  }).PrefixList;
  assert.deepEqual([back.Version, back.State, back.PrefixListName], [4, 'restore-in-progress', 'again']);
  n.h.facts.appliedRevision = n.h.intent.revision;
  assert.equal(describe(n).State, 'restore-complete');
  assert.deepEqual(entries(n), ['192.0.2.0/24']);
  assert.match(
    n.h.refusal('GetManagedPrefixListEntries', { PrefixListId: n.id, TargetVersion: 9 }),
    /^PrefixListVersionNotFound/,
  );
  const restore = { PrefixListId: n.id, PreviousVersion: 9, CurrentVersion: 4 };
  assert.match(n.h.refusal('RestoreManagedPrefixListVersion', restore), /^PrefixListVersionNotFound/);
  assert.match(
    n.h.refusal('RestoreManagedPrefixListVersion', { ...restore, CurrentVersion: 3 }),
    /^PrefixListVersionMismatch/,
  );
});

test('the oldest of a thousand versions goes for the next', () => {
  const n = setUp();
  for (let version = 1; version < 1000; version++) {
    const entry = { Cidr: '10.0.0.0/8' };
    modify(n, version % 2 === 1 ? { AddEntries: [entry] } : { RemoveEntries: [entry] });
  }
  assert.equal(entries(n, 1).length, 1);
  modify(n, { RemoveEntries: [{ Cidr: '10.0.0.0/8' }] });
  assert.match(
    n.h.refusal('GetManagedPrefixListEntries', { PrefixListId: n.id, TargetVersion: 1 }),
    /^PrefixListVersionNotFound/,
  );
  assert.equal(entries(n, 2).length, 2);
});

test('what a modification may not be', () => {
  const n = setUp();
  assert.equal(
    refused(n, { CurrentVersion: 2, AddEntries: [{ Cidr: '10.0.0.0/8' }] }),
    'PrefixListVersionMismatch: The prefix list has the incorrect version number.',
  );
  assert.equal(
    refused(n, { MaxEntries: 9, AddEntries: [{ Cidr: '10.0.0.0/8' }] }),
    'InvalidParameterCombination: You cannot modify the entries and the maximum entries for the prefix list in the same request.',
  );
  assert.equal(
    refused(n, { AddEntries: [OFFICE], RemoveEntries: [{ Cidr: OFFICE.Cidr }] }),
    'InvalidParameterValue: Request cannot contain Cidr 192.0.2.0/24 in both AddPrefixListEntries and RemovePrefixListEntries',
  );
  assert.equal(refused(n, { AddEntries: [OFFICE] }), 'InvalidRequest: The request received was invalid.');
  assert.match(refused(n, { RemoveEntries: [{ Cidr: '10.0.0.0/8' }] }), /^InvalidRequest/);
  const five = Array.from({ length: 5 }, (_, at) => ({ Cidr: `10.${at}.0.0/16` }));
  assert.match(refused(n, { AddEntries: five }), /^PrefixListMaxEntriesExceeded/);
  modify(n, { AddEntries: five.slice(1) });
  assert.match(refused(n, { MaxEntries: 4 }), /^PrefixListMaxEntriesExceeded/);
  assert.deepEqual([modify(n, { MaxEntries: 6 }).MaxEntries, describe(n).Version], [6, 2]);
  n.h.facts.appliedRevision = -1;
  assert.equal(
    refused(n, { MaxEntries: 7 }),
    `IncorrectState: The request cannot be completed while the prefix list (${n.id}) is in the current state (modify-in-progress).`,
  );
  assert.match(refused({ ...n, id: 'pl-1' }, {}), /^InvalidPrefixListId.Malformed/);
  assert.match(refused({ ...n, h: n.h.as('222222222222') }, {}), /^InvalidPrefixListID.NotFound/);
});

test('AWS’s lists are AWS’s', () => {
  const { h } = setUp();
  const aws = h.call('DescribeManagedPrefixLists', { Filters: [{ Name: 'owner-id', Values: ['AWS'] }] }).PrefixLists[0];
  const PrefixListId = aws.PrefixListId;
  for (const call of ['ModifyManagedPrefixList', 'DeleteManagedPrefixList', 'GetManagedPrefixListAssociations']) {
    assert.match(h.refusal(call, { PrefixListId }), /^UnsupportedOperation/);
  }
});

function withVpc() {
  const n = setUp({ MaxEntries: 59 });
  const vpcId = n.h.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc.VpcId;
  const group = n.h.call('CreateSecurityGroup', { GroupName: 'g', Description: 'g', VpcId: vpcId }).GroupId;
  const table = n.h.call('CreateRouteTable', { VpcId: vpcId }).RouteTable.RouteTableId;
  const gateway = n.h.call('CreateInternetGateway', {}).InternetGateway.InternetGatewayId;
  n.h.call('AttachInternetGateway', { InternetGatewayId: gateway, VpcId: vpcId });
  return { ...n, vpcId, group, table, gateway };
}

const ssh = (id: string) => [{ IpProtocol: 'tcp', FromPort: 22, ToPort: 22, PrefixListIds: [{ PrefixListId: id }] }];

test('group rules name it in both directions, and it counts as its greatest size in its own family', () => {
  const { h, id, group } = withVpc();
  h.call('AuthorizeSecurityGroupIngress', { GroupId: group, IpPermissions: ssh(id) });
  const ranges = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => ({ CidrIp: `10.0.${from + at}.0/24` }));
  const allow = (at: number, count: number) => ({
    GroupId: group,
    IpPermissions: [{ IpProtocol: '-1', IpRanges: ranges(at, count) }],
  });
  h.call('AuthorizeSecurityGroupIngress', allow(0, 1));
  assert.match(h.refusal('AuthorizeSecurityGroupIngress', allow(1, 1)), /^RulesPerSecurityGroupLimitExceeded/);
  const Ipv6Ranges = Array.from({ length: 60 }, (_, at) => ({ CidrIpv6: `2001:db8:${at}::/48` }));
  h.call('AuthorizeSecurityGroupIngress', { GroupId: group, IpPermissions: [{ IpProtocol: '-1', Ipv6Ranges }] });
  // Its own rule for all is there.
  h.call('AuthorizeSecurityGroupEgress', { GroupId: group, IpPermissions: ssh(id) });
  assert.match(h.refusal('AuthorizeSecurityGroupEgress', { ...allow(0, 1) }), /^RulesPerSecurityGroupLimitExceeded/);
});

test('a group, and a list of AWS’s, count as a rule of both families', () => {
  const { h, vpcId, group } = withVpc();
  const peer = h.call('CreateSecurityGroup', { GroupName: 'peer', Description: 'peer', VpcId: vpcId }).GroupId;
  const aws = h.call('DescribeManagedPrefixLists', { Filters: [{ Name: 'owner-id', Values: ['AWS'] }] }).PrefixLists[0];
  h.call('AuthorizeSecurityGroupIngress', {
    GroupId: group,
    IpPermissions: [...ssh(aws.PrefixListId), { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: peer }] }],
  });
  const four = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => ({ CidrIp: `10.0.${from + at}.0/24` }));
  const six = (from: number, count: number) =>
    Array.from({ length: count }, (_, at) => ({ CidrIpv6: `2001:db8:${from + at}::/48` }));
  const allow = (permission: object) => ({
    GroupId: group,
    IpPermissions: [{ IpProtocol: '-1', ...permission }],
  });
  h.call('AuthorizeSecurityGroupIngress', allow({ IpRanges: four(0, 58), Ipv6Ranges: six(0, 58) }));
  for (const more of [{ IpRanges: four(58, 1) }, { Ipv6Ranges: six(58, 1) }]) {
    assert.match(h.refusal('AuthorizeSecurityGroupIngress', allow(more)), /^RulesPerSecurityGroupLimitExceeded/);
  }
});

test('what refers to it is told, keeps it, and limits its size', () => {
  const n = withVpc();
  const { h, id, group, table, gateway } = n;
  h.call('AuthorizeSecurityGroupIngress', { GroupId: group, IpPermissions: ssh(id) });
  const route = { RouteTableId: table, DestinationPrefixListId: id };
  h.call('CreateRoute', { ...route, GatewayId: gateway });
  assert.match(h.refusal('CreateRoute', { ...route, GatewayId: gateway }), /^RouteAlreadyExists/);
  h.facts.appliedRevision = h.intent.revision;
  assert.deepEqual(h.call('GetManagedPrefixListAssociations', { PrefixListId: id }).PrefixListAssociations, [
    { ResourceId: group, ResourceOwner: '111122223333' },
    { ResourceId: table, ResourceOwner: '111122223333' },
  ]);
  const failed = modify(n, { MaxEntries: 61 });
  assert.deepEqual([failed.State, failed.MaxEntries, failed.Version], ['modify-failed', 59, 1]);
  assert.match(failed.StateMessage, new RegExp(`${group}$`));
  assert.equal(modify(n, { MaxEntries: 60 }).MaxEntries, 60);
  const inUse = `DependencyViolation: The prefix list '${id}' has dependencies and cannot be deleted.`;
  assert.equal(h.refusal('DeleteManagedPrefixList', { PrefixListId: id }), inUse);
  h.call('RevokeSecurityGroupIngress', { GroupId: group, IpPermissions: ssh(id) });
  assert.equal(h.refusal('DeleteManagedPrefixList', { PrefixListId: id }), inUse);
  h.call('DeleteRoute', route);
  assert.match(h.refusal('DeleteRoute', route), /^InvalidRoute.NotFound: no route with destination-prefix-list-id pl-/);
  h.facts.appliedRevision = h.intent.revision;
  assert.equal(h.call('DeleteManagedPrefixList', { PrefixListId: id }).PrefixList.State, 'delete-in-progress');
  assert.match(h.refusal('DescribeManagedPrefixLists', { PrefixListIds: [id] }), /^InvalidPrefixListID.NotFound/);
  assert.equal([...h.intent.table('prefixListVersion').all()].length, 0);
});

test('routes to it: shown, replaced, counted as its greatest size; IPv6 for egress-only gateways', () => {
  const { h, id, vpcId, table, gateway } = withVpc();
  h.call('CreateRoute', { RouteTableId: table, DestinationPrefixListId: id, GatewayId: gateway });
  const shown = () => h.call('DescribeRouteTables', { RouteTableIds: [table] }).RouteTables[0].Routes.at(-1);
  assert.deepEqual(shown(), {
    DestinationPrefixListId: id,
    GatewayId: gateway,
    Origin: 'CreateRoute',
    State: 'active',
  });
  h.call('DetachInternetGateway', { InternetGatewayId: gateway, VpcId: vpcId });
  assert.equal(shown()?.State, 'blackhole');
  h.call('AttachInternetGateway', { InternetGatewayId: gateway, VpcId: vpcId });
  h.call('ReplaceRoute', { RouteTableId: table, DestinationPrefixListId: id, GatewayId: gateway });
  for (const [at, MaxEntries] of [241, 200].entries()) {
    const other = create(h, { PrefixListName: `more ${at}`, MaxEntries, Entries: [] }).PrefixListId;
    const asked = { RouteTableId: table, DestinationPrefixListId: other, GatewayId: gateway };
    h.call('CreateRoute', asked);
  }
  const last = { RouteTableId: table, DestinationCidrBlock: '192.0.2.0/24', GatewayId: gateway };
  assert.match(h.refusal('CreateRoute', last), /^RouteLimitExceeded/);
  const egressOnly = h.call('CreateEgressOnlyInternetGateway', { VpcId: vpcId }).EgressOnlyInternetGateway;
  const EgressOnlyInternetGatewayId = egressOnly.EgressOnlyInternetGatewayId;
  const other = h.call('CreateRouteTable', { VpcId: vpcId }).RouteTable.RouteTableId;
  const six = create(h, { AddressFamily: 'IPv6', Entries: [] }).PrefixListId;
  const route = { RouteTableId: other, EgressOnlyInternetGatewayId };
  assert.match(h.refusal('CreateRoute', { ...route, DestinationPrefixListId: id }), /^InvalidParameterValue/);
  h.call('CreateRoute', { ...route, DestinationPrefixListId: six });
});

test('routes of gateway endpoints are not for callers to make, change or delete', () => {
  const { h, vpcId, table, gateway } = withVpc();
  const name = 'com.amazonaws.ap-south-1.s3';
  const list = h.call('DescribeManagedPrefixLists', {
    Filters: [{ Name: 'prefix-list-name', Values: [name] }],
  }).PrefixLists[0].PrefixListId;
  const route = { RouteTableId: table, DestinationPrefixListId: list };
  assert.match(h.refusal('CreateRoute', { ...route, GatewayId: gateway }), /^UnsupportedOperation/);
  h.call('CreateVpcEndpoint', { VpcId: vpcId, ServiceName: name, RouteTableIds: [table] });
  assert.equal(
    h.refusal('CreateRoute', { ...route, GatewayId: gateway }),
    `RouteAlreadyExists: route table ${table} already has a route with destination-prefix-list-id ${list}`,
  );
  assert.equal(
    h.refusal('DeleteRoute', route),
    `InvalidParameterValue: cannot remove VPC endpoint route ${list} in route table ${table}`,
  );
  assert.match(h.refusal('ReplaceRoute', { ...route, GatewayId: gateway }), /^InvalidParameterValue: cannot replace/);
});
