/** For tests of IAM and STS: an Intent in memory and calls as any principal, through the dispatcher, that commit. */
import type { Principal } from '../../iam/principal.ts';
import { createIntent, type MutableIntent } from '../../model/intent.ts';
import { Refusal } from '../../model/refusal.ts';
import { invoke } from '../shared/dispatch.ts';
import { stsActions } from '../sts/index.ts';
import { harness } from '../testing.ts';
import { iamActions } from './index.ts';

const ACTIONS = { ...iamActions, ...stsActions };
type Name = keyof typeof ACTIONS;
type InputOf<N extends Name> = Parameters<(typeof ACTIONS)[N]>[0];
type OutputOf<N extends Name> = ReturnType<(typeof ACTIONS)[N]>['output'];

export interface TestAccount {
  readonly intent: MutableIntent;
  /** Sessions that were issued, the newest last. */
  readonly issued: { readonly principal: Principal; readonly seconds: number }[];
  call<N extends Name>(name: N, input: InputOf<N>): OutputOf<N>;
  /** "Code: message"; fails where the call is let through. */
  refusal<N extends Name>(name: N, input: InputOf<N>): string;
  as(principal: Principal): TestAccount;
}

export function root(account: string): Principal {
  return { kind: 'root', account };
}

export function testAccount(account = '111122223333'): TestAccount {
  const intent = createIntent();
  const issued: TestAccount['issued'][number][] = [];
  let serial = 0;
  let seconds = 0;
  const base = harness().context;
  const as = (principal: Principal): TestAccount => {
    const call = (name: string, input: object): unknown => {
      const { edits, output } = invoke(ACTIONS, name, input, {
        ...base,
        account: principal.account,
        region: 'us-east-1',
        principal,
        intent,
        nextRevision: intent.revision + 1,
        now: new Date(Date.UTC(2026, 0, 1) + 1000 * seconds++).toISOString(),
        hex: (count) => (++serial).toString(16).padStart(count, '0'),
        issueSession: (given, lasting) => {
          issued.push({ principal: given, seconds: lasting });
          return { accessKeyId: 'ASIA1', secretAccessKey: 's', sessionToken: 't', expiresAt: '2026-01-01T01:00:00Z' };
        },
      });
      intent.apply(edits);
      return output;
    };
    return {
      intent,
      issued,
      call: call as TestAccount['call'],
      refusal(name, input) {
        try {
          call(name, input as object);
        } catch (error) {
          if (error instanceof Refusal) return `${error.code}: ${error.message}`;
          throw error;
        }
        throw new Error(`${name} was not refused`);
      },
      as,
    };
  };
  return as(root(account));
}

export const EC2_TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

export function allow(action: string | string[], resource: string | string[] = '*'): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: { Effect: 'Allow', Action: action, Resource: resource },
  });
}
