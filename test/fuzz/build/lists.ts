/** Steps about customers' prefix lists. */
import type { ResourceOf } from '../../../src/model/resources.ts';
import type { StepOf } from '../steps.ts';
import { type Owner, pick, type World } from './world.ts';

const MAX_ENTRIES = 5;

export const listSteps = { ownList, listEntry };

/** Of the account and region that have the resource. */
export function listsOf(w: World, { account, region }: Owner): readonly ResourceOf<'prefixList'>[] {
  return w.all('prefixList').filter((each) => each.account === account && each.region === region);
}

function ownList(w: World, { vpc: at, blocks }: StepOf<'ownList'>): void {
  const Entries = [...new Set(blocks)].map((Cidr) => ({ Cidr }));
  const wish = { PrefixListName: `list${w.nextNumber()}`, MaxEntries: MAX_ENTRIES, AddressFamily: 'IPv4', Entries };
  const vpc = pick(w.all('vpc'), at);
  if (vpc !== undefined) w.for(vpc)('CreateManagedPrefixList', wish);
  w.settle();
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
