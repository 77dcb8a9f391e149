/** An ELBv2 action by its AWS name, typed with the SDK's own input and output; what it does not read is refused by name. */
import type * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import type { Context, Decision } from '../action.ts';
import type { ActionOf, HandlerMap } from '../sdk.ts';
import { action, type DeclaredAction } from '../shared/declare.ts';
import type { Reads } from '../shared/unsupported.ts';

type Operation = keyof HandlerMap<typeof ELB>;
export type Input<Name extends Operation> = Parameters<ActionOf<typeof ELB, Name>>[0];
export type Output<Name extends Operation> =
  ReturnType<ActionOf<typeof ELB, Name>> extends Decision<infer Reply> ? Reply : never;

export function elbAction<Name extends Operation>(
  reads: Reads<Input<Name>>,
  decide: (input: Input<Name>, context: Context) => Decision<Output<Name>>,
): DeclaredAction<Input<Name>, Output<Name>> {
  return action(reads, decide);
}
