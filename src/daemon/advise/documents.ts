/** Texts of policies, changed as little as will do: a role exempted from what denies it, an action allowed to it alone. Pure. */

interface Statement {
  readonly Effect?: string;
  readonly Action?: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>;
}

interface Document {
  readonly Statement: Statement | readonly Statement[];
}

const ALLOW_ALL = { Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' };

/**
 * A policy that names principals, with this role exempted from the statements that deny it, everybody else not; and where that does
 * not do, with `allowing` beside them.
 */
export function widened(text: string, role: string, allowing: object, denies: (text: string) => boolean): object {
  const { Statement, ...rest } = JSON.parse(text) as Document;
  const isDenying = (statement: Statement) => denies(JSON.stringify({ ...rest, Statement: [ALLOW_ALL, statement] }));
  const kept = [Statement].flat().map((statement) => (isDenying(statement) ? exempting(statement, role) : statement));
  const isEnough = kept.length > 0 && !denies(JSON.stringify({ ...rest, Statement: kept }));
  return { ...rest, Statement: isEnough ? kept : [...kept, allowing] };
}

/** An identity's policy with a statement more. */
export function extended(text: string, statement: object): object {
  const { Statement, ...rest } = JSON.parse(text) as Document;
  return { ...rest, Statement: [Statement, statement].flat() };
}

/** An identity's policy of which one statement does not deny that action to the role any more; null: nothing would be left of it. */
export function relieved(text: string, at: number, action: string, role: string): object | null {
  const { Statement, ...rest } = JSON.parse(text) as Document;
  const kept = [Statement].flat().flatMap((statement, index): Statement[] => {
    if (index !== at) return [statement];
    const actions = [statement.Action ?? []].flat();
    const others = actions.filter((each) => each.toLowerCase() !== action.toLowerCase());
    if (others.length === actions.length) return [exempting(statement, role)];
    return others.length === 0 ? [] : [{ ...statement, Action: others }];
  });
  return kept.length === 0 ? null : { ...rest, Statement: kept };
}

/** The statement, for everybody but the role. */
function exempting(statement: Statement, role: string): Statement {
  const { Condition = {} } = statement;
  const { ArnNotEquals = {} } = Condition;
  const key = Object.keys(ArnNotEquals).find((each) => each.toLowerCase() === 'aws:principalarn') ?? 'aws:PrincipalArn';
  const others = { ...ArnNotEquals, [key]: [ArnNotEquals[key] ?? [], role].flat() };
  return { ...statement, Condition: { ...Condition, ArnNotEquals: others } };
}

/** As one word of a shell, whatever it holds. */
export function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** In a shell's quotes, which a condition's value may hold too. */
export function quoted(document: object): string {
  return `'${JSON.stringify(document).replaceAll("'", '\\u0027')}'`;
}
