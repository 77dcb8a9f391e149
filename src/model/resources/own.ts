/** Culvert's own records: backends, first uses, tokens, counters, quotas. */
import type { Resource } from './resource.ts';

/** A backend behind an AWS service's name: `id` is the service's short name ("athena"). */
export interface ServiceBackend extends Resource {
  readonly kind: 'serviceBackend';
  readonly url: string;
}

/** Marks an account's first use of a region: its default VPC and default options were made (or deleted since). `id` is "account/region". */
export interface RegionUse extends Resource {
  readonly kind: 'regionUse';
}

/** The reply once given to a ClientToken: `id` is "account/region/Action/token". */
export interface ClientTokenUse extends Resource {
  readonly kind: 'clientTokenUse';
  readonly inputDigest: string;
  readonly output: unknown;
}

/**
 * Where the search for the next free number of a pool starts (src/model/pool.ts). `id` is the pool's name; account and
 * region are ''. Stored, so that a number that was just given back is not the first to be given out after a restart.
 */
export interface Counter extends Resource {
  readonly kind: 'counter';
  readonly next: number;
}

/** What an account asked for, and what came of it. */
export interface QuotaRequest extends Resource {
  readonly kind: 'quotaRequest';
  /** Of the quota. */
  readonly code: string;
  readonly desired: number;
  readonly status: 'APPROVED' | 'DENIED' | 'NOT_APPROVED';
  /** The ARN of who asked. */
  readonly requester: string;
}

/** A quota that was raised or lowered for an account in a region (src/model/quotas.ts). `id` is "account/region/code". */
export interface Quota extends Resource {
  readonly kind: 'quota';
  readonly value: number;
}
