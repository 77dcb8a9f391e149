/**
 * A client module made of shapes that were derived beforehand (scripts/derive-shapes.ts), for services whose SDK client has no
 * runtime schemas. Afterwards nothing tells it from one that has them.
 */
import type { Structure } from './types.ts';

export interface DerivedShapes {
  readonly namespace: string;
  /** By name: input and output structure. */
  readonly operations: Record<string, [input: string, output: string]>;
  /** The first `required` members are. A type is "string", "number", "boolean" or a structure's name, with "[]" for lists. */
  readonly structures: Record<string, { readonly required: number; readonly members: [name: string, type: string][] }>;
  /** Which of the structures are errors. */
  readonly errors: string[];
  readonly enums: Record<string, string[]>;
}

/** The SDK's numbers for kinds of schemas, as src/wire/shape.ts reads them. */
const KINDS = { list: 1, structure: 3, operation: 9, error: -3 } as const;
const SIMPLE: Readonly<Record<string, number>> = { string: 0, number: 1, boolean: 2 };

export function clientFrom({ namespace, operations, structures, errors, enums }: DerivedShapes): Structure {
  const client: Structure = {};
  const isError = new Set(errors);
  const schemaOf = (type: string): unknown => {
    if (type.endsWith('[]')) return [KINDS.list, namespace, type, 0, schemaOf(type.slice(0, -2))];
    return SIMPLE[type] ?? (() => client[`${type}$`]);
  };
  for (const [name, { required, members }] of Object.entries(structures)) {
    const kind = isError.has(name) ? KINDS.error : KINDS.structure;
    const traits = isError.has(name) ? { error: 'client' } : 0;
    const [names, types] = [members.map(([member]) => member), members.map(([, type]) => schemaOf(type))];
    client[`${name}$`] = [kind, namespace, name, traits, names, types, required];
  }
  for (const [name, [input, output]] of Object.entries(operations)) {
    client[`${name}$`] = [KINDS.operation, namespace, name, 0, schemaOf(input), schemaOf(output)];
  }
  for (const [name, values] of Object.entries(enums))
    client[name] = Object.fromEntries(values.map((each) => [each, each]));
  return client;
}
