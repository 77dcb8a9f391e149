/**
 * What a mirror answers: the files of the package repositories that lie beside the base images, `/<hash of the image>/<file>`,
 * and nothing else of the host. Repositories never change once they are there. No ranges and no listings: apt needs neither.
 */
import { statSync } from 'node:fs';
import { join } from 'node:path';

export interface MirrorRequest {
  readonly method: string;
  readonly url: string;
  readonly ifModifiedSince: string | undefined;
}

export interface MirrorResponse {
  readonly status: 200 | 304 | 400 | 404 | 405;
  readonly headers: Readonly<Record<string, string>>;
  /** The file to send; null: no body. */
  readonly path: string | null;
}

/** The hash of an image, and a name without a folder in it: no path leads out. */
const PLACE = /^\/([0-9a-f]{12})\/([A-Za-z0-9][A-Za-z0-9.+~_:-]*)$/;

/** `bases` is the folder of base images. */
export function respondMirror(bases: string, { method, url, ifModifiedSince }: MirrorRequest): MirrorResponse {
  if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { Allow: 'GET, HEAD' }, path: null };
  const name = pathOf(url);
  if (name === undefined) return { status: 400, headers: {}, path: null };
  const [, hash, file] = PLACE.exec(name) ?? [];
  if (hash === undefined || file === undefined) return { status: 404, headers: {}, path: null };
  const path = join(bases, hash, 'packages', file);
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found?.isFile()) return { status: 404, headers: {}, path: null };
  const headers = { 'Last-Modified': found.mtime.toUTCString() };
  // HTTP's dates have whole seconds.
  const isKnown = Math.floor(found.mtimeMs / 1000) * 1000 <= Date.parse(ifModifiedSince ?? '');
  if (isKnown) return { status: 304, headers, path: null };
  const body = { 'Content-Type': 'application/octet-stream', 'Content-Length': String(found.size) };
  return { status: 200, headers: { ...headers, ...body }, path: method === 'HEAD' ? null : path };
}

/** Decoded, with the "./" of flat repositories resolved. */
function pathOf(url: string): string | undefined {
  try {
    return decodeURIComponent(new URL(url, 'http://mirror').pathname);
  } catch {
    return undefined;
  }
}
