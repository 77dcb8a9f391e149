/** Endpoints, rules and associations by id, AWS's refusals, filters and pages: what all of Resolver's actions share. */
import { owner } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import type {
  NetworkInterface,
  ResolverAssociation,
  ResolverEndpoint,
  ResolverRule,
  Resource,
} from '../../model/resources.ts';
import type { Context } from '../action.ts';
import { type PageLimits, page } from '../shared/pages.ts';

export function invalid(message: string): never {
  refuse('InvalidParameterException', message);
}

export function refuseRequest(message: string): never {
  refuse('InvalidRequestException', message);
}

const NOUNS = {
  resolverEndpoint: 'Resolver endpoint',
  resolverRule: 'Resolver rule',
  resolverAssociation: 'Resolver rule association',
} as const;

type Found = {
  readonly resolverEndpoint: ResolverEndpoint;
  readonly resolverRule: ResolverRule;
  readonly resolverAssociation: ResolverAssociation;
};

/** The caller's own, in this region. */
export function findOwn<K extends keyof Found>(context: Context, kind: K, id: string): Found[K] {
  const found: Resource | undefined = context.intent.table(kind).get(id);
  if (found === undefined || found.account !== context.account || found.region !== context.region) {
    refuse('ResourceNotFoundException', `${NOUNS[kind]} with ID '${id}' does not exist.`);
  }
  return found as Found[K];
}

export function ownOf<K extends keyof Found>({ intent, account, region }: Context, kind: K): readonly Found[K][] {
  return intent.table(kind).by('owner' as never, owner(account, region)) as readonly Found[K][];
}

export function addressesOf(endpoint: ResolverEndpoint, { intent }: Context): readonly NetworkInterface[] {
  return intent.table('networkInterface').by('resolver.endpointId' as never, endpoint.id);
}

const PAGES: PageLimits = {
  min: 1,
  max: 100,
  badToken: () => refuse('InvalidNextTokenException', 'The value of NextToken is not valid.'),
};

export interface Filter {
  readonly Name?: string;
  readonly Values?: readonly string[];
}

/** What is asked for by filters, page by page. A filter's name may be spelled DomainName or DOMAIN_NAME. */
export function listed<T extends { readonly Id?: string | undefined }>(
  items: readonly T[],
  input: { readonly MaxResults?: number; readonly NextToken?: string; readonly Filters?: readonly Filter[] },
  fields: Readonly<Record<string, (item: T) => string | number | readonly string[] | undefined>>,
): { readonly items: T[]; readonly rest: { readonly NextToken?: string; readonly MaxResults: number } } {
  const byName = new Map(Object.entries(fields).map(([name, field]) => [name.toLowerCase(), field]));
  const wanted = (input.Filters ?? []).map(({ Name = '', Values = [] }) => {
    const field = byName.get(Name.replaceAll('_', '').toLowerCase());
    if (field === undefined) invalid(`The filter '${Name}' is invalid`);
    return (item: T) => [field(item)].flat().some((value) => value !== undefined && Values.includes(String(value)));
  });
  const all = items.filter((item) => wanted.every((matches) => matches(item)));
  const count = input.MaxResults ?? PAGES.max;
  if (!Number.isInteger(count) || count < 1 || count > PAGES.max) invalid(`MaxResults must be 1 to ${PAGES.max}.`);
  const found = page(all, { MaxResults: count, NextToken: input.NextToken }, ({ Id }) => Id ?? '', PAGES);
  return {
    items: [...found.items],
    rest: { MaxResults: count, ...(found.next !== undefined && { NextToken: found.next }) },
  };
}

export function arnOf({ region, account, id }: Resource, type: 'resolver-endpoint' | 'resolver-rule'): string {
  return `arn:aws:route53resolver:${region}:${account}:${type}/${id}`;
}

const MAX_NAME = 64;

/** Of an endpoint, a rule or an association. */
export function nameOf(text: string | undefined): string | null {
  if (text === undefined || text === '') return null;
  if (text.length > MAX_NAME || !/^(?!\d+$)[a-zA-Z0-9\-_' ]+$/.test(text)) {
    invalid(
      `The name '${text}' must have 1 to ${MAX_NAME} letters, digits, blanks, hyphens, underscores or apostrophes.`,
    );
  }
  return text;
}

export function requestId(text: string): string {
  if (text === '' || text.length > 255) invalid('CreatorRequestId must have 1 to 255 characters.');
  return text;
}
