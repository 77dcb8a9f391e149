/** A Route 53 Resolver action by its AWS name (see ../shared/declare.ts); what it does not read is refused by name. */
import type * as Resolver from '@aws-sdk/client-route53resolver';
import type { HandlerMap, InputOf } from '../sdk.ts';
import { action, type Declare } from '../shared/declare.ts';

type Operation = keyof HandlerMap<typeof Resolver>;
export type Input<Name extends Operation> = InputOf<typeof Resolver, Name>;

export const resolverAction: Declare<typeof Resolver> = action;
