/**
 * Types an action with the AWS SDK's own input and output, by the operation's name:
 *
 *     import type * as IAM from '@aws-sdk/client-iam';
 *     export const createRole: ActionOf<typeof IAM, 'CreateRole'> = (input, context) => …
 *
 * The wire has checked required members and enums before an action runs, so required members are not undefined here.
 * Types only: nothing of the SDK is loaded by this file.
 */
import type { Action } from './action.ts';

/** An SDK type as it is after decoding: members that are not optional are there, at every depth. */
export type Validated<T> = T extends Date | Uint8Array | string | number | boolean | bigint
  ? T
  : T extends readonly (infer Element)[]
    ? Validated<Element>[]
    : T extends object
      ? { [K in keyof T]: Validated<Exclude<T[K], undefined>> }
      : T;

/** What a handler returns: the SDK's output less what the client adds itself. */
export type Reply<Output> = Omit<Output, '$metadata'>;

/** A command class, as far as types are concerned: its instances name their input and, in their handler, their output. */
interface CommandClass<Input, Result> {
  new (
    ...parameters: never[]
  ): {
    readonly input: Input;
    resolveMiddleware(...parameters: never[]): (...parameters: never[]) => Promise<{ output: Result }>;
  };
}
type CommandInput<Command> = Command extends CommandClass<infer Input, unknown> ? Input : never;
type CommandOutput<Command> = Command extends CommandClass<unknown, infer Result> ? Result : never;

/** Every operation of a client module with the action that would implement it. */
export type HandlerMap<Client> = {
  [Name in keyof Client as Name extends `${infer Operation}Command` ? Operation : never]: Action<
    Validated<CommandInput<Client[Name]>>,
    Reply<CommandOutput<Client[Name]>>
  >;
};

/** The type of one action. An indexed access, so that literals in the handler get their contextual types. */
export type ActionOf<Client, Operation extends keyof HandlerMap<Client>> = HandlerMap<Client>[Operation];

export type InputOf<Client, Operation extends keyof HandlerMap<Client>> =
  ActionOf<Client, Operation> extends Action<infer Input, infer _> ? Input : never;
export type OutputOf<Client, Operation extends keyof HandlerMap<Client>> =
  ActionOf<Client, Operation> extends Action<infer _, infer Output> ? Output : never;

/** A service's table: any of its operations, none that it does not have. */
export type TypedActions<Client> = Partial<HandlerMap<Client>>;
