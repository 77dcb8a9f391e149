/** The generated enum tables fit the packages that are installed: `npm run gen` would write the same. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { deriveShapes } from '../../scripts/derive-shapes.ts';
import { enumLinks } from '../../scripts/enum-links.ts';
import { SERVICES } from './services.ts';

/** What the scan found when these versions of the packages came in: a scan that finds fewer has lost its footing. */
const COUNTS = {
  ec2: 410,
  elasticloadbalancing: 28,
  acm: 29,
  sqs: 3,
  sns: 1,
  s3: 181,
  dynamodb: 81,
  iam: 19,
  sts: 1,
  route53: 29,
  route53resolver: 26,
  logs: 45,
  directconnect: 10,
  servicequotas: 8,
  cloudtrail: 20,
  monitoring: 23,
  events: 18,
};

for (const row of SERVICES) {
  test(`${row.name} has the enum members of its package`, () => {
    const links = enumLinks(row);
    const file = path.join(import.meta.dirname, 'generated', `enums.${row.name}.json`);
    assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), links);
    const count = Object.values(links).reduce((sum, members) => sum + Object.keys(members).length, 0);
    assert.equal(count, COUNTS[row.name]);
  });
}

test('shapes of Route 53 Resolver are those of its package', () => {
  const found = deriveShapes('@aws-sdk/client-route53resolver', 'com.amazonaws.route53resolver');
  const file = path.join(import.meta.dirname, 'generated', 'shapes.route53resolver.json');
  assert.deepEqual(JSON.parse(readFileSync(file, 'utf8')), found);
  const { operations, structures, errors, enums } = found;
  const counts = [operations, structures, errors, enums].map((each) => Object.keys(each).length);
  assert.deepEqual(counts, [68, 176, 17, 29]);
  const known = new Set([...Object.keys(structures), 'string', 'number', 'boolean']);
  const types = Object.values(structures).flatMap(({ members }) => members.map(([, type]) => type.replace('[]', '')));
  assert.deepEqual(
    types.filter((type) => !known.has(type)),
    [],
  );
});
