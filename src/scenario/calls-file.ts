/**
 * A file of AWS CLI commands as one types them into a shell → calls. Knows of a shell what such files need: comments, quotes, `\` at
 * the end of a line, NAME=value, NAME=$(aws … --query PATH), $NAME, and variables before a command that say who calls and where. All
 * else is refused with its line: a file that means the same to a shell and here, or that is not played at all. Pure.
 */
import { type Binding, type CallStep, SyntaxFault, type Word } from './syntax.ts';

export type FileStep =
  | CallStep
  /** `NAME=value`, the value as words of calls have theirs. */
  | { readonly kind: 'set'; readonly line: number; readonly name: string; readonly value: string }
  /** `aws SERVICE wait …`. */
  | { readonly kind: 'wait'; readonly line: number };

interface Statement {
  readonly line: number;
  /** As written, in one line. */
  readonly text: string;
  /** What is literal in them has `$$` for `$`; a variable is `${NAME}`, `$(…)` whole. */
  readonly words: readonly string[];
  /** What it says goes to /dev/null. */
  readonly isMute: boolean;
}

/** Before a command or exported: 12 digits are an account's root, as Culvert lets it in. */
const ACCOUNT = 'AWS_ACCESS_KEY_ID';
/** What whoever plays the file has, under a name that no file can give. */
const OF_PLAYER = '';
const REGIONS = ['AWS_REGION', 'AWS_DEFAULT_REGION', OF_PLAYER];
const ASSIGNMENT = /^([A-Za-z_]\w*)=(.*)$/s;
const SUBSTITUTION = /^\$\((.*)\)$/s;
/** To where nothing comes back, and complaints to where the answer goes: no call is another one for it. */
const REDIRECTION = /^(?:([12]?)>>?[ \t]*\/dev\/null|2>&1|1>&2)(?=[\s;]|$)/;
/** Of the CLI's, not of calls. */
const GLOBAL = { output: 1, query: 1, 'no-cli-pager': 0, 'no-paginate': 0, 'endpoint-url': 1 } as const;

/** `region`: of whoever plays it, where the file names none. Throws a SyntaxFault. */
export function parseCalls(text: string, region: string | null = null): readonly FileStep[] {
  const exported = new Map<string, string>(region === null ? [] : [[OF_PLAYER, region]]);
  return statementsOf(text).flatMap((statement) => stepsOf(statement, exported));
}

/** The names of files that its calls read. */
export function filesOf(steps: readonly FileStep[]): readonly string[] {
  const words = steps.flatMap((step) => (step.kind === 'call' ? step.words : []));
  const names = words.flatMap(({ text }) => /^(?:--[a-z-]+=)?file:\/\/(.+)$/s.exec(text)?.[1] ?? []);
  return [...new Set(names)];
}

/** What stands in a file, where `$` is a dollar. */
export function literal(text: string): string {
  return text.replaceAll('$', '$$$$');
}

function stepsOf({ line, text, words }: Statement, exported: Map<string, string>): readonly FileStep[] {
  const [first = ''] = words;
  if (first === 'set') return [];
  const rest = first === 'export' ? words.slice(1) : words;
  const end = rest.findIndex((word) => !ASSIGNMENT.test(word));
  const count = end < 0 ? rest.length : end;
  const assigned = rest.slice(0, count).map((word) => {
    const [, name = '', value = ''] = ASSIGNMENT.exec(word) ?? [];
    return { name, value };
  });
  const command = rest.slice(count);
  if (command.length === 0) {
    return assigned.flatMap(({ name, value }): readonly FileStep[] => {
      const inner = SUBSTITUTION.exec(value)?.[1];
      // The shell's own otherwise: the commands behind it do not see it. What was exported once stays so.
      if (name.startsWith('AWS_') && first !== 'export' && !exported.has(name))
        throw new SyntaxFault(line, `no command sees ${name} but by: export ${name}=…`);
      if (name.startsWith('AWS_') && inner !== undefined)
        throw new SyntaxFault(line, `${name} cannot be what a call answers here`);
      if (inner !== undefined) return [boundCall(line, text, name, inner, exported)];
      if (value.includes('$(')) throw new SyntaxFault(line, 'a $(…) is the whole value here');
      if (name.startsWith('AWS_')) exported.set(name, value);
      return [{ kind: 'set', line, name, value }];
    });
  }
  if (first === 'export') throw new SyntaxFault(line, `this is no NAME=value: ${command[0]}`);
  const own = new Map([...exported, ...assigned.map(({ name, value }) => [name, value] as const)]);
  return [callOf({ line, text, words: command }, own, null)];
}

function boundCall(
  line: number,
  text: string,
  name: string,
  inner: string,
  exported: ReadonlyMap<string, string>,
): FileStep {
  const [statement, ...others] = statementsOf(inner, line);
  if (statement === undefined || others.length > 0) throw new SyntaxFault(line, 'a $(…) is one command here');
  if (statement.isMute) throw new SyntaxFault(line, 'what a $(…) is to hold goes to /dev/null');
  return callOf({ line, text, words: statement.words }, exported, name);
}

function callOf(
  { line, text, words }: Omit<Statement, 'isMute'>,
  variables: ReadonlyMap<string, string>,
  bound: string | null,
): FileStep {
  const start = words.indexOf('aws');
  if (start < 0 || words.slice(0, start).some((word) => !/^(?:sudo|(?:.*\/)?culvert)$/.test(word))) {
    throw new SyntaxFault(line, `only aws commands and NAME=value are played here, not: ${words[0]}`);
  }
  const rest = words.slice(start + 1);
  if (rest.length < 2) throw new SyntaxFault(line, 'a call is: aws SERVICE OPERATION …');
  if (rest.some((word) => word.includes('$(')))
    throw new SyntaxFault(line, 'a $(…) is a value of its own here: NAME=$(…)');
  if (rest[1] === 'wait') return { kind: 'wait', line };
  const { kept, query } = withoutGlobals(line, rest);
  if (bound !== null && query === null)
    throw new SyntaxFault(line, 'what is asked for is missing: --query PATH --output text');
  const path = bound === null ? null : pathOf(line, query ?? '');
  const region = REGIONS.map((name) => variables.get(name)).find((value) => value !== undefined);
  const isElsewhere = kept.some((word) => /^--region(?:=|$)/.test(word));
  if (region !== undefined && !isElsewhere) kept.push('--region', region);
  const account = variables.get(ACCOUNT) ?? null;
  if (account !== null && !/^\d{12}$/.test(account)) {
    throw new SyntaxFault(line, `${ACCOUNT}: 12 digits here, for that account's root`);
  }
  if (variables.has('AWS_PROFILE')) throw new SyntaxFault(line, 'there are no profiles here');
  const expected: readonly Binding[] =
    bound === null || path === null ? [] : [{ kind: 'binding', line, before: '', name: bound, path }];
  return { kind: 'call', line, text, actor: account, place: null, words: kept.map(wordOf), expected };
}

function wordOf(text: string): Word {
  return { text, literal: false };
}

function withoutGlobals(
  line: number,
  words: readonly string[],
): { readonly kept: string[]; readonly query: string | null } {
  const kept: string[] = [];
  let query: string | null = null;
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    const [, name = '', value] = /^--([a-z-]+)(?:=(.*))?$/s.exec(word) ?? [];
    const values = Object.hasOwn(GLOBAL, name) ? GLOBAL[name as keyof typeof GLOBAL] : null;
    if (values === null) {
      kept.push(word);
      continue;
    }
    const told = values === 0 ? '' : (value ?? words[++at]);
    if (told === undefined) throw new SyntaxFault(line, `--${name} has no value`);
    if (name === 'query') query = told;
  }
  return { kept, query };
}

/** `A.B[0].C`, and `A[?B=='c'].D | [0]`. */
function pathOf(line: number, query: string): string {
  const [, whole = '', first] = /^(.*?)\s*(\|\s*\[0\])?$/s.exec(query) ?? [];
  const path = whole.replace(/\[\?(\w+)\s*==\s*['"`]([^'"`\]]*)['"`]\]/g, '[$1=$2]');
  const isFiltered = path !== whole;
  const isPath = /^[A-Za-z]\w*(?:\[[\w.-]+=[^\]]*\]|\[\d+\]|\.[A-Za-z]\w*)*$/.test(path);
  if (!isPath || isFiltered !== (first !== undefined)) {
    throw new SyntaxFault(
      line,
      `--query takes a path here, Vpc.VpcId or Subnets[?VpcId=='x'].SubnetId | [0], not: ${query}`,
    );
  }
  return path;
}

function statementsOf(text: string, firstLine = 1): readonly Statement[] {
  const statements: Statement[] = [];
  let [line, at] = [firstLine, 0];
  while (at < text.length) {
    const [start, first] = [at, line];
    const words: string[] = [];
    let word: string | undefined;
    let isMute = false;
    const add = (more: string) => {
      word = (word ?? '') + more;
    };
    const endWord = () => {
      if (word !== undefined) words.push(word);
      word = undefined;
    };
    for (; at < text.length; at++) {
      const char = text[at] ?? '';
      if (char === '\n' || char === ';') break;
      // A number is of it only where it is a word of its own.
      const redirection = word === undefined || char === '>' ? REDIRECTION.exec(text.slice(at)) : null;
      if (redirection !== null) {
        endWord();
        const [whole, from] = redirection;
        isMute ||= from === '' || from === '1' || whole === '1>&2';
        at += whole.length - 1;
      } else if (char === ' ' || char === '\t' || char === '\r') endWord();
      else if (char === '#' && word === undefined) {
        while (at + 1 < text.length && text[at + 1] !== '\n') at++;
      } else if (char === '\\') {
        at++;
        if (text[at] === '\n') line++;
        else add(literal(text[at] ?? ''));
      } else if (char === "'") {
        const end = text.indexOf("'", at + 1);
        if (end < 0) throw new SyntaxFault(line, 'a single quote is not closed');
        add(literal(text.slice(at + 1, end)));
        line += linesIn(text.slice(at, end));
        at = end;
      } else if (char === '"') {
        const begun = line;
        add('');
        for (at++; text[at] !== '"'; at++) {
          if (at >= text.length) throw new SyntaxFault(begun, 'a double quote is not closed');
          if (text[at] === '\n') line++;
          if (text[at] === '\\' && text[at + 1] === '\n') {
            at++;
            line++;
          } else if (text[at] === '\\' && /["\\$`]/.test(text[at + 1] ?? '')) add(literal(text[++at] ?? ''));
          else if (text[at] === '$') at = variable(at, add);
          else add(text[at] ?? '');
        }
      } else if (char === '$') at = variable(at, add);
      else if (/[|&<>`()]/.test(char)) throw new SyntaxFault(line, `${char} is a shell's, and not played here`);
      else add(char);
    }
    endWord();
    if (words.length > 0)
      statements.push({
        line: first,
        text: text
          .slice(start, at)
          .trim()
          .replace(/\s*\\?\s*\n\s*/g, ' '),
        words,
        isMute,
      });
    if (text[at] === '\n') line++;
    at++;
  }
  return statements;

  /** Adds what the dollar at `at` begins; where that ends. */
  function variable(at: number, add: (more: string) => void): number {
    if (text[at + 1] === '(') {
      const end = closing(at + 1);
      if (end < 0) throw new SyntaxFault(line, '$( is not closed');
      add(text.slice(at, end + 1));
      line += linesIn(text.slice(at, end));
      return end;
    }
    const found = /^\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))/.exec(text.slice(at, at + 100));
    if (found === null) throw new SyntaxFault(line, `a $ that is no $NAME: ${text.slice(at, at + 20).split('\n')[0]}`);
    add(`\${${found[1] ?? found[2]}}`);
    return at + found[0].length - 1;
  }

  function closing(from: number): number {
    let quote = '';
    for (let at = from; at < text.length; at++) {
      const char = text[at] ?? '';
      if (quote !== '') quote = char === quote ? '' : quote;
      else if (char === "'" || char === '"') quote = char;
      else if (char === ')') return at;
    }
    return -1;
  }
}

function linesIn(text: string): number {
  return text.split('\n').length - 1;
}
