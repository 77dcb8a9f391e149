/** An Intent with edits on top must look exactly like the Intent with the edits applied. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Edit } from './edit.ts';
import { createIntent, type Intent, withEdits } from './intent.ts';
import type { Subnet } from './resources.ts';

function subnet(id: string, vpcId: string, account: string): Subnet {
  return {
    kind: 'subnet',
    id,
    vpcId,
    account,
    region: 'r',
    tags: {},
    createdAt: '',
    cidr: '10.0.0.0/24',
    zoneId: 'z',
    isDefaultForZone: false,
    mapPublicIpOnLaunch: false,
    ipv6Cidr: null,
    assignIpv6OnCreation: false,
  };
}

const name = (prefix: string) => fc.nat({ max: 4 }).map((n) => `${prefix}${n}`);
const edit: fc.Arbitrary<Edit> = fc.oneof(
  fc
    .tuple(name('s'), name('v'), name('a'))
    .map(([id, vpcId, account]): Edit => ({ op: 'put', resource: subnet(id, vpcId, account) })),
  name('s').map((id): Edit => ({ op: 'delete', kind: 'subnet', id })),
);

function seen(intent: Intent): unknown {
  const table = intent.table('subnet');
  const ids = (rows: Iterable<Subnet>) => [...rows].map((row) => JSON.stringify(row)).sort();
  const names = ['0', '1', '2', '3', '4'];
  return {
    size: table.size,
    all: ids(table.all()),
    get: names.map((n) => table.get(`s${n}`)),
    byVpc: names.map((n) => ids(table.by('vpcId', `v${n}`))),
    counts: names.map((n) => [table.count('vpcId', `v${n}`), table.count('owner', `a${n}/r`)]),
    byOwner: names.map((n) => ids(table.by('owner', `a${n}/r`))),
  };
}

test('withEdits looks like apply, and changes nothing below', () => {
  fc.assert(
    fc.property(fc.array(edit), fc.array(edit), fc.array(edit), (before, first, second) => {
      const below = createIntent();
      below.apply(before);
      const untouched = seen(below);
      const over = withEdits(withEdits(below, first), second);
      const applied = createIntent();
      applied.apply([...before, ...first, ...second]);
      assert.deepEqual(seen(over), seen(applied));
      assert.deepEqual(seen(below), untouched);
    }),
    { seed: 1 },
  );
});
