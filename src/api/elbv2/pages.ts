/** Pages by Marker and PageSize. https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeLoadBalancers.html */
import { page as sharedPage } from '../shared/pages.ts';
import { inRange, invalid } from './checks.ts';

const MAX_PAGE_SIZE = 400;

interface PageInput {
  readonly Marker?: string;
  readonly PageSize?: number;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Nothing on the last page. */
  readonly rest: { readonly NextMarker?: string };
}

export const PAGE = { Marker: true, PageSize: true } as const;

export function page<T>(items: readonly T[], input: PageInput, keyOf: (item: T) => string): Page<T> {
  const size = inRange(input.PageSize ?? MAX_PAGE_SIZE, 'pageSize', 1, MAX_PAGE_SIZE);
  const limits = { min: 1, max: MAX_PAGE_SIZE, badToken: () => invalid('Invalid marker') };
  const { items: shown, next } = sharedPage(items, { MaxResults: size, NextToken: input.Marker }, keyOf, limits);
  return { items: shown, rest: next === undefined ? {} : { NextMarker: next } };
}
