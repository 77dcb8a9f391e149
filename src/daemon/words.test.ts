/** Whom the command line's words mean. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NotAsked } from '../analyse/why.ts';
import { World } from '../plan/testing/world.ts';
import { ENDS, idFor, PLACES } from './words.ts';

test('a tag Name or a group’s name is its id, where one alone is called so; all else stays as it is', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.1.0/24');
  const group = world.group(vpc, 'web');
  const named = (Name: string) => world.instance(subnet, [group], { tags: { Name } }).instance;
  const [client, first, second] = [named('client'), named('twin'), named('twin')];
  named('10.0.1.9');
  // Anybody may call a thing by another's id.
  named(client.id);
  const intent = world.intent();
  assert.equal(idFor(intent, ENDS, 'client'), client.id);
  for (const word of [client.id, 'web', 'office', '', '10.0.1.9', 'sqs.ap-south-1.amazonaws.com']) {
    assert.equal(idFor(intent, ENDS, word), word);
  }
  assert.equal(idFor(intent, PLACES, 'web'), group.id);
  assert.throws(
    () => idFor(intent, ENDS, 'twin'),
    (error) => error instanceof NotAsked && error.message === `twin may be ${first.id}, ${second.id}: say which`,
  );
});
