/** A preview of calls, as a scenario writes it: `plan change.sh`, and below it each `opens: tcp/80 client -> web`. Pure. */
import { type PreviewStep, SyntaxFault } from './syntax.ts';

const CHANGE = /^(?:opens|closes): \S.* \S+ -> \S+$/;
const ERROR = /^error [\w.]+$/;

interface Line {
  readonly line: number;
  readonly text: string;
}

/** undefined: it is none. */
export function parsePreview({ line, text }: Line, below: readonly Line[]): PreviewStep | undefined {
  const { file } = /^plan (?<file>[\w.-]+)$/.exec(text)?.groups ?? {};
  if (file === undefined) return undefined;
  const expected = below.map((each) => {
    const value = each.text.trim();
    if (!CHANGE.test(value) && !(ERROR.test(value) && below.length === 1)) {
      throw new SyntaxFault(
        each.line,
        `below a plan stands "opens: PORTS FROM -> TO", "closes: …" or "error CODE", not: ${value}`,
      );
    }
    return { line: each.line, before: each.text.slice(0, each.text.length - value.length), value };
  });
  return { kind: 'preview', line, text, file, expected };
}
