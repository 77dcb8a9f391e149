/** Instances, images and key pairs. */
import type { Resource } from './resource.ts';

export interface Instance extends Resource {
  readonly kind: 'instance';
  readonly reservationId: string;
  readonly launchIndex: number;
  readonly imageId: string;
  /** The image's layers at launch: an image may be deregistered while instances of it live. */
  readonly layers: readonly string[];
  readonly instanceType: string;
  readonly vpcId: string;
  readonly subnetId: string;
  readonly keyName: string | null;
  /** Base64 as given; null: none. */
  readonly userData: string | null;
  /** AIPA… of an instance profile; null: none. */
  readonly profileId: string | null;
  readonly profileAssociationId: string | null;
  readonly metadata: MetadataOptions;
  /** Whether TerminateInstances and StopInstances may be used on it. */
  readonly apiTermination: boolean;
  readonly apiStop: boolean;
  /** Its primary interface is given a public address at every start and loses it at every stop. */
  readonly autoPublicAddress: boolean;
  readonly shutdownBehavior: 'stop' | 'terminate';
  /** What the customer last asked for; the state itself is a Fact. */
  readonly wanted: 'running' | 'stopped' | 'terminated';
  /** Counts RunInstances, StartInstances and RebootInstances: the machine boots once for each number. */
  readonly boots: number;
  readonly launchedAt: string;
  /** Time and reason of the last transition that was asked for; null while it runs. */
  readonly transition: { readonly at: string; readonly code: string; readonly message: string } | null;
}

export interface MetadataOptions {
  readonly httpTokens: 'optional' | 'required';
  readonly httpEndpoint: 'enabled' | 'disabled';
  readonly hopLimit: number;
  readonly instanceTags: 'enabled' | 'disabled';
  /** Absent: it answers over IPv4 alone. */
  readonly httpProtocolIpv6?: 'enabled';
}

export interface Image extends Resource {
  readonly kind: 'image';
  readonly name: string;
  readonly description: string;
  readonly isPublic: boolean;
  /** Other accounts that may launch from it, sorted. */
  readonly launchAccounts: readonly string[];
  /** Root file system layers, top first: its own, by its id, then those of what it was made from; the last is a base image's name. */
  readonly layers: readonly string[];
  /** The instance whose disk becomes the top layer, and whether it is shut down for that; null: an image that is there from the start. */
  readonly source: { readonly instanceId: string; readonly reboot: boolean } | null;
}

export interface KeyPair extends Resource {
  readonly kind: 'keyPair';
  readonly name: string;
  readonly type: 'rsa' | 'ed25519';
  readonly fingerprint: string;
  /** OpenSSH text; the private half is never stored. */
  readonly publicKey: string;
}
