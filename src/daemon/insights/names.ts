/** Whose each resource is that an analysis names: another account's or Region's may be among them. */
import { type Intent, KINDS } from '../../model/intent.ts';
import type { NetworkInsightsPath, PathComponent, Resource } from '../../model/resources.ts';

export type Named = (id: string) => PathComponent;

export function namer(intent: Intent, { account, region }: NetworkInsightsPath): Named {
  return (id) => {
    for (const kind of KINDS) {
      const found: Resource | undefined = intent.table(kind).get(id);
      if (found !== undefined) return { id, account: found.account, region: found.region };
    }
    return { id, account, region };
  };
}

/** A resource of AWS's, not a thing of the Plan's own ("internet", an address). */
export function isResource(id: string): boolean {
  return id.startsWith('arn:') || /^[a-z][a-z-]*-[0-9a-f]{8,17}$/.test(id);
}
