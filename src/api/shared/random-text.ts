/** Random characters for names and secrets that AWS makes up; drawn from the context, so that decisions replay. */
import type { Context } from '../action.ts';

export const LOWER_CASE_AND_DIGITS = 'abcdefghijklmnopqrstuvwxyz0123456789';
export const LETTERS_AND_DIGITS = `ABCDEFGHIJKLMNOPQRSTUVWXYZ${LOWER_CASE_AND_DIGITS}`;

/** Each character drawn from enough digits that none is likelier by more than a hair. */
export function randomText(context: Pick<Context, 'hex'>, characters: string, length: number): string {
  return Array.from({ length }, () => {
    const drawn = Number.parseInt(context.hex(6), 16);
    return characters[drawn % characters.length];
  }).join('');
}
