/**
 * The shapes of a service whose SDK client has no runtime schemas, from its .d.ts files: operations, structures with the
 * members that are required first, errors and enums. For JSON protocols only: there names on the wire are the members' own.
 *
 * Regular expressions, as in enum-links.ts; a test counts what they find (src/wire/generated.test.ts).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { DerivedShapes } from '../src/wire/derived.ts';

const require = createRequire(import.meta.url);

const STRUCTURE = /^export (?:interface (\w+)|declare class (\w+) extends __BaseException) \{\n([\s\S]*?)^\}/gm;
const MEMBER = /^ {4}(?:readonly )?(\w+)(\?)?: ([^;]+);$/gm;
const ENUM = /^export declare const (\w+): \{\n([\s\S]*?)^\};/gm;
const ENUM_VALUE = /^ {4}readonly \w+: "([^"]*)";$/gm;
const COMMAND = /interface (\w+)Command(Input|Output) extends (\w+)/g;
/** Every error has these beside its own. */
const INHERITED = new Set(['name', '$fault', '$metadata']);

export function deriveShapes(client: string, namespace: string): DerivedShapes {
  const types = path.join(path.dirname(require.resolve(`${client}/package.json`)), 'dist-types');
  const models = readFileSync(path.join(types, 'models/models_0.d.ts'), 'utf8');
  const enums = Object.fromEntries(
    [...models.matchAll(ENUM)].map(([, name = '', body = '']) => [name, [...body.matchAll(ENUM_VALUE)].map(textOf)]),
  );
  const structures: DerivedShapes['structures'] = {};
  const errors: string[] = [];
  for (const [, plain, error, body = ''] of models.matchAll(STRUCTURE)) {
    const name = plain ?? error ?? '';
    if (error !== undefined) errors.push(name);
    const members = [...body.matchAll(MEMBER)]
      .filter(([, member = '']) => !INHERITED.has(member))
      .map(([, member = '', optional, type = '']) => ({
        member,
        isRequired: optional === undefined && error === undefined,
        type: typeOf(type, enums),
      }));
    const sorted = [...members.filter((each) => each.isRequired), ...members.filter((each) => !each.isRequired)];
    structures[name] = {
      required: members.filter((each) => each.isRequired).length,
      members: sorted.map(({ member, type }) => [member, type]),
    };
  }
  const operations: Record<string, [string, string]> = {};
  for (const file of readdirSync(path.join(types, 'commands')).sort()) {
    for (const [, name = '', side, structure = ''] of readFileSync(path.join(types, 'commands', file), 'utf8').matchAll(
      COMMAND,
    )) {
      operations[name] ??= ['', ''];
      operations[name][side === 'Input' ? 0 : 1] = structure;
    }
  }
  return { namespace, operations, structures, errors, enums };
}

function textOf([, value = '']: RegExpMatchArray): string {
  return value;
}

/** A name with "[]" behind it for lists; an enum is text. */
function typeOf(text: string, enums: Readonly<Record<string, unknown>>): string {
  const [, name = '', list = ''] = /^(\w+)(\[\])?(?: \| undefined)?$/.exec(text) ?? [];
  if (name === '') throw new Error(`a type that is not understood: ${text}`);
  return `${name in enums ? 'string' : name}${list}`;
}
