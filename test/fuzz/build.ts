/**
 * A random topology by AWS's API: each step is one or a few calls. What AWS would refuse is refused, and left out; anything but a
 * Refusal is a failure.
 */
import type { Intent } from '../../src/model/intent.ts';
import { compile } from '../../src/plan/compile.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { balancerSteps } from './build/balancers.ts';
import { endpointSteps } from './build/endpoints.ts';
import { filterSteps } from './build/filters.ts';
import { linkSteps } from './build/links.ts';
import { listSteps } from './build/lists.ts';
import { machineSteps } from './build/machines.ts';
import { nameSteps } from './build/names.ts';
import { removalSteps } from './build/removals.ts';
import { routeSteps } from './build/routes.ts';
import { clear, makeVpc, OWNERS, vpcSteps } from './build/vpcs.ts';
import { World } from './build/world.ts';
import type { Step, StepOf, Topology } from './steps.ts';

export interface Built {
  /** After the first half of the steps, and after all. */
  readonly plans: readonly [half: Plan, whole: Plan];
  readonly intent: Intent;
  readonly calls: number;
  /** What AWS would refuse too, as "Operation Code message". */
  readonly refusals: readonly string[];
}

const STEPS: { readonly [K in Step['kind']]: (world: World, step: StepOf<K>) => void } = {
  ...{ ...vpcSteps, ...filterSteps, ...listSteps, ...routeSteps, ...linkSteps, ...machineSteps },
  ...{ ...endpointSteps, ...balancerSteps, ...nameSteps, ...removalSteps },
};

export function build({ vpcs, steps }: Pick<Topology, 'vpcs' | 'steps'>): Built {
  const world = new World();
  const { root } = world;
  for (const owner of OWNERS) clear(world, owner);
  for (const [at, vpc] of vpcs.entries()) makeVpc(world, vpc, at);
  const half = steps.length >> 1;
  for (const step of steps.slice(0, half)) take(world, step);
  const first = compile(root.intent, root.facts);
  for (const step of steps.slice(half)) take(world, step);
  const { calls, refusals } = world;
  return { plans: [first, compile(root.intent, root.facts)], intent: root.intent, calls, refusals };
}

function take(world: World, step: Step): void {
  const does = STEPS[step.kind] as (world: World, step: Step) => void;
  does(world, step);
}
