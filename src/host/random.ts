/** Randomness: the only door to it outside of the pure rooms, which are given a source. */
import { randomBytes } from 'node:crypto';

/** `count` lower-case hexadecimal digits. */
export function hex(count: number): string {
  return randomBytes(Math.ceil(count / 2))
    .toString('hex')
    .slice(0, count);
}

/** `count` characters of an alphabet, each equally likely. */
export function pick(count: number, alphabet: string): string {
  const limit = 256 - (256 % alphabet.length);
  let text = '';
  while (text.length < count) {
    for (const byte of randomBytes(count)) {
      if (byte < limit && text.length < count) text += alphabet[byte % alphabet.length];
    }
  }
  return text;
}
