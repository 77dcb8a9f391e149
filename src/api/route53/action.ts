/** A Route 53 action by its AWS name (see ../shared/declare.ts); what it does not read is refused by name. */
import type * as Route53 from '@aws-sdk/client-route-53';
import type { HandlerMap, InputOf, OutputOf } from '../sdk.ts';
import { action, type Declare } from '../shared/declare.ts';

type Operation = keyof HandlerMap<typeof Route53>;
export type Input<Name extends Operation> = InputOf<typeof Route53, Name>;
export type Output<Name extends Operation> = OutputOf<typeof Route53, Name>;

export const route53Action: Declare<typeof Route53> = action;
