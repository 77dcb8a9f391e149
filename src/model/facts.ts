/**
 * What was measured, never asked for: handed to the api for describing and to `compile`. Nothing here is stored as Intent.
 */
export interface Facts {
  /** The newest revision that the drivers report as wholly in force; -1 before the first. */
  readonly appliedRevision: number;
  /** State of each machine that the instance room has seen. */
  readonly machines: ReadonlyMap<string, MachineFact>;
  /** Health of each target as the checks see it, by `Target.id`; a target that was not checked yet is absent. */
  readonly targets: ReadonlyMap<string, TargetFact>;
}

export interface TargetFact {
  readonly state: 'healthy' | 'unhealthy';
  /** AWS's reason code while unhealthy ("Target.Timeout", …); null: healthy. */
  readonly reason: string | null;
}

export interface MachineFact {
  readonly state: 'pending' | 'running' | 'stopping' | 'stopped' | 'shutting-down' | 'terminated';
  /** The boot number it is in or last had (see Instance.boots). */
  readonly boots: number;
  /** Why it is not as wanted; null: no trouble. */
  readonly fault: string | null;
}

export const NO_FACTS: Facts = { appliedRevision: -1, machines: new Map(), targets: new Map() };
