/** How many paths or analyses one answer may have. */
import type { PageLimits } from '../../shared/pages.ts';

export const INSIGHTS_PAGES: PageLimits = { min: 1, max: 100 };
