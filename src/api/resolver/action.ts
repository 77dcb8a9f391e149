/** A Route 53 Resolver action by its AWS name, typed with the SDK's own input and output; what it does not read is refused by name. */
import type * as Resolver from '@aws-sdk/client-route53resolver';
import type { Context, Decision } from '../action.ts';
import type { ActionOf, HandlerMap } from '../sdk.ts';
import { action, type DeclaredAction } from '../shared/declare.ts';
import type { Reads } from '../shared/unsupported.ts';

type Operation = keyof HandlerMap<typeof Resolver>;
export type Input<Name extends Operation> = Parameters<ActionOf<typeof Resolver, Name>>[0];
export type Output<Name extends Operation> =
  ReturnType<ActionOf<typeof Resolver, Name>> extends Decision<infer Reply> ? Reply : never;

export function resolverAction<Name extends Operation>(
  reads: Reads<Input<Name>>,
  decide: (input: Input<Name>, context: Context) => Decision<Output<Name>>,
): DeclaredAction<Input<Name>, Output<Name>> {
  return action(reads, decide);
}
