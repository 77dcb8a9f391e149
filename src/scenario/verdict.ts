/**
 * Compares three answers to one packet: what the scenario expects, what the analyser says of the plan in force, and what the
 * kernel did. Pure.
 */
import type { Told } from '../daemon/live/told.ts';
import type { ExpectedFate } from './syntax.ts';

/** An expectation with its names filled in: places by id. */
export type Wanted =
  | { readonly kind: 'delivered'; readonly to: readonly string[]; readonly seenFrom: string | null }
  | { readonly kind: 'refused'; readonly to: readonly string[] }
  | { readonly kind: 'dropped'; readonly stage: string; readonly reason: string | null };

/** `only`: what the kernel says; where it met one of several ways, the analyser is asked about that one. */
export function agrees(told: Told, wanted: Wanted, by: 'analyser' | 'kernel', only: Told = told): boolean {
  if (wanted.kind === 'dropped') {
    const isDrop = told.kind === 'dropped' || told.kind === 'depends';
    const isReason = by === 'kernel' || wanted.reason === null || told.reasons.includes(wanted.reason);
    return isDrop && told.stages.includes(wanted.stage) && isReason;
  }
  const passes = told.kind === 'delivered' || told.kind === 'depends';
  if (wanted.kind === 'refused') {
    if (by === 'kernel') return told.kind === 'refused';
    return passes && (wanted.to.length === 0 || told.to.every((id) => wanted.to.includes(id)));
  }
  if (!passes) return false;
  const [met] = only.to;
  // Who answers a ping does not tell who it is: of such the kernel says no more than that it arrives, the analyser all.
  if (met === undefined) return by === 'kernel' || isAllOf(told, wanted);
  if (!told.to.includes(met)) return false;
  if (wanted.to.length > 0 && !wanted.to.includes(met)) return false;
  return wanted.seenFrom === null || told.seenFrom.get(met)?.includes(wanted.seenFrom) === true;
}

/** Wherever it may arrive is as wanted. */
function isAllOf({ to, seenFrom }: Told, wanted: Extract<Wanted, { kind: 'delivered' }>): boolean {
  const isPlace = wanted.to.length === 0 || (to.length > 0 && to.every((id) => wanted.to.includes(id)));
  return (
    isPlace && (wanted.seenFrom === null || [...seenFrom.values()].flat().every((seen) => seen === wanted.seenFrom))
  );
}

/** As a scenario writes it. */
export function fateText(told: Told, nameOf: (id: string) => string, like: ExpectedFate['kind'] | null = null): string {
  const to = told.to.map(nameOf).join(' or ');
  if (told.kind === 'dropped') return `dropped at ${told.stages.join(' or ')}`;
  if (told.kind === 'refused') return 'refused';
  if (told.kind !== 'delivered' && told.kind !== 'depends') return told.kind;
  const [seenFrom] = [...told.seenFrom.values()].flat();
  const seen = like === null && seenFrom !== undefined && told.to.length === 1 ? `, seen from ${seenFrom}` : '';
  return `delivered${to === '' ? '' : ` to ${to}`}${seen}`;
}
