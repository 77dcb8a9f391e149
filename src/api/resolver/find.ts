/** Endpoints, rules and associations by id, AWS's refusals, filters and pages: what all of Resolver's actions share. */
import { owner } from '../../model/intent.ts';
import { refuse } from '../../model/refusal.ts';
import type {
  NetworkInterface,
  QueryLog,
  QueryLogAssociation,
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
  queryLog: 'Resolver query logging config',
  queryLogAssociation: 'Resolver query logging config association',
} as const;

type Found = {
  readonly resolverEndpoint: ResolverEndpoint;
  readonly resolverRule: ResolverRule;
  readonly resolverAssociation: ResolverAssociation;
  readonly queryLog: QueryLog;
  readonly queryLogAssociation: QueryLogAssociation;
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

interface ListInput {
  readonly MaxResults?: number;
  readonly NextToken?: string;
  readonly Filters?: readonly Filter[];
}

type Fields<T> = Readonly<Record<string, (item: T) => string | number | readonly string[] | undefined>>;

/** What is asked for by filters, page by page. A filter's name may be spelled DomainName or DOMAIN_NAME. */
export function listed<T extends { readonly Id?: string | undefined }>(
  items: readonly T[],
  input: ListInput,
  fields: Fields<T>,
): {
  readonly items: T[];
  readonly rest: { readonly NextToken?: string; readonly MaxResults: number };
  /** On all pages. */
  readonly count: number;
} {
  const wanted = (input.Filters ?? []).map(({ Name = '', Values = [] }) => {
    const field = fieldOf(Name, fields) ?? invalid(`The filter '${Name}' is invalid`);
    return (item: T) => [field(item)].flat().some((value) => value !== undefined && Values.includes(String(value)));
  });
  const all = items.filter((item) => wanted.every((matches) => matches(item)));
  const count = input.MaxResults ?? PAGES.max;
  if (!Number.isInteger(count) || count < 1 || count > PAGES.max) invalid(`MaxResults must be 1 to ${PAGES.max}.`);
  const found = page(all, { MaxResults: count, NextToken: input.NextToken }, ({ Id }) => Id ?? '', PAGES);
  return {
    items: [...found.items],
    rest: { MaxResults: count, ...(found.next !== undefined && { NextToken: found.next }) },
    count: all.length,
  };
}

/** The same with an order of the caller's, and with counts in place of the page's size. */
export function sortedAndListed<T extends { readonly Id?: string | undefined }>(
  items: readonly T[],
  input: ListInput & { readonly SortBy?: string; readonly SortOrder?: string },
  fields: Fields<T>,
): {
  readonly items: T[];
  readonly counts: { readonly TotalCount: number; readonly TotalFilteredCount: number; readonly NextToken?: string };
} {
  const by = input.SortBy ?? 'Id';
  const field = fieldOf(by, fields) ?? invalid(`The value '${by}' of SortBy is invalid`);
  const collator = new Intl.Collator('en', { numeric: true });
  const sorted = items.toSorted((a, b) => collator.compare(String(field(a)), String(field(b))));
  if (input.SortOrder === 'DESCENDING') sorted.reverse();
  const { items: page, rest, count } = listed(sorted, input, fields);
  const next = rest.NextToken === undefined ? {} : { NextToken: rest.NextToken };
  return { items: page, counts: { TotalCount: items.length, TotalFilteredCount: count, ...next } };
}

function fieldOf<T>(name: string, fields: Fields<T>): Fields<T>[string] | undefined {
  const wanted = name.replaceAll('_', '').toLowerCase();
  return Object.entries(fields).find(([each]) => each.toLowerCase() === wanted)?.[1];
}

/** What stands before the id in an ARN. */
export const ARN_TYPES = {
  resolverEndpoint: 'resolver-endpoint',
  resolverRule: 'resolver-rule',
  queryLog: 'resolver-query-log-config',
} as const;

export function arnOf({ region, account, id }: Resource, type: (typeof ARN_TYPES)[keyof typeof ARN_TYPES]): string {
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
