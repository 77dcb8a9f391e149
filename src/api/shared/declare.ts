/** How an action is written: what it reads of its input, how it decides, and how an answer is given a second time. */
import type { Action, Context, Decision } from '../action.ts';
import type { HandlerMap, InputOf, OutputOf } from '../sdk.ts';
import { type Reads, refuseUnread } from './unsupported.ts';

export interface DeclaredAction<Input, Output> extends Action<Input, Output> {
  readonly reads: Reads<Input>;
  /**
   * What a repeated ClientToken is answered with, from the stored first answer: actions whose answer shows a state
   * describe the resource anew. Absent: the stored answer.
   */
  readonly again?: (output: Output, context: Context) => Output;
}

/** Declares actions of one service by their AWS names, typed with the SDK's own input and output. */
export type Declare<Client> = <Name extends keyof HandlerMap<Client>>(
  reads: Reads<InputOf<Client, Name>>,
  decide: (input: InputOf<Client, Name>, context: Context) => Decision<OutputOf<Client, Name>>,
  again?: (output: OutputOf<Client, Name>, context: Context) => OutputOf<Client, Name>,
) => DeclaredAction<InputOf<Client, Name>, OutputOf<Client, Name>>;

/** DryRun belongs to the dispatcher, so every action takes it. */
export function action<Input, Output>(
  reads: Reads<Input>,
  decide: (input: Input, context: Context) => Decision<Output>,
  again?: (output: Output, context: Context) => Output,
): DeclaredAction<Input, Output> {
  const known = { ...reads, DryRun: true };
  const act = (input: Input, context: Context): Decision<Output> => {
    refuseUnread(input as object, known);
    return decide(input, context);
  };
  return Object.assign(act, { reads, ...(again && { again }) });
}
