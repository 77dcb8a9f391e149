/**
 * The form of every action: `decide` is a pure function of the Intent (and Facts) and the call's input. It returns the
 * edits to commit and the output to reply with, or throws a Refusal. Describing actions return no edits.
 *
 * DryRun, ClientToken, tags on create, filters and pages are shared machinery (src/api/shared), not each action's own.
 */
import type { Principal } from '../iam/principal.ts';
import type { Edit } from '../model/edit.ts';
import type { StreamEvent } from '../model/events.ts';
import type { Facts } from '../model/facts.ts';
import type { Intent } from '../model/intent.ts';
import type { Metrics } from '../model/metrics.ts';
import type { TrailEvent, TrailQuery } from '../model/trail.ts';

export interface Context {
  readonly account: string;
  readonly region: string;
  readonly principal: Principal;
  readonly intent: Intent;
  readonly facts: Facts;
  /** The revision that this call's edits will be committed as. */
  readonly nextRevision: number;
  /** ISO 8601, UTC. */
  readonly now: string;
  readonly requestId: string;
  /** Randomness, so that decisions replay: `count` hexadecimal digits. */
  hex(count: number): string;
  /** Temporary credentials for a principal (STS AssumeRole): sealed by the host. */
  issueSession(principal: Principal, seconds: number): SessionCredentials;
  /** Console output of an instance, newest 64 KiB; null: none yet. */
  consoleOutput(instanceId: string): { readonly text: string; readonly at: string } | null;
  /** The record of API calls. */
  readonly trail: { find(query: TrailQuery): readonly TrailEvent[] };
  /** What is metered, as far as it was kept. */
  readonly metrics: Metrics;
  /** Key pairs need cryptography, which this room has none of (src/host/key-pairs.ts). */
  readonly keyPairs: KeyPairs;
  /** So do certificates (src/host/certificates.ts). */
  readonly certificates: Certificates;
}

export interface KeyPairs {
  make(type: 'rsa' | 'ed25519'): {
    /** The private half as AWS hands it out: PEM (RSA: PKCS #1, ED25519: OpenSSH). */
    readonly material: string;
    /** OpenSSH text without a comment. */
    readonly publicKey: string;
    readonly fingerprint: string;
  };
  /** A public key in OpenSSH, RFC 4716, PEM or base64 DER form; undefined where it is none that AWS takes. */
  read(
    text: string,
  ): { readonly type: 'rsa' | 'ed25519'; readonly publicKey: string; readonly fingerprint: string } | undefined;
}

export interface Certificates {
  /** What a certificate in PEM says; undefined where the text is none. */
  read(pem: string): CertificateFacts | undefined;
  /**
   * The first thing that is wrong with a certificate, its key and its chain; undefined: nothing. certificate, key, chain: not
   * in PEM. several: more than one certificate where one is meant. mismatch: the key is another's. order: a certificate of
   * the chain did not sign the one before it. selfSigned: there is no chain, and the certificate did not sign itself.
   */
  fault(
    certificate: string,
    privateKey: string,
    chain: string | null,
  ): 'certificate' | 'several' | 'key' | 'mismatch' | 'chain' | 'order' | 'selfSigned' | undefined;
}

export interface CertificateFacts {
  /** RFC 4514's form, the most specific part first: "CN=www.example.com,O=Example". */
  readonly subject: string;
  readonly issuer: string;
  /** Pairs of hexadecimal digits with colons between. */
  readonly serial: string;
  readonly commonName: string | null;
  /** DNS names, in the order of the certificate. */
  readonly names: readonly string[];
  /** ISO 8601. */
  readonly notBefore: string;
  readonly notAfter: string;
  /** As ACM calls them: "RSA_2048", "EC_prime256v1"; null: of a kind that ACM does not take. */
  readonly keyAlgorithm: string | null;
  /** "SHA256WITHRSA". */
  readonly signatureAlgorithm: string;
  /** OIDs. */
  readonly extendedKeyUsages: readonly string[];
}

export interface SessionCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiresAt: string;
}

export interface Decision<Output> {
  readonly edits: readonly Edit[];
  /** Events of the caller's own, for the stream; absent: none. */
  readonly events?: readonly StreamEvent[];
  readonly output: Output;
}

export type Action<Input, Output> = (input: Input, context: Context) => Decision<Output>;

/** A reply without a change. */
export function reply<Output>(output: Output): Decision<Output> {
  return { edits: [], output };
}

/** The actions of one service by their AWS name. What is not here is refused by name. */
// biome-ignore lint/suspicious/noExplicitAny: each entry is typed where it is written; the dispatcher sees only names.
export type ActionTable = Readonly<Record<string, Action<any, any>>>;
