/** https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DescribeKeyPairs.html */
import type { KeyPair } from '../../../model/resources.ts';
import { reply } from '../../action.ts';
import { type FilterFields, filterResources } from '../../shared/filters.ts';
import { find, own } from '../../shared/find.ts';
import { distinct } from '../../shared/input.ts';
import { ec2Action } from '../action.ts';
import { keyPairNamed, viewKeyPair } from './view.ts';

const FIELDS: FilterFields<KeyPair> = {
  fingerprint: (pair) => pair.fingerprint,
  'key-name': (pair) => pair.name,
  'key-pair-id': (pair) => pair.id,
};

export const describeKeyPairs = ec2Action<'DescribeKeyPairs'>(
  { KeyNames: true, KeyPairIds: true, Filters: true, IncludePublicKey: true },
  (input, context) => {
    const named = [
      ...(input.KeyPairIds ?? []).map((id) => find(context, 'keyPair', id)),
      ...(input.KeyNames ?? []).map((name) => keyPairNamed(context, name)),
    ];
    const pairs = named.length > 0 ? distinct(named) : own(context, 'keyPair');
    const found = filterResources(pairs, input.Filters, FIELDS);
    return reply({ KeyPairs: found.map((pair) => viewKeyPair(pair, input.IncludePublicKey === true)) });
  },
);
