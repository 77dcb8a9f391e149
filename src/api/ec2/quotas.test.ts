/** Quotas that can be raised: each refuses one more than it says with AWS's code, and lets as many pass as it was raised to. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUOTAS, type QuotaName, quotaId } from '../../model/quotas.ts';
import { type Harness, harness } from '../testing.ts';

function setQuota(aws: Harness, name: QuotaName, value: number): void {
  const { account, region, now: createdAt } = aws.context;
  const id = quotaId(QUOTAS[name].code, { account, region });
  aws.intent.apply([{ op: 'put', resource: { kind: 'quota', id, account, region, tags: {}, createdAt, value } }]);
}

type Call = readonly [operation: string, input: object];

interface Case {
  readonly code: string;
  /** How many of them a new VPC, made after those of the region's first use, has already. */
  readonly present: number;
  /** The `n`-th one more. */
  more(aws: Harness, vpcId: string, n: number): Call;
}

const groups = (aws: Harness, vpcId: string, count: number) =>
  Array.from({ length: count }, (_, n) => {
    const input = { GroupName: `g${aws.intent.revision}-${n}`, Description: 'g', VpcId: vpcId };
    return aws.call('CreateSecurityGroup', input).GroupId;
  });

function subnetOf(aws: Harness, VpcId: string): string {
  const [there] = aws.intent.table('subnet').by('vpcId', VpcId);
  return there?.id ?? aws.call('CreateSubnet', { VpcId, CidrBlock: '10.0.255.0/24' }).Subnet.SubnetId;
}

const mainTable = (aws: Harness, id: string) => aws.intent.table('vpc').get(id)?.mainRouteTableId ?? '';
function gatewayOf(aws: Harness, VpcId: string): string {
  const [there] = aws.intent.table('internetGateway').by('vpcId', VpcId);
  if (there !== undefined) return there.id;
  const InternetGatewayId = aws.call('CreateInternetGateway', {}).InternetGateway.InternetGatewayId;
  aws.call('AttachInternetGateway', { InternetGatewayId, VpcId });
  return InternetGatewayId;
}

const CASES: Readonly<Partial<Record<QuotaName, Case>>> = {
  vpcsPerRegion: {
    code: 'VpcLimitExceeded',
    present: 2,
    more: (_, __, n) => ['CreateVpc', { CidrBlock: `10.${n}.0.0/16` }],
  },
  subnetsPerVpc: {
    code: 'SubnetLimitExceeded',
    present: 0,
    more: (_, VpcId, n) => ['CreateSubnet', { VpcId, CidrBlock: `10.0.${n}.0/24` }],
  },
  ipv4BlocksPerVpc: {
    code: 'CidrLimitExceeded',
    present: 1,
    more: (_, VpcId, n) => ['AssociateVpcCidrBlock', { VpcId, CidrBlock: `10.${n + 1}.0.0/16` }],
  },
  ipv6BlocksPerVpc: {
    code: 'CidrLimitExceeded',
    present: 0,
    more: (_, VpcId) => ['AssociateVpcCidrBlock', { VpcId, AmazonProvidedIpv6CidrBlock: true }],
  },
  internetGatewaysPerRegion: {
    code: 'InternetGatewayLimitExceeded',
    present: 1,
    more: () => ['CreateInternetGateway', {}],
  },
  egressOnlyGatewaysPerRegion: {
    code: 'EgressOnlyInternetGatewayLimitExceeded',
    present: 0,
    more: (_, VpcId) => ['CreateEgressOnlyInternetGateway', { VpcId }],
  },
  routeTablesPerVpc: {
    code: 'RouteTableLimitExceeded',
    present: 1,
    more: (_, VpcId) => ['CreateRouteTable', { VpcId }],
  },
  routesPerTable: {
    code: 'RouteLimitExceeded',
    present: 0,
    more: (aws, vpcId, n) => [
      'CreateRoute',
      {
        RouteTableId: mainTable(aws, vpcId),
        DestinationCidrBlock: `192.0.2.${n}/32`,
        GatewayId: gatewayOf(aws, vpcId),
      },
    ],
  },
  aclsPerVpc: {
    code: 'NetworkAclLimitExceeded',
    present: 1,
    more: (_, VpcId) => ['CreateNetworkAcl', { VpcId }],
  },
  entriesPerAcl: {
    code: 'NetworkAclEntryLimitExceeded',
    present: 1,
    more: (aws, vpcId, n) => [
      'CreateNetworkAclEntry',
      {
        NetworkAclId: aws.intent.table('vpc').get(vpcId)?.defaultAclId ?? '',
        RuleNumber: n,
        Egress: false,
        Protocol: '-1',
        CidrBlock: '10.0.0.0/8',
        RuleAction: 'allow',
      },
    ],
  },
  groupsPerRegion: {
    code: 'SecurityGroupLimitExceeded',
    present: 2,
    more: (_, VpcId, n) => ['CreateSecurityGroup', { GroupName: `g${n}`, Description: 'g', VpcId }],
  },
  rulesPerGroup: {
    code: 'RulesPerSecurityGroupLimitExceeded',
    present: 1,
    more: (aws, vpcId, n) => [
      'AuthorizeSecurityGroupIngress',
      {
        GroupId: aws.intent.table('vpc').get(vpcId)?.defaultGroupId ?? '',
        IpPermissions: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: `192.0.2.${n}/32` }] }],
      },
    ],
  },
  groupsPerInterface: {
    code: 'SecurityGroupsPerInterfaceLimitExceeded',
    present: 0,
    more: (aws, vpcId, n) => [
      'CreateNetworkInterface',
      { SubnetId: subnetOf(aws, vpcId), Groups: groups(aws, vpcId, n) },
    ],
  },
  interfacesPerRegion: {
    code: 'NetworkInterfaceLimitExceeded',
    present: 0,
    more: (aws, vpcId) => ['CreateNetworkInterface', { SubnetId: subnetOf(aws, vpcId) }],
  },
  elasticAddressesPerRegion: {
    code: 'AddressLimitExceeded',
    present: 0,
    more: () => ['AllocateAddress', { Domain: 'vpc' }],
  },
};

for (const [name, { code, present, more }] of Object.entries(CASES) as [QuotaName, Case][]) {
  test(`${QUOTAS[name].what}: ${code}`, () => {
    const aws = harness();
    const { VpcId } = aws.call('CreateVpc', { CidrBlock: '10.0.0.0/16' }).Vpc;
    if (name === 'routesPerTable') gatewayOf(aws, VpcId);
    const most = present + 2;
    setQuota(aws, name, most);
    for (let n = 1; n <= 2; n++) aws.call(...more(aws, VpcId, n));
    assert.match(aws.refusal(...more(aws, VpcId, 3)), new RegExp(`^${code}: `));
    setQuota(aws, name, most + 1);
    aws.call(...more(aws, VpcId, 3));
    assert.match(aws.refusal(...more(aws, VpcId, 4)), new RegExp(`^${code}: `));
    // Another region's is its own.
    assert.ok(aws.as('111122223333', 'eu-west-1').call('CreateVpc', { CidrBlock: '10.0.0.0/16' }));
  });
}

test('as AWS gives them, and as far as AWS or one host can go', () => {
  const facts = Object.values(QUOTAS).map(({ code, usual, most }) => `${code} ${usual} ${most}`);
  for (const known of ['L-7E9ECCDB 50 125', 'L-2AEEBF1A 20 40', 'L-93826ACB 500 1000', 'L-2AFB9258 5 16']) {
    assert.ok(facts.includes(known), known);
  }
  const usual = Object.values(QUOTAS).map((each) => `${each.what}: ${each.usual}`);
  for (const known of [
    'VPCs per Region: 5',
    'internet gateways per Region: 5',
    'subnets per VPC: 200',
    'route tables per VPC: 200',
    'network ACLs per VPC: 200',
    'inbound or outbound rules per security group: 60',
    'VPC security groups per Region: 2500',
    'outstanding VPC peering connection requests: 25',
    'EC2-VPC Elastic IPs: 5',
  ]) {
    assert.ok(usual.includes(known), known);
  }
  assert.equal(new Set(Object.values(QUOTAS).map(({ code }) => code)).size, Object.keys(QUOTAS).length);
});
