/**
 * What is called by its tag Name, a load balancer or a group by its name, where the command line asks about one thing: its id. A word
 * that nothing is called by stays as it is, for an address, a DNS name or a site; an id does, whatever somebody's tag says.
 */
import { NotAsked } from '../analyse/why.ts';
import type { Intent } from '../model/intent.ts';
import type { AnyResource, Kind } from '../model/resources.ts';
import { isNamed } from './meanings.ts';
import { isGone } from './resource-diff.ts';

/** What can send, or be sent to. */
export const ENDS: readonly Kind[] = ['instance', 'networkInterface', 'vpcEndpoint'];
/** Of which it can be asked who reaches it, and what it reaches. */
export const PLACES: readonly Kind[] = [...ENDS, 'loadBalancer', 'vpc', 'subnet', 'securityGroup'];

/** Throws NotAsked where several are called so. */
export function idFor(intent: Intent, kinds: readonly Kind[], word: string): string {
  // Neither an address nor a DNS name, though somebody's tag may look like one.
  if (word === '' || /[.:]/.test(word)) return word;
  if (kinds.some((kind) => intent.table(kind).get(word) !== undefined)) return word;
  const found = kinds.flatMap((kind) => {
    const rows = intent.table(kind).all() as Iterable<AnyResource>;
    return [...rows].filter((each) => !isGone(each) && isNamed(each, word)).map(({ id }) => id);
  });
  const [only, other] = found;
  if (other !== undefined) throw new NotAsked(`${word} may be ${found.join(', ')}: say which`);
  return only ?? word;
}
