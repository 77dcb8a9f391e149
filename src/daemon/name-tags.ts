/** What customers call their resources: the tag Name. */
import { type Intent, KINDS } from '../model/intent.ts';
import type { AnyResource } from '../model/resources.ts';

export type NameTags = Readonly<Record<string, string>>;

/** Of these ids, as far as they have a name; the first of the intents that knows it tells. */
export function nameTags(ids: Iterable<string>, intents: readonly Intent[]): NameTags {
  const named = [...new Set(ids)].flatMap((id) => {
    const name = nameIn(id, intents);
    return name === undefined ? [] : [[id, name] as const];
  });
  return Object.fromEntries(named);
}

function nameIn(id: string, intents: readonly Intent[]): string | undefined {
  for (const intent of intents) {
    for (const kind of KINDS) {
      const found = intent.table(kind).get(id) as AnyResource | undefined;
      if (found?.tags.Name) return found.tags.Name;
    }
  }
  return undefined;
}
