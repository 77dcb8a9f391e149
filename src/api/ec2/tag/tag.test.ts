import assert from 'node:assert/strict';
import { test } from 'node:test';
import { harness } from '../../testing.ts';

function start() {
  const aws = harness();
  const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
  const { SubnetId } = aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.1.0/24' }).Subnet;
  const tags = (id: string) =>
    Object.fromEntries(
      aws
        .call('DescribeTags', { Filters: [{ Name: 'resource-id', Values: [id] }] })
        .Tags.map((tag) => [tag.Key, tag.Value]),
    );
  return { aws, VpcId, SubnetId, tags };
}

test('every kind of resource can be tagged by its id', () => {
  const { aws, VpcId, SubnetId, tags } = start();
  const Filters = [{ Name: 'vpc-id', Values: [VpcId] }];
  const group = aws.call('DescribeSecurityGroups', { Filters }).SecurityGroups[0].GroupId;
  const ids = [
    VpcId,
    SubnetId,
    group,
    aws.call('DescribeRouteTables', { Filters }).RouteTables[0].RouteTableId,
    aws.call('DescribeNetworkAcls', { Filters }).NetworkAcls[0].NetworkAclId,
    aws.call('DescribeInternetGateways', {}).InternetGateways[0].InternetGatewayId,
    aws.call('DescribeSecurityGroupRules', {}).SecurityGroupRules[0].SecurityGroupRuleId,
    aws.call('DescribeDhcpOptions', {}).DhcpOptions[0].DhcpOptionsId,
    aws.call('CreateNetworkInterface', { SubnetId }).NetworkInterface.NetworkInterfaceId,
    aws.call('CreateKeyPair', { KeyName: 'k', KeyType: 'ed25519' }).KeyPairId,
  ];
  aws.call('CreateTags', { Resources: ids, Tags: [{ Key: 'a', Value: '1' }, { Key: 'b' }] });
  for (const id of ids) assert.deepEqual(tags(id), { a: '1', b: '' });
  const types = aws
    .call('DescribeTags', { Filters: [{ Name: 'key', Values: ['a'] }] })
    .Tags.map((tag) => tag.ResourceType);
  assert.equal(new Set(types).size, ids.length);
  assert.deepEqual(
    aws.call('DescribeTags', {
      Filters: [
        { Name: 'tag:a', Values: ['1'] },
        { Name: 'resource-type', Values: ['subnet'] },
      ],
    }).Tags,
    [{ Key: 'a', Value: '1', ResourceId: SubnetId, ResourceType: 'subnet' }],
  );
});

test('a value is replaced; tags go by key, by key and value, or all at once', () => {
  const { aws, VpcId, tags } = start();
  const Resources = [VpcId];
  aws.call('CreateTags', {
    Resources,
    Tags: [
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
      { Key: 'c', Value: '3' },
    ],
  });
  aws.call('CreateTags', { Resources, Tags: [{ Key: 'a', Value: 'new' }] });
  aws.call('DeleteTags', { Resources, Tags: [{ Key: 'a', Value: 'other' }, { Key: 'b' }] });
  assert.deepEqual(tags(VpcId), { a: 'new', c: '3' });
  aws.call('DeleteTags', { Resources });
  assert.deepEqual(tags(VpcId), {});
});

test('limits and reserved keys, on creation as later', () => {
  const { aws, VpcId, tags } = start();
  const many = (count: number, from = 0) =>
    Array.from({ length: count }, (_, n) => ({ Key: `k${n + from}`, Value: 'v' }));
  const cases: [{ Key?: string; Value?: string }[], RegExp][] = [
    [[{ Key: 'x'.repeat(129) }], /^InvalidParameterValue: Tag key exceeds the maximum length of 128 characters$/],
    [
      [{ Key: 'x', Value: 'x'.repeat(257) }],
      /^InvalidParameterValue: Tag value exceeds the maximum length of 256 characters$/,
    ],
    [[{ Key: 'aws:x' }], /^InvalidParameterValue: Tag keys starting with 'aws:' are reserved for internal use$/],
    [[{ Key: 'AWS:x' }], /are reserved for internal use$/],
    [[{ Key: 'x' }, { Key: 'x' }], /^InvalidParameterValue: Duplicate tag key 'x' specified\.$/],
    [[{ Key: '' }], /^InvalidParameterValue/],
    [many(51), /^TagLimitExceeded/],
  ];
  for (const [Tags, message] of cases) {
    assert.match(aws.refusal('CreateTags', { Resources: [VpcId], Tags }), message);
    assert.match(
      aws.refusal('CreateVpc', { CidrBlock: '10.0.0.0/16', TagSpecifications: [{ ResourceType: 'vpc', Tags }] }),
      message,
    );
  }
  aws.call('CreateTags', { Resources: [VpcId], Tags: many(50) });
  aws.call('CreateTags', { Resources: [VpcId], Tags: many(50) });
  assert.match(aws.refusal('CreateTags', { Resources: [VpcId], Tags: many(1, 50) }), /^TagLimitExceeded/);
  assert.equal(Object.keys(tags(VpcId)).length, 50);
  aws.call('DeleteTags', { Resources: [VpcId] });
  aws.call('CreateTags', { Resources: [VpcId], Tags: [{ Key: '__proto__', Value: 'x' }] });
  assert.deepEqual(Object.entries(tags(VpcId)), [['__proto__', 'x']]);
});

test('a specification for another type is refused', () => {
  const { aws } = start();
  assert.equal(
    aws.refusal('CreateVpc', {
      CidrBlock: '10.0.0.0/16',
      TagSpecifications: [{ ResourceType: 'subnet', Tags: [{ Key: 'a', Value: 'b' }] }],
    }),
    "InvalidParameterValue: 'subnet' is not a valid taggable resource type for this operation.",
  );
});

test('one id that is not there spoils the call', () => {
  const { aws, VpcId, tags } = start();
  const Tags = [{ Key: 'a', Value: 'b' }];
  for (const [id, message] of [
    ['subnet-0123456789abcdef0', /^InvalidSubnetID.NotFound/],
    ['i-0123456789abcdef0', /^InvalidInstanceID.NotFound/],
    ['rtbassoc-0123456789abcdef0', /^InvalidID: The ID 'rtbassoc-.*' is not valid$/],
    ['nonsense', /^InvalidID/],
    ['constructor-1', /^InvalidID/],
  ] as const) {
    assert.match(aws.refusal('CreateTags', { Resources: [VpcId, id], Tags }), message);
  }
  assert.deepEqual(tags(VpcId), {});
  assert.match(aws.as('999988887777').refusal('CreateTags', { Resources: [VpcId], Tags }), /^InvalidVpcID.NotFound/);
});

test('pages of tags', () => {
  const { aws, VpcId } = start();
  aws.call('CreateTags', {
    Resources: [VpcId],
    Tags: Array.from({ length: 12 }, (_, n) => ({ Key: `k${n}`, Value: '' })),
  });
  const seen: string[] = [];
  let NextToken: string | undefined;
  do {
    const answer = aws.call('DescribeTags', { MaxResults: 5, ...(NextToken && { NextToken }) });
    seen.push(...answer.Tags.map((tag) => tag.Key));
    NextToken = answer.NextToken;
  } while (NextToken !== undefined);
  assert.equal(seen.length, 12);
  assert.equal(new Set(seen).size, 12);
});
