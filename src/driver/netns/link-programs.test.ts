import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

for (const name of ['fast-path', 'proxy-header']) {
  test(`the object of ${name} is of the source beside it: npm run bpf`, () => {
    const source = readFileSync(join(import.meta.dirname, `${name}.bpf.c`));
    const object = readFileSync(join(import.meta.dirname, `${name}.bpf.o`));
    assert.ok(object.includes(createHash('sha256').update(source).digest('hex')));
  });
}
