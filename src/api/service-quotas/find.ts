/** Services and quotas by their codes, AWS's refusals, and pages: what all of Service Quotas's actions share. */
import { QUOTA_SERVICES, QUOTAS, type QuotaKind, type QuotaService } from '../../model/quotas.ts';
import { refuse } from '../../model/refusal.ts';
import { type Page, type PageInput, type PageLimits, page } from '../shared/pages.ts';

const ALL: readonly QuotaKind[] = Object.values(QUOTAS);

export function invalid(message: string): never {
  refuse('IllegalArgumentException', message);
}

function notFound(what: string): never {
  refuse('NoSuchResourceException', `The request failed because the specified ${what} does not exist.`);
}

export function findService(code: string): QuotaService {
  return QUOTA_SERVICES.find((each) => each.code === code) ?? notFound('service');
}

/** By their names, as AWS lists them. */
export function quotasOf({ code }: QuotaService): readonly QuotaKind[] {
  const found = ALL.filter(({ service = 'vpc' }) => service === code);
  return found.sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1));
}

export function findQuota(serviceCode: string, quotaCode: string): QuotaKind {
  const found = quotasOf(findService(serviceCode)).find(({ code }) => code === quotaCode);
  return found ?? notFound('quota');
}

export function nameOf({ what }: QuotaKind): string {
  return what.charAt(0).toUpperCase() + what.slice(1);
}

const PAGES: PageLimits = {
  min: 1,
  max: 100,
  badToken: () => refuse('InvalidPaginationTokenException', 'The pagination token is not valid.'),
};

export function paged<T>(items: readonly T[], input: PageInput, key: (item: T) => string): Page<T> {
  const count = input.MaxResults ?? PAGES.max;
  if (!Number.isInteger(count) || count < PAGES.min || count > PAGES.max) {
    invalid(`MaxResults must be ${PAGES.min} to ${PAGES.max}.`);
  }
  return page(items, { MaxResults: count, NextToken: input.NextToken }, key, PAGES);
}
