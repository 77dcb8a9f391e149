/** How long a page of a list is, and tokens of those lists that have some. A size above the greatest is capped, not refused. */
import { refuse } from '../../model/refusal.ts';
import type { PageLimits } from '../shared/pages.ts';

const MAX_ZONES_ON_PAGE = 100;

export const PAGES: PageLimits = {
  min: 1,
  max: MAX_ZONES_ON_PAGE,
  badToken: () => refuse('InvalidPaginationToken', 'The value that you specified to get the next page is not valid.'),
};

export function pageSize(wanted: number | undefined, max = MAX_ZONES_ON_PAGE, member = 'MaxItems'): number {
  if (wanted !== undefined && !(Number.isInteger(wanted) && wanted >= 1)) {
    refuse('InvalidInput', `The value ${wanted} of ${member} is not a positive whole number.`);
  }
  return Math.min(wanted ?? max, max);
}
