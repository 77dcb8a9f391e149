/** `npm run gen`: writes src/wire/generated/enums.<service>.json, and shapes.<service>.json where the client has no schemas. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import { SERVICES } from '../src/wire/services.ts';
import { deriveShapes } from './derive-shapes.ts';
import { enumLinks } from './enum-links.ts';

const OUTPUT = path.join(import.meta.dirname, '../src/wire/generated');

function write(file: string, content: unknown): void {
  writeFileSync(path.join(OUTPUT, file), `${JSON.stringify(content, null, 2)}\n`);
}

for (const row of SERVICES) {
  // Enums are read from the shapes, so these come first.
  if (row.isDerived) write(`shapes.${row.name}.json`, deriveShapes(row.client, `com.amazonaws.${row.name}`));
  const links = enumLinks(row);
  const count = Object.values(links).reduce((sum, members) => sum + Object.keys(members).length, 0);
  write(`enums.${row.name}.json`, links);
  process.stdout.write(format('%s: %d members in %d structures\n', row.name, count, Object.keys(links).length));
}
