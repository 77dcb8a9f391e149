/** Whom the command line's words mean. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { portsOf } from '../analyse/places.ts';
import { NotAsked, why } from '../analyse/why.ts';
import { put } from '../model/edit.ts';
import { NO_FACTS } from '../model/facts.ts';
import { createIntent, KINDS } from '../model/intent.ts';
import type { AnyResource } from '../model/resources.ts';
import { compile } from '../plan/compile.ts';
import { World } from '../plan/testing/world.ts';
import { meaningIn } from './meanings.ts';
import { createSite } from './sites.ts';
import { ENDS, idFor, PLACES } from './words.ts';

test('a tag Name or a group’s name is its id, where one alone is called so; all else stays as it is', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.1.0/24');
  const group = world.group(vpc, 'web');
  const named = (Name: string) => world.instance(subnet, [group], { tags: { Name } }).instance;
  const [client, first, second] = [named('client'), named('twin'), named('twin')];
  named('10.0.1.9');
  named('internet');
  // Anybody may call a thing by another's id.
  named(client.id);
  const intent = world.intent();
  // Nobody's tag is the internet.
  assert.equal(idFor(intent, PLACES, 'internet'), 'internet');
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

test('of a site and an instance that are called the same, one has to be said', () => {
  const world = new World();
  const vpc = world.vpc('10.0.0.0/16');
  const subnet = world.subnet(vpc, '10.0.1.0/24');
  const { instance } = world.instance(subnet, [world.group(vpc, 'web')], { tags: { Name: 'office' } });
  const intent = createIntent();
  intent.apply(
    [...KINDS].flatMap((kind) =>
      [...(world.intent().table(kind).all() as Iterable<AnyResource>)].map((each) => put(each)),
    ),
  );
  assert.equal(idFor(intent, ENDS, 'office'), instance.id);
  const by = { intent, account: '123456789012', now: '2026-01-01T00:00:00.000Z' };
  const made = createSite('office', { cidr: '192.168.0.0/16' }, by);
  assert.ok('edits' in made);
  intent.apply(made.edits);
  const plan = compile(intent, NO_FACTS);
  for (const [words, site] of [
    [ENDS, 'port-office'],
    [PLACES, 'site-office'],
  ] as const) {
    const message = `office may be ${instance.id}, ${site}: say which`;
    assert.throws(() => idFor(intent, words, 'office'), { message });
    assert.equal(idFor(intent, words, site), site);
    // The word by which it can be said means it, to whoever reads it.
    assert.ok(portsOf(plan, site)?.some(({ id }) => id === 'port-office'));
  }
  assert.equal(why(plan, { from: 'port-office', to: '10.0.1.4', protocol: '6', port: 80 }).sender.port, 'port-office');
  const meaning = meaningIn(intent, plan);
  assert.throws(() => meaning({ kind: null, word: 'office' }), { message: /office may be .*, site-office: say which/ });
  assert.deepEqual(meaning({ kind: null, word: 'site-office' }), ['site-office']);
  assert.deepEqual(meaning({ kind: 'instance', word: 'office' }), [instance.id]);
});
