/** Customers' prefix lists; AWS's own are src/model/aws-prefix-lists.ts. */
import type { Resource } from './resource.ts';

export interface PrefixList extends Resource {
  readonly kind: 'prefixList';
  readonly name: string;
  readonly addressFamily: 'IPv4' | 'IPv6';
  /** What it counts as wherever it is referenced, however many entries it has. */
  readonly maxEntries: number;
  /** The current one; from 1. */
  readonly version: number;
  readonly lastChange: {
    readonly kind: 'create' | 'modify' | 'restore';
    readonly revision: number;
    /** Ids of up to ten resources whose quota the greater size that was asked for would exceed; empty: it went well. */
    readonly unableIds: readonly string[];
  };
}

/** What a version says never changes. Id: "LIST-ID/VERSION". */
export interface PrefixListVersion extends Resource {
  readonly kind: 'prefixListVersion';
  readonly listId: string;
  readonly version: number;
  /** In the order in which they were added; no block twice. */
  readonly entries: readonly PrefixListEntry[];
}

export interface PrefixListEntry {
  /** Canonical, of the list's family. */
  readonly cidr: string;
  readonly description: string | null;
}
