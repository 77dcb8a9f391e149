/**
 * AWS's default quotas, which every account has here, by the names that DescribeAccountLimits gives them.
 * https://docs.aws.amazon.com/elasticloadbalancing/latest/network/load-balancer-limits.html
 */
export const LIMITS = {
  'target-groups': 3000,
  'network-load-balancers': 50,
  'targets-per-network-load-balancer': 3000,
  'targets-per-availability-zone-per-network-load-balancer': 500,
  'listeners-per-network-load-balancer': 50,
  'target-groups-per-action-on-network-load-balancer': 1,
  'certificates-per-network-load-balancer': 25,
  'targets-per-target-group': 1000,
  'network-load-balancer-enis-per-vpc': 1200,
} as const;

/** Addresses that must be free in a subnet that a load balancer is put in. */
export const MIN_FREE_ADDRESSES = 8;
