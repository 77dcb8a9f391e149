/**
 * What is asked of all ways at once, as a scenario writes it: `plan change.sh`, and below it each `opens: tcp/80 client -> web`,
 * `resolves: NAME in vpc: 198.19.0.1 -> 10.0.1.5`, `loses: tcp/443 client -> NAME`; `assert
 * policies.txt`, and below it what breaks one: `line 2: tcp/80 client -> web`. Pure.
 */
import { spanOf } from './parse-why.ts';
import { type AssertStep, type PreviewStep, SyntaxFault } from './syntax.ts';

const PLAN = /^plan (?<file>[\w.-]+)$/;
const ASSERT = /^assert (?<file>[\w.-]+)(?: with (?<calls>[\w.-]+))?$/;
const CHANGE = /^(?:(?:opens|closes|gains|loses): \S.* \S+ -> \S+|resolves: \S+ in \S+: \S.* -> \S.*)$/;
const ERROR = /^error [\w.]+$/;
const BROKEN = /^line \d+: (?:nobody|\S.* \S+ -> \S+)$/;

interface Line {
  readonly line: number;
  readonly text: string;
}

/** undefined: it is neither. */
export function parsePreview({ line, text }: Line, below: readonly Line[]): PreviewStep | AssertStep | undefined {
  const { file: planned } = PLAN.exec(text)?.groups ?? {};
  if (planned !== undefined) {
    const isChange = (value: string) => CHANGE.test(value) || (ERROR.test(value) && below.length === 1);
    const expected = expectedIn(
      below,
      isChange,
      'a plan stands "opens: PORTS FROM -> TO", "closes: …", "resolves: NAME in VPC: … -> …", "gains: PORT FROM -> NAME", "loses: …" or "error CODE"',
    );
    return { kind: 'preview', line, text, file: planned, expected };
  }
  const { file, calls = null } = ASSERT.exec(text)?.groups ?? {};
  if (file === undefined) return undefined;
  const expected = expectedIn(below, (value) => BROKEN.test(value), 'policies stands "line NUMBER: PORTS FROM -> TO"');
  return { kind: 'assert', line, text, file, calls, expected };
}

function expectedIn(below: readonly Line[], isOne: (value: string) => boolean, what: string): PreviewStep['expected'] {
  return below.map((each) => {
    const value = each.text.trim();
    if (!isOne(value)) throw new SyntaxFault(each.line, `below ${what}, not: ${value}`);
    return spanOf(each, value);
  });
}
