/** `npm run gen`: writes src/wire/generated/enums.<service>.json. */
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import { SERVICES } from '../src/wire/services.ts';
import { enumLinks } from './enum-links.ts';

const OUTPUT = path.join(import.meta.dirname, '../src/wire/generated');

for (const row of SERVICES) {
  const links = enumLinks(row);
  const count = Object.values(links).reduce((sum, members) => sum + Object.keys(members).length, 0);
  writeFileSync(path.join(OUTPUT, `enums.${row.name}.json`), `${JSON.stringify(links, null, 2)}\n`);
  process.stdout.write(format('%s: %d members in %d structures\n', row.name, count, Object.keys(links).length));
}
