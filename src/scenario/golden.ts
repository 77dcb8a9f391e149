/** Writes into scenario files what was got in place of what was expected, where that is a value one can write down. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Finding } from './finding.ts';

export function rewrite(findings: readonly (Finding & { readonly file: string })[]): void {
  for (const [file, of] of Map.groupBy(findings, (finding) => finding.file)) {
    const lines = readFileSync(file, 'utf8').split('\n');
    for (const { line, before, golden } of of) if (golden !== null) lines[line - 1] = before + golden;
    writeFileSync(file, lines.join('\n'));
  }
}
