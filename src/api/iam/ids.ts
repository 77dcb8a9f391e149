/** IAM's ids and secrets: a prefix and upper-case base32. The digits come from the context, so that decisions replay. */
import type { Context } from '../action.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

const PREFIXES = {
  role: 'AROA',
  user: 'AIDA',
  group: 'AGPA',
  instanceProfile: 'AIPA',
  policy: 'ANPA',
  accessKey: 'AKIA',
} as const;

export function iamId(kind: keyof typeof PREFIXES, context: Context): string {
  return PREFIXES[kind] + text(context, kind === 'accessKey' ? 16 : 17, BASE32);
}

export function secretKey(context: Context): string {
  return text(context, 40, BASE64);
}

/** All the randomness of the digits goes into the text: the alphabets' sizes are powers of two. */
function text(context: Context, length: number, alphabet: string): string {
  const bits = Math.log2(alphabet.length);
  let number = BigInt(`0x${context.hex(Math.ceil((length * bits) / 4))}`);
  let result = '';
  for (let index = 0; index < length; index++) {
    result += alphabet[Number(number % BigInt(alphabet.length))];
    number /= BigInt(alphabet.length);
  }
  return result;
}
