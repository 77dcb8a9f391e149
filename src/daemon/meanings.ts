/**
 * Whom customers' words mean: an id is itself; else the tag Name, a group's name, a load balancer's, a site's, or an AWS service by the end
 * of its name. Several of one kind that have a name are all meant; of several kinds one has to be said.
 */
import { ENDPOINT_TRAFFIC, INTERNET_NOUN, type Noun, type Kind as Said } from '../analyse/assertion.ts';
import type { Meaning } from '../analyse/judge.ts';
import { passagesOf, portsOf } from '../analyse/places.ts';
import { NotAsked } from '../analyse/why.ts';
import type { Intent } from '../model/intent.ts';
import type { AnyResource, Kind } from '../model/resources.ts';
import { parseIp } from '../net/ip.ts';
import type { Plan } from '../plan/plan.ts';
import { isGone } from './resource-diff.ts';

/** By the words that may be put before a name. */
const SAID: Readonly<Record<Said, Kind>> = {
  vpc: 'vpc',
  subnet: 'subnet',
  group: 'securityGroup',
  instance: 'instance',
  interface: 'networkInterface',
  endpoint: 'vpcEndpoint',
};
/** What has names and can be meant without a word before it. */
const NAMED: readonly Kind[] = [
  ...Object.values(SAID),
  ...(['loadBalancer', 'natGateway', 'internetGateway', 'vpcPeering', 'transitAttachment'] as const),
];

/** Throws NotAsked where a word means nobody, or several that are not of one kind. */
export function meaningIn(intent: Intent, plan: Plan): Meaning {
  const known = new Map<string, readonly string[]>();
  return (noun) => {
    if (noun === INTERNET_NOUN || noun === ENDPOINT_TRAFFIC) return [noun.word];
    const key = `${noun.kind} ${noun.word}`;
    const found = known.get(key) ?? wordsFor(intent, plan, noun);
    known.set(key, found);
    return found;
  };
}

function wordsFor(intent: Intent, plan: Plan, { kind, word }: Noun): readonly string[] {
  const kinds = kind === null ? NAMED : [SAID[kind]];
  if (kinds.some((each) => intent.table(each).get(word) !== undefined)) return [word];
  const named = kinds.flatMap((each) =>
    [...all(intent, each)].filter((resource) => !isGone(resource) && isNamed(resource, word)),
  );
  const found = [...Map.groupBy(named, (each) => each.kind)].map(([each, those]) => ({
    what: those.map(({ id }) => `${wordOf(each)} ${id}`).join(', '),
    ids: those.map(({ id }) => id),
  }));
  // A load balancer's name is known to both.
  if (kind === null && named.length === 0) {
    const services = plan.services.filter(({ id }) => id.split('.').slice(3).join('.') === word).map(({ id }) => id);
    if (services.length > 0) found.push({ what: services.join(', '), ids: services.length === 1 ? services : [] });
    else if (isOfPlan(plan, word)) found.push({ what: word, ids: [word] });
  } else if (kind === null && isSite(intent, word)) found.push({ what: `site-${word}`, ids: [`site-${word}`] });
  const [only, other] = found;
  if (only === undefined) throw new NotAsked(`nothing here is ${kind === null ? '' : `${kind} `}${word}`);
  if (other !== undefined || only.ids.length === 0) {
    throw new NotAsked(`${word} may be ${found.map(({ what }) => what).join(', ')}: say which`);
  }
  return only.ids;
}

function all(intent: Intent, kind: Kind): Iterable<AnyResource> {
  return intent.table(kind).all() as Iterable<AnyResource>;
}

/** By its tag, or by a name of its own. */
export function isNamed(resource: AnyResource, word: string): boolean {
  const own = resource.kind === 'securityGroup' || resource.kind === 'loadBalancer' ? resource.name : undefined;
  return resource.tags.Name === word || own === word;
}

export function isSite(intent: Intent, word: string): boolean {
  return intent.table('site').get(`site-${word}`) !== undefined;
}

function wordOf(kind: Kind): string {
  return Object.entries(SAID).find(([, each]) => each === kind)?.[0] ?? kind;
}

/** An address, a DNS name, a site, a service's whole name, a gateway. */
function isOfPlan(plan: Plan, word: string): boolean {
  return (
    parseIp(word) !== undefined ||
    word.includes('.') ||
    passagesOf(plan, word).length > 0 ||
    portsOf(plan, word) !== null
  );
}
