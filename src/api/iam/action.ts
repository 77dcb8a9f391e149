/** An IAM action by its AWS name, typed with the SDK's own input and output; what it does not read is refused by name. */
import type * as IAM from '@aws-sdk/client-iam';
import type { Context, Decision } from '../action.ts';
import type { ActionOf, HandlerMap } from '../sdk.ts';
import { action, type DeclaredAction } from '../shared/declare.ts';
import type { Reads } from '../shared/unsupported.ts';

type Operation = keyof HandlerMap<typeof IAM>;
export type Input<Name extends Operation> = Parameters<ActionOf<typeof IAM, Name>>[0];
export type Output<Name extends Operation> =
  ReturnType<ActionOf<typeof IAM, Name>> extends Decision<infer Reply> ? Reply : never;

export function iamAction<Name extends Operation>(
  reads: Reads<Input<Name>>,
  decide: (input: Input<Name>, context: Context) => Decision<Output<Name>>,
): DeclaredAction<Input<Name>, Output<Name>> {
  return action(reads, decide);
}
