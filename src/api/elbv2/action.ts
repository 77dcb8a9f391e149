/** An ELBv2 action by its AWS name (see ../shared/declare.ts); what it does not read is refused by name. */
import type * as ELB from '@aws-sdk/client-elastic-load-balancing-v2';
import type { HandlerMap, InputOf } from '../sdk.ts';
import { action, type Declare } from '../shared/declare.ts';

type Operation = keyof HandlerMap<typeof ELB>;
export type Input<Name extends Operation> = InputOf<typeof ELB, Name>;

export const elbAction: Declare<typeof ELB> = action;
