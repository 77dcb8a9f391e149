/**
 * AWS's quotas that an account's owner can have raised. Names, codes and bounds are facts about AWS; what was raised is Intent. Where
 * AWS tells no bound, ours is what one host can hold.
 * https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
 */
import type { Intent } from './intent.ts';
import type { Quota } from './resources.ts';

export interface QuotaService {
  readonly code: 'ec2' | 'vpc';
  readonly name: string;
}

export const QUOTA_SERVICES: readonly QuotaService[] = [
  { code: 'ec2', name: 'Amazon Elastic Compute Cloud (Amazon EC2)' },
  { code: 'vpc', name: 'Amazon Virtual Private Cloud (Amazon VPC)' },
];

export interface QuotaKind {
  /** As in AWS's Service Quotas. */
  readonly code: string;
  /** Whose it is there; absent: VPC's. */
  readonly service?: QuotaService['code'];
  readonly what: string;
  readonly usual: number;
  readonly most: number;
}

export const QUOTAS = {
  vpcsPerRegion: { code: 'L-F678F1CE', what: 'VPCs per Region', usual: 5, most: 1000 },
  subnetsPerVpc: { code: 'L-407747CB', what: 'subnets per VPC', usual: 200, most: 1000 },
  ipv6BlocksPerVpc: { code: 'L-085A6257', what: 'IPv6 CIDR blocks per VPC', usual: 5, most: 50 },
  internetGatewaysPerRegion: { code: 'L-A4707A72', what: 'internet gateways per Region', usual: 5, most: 1000 },
  egressOnlyGatewaysPerRegion: {
    code: 'L-45FE3B85',
    what: 'egress-only internet gateways per Region',
    usual: 5,
    most: 1000,
  },
  routeTablesPerVpc: { code: 'L-589F43AA', what: 'route tables per VPC', usual: 200, most: 1000 },
  routesPerTable: { code: 'L-93826ACB', what: 'routes per route table', usual: 500, most: 1000 },
  aclsPerVpc: { code: 'L-B4A6D682', what: 'network ACLs per VPC', usual: 200, most: 1000 },
  /** In each direction; the last one, which denies all, is not counted. */
  entriesPerAcl: { code: 'L-2AEEBF1A', what: 'rules per network ACL', usual: 20, most: 40 },
  groupsPerRegion: { code: 'L-E79EC296', what: 'VPC security groups per Region', usual: 2500, most: 10_000 },
  rulesPerGroup: { code: 'L-0EA8095F', what: 'inbound or outbound rules per security group', usual: 60, most: 1000 },
  groupsPerInterface: { code: 'L-2AFB9258', what: 'security groups per network interface', usual: 5, most: 16 },
  interfacesPerRegion: { code: 'L-DF5E4CA3', what: 'network interfaces per Region', usual: 5000, most: 10_000 },
  elasticAddressesPerRegion: { code: 'L-0263D0A3', service: 'ec2', what: 'EC2-VPC Elastic IPs', usual: 5, most: 1000 },
  outstandingPeeringsPerRegion: {
    code: 'L-DC9F7029',
    what: 'outstanding VPC peering connection requests',
    usual: 25,
    most: 1000,
  },
  activePeeringsPerVpc: { code: 'L-7E9ECCDB', what: 'active VPC peering connections per VPC', usual: 50, most: 125 },
  natGatewaysPerZone: { code: 'L-FE5A380F', what: 'NAT gateways per Availability Zone', usual: 5, most: 100 },
  ipv4BlocksPerVpc: { code: 'L-83CA0A9D', what: 'IPv4 CIDR blocks per VPC', usual: 5, most: 50 },
  gatewayEndpointsPerRegion: { code: 'L-1B52E74A', what: 'gateway VPC endpoints per Region', usual: 20, most: 1000 },
  vpnGatewaysPerRegion: {
    code: 'L-7029FAB6',
    service: 'ec2',
    what: 'Virtual private gateways per region',
    usual: 5,
    most: 100,
  },
  customerGatewaysPerRegion: {
    code: 'L-4FB7FF5D',
    service: 'ec2',
    what: 'Customer gateways per region',
    usual: 50,
    most: 1000,
  },
  vpnConnectionsPerRegion: {
    code: 'L-3E6EC3A3',
    service: 'ec2',
    what: 'VPN connections per region',
    usual: 50,
    most: 1000,
  },
  vpnConnectionsPerGateway: {
    code: 'L-B91E5754',
    service: 'ec2',
    what: 'VPN connections per VGW',
    usual: 10,
    most: 100,
  },
  interfaceEndpointsPerVpc: { code: 'L-29B6F2EB', what: 'interface VPC endpoints per VPC', usual: 50, most: 1000 },
} as const satisfies Record<string, QuotaKind>;

export type QuotaName = keyof typeof QUOTAS;

/** How many an account may have in a region. */
export function quotaOf(intent: Intent, name: QuotaName, owner: { account: string; region: string }): number {
  return quotaValue(intent, QUOTAS[name], owner);
}

export function quotaValue(
  intent: Intent,
  { code, usual }: QuotaKind,
  owner: { account: string; region: string },
): number {
  return intent.table('quota').get(quotaId(code, owner))?.value ?? usual;
}

export function quotaResource(
  code: string,
  { account, region }: { account: string; region: string },
  value: number,
  createdAt: string,
): Quota {
  return { kind: 'quota', id: quotaId(code, { account, region }), account, region, tags: {}, createdAt, value };
}

export function quotaId(code: string, { account, region }: { account: string; region: string }): string {
  return `${account}/${region}/${code}`;
}

/** Rules of a group times groups of an interface: AWS raises one only as far as the other lets it. */
const MOST_RULES_PER_INTERFACE = 1000;
const FACTORS: readonly (readonly [QuotaName, QuotaName])[] = [
  ['rulesPerGroup', 'groupsPerInterface'],
  ['groupsPerInterface', 'rulesPerGroup'],
];

/** How far it can be raised for this account as things are. */
export function mostOf(intent: Intent, code: string, owner: { account: string; region: string }): number | undefined {
  const kind = quotaKind(code);
  const other = FACTORS.find(([name]) => QUOTAS[name].code === code)?.[1];
  if (kind === undefined || other === undefined) return kind?.most;
  return Math.min(kind.most, Math.floor(MOST_RULES_PER_INTERFACE / quotaOf(intent, other, owner)));
}

export function quotaKind(code: string): QuotaKind | undefined {
  return Object.values(QUOTAS).find((each) => each.code === code);
}
