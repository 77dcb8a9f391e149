/**
 * Holds the form of docs/aws-rules: every rule has an id of its own, a source, a certainty, and a test or the word "none". Files that
 * are named as tests are there and are tests, and those named by their words have these words.
 */
import assert from 'node:assert/strict';
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';

const PROJECT = join(import.meta.dirname, '..');
const FOLDER = join(PROJECT, 'docs', 'aws-rules');

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

/** Of each test and scenario, by its path, with blanks as they come in titles. */
const tests = new Map(
  globSync(['src/**/*.{test,kernel}.ts', 'test/*.{test,kernel}.ts', 'scenarios/**/*.{md,story.ts}'], {
    cwd: PROJECT,
  }).map((path) => [path, readFileSync(join(PROJECT, path), 'utf8').replace(/\s+/g, ' ')]),
);
// Its titles are names of files.
const AGREEMENT = 'test/agreement.kernel.ts';
const cases = globSync('test/fuzz/cases/*.json', { cwd: PROJECT }).map((path) =>
  basename(path, '.json').replaceAll('-', ' '),
);
tests.set(AGREEMENT, [tests.get(AGREEMENT), ...cases].join(' '));

/** What a page says of where its tests are, before its table. */
function headOf(page: string): string {
  return readFileSync(join(FOLDER, page), 'utf8').split('\n|')[0] ?? '';
}

function pathsIn(text: string): readonly string[] {
  return [...text.matchAll(/\b(?:src|test|scenarios|bench|scripts)\/[\w./-]*\w\/?/g)].map(([path]) => path);
}

/** "…" in a title stands for any words, also at its end. */
function hasTitle(path: string, title: string): boolean {
  let at = 0;
  for (const part of title.split('…').map((each) => each.trim())) {
    at = tests.get(path)?.indexOf(part, at) ?? -1;
    if (at < 0) return false;
    at += part.length;
  }
  return true;
}

test('each test that a rule names is there', () => {
  const faults = rules.flatMap(({ page, cells: [id, , , , cell = ''] }) => {
    const named = pathsIn(cell);
    const head = headOf(page);
    const places = [...named, ...pathsIn(head)];
    const inPlace = [...tests.keys()].filter(
      (path) => places.length === 0 || places.some((each) => path.startsWith(each)),
    );
    const titles = [...cell.matchAll(/"([^"]+)"/g)].map(([, title = '']) => title);
    const letters = cell.replace(/"[^"]+"|`[^`]+`/g, '').match(/\b[A-Z]\b/g) ?? [];
    return [
      ...named.filter((path) => !tests.has(path)),
      ...titles.filter((title) => !inPlace.some((path) => hasTitle(path, title))),
      ...letters.filter((letter) => !new RegExp(`\\b${letter}\\b`).test(head)),
    ].map((fault) => `${page}: ${id}: ${fault}`);
  });
  assert.deepEqual(faults, []);
});

test('the index names every page', () => {
  const index = readFileSync(join(FOLDER, '..', 'aws-rules.md'), 'utf8');
  for (const page of readdirSync(FOLDER)) assert.match(index, new RegExp(`\\(aws-rules/${page}\\)`));
});
