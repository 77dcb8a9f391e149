/**
 * Which member of which structure is of which enum. The SDK's runtime schemas leave that out, its .d.ts files have it.
 * Only structures that an operation's input reaches are kept.
 *
 * Regular expressions, for TypeScript's own compiler API is not stable; a test counts what they find (src/wire/generated.test.ts).
 */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { NormalizedSchema } from '@smithy/core/schema';
import { clientOf, type ServiceRow } from '../src/wire/services.ts';

const require = createRequire(import.meta.url);

export type Links = Record<string, Record<string, string>>;

/** `Name?: Type | undefined;` with the type a name or a list of it. */
const MEMBER = /^ {4}(?:readonly )?(\w+)\??: (\w+)(?:\[\])?(?: \| undefined)?;$/gm;
const INTERFACE = /^export interface (\w+)(?: extends [^{]+)? \{\n([\s\S]*?)^\}/gm;

export function enumLinks(row: ServiceRow): Links {
  const client = clientOf(row);
  const inputs = inputStructures(client);
  const models = path.join(path.dirname(require.resolve(`${row.client}/package.json`)), 'dist-types/models');
  const links: Links = {};
  for (const file of readdirSync(models).sort()) {
    if (!/^models_\d+\.d\.ts$/.test(file)) continue;
    for (const [, name = '', body = ''] of readFileSync(path.join(models, file), 'utf8').matchAll(INTERFACE)) {
      if (!inputs.has(name)) continue;
      for (const [, member = '', type = ''] of body.matchAll(MEMBER)) {
        if (!isEnum(client[type])) continue;
        links[name] ??= {};
        links[name][member] = type;
      }
    }
  }
  return links;
}

function isEnum(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  const values = Object.values(value);
  return values.length > 0 && values.every((each) => typeof each === 'string');
}

function inputStructures(client: Record<string, unknown>): Set<string> {
  const names = new Set<string>();
  const visit = (schema: NormalizedSchema): void => {
    if (schema.isListSchema() || schema.isMapSchema()) visit(schema.getValueSchema());
    if (!schema.isStructSchema()) return;
    const name = schema.getName() ?? '';
    if (names.has(name)) return;
    names.add(name);
    for (const [, member] of schema.structIterator()) visit(member);
  };
  for (const value of Object.values(client)) {
    if (Array.isArray(value) && value[0] === 9) visit(NormalizedSchema.of(value[4]));
  }
  return names;
}
