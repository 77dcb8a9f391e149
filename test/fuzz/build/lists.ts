/** Steps about customers' prefix lists. */
import type { ResourceOf } from '../../../src/model/resources.ts';
import type { StepOf } from '../steps.ts';
import { id, type Owner, pick, type World } from './world.ts';

const MAX_ENTRIES = 5;
/** How many lists an account has. */
const USUAL = 3;

export const listSteps = { listEntry };

/** Of the account and region that have the resource. */
export function listsOf(w: World, { account, region }: Owner): readonly ResourceOf<'prefixList'>[] {
  return w.all('prefixList').filter((each) => each.account === account && each.region === region);
}

/** The list of that number, or a new one where there are fewer. */
export function listAt(
  w: World,
  owner: Owner,
  { list: at, blocks }: { readonly list: number; readonly blocks: readonly string[] },
): string {
  const there = listsOf(w, owner)[at % USUAL]?.id;
  if (there !== undefined) return there;
  const Entries = [...new Set(blocks)].map((Cidr) => ({ Cidr }));
  const wish = { PrefixListName: `list${w.nextNumber()}`, MaxEntries: MAX_ENTRIES, AddressFamily: 'IPv4', Entries };
  const made = w.for(owner)('CreateManagedPrefixList', wish);
  w.settle();
  return id(made, 'PrefixList', 'PrefixListId');
}

function listEntry(w: World, { list: at, block: Cidr, isAdded }: StepOf<'listEntry'>): void {
  const list = pick(w.all('prefixList'), at);
  if (list === undefined) return;
  w.for(list)('ModifyManagedPrefixList', {
    ...{ PrefixListId: list.id, CurrentVersion: list.version },
    ...(isAdded ? { AddEntries: [{ Cidr }] } : { RemoveEntries: [{ Cidr }] }),
  });
  w.settle();
}
