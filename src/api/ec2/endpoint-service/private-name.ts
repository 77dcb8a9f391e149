/**
 * A service's private DNS name: its form, what the provider must put into public DNS to show that the domain is theirs, and
 * whether it is there. A record of a domain above counts for all names below it.
 * https://docs.aws.amazon.com/vpc/latest/privatelink/manage-dns-names.html
 */
import type { Intent } from '../../../model/intent.ts';
import { publicRecords } from '../../../model/public-dns.ts';
import { refuse } from '../../../model/refusal.ts';
import type { PrivateDnsName } from '../../../model/resources.ts';
import type { Context } from '../../action.ts';
import { LETTERS_AND_DIGITS, LOWER_CASE_AND_DIGITS, randomText } from '../../shared/random-text.ts';

const MAX_LENGTH = 255;
const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const RANDOM_LENGTH = 20;

export function newPrivateName(name: string, context: Context): PrivateDnsName {
  return {
    name: checkedName(name),
    state: 'pendingVerification',
    txtName: `_${randomText(context, LOWER_CASE_AND_DIGITS, RANDOM_LENGTH)}`,
    txtValue: `vpce:${randomText(context, LETTERS_AND_DIGITS, RANDOM_LENGTH)}`,
  };
}

function checkedName(name: string): string {
  const labels = domainOf(name).split('.');
  if (name.length > MAX_LENGTH || labels.length < 2 || !labels.every((label) => LABEL.test(label))) {
    refuse('InvalidParameter', `The private DNS name '${name}' is not a valid domain name in lower case.`);
  }
  return name;
}

/** Whether public DNS tells the TXT value now: under the name's domain or one above it, with or without the given label. */
export function isVerified(claim: PrivateDnsName, intent: Intent): boolean {
  return recordsFor(claim).some((owner) =>
    (publicRecords(intent, owner, 'TXT')?.values ?? []).some((value) => textOf(value) === claim.txtValue),
  );
}

/** Names of TXT records, any of which may tell it; the one that is asked for first. */
export function recordsFor({ name, txtName }: PrivateDnsName): readonly string[] {
  const labels = domainOf(name).split('.');
  // The last label alone is nobody's domain.
  const domains = labels.slice(0, -1).map((_, at) => labels.slice(at).join('.'));
  return domains.flatMap((domain) => [`${txtName}.${domain}`, domain]);
}

/** A TXT value without its quotes: character strings of one record read as one. */
function textOf(value: string): string {
  return [...value.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) => text.replace(/\\(.)/g, '$1')).join('');
}

function domainOf(name: string): string {
  return name.replace(/^\*\./, '');
}
