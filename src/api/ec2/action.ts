/** An EC2 action by its AWS name (see ../shared/declare.ts); what it does not read is refused by name. */
import type * as EC2 from '@aws-sdk/client-ec2';
import type { HandlerMap, InputOf, OutputOf } from '../sdk.ts';
import { action, type Declare } from '../shared/declare.ts';
import { refuseFractions } from '../shared/input.ts';

type Operation = keyof HandlerMap<typeof EC2>;
export type Input<Name extends Operation> = InputOf<typeof EC2, Name>;
export type Output<Name extends Operation> = OutputOf<typeof EC2, Name>;

export const ec2Action: Declare<typeof EC2> = (reads, decide, again) =>
  action(
    reads,
    (input, context) => {
      refuseFractions(input as object);
      return decide(input, context);
    },
    again,
  );
