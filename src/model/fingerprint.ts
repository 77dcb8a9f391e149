/**
 * A fixed text of hexadecimal digits drawn from a text: for ids that AWS would have made up once and that must be the same
 * at every start without being stored. Nothing secret depends on it, and the pure rooms have no crypto.
 */
export function fingerprint(text: string, digits: number): string {
  let out = '';
  for (let round = 0; out.length < digits; round++) out += hash(`${round}/${text}`).toString(16).padStart(8, '0');
  return out.slice(0, digits);
}

/** 32-bit FNV-1a with a final mix (MurmurHash3's), so that similar texts differ in every bit. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
