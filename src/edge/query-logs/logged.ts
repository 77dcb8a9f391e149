/** What the DNS thread tells of questions that are logged: the answers' bytes as they were sent, read by whoever writes them down. */
export interface LoggedBatch {
  readonly questions: readonly LoggedQuestion[];
}

export interface LoggedQuestion {
  /** The query logs that held when it was asked. */
  readonly logs: readonly string[];
  readonly domain: string;
  /** The address of an inbound endpoint that it came in by (rni-…); null: the VPC's resolver. */
  readonly inbound: string | null;
  /** The endpoint that it was passed on through; null: none. */
  readonly outbound: string | null;
  readonly address: string;
  readonly port: number;
  readonly transport: 'UDP' | 'TCP';
  /** When it was asked, milliseconds since 1970. */
  readonly at: number;
  /** The whole answer, with its question. */
  readonly answer: Uint8Array;
}
