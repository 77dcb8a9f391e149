/**
 * Which statement of which policy decides a request, in words: the one that allows or denies, by its Sid or its place, and where none
 * does, the one that comes closest and what it lacks. Decides nothing itself. Pure.
 */
import { matching, readPolicy, type Word } from './authorize.ts';
import type { PrincipalBlock, Statement } from './document.ts';
import { type Condition, contextOf, type Lack, lackOf, type Request } from './evaluate.ts';

export interface Told {
  readonly kind: Word['kind'];
  readonly verdict: Word['verdict'];
  /** The policy's name; null: of several none allows it. */
  readonly policy: string | null;
  /** Its Sid, or Statement[0]; null: none says so. */
  readonly statement: string | null;
  readonly sentence: string;
}

/** `names`: of the word's policies, in the order of its texts. */
export function tell(word: Word, request: Request, names: readonly string[]): Told {
  const { kind, verdict, at } = word;
  const said = { kind, verdict };
  if (verdict === 'none') return { ...said, ...closest(word, request, names) };
  const [document, index] = at ?? [0, 0];
  const policy = names[document] ?? null;
  const statement = at === null ? undefined : statementsOf(word, document)[index];
  if (statement === undefined) {
    return { ...said, policy, statement: null, sentence: `${policy} cannot be read as a policy, and so denies all` };
  }
  const name = nameOf(statement, index);
  const does = verdict === 'deny' ? 'denies' : 'allows';
  const because = statement.conditions.map((condition) => conditionText(condition, request)).join('; ');
  return {
    ...said,
    policy,
    statement: name,
    sentence: `${name} of ${policy} ${does} it${because === '' ? '' : `: ${because}`}`,
  };
}

interface Near {
  readonly policy: string | null;
  readonly name: string;
  readonly statement: Statement;
  readonly lack: Lack;
}

/** What would be to change least in them comes first. */
const ORDER = ['conditions', 'principal', 'resource'];

function closest(word: Word, request: Request, names: readonly string[]): Omit<Told, 'kind' | 'verdict'> {
  const near = word.texts.flatMap((_, document) =>
    statementsOf(word, document).flatMap((statement, index): Near[] => {
      const lack = statement.effect === 'Allow' ? lackOf(statement, request, matcherOf(word)) : null;
      if (lack === null || lack.kind === 'action') return [];
      return [{ policy: names[document] ?? null, name: nameOf(statement, index), statement, lack }];
    }),
  );
  const [first] = near.sort((a, b) => ORDER.indexOf(a.lack.kind) - ORDER.indexOf(b.lack.kind));
  if (first !== undefined) {
    const { policy, name } = first;
    return {
      policy,
      statement: name,
      sentence: `${name} of ${policy} would allow it, but ${lackText(first, request)}`,
    };
  }
  const [only] = names;
  if (only === undefined) return { policy: null, statement: null, sentence: 'there is none' };
  const many = names.length === 1 ? `no statement of ${only}` : `none of ${names.join(', ')}`;
  return { policy: names.length === 1 ? only : null, statement: null, sentence: `${many} is about ${request.action}` };
}

function statementsOf({ texts, names }: Word, document: number): readonly Statement[] {
  return readPolicy(texts[document] ?? '', names.length > 0 ? 'resource' : 'identity')?.statements ?? [];
}

function matcherOf({ names }: Word): ((statement: Statement) => boolean) | undefined {
  return names.length > 0 ? matching(names) : undefined;
}

function nameOf({ sid }: Statement, index: number): string {
  return sid === null ? `Statement[${index}]` : `statement "${sid}"`;
}

function lackText({ lack, statement }: Near, request: Request): string {
  switch (lack.kind) {
    case 'conditions':
      return `asks for ${lack.conditions.map((condition) => conditionText(condition, request)).join('; ')}`;
    case 'principal':
      return `is for ${statement.principals === null ? 'nobody' : principalText(statement.principals)}`;
    default:
      return `is for ${listText(statement.resources)}`;
  }
}

/** The condition, and what the request has. */
function conditionText([operator, key, values]: Condition, request: Request): string {
  const actual = contextOf(request)[key.toLowerCase()] ?? [];
  const has = actual.length === 0 ? 'the request has none' : `the request has ${actual.join(', ')}`;
  return `${operator} ${key} ${values.join(' or ')} (${has})`;
}

function principalText({ not, values }: PrincipalBlock): string {
  return listText({ not, patterns: Object.values(values).flat() });
}

function listText(list: { readonly not: boolean; readonly patterns: readonly string[] } | null): string {
  return `${list?.not === true ? 'all but ' : ''}${list?.patterns.join(', ')}`;
}
