/**
 * AWS's quotas that an account's owner can have raised. Names, codes and bounds are facts about AWS; what was raised is Intent. Where
 * AWS tells no bound, ours is what one host can hold.
 * https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
 */
import type { Intent } from './intent.ts';

export interface QuotaKind {
  /** As in AWS's Service Quotas. */
  readonly code: string;
  readonly what: string;
  readonly usual: number;
  readonly most: number;
}

export const QUOTAS = {
  activePeeringsPerVpc: { code: 'L-7E9ECCDB', what: 'active VPC peering connections per VPC', usual: 50, most: 125 },
  ipv4BlocksPerVpc: { code: 'L-83CA0A9D', what: 'IPv4 CIDR blocks per VPC', usual: 5, most: 50 },
  interfaceEndpointsPerVpc: { code: 'L-29B6F2EB', what: 'interface VPC endpoints per VPC', usual: 50, most: 1000 },
} as const satisfies Record<string, QuotaKind>;

export type QuotaName = keyof typeof QUOTAS;

/** How many an account may have in a region. */
export function quotaOf(intent: Intent, name: QuotaName, owner: { account: string; region: string }): number {
  const { code, usual } = QUOTAS[name];
  return intent.table('quota').get(quotaId(code, owner))?.value ?? usual;
}

export function quotaId(code: string, { account, region }: { account: string; region: string }): string {
  return `${account}/${region}/${code}`;
}

export function quotaKind(code: string): QuotaKind | undefined {
  return Object.values(QUOTAS).find((each) => each.code === code);
}
