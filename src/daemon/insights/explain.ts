/** Blockers as AWS's analyser words them: its codes only, each with the resources that an explanation of that code names. Pure. */
import { indexPlan } from '../../analyse/plan-index.ts';
import type { PathExplanation } from '../../model/resources.ts';
import type { Plan } from '../../plan/plan.ts';
import { isResource, type Named } from './names.ts';
import type { Blocker, Way } from './ways.ts';

/** Where the analyser has a code of its own; what is not here either is NO_PATH at AWS. */
const CODES: Readonly<Record<string, string>> = {
  CULVERT_NO_WAY_BACK: 'NO_ROUTE_TO_DESTINATION',
};

export function explanationsOf(plan: Plan, { blockers, trace }: Way, named: Named): readonly PathExplanation[] {
  const index = indexPlan(plan);
  return blockers.map(({ code, direction, components }) => {
    const ids = new Set(components.filter(isResource));
    // What is said of an interface or a subnet is said with where it lies.
    for (const id of [...ids]) {
      const port = index.ports.get(id);
      const segment = port?.segment ?? id;
      const domain = index.segments.get(segment)?.domain ?? index.acls.get(id)?.domain;
      for (const each of [port && segment, domain]) if (each !== undefined && isResource(each)) ids.add(each);
    }
    return {
      code: codeOf(code),
      direction,
      components: [...ids].map(named),
      ...(isOfRoutes(code) ? { address: trace.flow.to.address, port: null } : { address: null, port: null }),
    };
  });
}

function codeOf(code: Blocker['code']): string {
  return code.startsWith('CULVERT_') ? (CODES[code] ?? 'NO_PATH') : code;
}

function isOfRoutes(code: Blocker['code']): boolean {
  return code === 'NO_ROUTE_TO_DESTINATION';
}
