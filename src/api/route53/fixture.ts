/** For tests of Route 53: typed calls on the harness, and a zone with records in few words. */
import type { ResourceRecordSet } from '@aws-sdk/client-route-53';
import { withDocumentedErrors } from '../testing/documented-errors.ts';
import { type Harness, harness } from '../testing.ts';
import type { Input, Output } from './action.ts';
import { route53Actions } from './index.ts';

type Name = keyof typeof route53Actions;

export interface Dns {
  readonly h: Harness;
  call<N extends Name>(name: N, input: Input<N>): Output<N>;
  refusal<N extends Name>(name: N, input: Input<N>): string;
  as(account: string): Dns;
}

export function dns(plain: Harness = harness(route53Actions)): Dns {
  const h = withDocumentedErrors(plain, 'route-53', route53Actions);
  return {
    h,
    call: ((name: string, input: object) => h.call(name, input)) as Dns['call'],
    refusal: (name, input) => h.refusal(name as string, input as object),
    as: (account) => dns(plain.as(account)),
  };
}

export function zone(d: Dns, Name: string, CallerReference = `${Name} ${Math.random()}`): string {
  const id = d.call('CreateHostedZone', { Name, CallerReference }).HostedZone?.Id ?? '';
  return id.replace('/hostedzone/', '');
}

type Action = 'CREATE' | 'DELETE' | 'UPSERT';

/** "CREATE www.example.com A 300 10.0.0.1|10.0.0.2" */
export function batch(HostedZoneId: string, ...lines: string[]): Input<'ChangeResourceRecordSets'> {
  return {
    HostedZoneId,
    ChangeBatch: {
      Changes: lines.map((line) => {
        const [Action, Name = '', Type, TTL, ...values] = line.split(' ');
        return {
          Action: Action as Action,
          ResourceRecordSet: {
            Name,
            Type: Type as 'A',
            TTL: Number(TTL),
            ResourceRecords: values
              .join(' ')
              .split('|')
              .map((Value) => ({ Value })),
          },
        };
      }),
    },
  };
}

/** The zone's records without those it was born with, as "name type ttl values". */
export function records(d: Dns, HostedZoneId: string): readonly string[] {
  return (d.call('ListResourceRecordSets', { HostedZoneId }).ResourceRecordSets ?? []).map(text).slice(2);
}

export function text({ Name, Type, TTL, ResourceRecords }: ResourceRecordSet): string {
  return [Name, Type, TTL, (ResourceRecords ?? []).map(({ Value }) => Value).join('|')].join(' ');
}
