/**
 * Steps that ask why: what `culvert why` says first of all, compared with what the scenario expects, and its command, run as it
 * stands.
 */
import { explainWhy, type Known, type WholeQuestion } from '../daemon/advise/advise.ts';
import type { Finding } from './finding.ts';
import { matchesText } from './match.ts';
import type { CallStep, FixStep, WhyStep } from './syntax.ts';
import { splitWords } from './words.ts';

export interface Diagnosis {
  ask(
    known: Known,
    question: WholeQuestion,
    step: WhyStep,
    fill: (text: string) => string,
    findings: Finding[],
  ): string;
  /** The call that the last answer advises. */
  callOf(step: FixStep): CallStep;
}

export function createDiagnosis(): Diagnosis {
  let fix: string | undefined;
  return {
    ask(known, question, { expected, says, fixes }, fill, findings) {
      const { outcome, top, headline } = explainWhy(known, question);
      fix = top?.fixes[0];
      const said = top === null ? outcome : `${top.code} ${top.components[0]}`;
      const wanted = fill(expected.value);
      if (said !== wanted && top?.code !== wanted) findings.push(differs(expected, wanted, said));
      if (says !== null && !matchesText(headline, fill(says.value))) {
        findings.push(differs(says, fill(says.value), headline));
      }
      for (const [at, each] of fixes.entries()) {
        const command = fill(each.value);
        const got = top?.fixes[at] ?? 'none';
        if (got !== command) findings.push(differs(each, command, got));
      }
      return `${said}: ${headline}`;
    },
    callOf({ line, text, actor }) {
      const words = splitWords(fix ?? '');
      if (typeof words === 'string' || words[0]?.text !== 'aws') {
        throw new Error(`nothing above has been advised: ${fix ?? ''}`);
      }
      return { kind: 'call', line, text: `${text}: ${fix}`, actor, place: null, words: words.slice(1), expected: [] };
    },
  };
}

function differs(
  { line, before }: { readonly line: number; readonly before: string },
  expected: string,
  got: string,
): Finding {
  return { line, before, expected, got: [['why', got]], golden: got };
}
