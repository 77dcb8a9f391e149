/** What the wire takes in and gives out. Framework-free: a server turns its request into a RawRequest and back. */
import type { Refusal } from '../model/refusal.ts';

export interface RawRequest {
  readonly method: string;
  /** The URL as it stood in the request line: path and query, not decoded. */
  readonly path: string;
  /** Names in lower case; several lines of one name joined by ", ". */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

export interface RawResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export type Protocol = 'ec2Query' | 'awsQuery' | 'awsJson1.0' | 'awsJson1.1' | 'rpcv2Cbor' | 'restXml';

/** What is known of every request, however broken: enough to authenticate it and to answer in its own protocol. */
export interface CallFrame {
  /** Our name of the service ("ec2"), or what the request calls it where it is not in the table; '' when unknown. */
  readonly service: string;
  /** AWS's name of the operation; '' when unknown. */
  readonly operation: string;
  readonly protocol: Protocol;
  readonly region: string;
  readonly accessKeyId: string | null;
  encodeError(refusal: Refusal, requestId: string): RawResponse;
}

// biome-ignore lint/suspicious/noExplicitAny: shaped by the operation's schema; handlers see the SDK's types.
export type Structure = Record<string, any>;

export interface DecodedCall extends CallFrame {
  readonly kind: 'call';
  readonly input: Structure;
  encode(output: Structure, requestId: string): RawResponse;
}

/** A request that AWS would refuse before any action runs. Authenticate first, as AWS does, then encode the refusal. */
export interface RefusedCall extends CallFrame {
  readonly kind: 'refused';
  readonly refusal: Refusal;
}
