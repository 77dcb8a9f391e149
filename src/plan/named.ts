/** What long lists name: the few ways and groups that thousands of routes and rules mean. */
import { chunksOf } from './lists.ts';
import { remember } from './memo.ts';
import type { FilterRule, Route } from './plan.ts';

/** Where routes lead, once each while it is one object. */
export function viasOf(routes: readonly Route[]): readonly Route['via'][] {
  return chunksOf(routes).flatMap(viasIn);
}

/** The same of one chunk. */
export const viasIn = remember((routes: readonly Route[]) => [...new Set(routes.map(({ via }) => via))]);

type OfGroup = FilterRule & { readonly peer: { readonly filter: string; readonly link?: string } };

/** Those of the rules that name a group. */
export function rulesOfGroups(rules: readonly FilterRule[]): readonly OfGroup[] {
  return chunksOf(rules).flatMap(namingIn);
}

const namingIn = remember((rules: readonly FilterRule[]) =>
  rules.filter((rule): rule is OfGroup => 'filter' in rule.peer),
);
