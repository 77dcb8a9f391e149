/**
 * `./culvert bench [name …]`: runs every `bench/*.bench.ts` (or those named), one after another, and prints their rows as
 * one table. Each file exports `bench: Bench`. Progress goes to standard error, the table to standard output.
 */
import { readdirSync } from 'node:fs';
import { loadavg } from 'node:os';
import { hostPaths } from '../src/host/paths.ts';
import type { Bench, Row } from './bench.ts';
import { bringTools } from './tools.ts';

const ENDING = '.bench.ts';
const wanted = new Set(process.argv.slice(2));
const names = readdirSync(import.meta.dirname)
  .filter((file) => file.endsWith(ENDING))
  .map((file) => file.slice(0, -ENDING.length))
  .filter((name) => wanted.size === 0 || wanted.has(name))
  .sort();

await bringTools(hostPaths().cache, (line) => process.stderr.write(`${line}\n`));
const tables: { title: string; rows: readonly Row[] }[] = [];
let failed = false;
for (const name of names) {
  const { bench } = (await import(`./${name}${ENDING}`)) as { bench: Bench };
  process.stderr.write(`${name}: ${bench.title}\n`);
  try {
    const rows = await bench.run((line) => process.stderr.write(`  ${line}\n`));
    tables.push({ title: bench.title, rows });
  } catch (error) {
    failed = true;
    process.stderr.write(`  failed: ${(error as Error).stack ?? error}\n`);
  }
}

for (const { title, rows } of tables) {
  const cells = [
    ['', 'ours', 'against', 'theirs', 'ratio', 'target', ''],
    ...rows.map((row) => [
      row.what,
      row.ours,
      row.against,
      row.theirs,
      row.ratio === null ? '–' : row.ratio.toFixed(2),
      row.target,
      row.met === null ? '–' : row.met ? '✓' : '✗',
    ]),
  ];
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((row) => (row[column] ?? '').length)));
  console.log(`\n${title}`);
  for (const row of cells)
    console.log(
      `  ${row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()}`,
    );
}
console.log(
  `\nload average at the end: ${loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}`,
);
process.exitCode = failed ? 1 : 0;
