/**
 * Quotas that every account has as AWS gives them; those that can be raised: src/model/quotas.ts.
 * https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html
 */
export const MAX_DHCP_OPTIONS_PER_REGION = 1000;
export const MAX_PREFIX_LISTS_PER_REGION = 100;
export const MAX_ENTRIES_PER_LIST = 1000;
export const MAX_VERSIONS_PER_LIST = 1000;
/** Of calls that add or remove. */
export const MAX_ENTRIES_PER_LIST_CALL = 100;
/** Ours: AWS limits processors by family. What one host can hold. */
export const MAX_INSTANCES_PER_REGION = 500;
