/**
 * For tests: refusals of a service whose SDK lists, for each action, the errors that AWS documents. EC2's lists none. What is refused
 * because it is not built here has a code of its own.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ActionTable } from '../action.ts';
import type { Harness } from '../testing.ts';

const PACKAGES = join(import.meta.dirname, '..', '..', '..', 'node_modules', '@aws-sdk');
const OURS = 'UnsupportedOperation';

type Client = 'direct-connect' | 'route-53' | 'route53resolver';

/** `more`: errors beyond the list, as "Action Code". */
export function withDocumentedErrors(
  h: Harness,
  client: Client,
  table: ActionTable,
  more: readonly string[] = [],
): Harness {
  const refusal: Harness['refusal'] = (operation, input) => {
    const text = h.refusal(operation, input);
    const code = text.slice(0, text.indexOf(':'));
    const isChecked = Object.hasOwn(table, operation) && code !== OURS && !more.includes(`${operation} ${code}`);
    if (isChecked) {
      assert.ok(errorsOf(client, operation).has(code), `${code} is no documented error of ${operation}: ${text}`);
    }
    return text;
  };
  const as: Harness['as'] = (...who) => withDocumentedErrors(h.as(...who), client, table, more);
  return Object.create(h, { refusal: { value: refusal }, as: { value: as } }) as Harness;
}

const known = new Map<string, ReadonlySet<string>>();

function errorsOf(client: Client, operation: string): ReadonlySet<string> {
  const path = join(PACKAGES, `client-${client}`, 'dist-types', 'commands', `${operation}Command.d.ts`);
  const found =
    known.get(path) ??
    new Set([...readFileSync(path, 'utf8').matchAll(/@throws \{@link (\w+)\}/g)].map(([, name = '']) => name));
  known.set(path, found);
  return found;
}
