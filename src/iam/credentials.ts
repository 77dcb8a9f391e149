/** What verifying a signature needs to know of a key. Who looks it up differs by process (docs/processes.md). */
import type { Principal } from './principal.ts';

export interface KnownKey {
  readonly secret: string;
  readonly principal: Principal;
  readonly active: boolean;
}

/** What a user or role may do by its own policies: texts of documents. */
export interface Grants {
  readonly policies: readonly string[];
  /** null: no permissions boundary. */
  readonly boundary: string | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** What control hands to the edge: long-term keys by access key id, and grants by the id of the user or role. */
export interface Identities {
  readonly accessKeys: Readonly<Record<string, KnownKey>>;
  readonly grants: Readonly<Record<string, Grants>>;
}
