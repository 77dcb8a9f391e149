/** A hash for telling texts apart where nobody means harm: nothing secret depends on it, and the pure rooms have no crypto. */

const BASIS = 0x811c9dc5;

/** 32-bit FNV-1a with a final mix (MurmurHash3's), so that similar texts differ in every bit. With another `basis`, another hash. */
export function hash32(text: string, basis = BASIS): number {
  let value = basis;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}
