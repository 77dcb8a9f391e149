/**
 * Domain names as Route 53 takes and tells them: any case, with or without the last dot, all but letters, digits, "-" and "_" told
 * as \ooo ("*" as \052); kept as in net/domain-name.ts. Sorted by their labels from the right, as DNS does.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
 */
import { refuse } from '../../model/refusal.ts';
import { type NameFault, readName } from '../../net/domain-name.ts';

/** The name as it is kept; undefined where it is none. */
export function parseName(text: string): string | undefined {
  const read = readName(text);
  return 'name' in read ? read.name : undefined;
}

/** What is wrong with the name, in AWS's words; undefined: nothing. */
export function nameProblem(text: string): string | undefined {
  const read = readName(text);
  if ('name' in read) return undefined;
  const [problem, where] = problemOf(text, read.fault);
  return `FATAL problem: ${problem} encountered with '${where}'`;
}

function problemOf(text: string, fault: NameFault): readonly [problem: string, where: string] {
  switch (fault.kind) {
    case 'empty':
      return ['DomainLabelEmpty (Domain label is empty)', text];
    case 'long':
      return ['DomainNameTooLong (Domain name is too long)', text];
    case 'longLabel':
      return ['DomainLabelTooLong (Domain label is too long)', fault.label];
    case 'character':
      return ['UnsupportedCharacter (Value contains unsupported characters)', fault.character];
  }
}

/** An alias's target as it is kept. The prefix by which AWS's console asks for addresses of both kinds says nothing here. */
export function targetName(text: string): string {
  return (parseName(text) ?? text).replace(/^dualstack\./, '');
}

/** A hosted zone's: no wildcard, and no top-level domain unless it is private. */
export function zoneName(text: string, isPrivate = false): string {
  const name = parseName(text);
  if (name === undefined || !(isPrivate || name.includes('.')) || name.includes('*')) {
    refuse('InvalidDomainName', `The specified domain name, ${text}, is not valid`);
  }
  return name;
}

/** As it is told: with its dot, and escapes where there are none in what is kept. */
export function wireName(name: string): string {
  return `${name.replace(/[^a-z0-9_.\\-]/g, (character) => `\\${character.charCodeAt(0).toString(8).padStart(3, '0')}`)}.`;
}

/** "www.example.com" as "com.example.www": what sorting goes by. */
export function reversed(name: string): string {
  return wireName(name).slice(0, -1).split('.').reverse().join('.').concat('.');
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
