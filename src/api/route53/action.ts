/** A Route 53 action by its AWS name, typed with the SDK's own input and output; what it does not read is refused by name. */
import type * as Route53 from '@aws-sdk/client-route-53';
import type { Context, Decision } from '../action.ts';
import type { ActionOf, HandlerMap } from '../sdk.ts';
import { action, type DeclaredAction } from '../shared/declare.ts';
import type { Reads } from '../shared/unsupported.ts';

type Operation = keyof HandlerMap<typeof Route53>;
export type Input<Name extends Operation> = Parameters<ActionOf<typeof Route53, Name>>[0];
export type Output<Name extends Operation> =
  ReturnType<ActionOf<typeof Route53, Name>> extends Decision<infer Reply> ? Reply : never;

export function route53Action<Name extends Operation>(
  reads: Reads<Input<Name>>,
  decide: (input: Input<Name>, context: Context) => Decision<Output<Name>>,
): DeclaredAction<Input<Name>, Output<Name>> {
  return action(reads, decide);
}
