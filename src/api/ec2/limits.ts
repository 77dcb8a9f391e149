/**
 * AWS's default quotas, which every account has here.
 * https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
 */
export const MAX_VPCS_PER_REGION = 5;
export const MAX_INTERNET_GATEWAYS_PER_REGION = 5;
export const MAX_EGRESS_ONLY_GATEWAYS_PER_REGION = 5;
export const MAX_IPV6_BLOCKS_PER_VPC = 5;
export const MAX_SUBNETS_PER_VPC = 200;
export const MAX_ROUTE_TABLES_PER_VPC = 200;
export const MAX_OUTSTANDING_PEERINGS_PER_REGION = 25;
export const MAX_ROUTES_PER_TABLE = 500;
export const MAX_DHCP_OPTIONS_PER_REGION = 1000;
export const MAX_PREFIX_LISTS_PER_REGION = 100;
export const MAX_ENTRIES_PER_LIST = 1000;
export const MAX_VERSIONS_PER_LIST = 1000;
/** Of calls that add or remove. */
export const MAX_ENTRIES_PER_LIST_CALL = 100;
export const MAX_ADDRESSES_PER_REGION = 5;
export const MAX_ACLS_PER_VPC = 200;
/** In each direction; the last one, which denies all, is not counted. */
export const MAX_ENTRIES_PER_ACL = 20;
export const MAX_GROUPS_PER_REGION = 2500;
export const MAX_RULES_PER_GROUP = 60;
export const MAX_GROUPS_PER_INTERFACE = 5;
export const MAX_INTERFACES_PER_REGION = 5000;
/** Ours: AWS limits processors by family. What one host can hold. */
export const MAX_INSTANCES_PER_REGION = 500;
