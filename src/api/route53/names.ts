/**
 * Domain names as Route 53 takes and tells them: any case, with or without the last dot, unusual characters as \ooo; kept in
 * lower case without the dot. Sorted by their labels from the right, as DNS does.
 * https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
 */
import { refuse } from '../../model/refusal.ts';

const MAX_LENGTH = 255;
const MAX_LABEL = 63;
/** What stands for itself on the wire; "*" is told as \052. */
const PLAIN = /^[a-z0-9_-]+$/;
const STAR = '\\052';

/** The name as it is kept; undefined where it is none that is taken here. */
export function parseName(text: string): string | undefined {
  const name = text.replace(/\.$/, '').replaceAll(STAR, '*').toLowerCase();
  const labels = name.split('.');
  const isLabel = (label: string, at: number) =>
    label.length <= MAX_LABEL && (PLAIN.test(label) || (label === '*' && at === 0));
  return name.length <= MAX_LENGTH && labels.every(isLabel) ? name : undefined;
}

/** An alias's target as it is kept. The prefix by which AWS's console asks for addresses of both kinds says nothing here. */
export function targetName(text: string): string {
  return text
    .replace(/\.$/, '')
    .replaceAll(STAR, '*')
    .toLowerCase()
    .replace(/^dualstack\./, '');
}

/** A hosted zone's: no wildcard, and no top-level domain unless it is private. */
export function zoneName(text: string, isPrivate = false): string {
  const name = parseName(text);
  if (name === undefined || !(isPrivate || name.includes('.')) || name.includes('*')) {
    refuse('InvalidDomainName', `The specified domain name, ${text}, is not valid`);
  }
  return name;
}

/** As it is told: with its dot. */
export function wireName(name: string): string {
  return `${name.replaceAll('*', STAR)}.`;
}

/** "www.example.com" as "com.example.www": what sorting goes by. */
export function reversed(name: string): string {
  return wireName(name).slice(0, -1).split('.').reverse().join('.').concat('.');
}

export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
