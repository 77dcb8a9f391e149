/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateImage.html */
import { invalidValue } from '../../shared/input.ts';

const MAX_LENGTH = 255;

export function checkedDescription(text: string): string {
  if (text.length > MAX_LENGTH) {
    invalidValue(text, 'description', `It must not be longer than ${MAX_LENGTH} characters.`);
  }
  return text;
}
