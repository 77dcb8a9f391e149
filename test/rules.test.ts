/** Holds the form of docs/aws-rules: every rule has an id of its own, a source, a certainty, and a test or the word "none". */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const FOLDER = join(import.meta.dirname, '..', 'docs', 'aws-rules');

/** The last two mark what is on purpose another thing than AWS's. */
const CERTAINTY = /documented|observed|assumed|not as AWS|Culvert's own/;

interface Rule {
  readonly page: string;
  readonly cells: readonly string[];
}

const rules: Rule[] = readdirSync(FOLDER).flatMap((page) =>
  readFileSync(join(FOLDER, page), 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('|') && !/^\|[\s:|-]+$/.test(line) && !/^\|\s*id\s*\|/.test(line))
    .map((line) => ({
      page,
      cells: line
        .slice(1, -1)
        .split(/(?<!\\)\|/)
        .map((cell) => cell.trim()),
    })),
);

test('each rule has an id, words, a source, a certainty and a test', () => {
  const faults = rules
    .filter(({ cells }) => cells.length !== 5 || cells.some((cell) => cell === '') || !CERTAINTY.test(cells[3] ?? ''))
    .map(({ page, cells }) => `${page}: ${cells[0]} (${cells.length} cells)`);
  assert.deepEqual(faults, []);
  assert.ok(rules.length > 100);
});

test('no id is used twice', () => {
  const seen = new Map<string, string>();
  const twice = rules.flatMap(({ page, cells: [id = ''] }) => {
    const before = seen.get(id);
    seen.set(id, page);
    return before === undefined ? [] : [`${id}: ${before} and ${page}`];
  });
  assert.deepEqual(twice, []);
});

test('the index names every page', () => {
  const index = readFileSync(join(FOLDER, '..', 'aws-rules.md'), 'utf8');
  for (const page of readdirSync(FOLDER)) assert.match(index, new RegExp(`\\(aws-rules/${page}\\)`));
});
