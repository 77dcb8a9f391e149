/**
 * For tests of actions: an Intent in memory, an account in a region, and calls that go through the dispatcher and commit
 * what it yields. No wire, no clock, no randomness: ids count upwards and time moves a second with each call.
 */
import type * as EC2 from '@aws-sdk/client-ec2';
import { certificates } from '../host/certificates.ts';
import { keyPairs } from '../host/key-pairs.ts';
import type { ImageFact, MachineFact, TargetFact } from '../model/facts.ts';
import { createIntent, type MutableIntent } from '../model/intent.ts';
import { Refusal } from '../model/refusal.ts';
import type { ActionTable, Context, Decision } from './action.ts';
import { ec2Actions } from './ec2/index.ts';
import type { ActionOf, HandlerMap } from './sdk.ts';
import { invoke } from './shared/dispatch.ts';

type Operation = keyof HandlerMap<typeof EC2>;
type InputOf<Name> = Name extends Operation ? Parameters<ActionOf<typeof EC2, Name>>[0] : object;
type OutputOf<Name> = Name extends Operation
  ? ReturnType<ActionOf<typeof EC2, Name>> extends Decision<infer Output>
    ? Output
    : never
  : unknown;

/** An output whose members tests may read without asking whether they are there. */
export type Filled<T> = T extends Date | Uint8Array
  ? T
  : T extends readonly (infer Item)[]
    ? [Filled<Item>, ...Filled<Item>[]]
    : T extends object
      ? { [Key in keyof T]-?: Filled<Exclude<T[Key], undefined>> }
      : T;

export const ACCOUNT = '111122223333';
export const REGION = 'ap-south-1';

export interface Harness {
  readonly intent: MutableIntent;
  /** What the host would have measured; tests set it. */
  readonly facts: {
    readonly now: string;
    appliedRevision: number;
    machines: Map<string, MachineFact>;
    targets: Map<string, TargetFact>;
    images: Map<string, ImageFact>;
    logFaults: Map<string, string>;
    readonly kernelHeaders: boolean;
    encryptsTunnels: boolean;
    outside: null;
  };
  readonly context: Context;
  /** Lets time pass, beside the second that each call takes. */
  forward(seconds: number): void;
  /** Calls, commits and answers. A refusal is thrown. */
  call<Name extends string>(operation: Name, input: InputOf<Name>): Filled<OutputOf<Name>>;
  /** The refusal that the call meets, as "Code: message"; fails where it meets none, or leaves a change. */
  refusal<Name extends string>(operation: Name, input: InputOf<Name>): string;
  /** The same Intent as another account or in another region sees it. */
  as(account: string, region?: string): Harness;
}

export function harness(table: ActionTable = ec2Actions): Harness {
  let serial = 0;
  let seconds = -1;
  const intent = createIntent();
  const clock = () => new Date(Date.UTC(2026, 0, 1) + 1000 * seconds).toISOString();
  const facts = {
    get now() {
      return clock();
    },
    appliedRevision: -1,
    machines: new Map<string, MachineFact>(),
    targets: new Map<string, TargetFact>(),
    images: new Map<string, ImageFact>(),
    logFaults: new Map<string, string>(),
    kernelHeaders: false,
    encryptsTunnels: false,
    outside: null,
  };

  function identity(account: string, region: string): Harness {
    function context(): Context {
      seconds++;
      return {
        account,
        region,
        principal: { kind: 'root', account },
        intent,
        facts,
        nextRevision: intent.revision + 1,
        now: clock(),
        requestId: '00000000-0000-0000-0000-000000000000',
        hex: (count) => (++serial).toString(16).padStart(count, '0').slice(-count),
        issueSession: () => {
          throw new Error('no sessions here');
        },
        consoleOutput: () => null,
        trail: { find: () => [] },
        metrics: { metered: () => [], about: () => [], points: () => [] },
        keyPairs,
        certificates,
      };
    }
    function call(operation: string, input: object): unknown {
      const { edits, output } = invoke(table, operation, input, context());
      if (edits.length > 0) {
        intent.apply(edits);
        intent.revision++;
      }
      return output;
    }
    return {
      intent,
      facts,
      get context() {
        return context();
      },
      forward(more) {
        seconds += more;
      },
      call: call as Harness['call'],
      refusal(operation, input) {
        const before = intent.revision;
        try {
          call(operation, input as object);
        } catch (error) {
          if (!(error instanceof Refusal)) throw error;
          if (intent.revision !== before) throw new Error('a refused call left a change');
          return `${error.code}: ${error.message}`;
        }
        throw new Error(`${operation} was not refused`);
      },
      as: (otherAccount, otherRegion = region) => identity(otherAccount, otherRegion),
    };
  }
  return identity(ACCOUNT, REGION);
}
