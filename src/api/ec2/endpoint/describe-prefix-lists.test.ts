import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ACCOUNT, harness, REGION } from '../../testing.ts';

test('a list for each service with gateways, another in each region; none for the others', () => {
  const h = harness();
  const lists = h.call('DescribePrefixLists', {}).PrefixLists;
  assert.deepEqual(
    lists.map((list) => list.PrefixListName),
    [`com.amazonaws.${REGION}.dynamodb`, `com.amazonaws.${REGION}.s3`],
  );
  const named = (name: string) =>
    h.call('DescribePrefixLists', { Filters: [{ Name: 'prefix-list-name', Values: [name] }] }).PrefixLists;
  assert.deepEqual(named(`com.amazonaws.${REGION}.sqs`), []);
  assert.deepEqual(named(`com.amazonaws.${REGION}.s3`), [lists[1]]);
  const [first] = lists;
  assert.match(first.PrefixListId, /^pl-[0-9a-f]{8}$/);
  assert.deepEqual(h.call('DescribePrefixLists', { PrefixListIds: [first.PrefixListId] }).PrefixLists, [first]);
  const elsewhere = h.as(ACCOUNT, 'us-east-1');
  assert.equal(
    elsewhere.refusal('DescribePrefixLists', { PrefixListIds: [first.PrefixListId] }),
    `InvalidPrefixListID.NotFound: The prefix list ID '${first.PrefixListId}' does not exist`,
  );
  assert.match(h.refusal('DescribePrefixLists', { PrefixListIds: ['s3'] }), /^InvalidPrefixListId\.Malformed: /);
});
