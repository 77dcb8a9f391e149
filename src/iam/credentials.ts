/** What verifying a signature needs to know of a key. Who looks it up differs by process (docs/processes.md). */
import type { Principal } from './principal.ts';

export interface KnownKey {
  readonly secret: string;
  readonly principal: Principal;
  readonly active: boolean;
}

/** The long-term keys that control hands to the edge, by access key id. */
export interface Identities {
  readonly accessKeys: Readonly<Record<string, KnownKey>>;
}
