/** What all of Direct Connect's actions share: refusals, ids, how things are found, states, tags, pages. */
import type { Tag } from '@aws-sdk/client-direct-connect';
import type { Facts } from '../../model/facts.ts';
import { owner } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import { isLive } from '../../model/remote.ts';
import type { Deletion, DxAssociation, DxConnection, DxGateway, DxInterface, Resource } from '../../model/resources.ts';
import type { Context } from '../action.ts';
import { type PageLimits, page } from '../shared/pages.ts';
import { mergedTags, type Tags } from '../shared/tags.ts';

type Found = {
  readonly dxConnection: DxConnection;
  readonly dxGateway: DxGateway;
  readonly dxAssociation: DxAssociation;
  readonly dxInterface: DxInterface;
};
export type DxKind = keyof Found;

const NOUNS = {
  dxConnection: 'Connection',
  dxGateway: 'Direct Connect Gateway',
  dxAssociation: 'Direct Connect Gateway Association',
  dxInterface: 'Virtual Interface',
} as const;

/** Direct Connect gateways and their associations are of no region. */
const GLOBAL: ReadonlySet<DxKind> = new Set(['dxGateway', 'dxAssociation']);

export function refuseCall(message: string): never {
  refuse('DirectConnectClientException', message);
}

/** The caller's own, also those that were given up a while ago. */
export function ownOf<K extends DxKind>({ intent, account, region }: Context, kind: K): readonly Found[K][] {
  return intent.table(kind).by('owner' as never, owner(account, GLOBAL.has(kind) ? '' : region)) as readonly Found[K][];
}

/** The one with the id, or all: what a describing call is asked for. */
export function selectOwn<K extends DxKind>(context: Context, kind: K, id: string | undefined): readonly Found[K][] {
  if (id === undefined) return ownOf(context, kind);
  const found = ownIfThere(context, kind, id);
  return found === undefined ? [] : [found];
}

function ownIfThere<K extends DxKind>({ intent, account, region }: Context, kind: K, id: string): Found[K] | undefined {
  const found: Resource | undefined = intent.table(kind).get(id);
  const isOwn = found?.account === account && found.region === (GLOBAL.has(kind) ? '' : region);
  return isOwn ? (found as Found[K]) : undefined;
}

export function findLive<K extends DxKind>(context: Context, kind: K, id: string | undefined): Found[K] {
  const found = ownIfThere(context, kind, id ?? '');
  return found !== undefined && isLive(found) ? found : refuseCall(`Could not find ${NOUNS[kind]} with ID ${id}`);
}

export function newDx(context: Context, kind: DxKind, tags: Tags = {}): Resource {
  const { account, now: createdAt } = context;
  return { id: newId(context, kind), account, region: GLOBAL.has(kind) ? '' : context.region, tags, createdAt };
}

function newId({ hex }: Context, kind: DxKind): string {
  if (kind === 'dxConnection') return `dxcon-${hex(8)}`;
  if (kind === 'dxInterface') return `dxvif-${hex(8)}`;
  return [8, 4, 4, 4, 12].map(hex).join('-');
}

/** The edit's resource: given up now. */
export function buried<R extends { readonly deletion: Deletion | null }>(resource: R, context: Context): R {
  return { ...resource, deletion: { at: context.now, revision: context.nextRevision } };
}

export function dxState(
  { changedRevision, deletion }: { readonly changedRevision: number; readonly deletion: Deletion | null },
  facts: Facts,
): 'pending' | 'available' | 'deleting' | 'deleted' {
  if (deletion !== null) return facts.appliedRevision >= deletion.revision ? 'deleted' : 'deleting';
  return facts.appliedRevision >= changedRevision ? 'available' : 'pending';
}

const MAX_TAGS = 50;

/** `present` with the given ones put over it; nothing is present on creation. */
export function withTags(present: Tags, given: readonly Tag[] = []): Tags {
  return mergedTags(
    present,
    given.map(({ key = '', value = '' }) => [key, value]),
    {
      most: MAX_TAGS,
      repeated: () => refuse('DuplicateTagKeysException', 'A tag key was given more than once.'),
      invalid: (key) => refuseCall(`The tag '${key}' is not valid.`),
      tooMany: () => refuse('TooManyTagsException', `A resource can have at most ${MAX_TAGS} tags.`),
    },
  );
}

export function viewTags(tags: Tags): Tag[] {
  return Object.entries(tags).map(([key, value]) => ({ key, value }));
}

const PAGES: PageLimits = { min: 1, max: 100, badToken: () => refuseCall('The nextToken is not valid.') };

/** What is asked for beyond a page's most is not told of, as AWS says of maxResults. */
export function paged<T>(
  items: readonly T[],
  { maxResults, nextToken }: { readonly maxResults?: number; readonly nextToken?: string },
  idOf: (item: T) => string,
): { readonly items: T[]; readonly rest: { readonly nextToken?: string } } {
  if (maxResults !== undefined && maxResults < PAGES.min) refuseCall(`maxResults must be at least ${PAGES.min}.`);
  const count = maxResults === undefined ? undefined : Math.min(maxResults, PAGES.max);
  const { items: found, next } = page(items, { MaxResults: count, NextToken: nextToken }, idOf, PAGES);
  return { items: [...found], rest: next === undefined ? {} : { nextToken: next } };
}
