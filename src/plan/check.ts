/**
 * The linter of plans: what must hold of every Plan, whatever Intent it came from. An empty list means that a driver can
 * apply it as it stands. Each finding is a sentence that begins with the object's id. Does not judge whether the Plan is what
 * the customer asked for: that is what goldens and packets show.
 */
import { checkAddresses } from './checks/addresses.ts';
import { checkBalancers } from './checks/balancers.ts';
import { checkMachines } from './checks/machines.ts';
import { checkNames } from './checks/names.ts';
import { checkOrder } from './checks/order.ts';
import { checkReferences } from './checks/references.ts';
import type { Plan } from './plan.ts';

export function check(plan: Plan): string[] {
  return [checkOrder, checkReferences, checkAddresses, checkBalancers, checkNames, checkMachines].flatMap((each) =>
    each(plan),
  );
}
