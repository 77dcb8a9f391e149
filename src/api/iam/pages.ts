/** Pages by Marker and MaxItems. A marker names the last item shown, so that a page stays right when others come and go. */
import { invalid } from './names.ts';

const DEFAULT_ITEMS = 100;
const MAX_ITEMS = 1000;

export interface PageInput {
  readonly Marker?: string;
  readonly MaxItems?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly rest: { readonly IsTruncated: boolean; readonly Marker?: string };
}

/** `items` in the order of `keyOf`, which is unique. */
export function page<T>(items: readonly T[], input: PageInput, keyOf: (item: T) => string): Page<T> {
  const size = input.MaxItems ?? DEFAULT_ITEMS;
  if (size < 1 || size > MAX_ITEMS || !Number.isInteger(size)) {
    const bound = size < 1 ? 'greater than or equal to 1' : `less than or equal to ${MAX_ITEMS}`;
    invalid(
      `1 validation error detected: Value '${size}' at 'maxItems' failed to satisfy constraint: Member must have value ${bound}`,
    );
  }
  const after = input.Marker === undefined ? null : readMarker(input.Marker);
  const left = after === null ? items : items.filter((item) => keyOf(item) > after);
  const shown = left.slice(0, size);
  const last = shown.at(-1);
  const truncated = left.length > shown.length;
  return {
    items: shown,
    rest: truncated && last !== undefined ? { IsTruncated: true, Marker: marker(keyOf(last)) } : { IsTruncated: false },
  };
}

function marker(key: string): string {
  return btoa(String.fromCharCode(...new TextEncoder().encode(`after:${key}`)));
}

function readMarker(text: string): string {
  let key = '';
  try {
    key = new TextDecoder('utf8', { fatal: true }).decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
  } catch {
    invalid('Invalid Marker.');
  }
  return key.startsWith('after:') ? key.slice('after:'.length) : invalid('Invalid Marker.');
}

export function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
