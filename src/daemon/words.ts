/**
 * What is called by its tag Name, a load balancer or a group by its name, where the command line asks about one thing: its id. A word
 * that nothing is called by stays as it is, for an address, a DNS name or a site; an id does, and the internet, whatever somebody's tag says.
 */
import { INTERNET } from '../analyse/places.ts';
import { NotAsked } from '../analyse/why.ts';
import type { Intent } from '../model/intent.ts';
import type { AnyResource, Kind } from '../model/resources.ts';
import { isNamed, isSite } from './meanings.ts';
import { isGone } from './resource-diff.ts';

export interface Words {
  readonly kinds: readonly Kind[];
  /** With a site's name behind it, what is meant by that name and nothing else is. */
  readonly site: string;
}

/** What can send, or be sent to. */
export const ENDS: Words = { kinds: ['instance', 'networkInterface', 'vpcEndpoint'], site: 'port-' };
/** Of which it can be asked who reaches it, and what it reaches. */
export const PLACES: Words = {
  kinds: [...ENDS.kinds, 'loadBalancer', 'vpc', 'subnet', 'securityGroup'],
  site: 'site-',
};

/** Throws NotAsked where several are called so. */
export function idFor(intent: Intent, { kinds, site }: Words, word: string): string {
  // Neither an address nor a DNS name, though somebody's tag may look like one.
  if (word === '' || word === INTERNET || /[.:]/.test(word)) return word;
  if (kinds.some((kind) => intent.table(kind).get(word) !== undefined)) return word;
  const found = kinds.flatMap((kind) => {
    const rows = intent.table(kind).all() as Iterable<AnyResource>;
    return [...rows].filter((each) => !isGone(each) && isNamed(each, word)).map(({ id }) => id);
  });
  const [only] = found;
  if (only === undefined) return word;
  if (isSite(intent, word)) found.push(`${site}${word}`);
  if (found.length > 1) throw new NotAsked(`${word} may be ${found.join(', ')}: say which`);
  return only;
}
