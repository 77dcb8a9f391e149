import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tableLines } from './demo-text.ts';

const plain = (_: unknown, text: string) => text;

test('a table that has room is one line a row', () => {
  const lines = tableLines(
    [
      ['way', 'bytes'],
      ['endpoint', '10'],
      ['peering', '20'],
    ],
    plain,
  );
  assert.deepEqual(lines, ['   way       bytes', '   endpoint  10', '   peering   20']);
});

test('a table that has none goes on below, within a hundred columns', () => {
  const long = 'third -> 10.0.10.4:80 dropped at link, PCX_REQUIRES_ADDRESS_IN_VPC_CIDR';
  const lines = tableLines(
    [
      ['', 'VPC peering', 'PrivateLink'],
      ['through a third VPC', `cannot: ${long}`, `cannot: ${long}, while its own endpoint is open`],
      ['the 126th', 'refused: ActiveVpcPeeringConnectionPerVpcLimitExceeded', 'works'],
    ],
    plain,
  );
  assert.ok(lines.every(({ length }) => length <= 100));
  assert.deepEqual(lines, [
    '                        VPC peering                            PrivateLink',
    '',
    '   through a third VPC  cannot: third -> 10.0.10.4:80 dropped  cannot: third -> 10.0.10.4:80 dropped',
    '                        at link,                               at link,',
    '                        PCX_REQUIRES_ADDRESS_IN_VPC_CIDR       PCX_REQUIRES_ADDRESS_IN_VPC_CIDR,',
    '                                                               while its own endpoint is open',
    '',
    '   the 126th            refused: ActiveVpcPeeringConnection    works',
    '                        PerVpcLimitExceeded',
  ]);
});
