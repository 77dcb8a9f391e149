/** One change of the Intent. A decision yields a list of them; they are committed together or not at all. */
import type { AnyResource, Kind } from './resources.ts';

export type Edit =
  | { readonly op: 'put'; readonly resource: AnyResource }
  | { readonly op: 'delete'; readonly kind: Kind; readonly id: string };

export function put(resource: AnyResource): Edit {
  return { op: 'put', resource };
}

export function remove(resource: AnyResource): Edit {
  return { op: 'delete', kind: resource.kind, id: resource.id };
}
