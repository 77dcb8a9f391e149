/** What `culvert status` prints, beside what a scenario says is among its lines. */
import { statusLines } from '../cli/status.ts';
import type { Status } from '../daemon/status.ts';
import type { Finding } from './finding.ts';
import { matchesText } from './match.ts';
import type { StatusStep } from './syntax.ts';

/** The lines that were expected, as they are. */
export function compareStatus(
  status: Status,
  { expected }: StatusStep,
  fill: (text: string) => string,
  findings: Finding[],
): string {
  const lines = statusLines(status, [], (_, text) => text).map((line) => line.trim().replace(/ +/g, ' '));
  const found = expected.flatMap(({ line, before, value }) => {
    const wanted = fill(value);
    const seen = lines.find((each) => matchesText(each, wanted));
    if (seen !== undefined) return [seen];
    findings.push({ line, before, expected: wanted, got: [['status', lines.join('\n')]], golden: null });
    return [];
  });
  return found.join(' · ');
}
