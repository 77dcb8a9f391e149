/** An EC2 action by its AWS name, typed with the SDK's own input and output (see ../shared/declare.ts). */
import type * as EC2 from '@aws-sdk/client-ec2';
import type { Context, Decision } from '../action.ts';
import type { ActionOf, HandlerMap } from '../sdk.ts';
import { action, type DeclaredAction } from '../shared/declare.ts';
import { refuseFractions } from '../shared/input.ts';
import type { Reads } from '../shared/unsupported.ts';

type Operation = keyof HandlerMap<typeof EC2>;
export type Input<Name extends Operation> = Parameters<ActionOf<typeof EC2, Name>>[0];
export type Output<Name extends Operation> =
  ReturnType<ActionOf<typeof EC2, Name>> extends Decision<infer Reply> ? Reply : never;

export function ec2Action<Name extends Operation>(
  reads: Reads<Input<Name>>,
  decide: (input: Input<Name>, context: Context) => Decision<Output<Name>>,
  again?: (output: Output<Name>, context: Context) => Output<Name>,
): DeclaredAction<Input<Name>, Output<Name>> {
  const checked = (input: Input<Name>, context: Context) => {
    refuseFractions(input as object);
    return decide(input, context);
  };
  return action(reads, checked, again);
}
