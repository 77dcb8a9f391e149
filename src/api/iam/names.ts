/**
 * What IAM's names, paths and texts may be.
 *
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
 */
import { refuse } from '../../model/refusal.ts';

const NAME = /^[\w+=,.@-]+$/;
const PREFIX = /^\/[\x21-\x7f]*$/;
const PATH = /^\/$|^\/[\x21-\x7e]+\/$/;

export function invalid(message: string): never {
  refuse('ValidationError', message);
}

export function tooLong(value: string, member: string, limit: number): never {
  invalid(
    `1 validation error detected: Value '${value}' at '${member}' failed to satisfy constraint: ` +
      `Member must have length less than or equal to ${limit}`,
  );
}

/** `member`: as the error names it ("roleName"). */
export function checkedName(name: string, member: string, limit: number): string {
  if (name === '') {
    invalid(
      `1 validation error detected: Value '' at '${member}' failed to satisfy constraint: ` +
        'Member must have length greater than or equal to 1',
    );
  }
  if (name.length > limit) tooLong(name, member, limit);
  if (!NAME.test(name)) {
    invalid(
      `The specified value for ${member} is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-`,
    );
  }
  return name;
}

export function checkedPath(path: string | undefined): string {
  const given = path ?? '/';
  if (given.length > 512) tooLong(given, 'path', 512);
  if (!PATH.test(given)) {
    invalid(
      'The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters.',
    );
  }
  return given;
}

/** Of the names that a list is to be narrowed to. */
export function checkedPrefix(prefix: string | undefined): string {
  const given = prefix ?? '/';
  if (given.length > 512) tooLong(given, 'pathPrefix', 512);
  if (!PREFIX.test(given)) {
    invalid(
      'The specified value for pathPrefix is invalid. It must begin with / and contain printable ASCII characters only.',
    );
  }
  return given;
}

export function checkedDescription(text: string | undefined): string | null {
  if (text !== undefined && text.length > 1000) tooLong(text, 'description', 1000);
  return text ?? null;
}
