/** The record of API calls: who asked for what, when, from where, and what came of it. No secret stands in one. */
export interface TrailEvent {
  /** Counts up, in the order of the answers. */
  readonly serial: number;
  readonly id: string;
  /** ISO 8601. */
  readonly at: string;
  /** "CreateVpc". */
  readonly name: string;
  /** "ec2.amazonaws.com". */
  readonly source: string;
  readonly isReadOnly: boolean;
  readonly account: string;
  readonly region: string;
  /** Of a session: the session's; "root". */
  readonly username: string;
  readonly principal: {
    readonly type: 'Root' | 'IAMUser' | 'AssumedRole';
    readonly id: string;
    readonly arn: string;
    /** Of the role of a session; null: it is none. */
    readonly issuerArn: string | null;
  };
  readonly accessKeyId: string | null;
  /** null: it cannot be told. */
  readonly clientAddress: string | null;
  readonly vpcEndpointId: string | null;
  readonly userAgent: string | null;
  readonly requestId: string;
  /** null: it was done. */
  readonly error: { readonly code: string; readonly message: string } | null;
  /** What the call named, made or changed; `type` null: it cannot be told. */
  readonly resources: readonly { readonly type: string | null; readonly name: string }[];
  /** JSON, members in lower camel case; null: none, or they could not be read. */
  readonly parameters: string | null;
}

/** By one attribute at most. */
export interface TrailQuery {
  readonly account: string;
  readonly region: string;
  readonly matches: (event: TrailEvent) => boolean;
  /** Milliseconds since 1970, both inclusive; null: no bound. */
  readonly from: number | null;
  readonly to: number | null;
  /** Only those before this one; null: from the newest. */
  readonly before: number | null;
  readonly count: number;
}
