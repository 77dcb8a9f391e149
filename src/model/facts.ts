/**
 * What was measured, never asked for: handed to the api for describing and to `compile`. Nothing here is stored as Intent.
 */
export interface Facts {
  /** The time now, ISO 8601 in UTC: what is derived from time is derived from this. */
  readonly now: string;
  /** The newest revision that the drivers report as wholly in force; -1 before the first. */
  readonly appliedRevision: number;
  /** State of each machine that the instance room has seen. */
  readonly machines: ReadonlyMap<string, MachineFact>;
  /** Health of each target as the checks see it, by `Target.id`; a target that was not checked yet is absent. */
  readonly targets: ReadonlyMap<string, TargetFact>;
  /** Whether the drivers' kernel writes Proxy Protocol headers over TCP: user space need not. */
  readonly kernelHeaders: boolean;
  /** Whether the drivers encrypt tunnels; else they are plain links. */
  readonly encryptsTunnels: boolean;
  /** The way to the world through the host; null: nobody asked for one. */
  readonly outside: OutsideFact | null;
  /** State of each image of the plan whose own layer is or was to be made, by image id. */
  readonly images: ReadonlyMap<string, ImageFact>;
  /** What AWS says of flow logs whose last records could not be delivered, by their id: "Access error". */
  readonly logFaults: ReadonlyMap<string, string>;
}

export interface OutsideFact {
  /** IPv4 blocks of the host's own addresses and of the networks that it is on: nobody's to reach. */
  readonly hostBlocks: readonly string[];
  /** Whether echo requests can be sent from the host. */
  readonly echoes: boolean;
}

/** What the host has of an image's own layer. */
export interface ImageFact {
  readonly state: 'pending' | 'available' | 'failed';
  /** Why it is not there; null: no trouble. */
  readonly fault: string | null;
}

export interface TargetFact {
  readonly state: 'healthy' | 'unhealthy';
  /** AWS's reason code while unhealthy ("Target.Timeout", …); null: healthy. */
  readonly reason: string | null;
  /** The HTTP status that does not match; only with Target.ResponseCodeMismatch. */
  readonly status?: number;
  /** Since when it is unhealthy, ISO 8601 in UTC; absent: it is not, or for long. */
  readonly since?: string;
}

export interface MachineFact {
  readonly state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  /** The boot number it is in or last had (see Instance.boots). */
  readonly boots: number;
  /** Why it is not as wanted; null: no trouble. */
  readonly fault: string | null;
  /** Present while it is stopped because its own init ended (a power-off inside, a crash), though nobody asked for that. */
  readonly ended?: 'inside';
}

export const NO_FACTS: Facts = {
  now: '1970-01-01T00:00:00.000Z',
  appliedRevision: -1,
  machines: new Map(),
  targets: new Map(),
  kernelHeaders: false,
  encryptsTunnels: false,
  outside: null,
  images: new Map(),
  logFaults: new Map(),
};
