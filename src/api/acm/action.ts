/** An ACM action by its AWS name, typed with the SDK's own input and output; what it does not read is refused by name. */
import type * as ACM from '@aws-sdk/client-acm';
import type { Context, Decision } from '../action.ts';
import type { ActionOf, HandlerMap } from '../sdk.ts';
import { action, type DeclaredAction } from '../shared/declare.ts';
import type { Reads } from '../shared/unsupported.ts';

type Operation = keyof HandlerMap<typeof ACM>;
export type Input<Name extends Operation> = Parameters<ActionOf<typeof ACM, Name>>[0];
export type Output<Name extends Operation> =
  ReturnType<ActionOf<typeof ACM, Name>> extends Decision<infer Reply> ? Reply : never;

export function acmAction<Name extends Operation>(
  reads: Reads<Input<Name>>,
  decide: (input: Input<Name>, context: Context) => Decision<Output<Name>>,
): DeclaredAction<Input<Name>, Output<Name>> {
  return action(reads, decide);
}
