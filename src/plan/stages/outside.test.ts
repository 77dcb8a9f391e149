/** What lies outside, from what the host has. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_FACTS } from '../../model/facts.ts';
import { check } from '../check.ts';
import { compile } from '../compile.ts';
import { World } from '../testing/world.ts';

const planWith = (hostBlocks: readonly string[]) =>
  compile(new World().intent(), { ...NO_FACTS, outside: { hostBlocks, echoes: true } });

test('nothing, unless the host was asked for it', () => {
  assert.equal(compile(new World().intent(), NO_FACTS).outside, null);
});

test('closed are special blocks and the host’s, each once and none within another', () => {
  const plan = planWith([
    '203.0.113.7/32',
    '10.1.2.3/32',
    '203.0.113.0/24',
    '127.0.0.1/32',
    '203.0.113.0/24',
    '8.8.8.8/32',
  ]);
  assert.deepEqual(plan.outside?.closed, [
    ...['0.0.0.0/8', '8.8.8.8/32', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '168.63.129.16/32'],
    ...['169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24', '192.168.0.0/16', '203.0.113.0/24', '224.0.0.0/3'],
  ]);
  assert.equal(plan.outside?.echoes, true);
  assert.deepEqual(check(plan), []);
});
