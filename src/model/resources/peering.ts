/** VPC peering connections. */
import type { Resource } from './resource.ts';

/** `account`, `region` and `tags` are the requester's. */
export interface VpcPeering extends Resource {
  readonly kind: 'vpcPeering';
  readonly requester: PeeringSide;
  readonly accepter: PeeringSide;
  /** The tags that the accepter gave it; unused where both sides are one account's in one region. */
  readonly accepterTags: Readonly<Record<string, string>>;
  /** When it was asked for or accepted, the accepter's VPC was not there or ranges overlapped: it can never be used. */
  readonly failed: boolean;
  readonly answer: { readonly verdict: 'accepted' | 'rejected'; readonly at: string } | null;
  readonly deletion: { readonly by: string; readonly at: string; readonly revision: number } | null;
  /** Of the request, and again of its acceptance. */
  readonly changedRevision: number;
}

export interface PeeringSide {
  readonly account: string;
  readonly region: string;
  readonly vpcId: string;
  /** Whether this VPC's public instance names answer private addresses when the other VPC asks. */
  readonly sharesNames: boolean;
}
