/**
 * A fixed text of hexadecimal digits drawn from a text: for ids that AWS would have made up once and that must be the same
 * at every start without being stored. Nothing secret depends on it, and the pure rooms have no crypto.
 */
import { hash32 } from '../net/hash.ts';

export function fingerprint(text: string, digits: number): string {
  let out = '';
  for (let round = 0; out.length < digits; round++) out += hash32(`${round}/${text}`).toString(16).padStart(8, '0');
  return out.slice(0, digits);
}
