/** The name of a prefix list: up to 255 characters, and not as if it were AWS’s. */
import { invalidValue, required } from '../../shared/input.ts';

const MAX_NAME = 255;

export function checkedName(asked: string | undefined): string {
  const name = required(asked, 'prefixListName');
  if (name.length > MAX_NAME) invalidValue(name, 'prefixListName', `It must have at most ${MAX_NAME} characters.`);
  if (name.startsWith('com.amazonaws')) invalidValue(name, 'prefixListName', 'It cannot start with com.amazonaws.');
  return name;
}
