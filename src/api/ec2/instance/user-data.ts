/** User data: base64 on the wire and in the model, limited by its decoded size. */
import { refuse } from '../../../model/refusal.ts';

const MAX_BYTES = 16 * 1024;

/** The text as given without white space; null where it is empty. */
export function checkedUserData(text: string | undefined): string | null {
  const packed = (text ?? '').replace(/\s+/g, '');
  if (packed === '') return null;
  if (!/^[A-Za-z0-9+/]*={0,2}$/.test(packed) || packed.length % 4 !== 0) {
    refuse('InvalidParameterValue', 'Invalid BASE64 encoding of user data.');
  }
  const padding = /=*$/.exec(packed)?.[0].length ?? 0;
  if ((packed.length / 4) * 3 - padding > MAX_BYTES) {
    refuse('InvalidParameterValue', `User data is limited to ${MAX_BYTES} bytes`);
  }
  return packed;
}
